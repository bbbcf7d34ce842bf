import { defineConfig } from '@playwright/test';
import type { ShellKind } from './support/test.ts';

/*
 * The window on both shells: `npm run e2e -- --project chromium-shell` and `--project electron-shell`, and with cards in the
 * machine's one virtual reader: `--project chromium-cards`. One worker: the desk's devices are one of each. Debian's Chromium,
 * without a window of its own around the page; nothing is downloaded.
 */
const onlyElectron = '**/electron-*.spec.ts';
const inReader = ['card', 'citizen-card', 'pin-each-time', 'pin-pad'].map((name) => `**/${name}.spec.ts`);
const results = '../../test-results/e2e';

// oxlint-disable-next-line import/no-default-export -- Playwright reads the default export.
export default defineConfig<{ shell: ShellKind }>({
  testDir: '.',
  globalSetup: './support/global-setup.ts',
  workers: 1,
  fullyParallel: false,
  // A busy machine starts real authorities, tokens and a browser; no test asserts on time.
  timeout: 180_000,
  retries: 1,
  expect: { timeout: 30_000 },
  use: {
    launchOptions: {
      executablePath: '/usr/bin/chromium-headless-shell',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
    },
    browserName: 'chromium',
    viewport: { width: 1280, height: 800 },
    locale: 'es-ES',
    actionTimeout: 30_000,
  },
  projects: [
    {
      name: 'chromium-shell',
      testIgnore: [onlyElectron, ...inReader],
      outputDir: `${results}/chromium`,
      use: { shell: 'chromium' },
    },
    { name: 'chromium-cards', testMatch: inReader, outputDir: `${results}/cards`, use: { shell: 'chromium' } },
    {
      name: 'electron-shell',
      outputDir: `${results}/electron`,
      testMatch: ['**/start.spec.ts', '**/attention.spec.ts', '**/services-death.spec.ts', onlyElectron],
      use: { shell: 'electron' },
    },
  ],
});
