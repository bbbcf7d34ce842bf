import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identifySaneDevice } from './sane-identity.ts';

let folder = '';
beforeAll(() => {
  // As Linux lays it out: two scanners of one model, only the first with a serial number, and a hub.
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-usb-'));
  const ports = {
    '1-2': { busnum: '1', devnum: '7', serial: 'XYZ123' },
    '1-3.1': { busnum: '1', devnum: '12' },
    usb1: { busnum: '1', devnum: '1', serial: '0000:00:14.0' },
  };
  for (const [port, files] of Object.entries(ports)) {
    mkdirSync(join(folder, port));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, port, name), `${text}\n`);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['epjitsu:libusb:001:007', 'XYZ123', 'usb 1-2'],
  ['epjitsu:libusb:001:012', null, 'usb 1-3.1'],
  ['genesys:libusb:003:004', null, 'genesys:usb'],
  ['pixma:04A91755_ABC12D', 'ABC12D', 'pixma:04A91755_ABC12D'],
  ['pixma:04A9190D', null, 'pixma:04A9190D'],
  ['fujitsu:fi-7160:A1B2', 'A1B2', 'fujitsu:fi-7160:A1B2'],
  ['hpaio:/usb/Officejet?serial=CN5&x=1', 'CN5', 'hpaio:/usb/Officejet?serial=CN5&x=1'],
  ['airscan:e3:Brother de la entrada', null, 'Brother de la entrada'],
  ['net:192.0.2.9:epjitsu:libusb:001:007', null, 'net 192.0.2.9 epjitsu:usb'],
  ['net:[2001:db8::9]:fujitsu:fi-7160:A1B2', 'A1B2', 'net [2001:db8::9] fujitsu:fi-7160:A1B2'],
  ['pnm:0', null, 'pnm:0'],
])('%s', (deviceId, serial, connection) => {
  expect(identifySaneDevice(deviceId, folder)).toEqual({ serial, connection });
});
