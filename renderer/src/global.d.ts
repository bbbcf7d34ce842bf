import type { Transport } from '../../core/contract/transport.ts';
import type { Resources } from './i18n/i18n.ts';

declare global {
  interface Window {
    /** Put there by Electron's preload; absent in the Chromium shell. */
    readonly ventanilla?: { openTransport(): Transport };
  }
}

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'ui';
    resources: Resources;
  }
}
