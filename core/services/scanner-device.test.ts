import { expect, test } from 'vitest';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import type { RawPage, ScannerDevice } from './ports/scanner.ts';
import { checkCapture, identityOf } from './scanner-device.ts';

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

test('a scanner with a serial number is the same wherever it is connected; one without is what is connected there', () => {
  const device = { driver: 'sane', maker: 'M', model: 'N', serial: 'S-1', connection: 'usb 1-2' } as ScannerDevice;
  const moved = { ...device, connection: 'usb 1-3' };
  expect(identityOf(moved)).toEqual(identityOf(device));
  expect(identityOf({ ...moved, serial: null })).not.toEqual(identityOf({ ...device, serial: null }));
});
