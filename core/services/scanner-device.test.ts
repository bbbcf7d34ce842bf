import { expect, test } from 'vitest';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import type { RawPage } from './ports/scanner.ts';
import { checkCapture } from './scanner-device.ts';

test('a capture that is not what the profile locks is refused', () => {
  const profile = { dpi: 300, colorMode: 'color' } as ScanProfile;
  const page = { dpi: 300, colorMode: 'color' } as RawPage;
  expect(() => checkCapture(page, profile)).not.toThrow();
  for (const given of [
    { ...page, dpi: 200 },
    { ...page, colorMode: 'gray' as const },
  ])
    expect(() => checkCapture(given, profile)).toThrow('scanner.optionNotHonoured');
});
