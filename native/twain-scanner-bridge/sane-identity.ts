import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceIdentity } from './driver.ts';

/*
 * SANE gives a device a name and nothing else. In the names of some backends stands a serial number; in those of others the
 * bus and the number that USB gave the device when it was plugged in, which are others the next time: the kernel knows its
 * serial number by them, or at least the port.
 */
const namesWithSerial: readonly RegExp[] = [
  /^pixma:[0-9A-F]{8}_(?<serial>[^:]+)$/u,
  /^fujitsu:[^:]+:(?<serial>[^:]+)$/u,
  /^hpaio:\/usb\/.*[?&]serial=(?<serial>[^&]+)/u,
];
const usbAddress = /libusb:(?<bus>\d{3}):(?<device>\d{3})/u;

/** `usbFolder`: where Linux shows the devices of USB. */
export function identifySaneDevice(deviceId: string, usbFolder = '/sys/bus/usb/devices'): DeviceIdentity {
  const remote = /^net:(?<host>\[[^\]]*\]|[^:]*):(?<rest>.+)$/u.exec(deviceId)?.groups;
  // Another machine's numbers of USB say nothing here.
  if (remote !== undefined) {
    const { serial, connection } = identifyByName(remote['rest']?.replace(usbAddress, 'usb') ?? '');
    return { serial, connection: `net ${remote['host'] ?? ''} ${connection}` };
  }
  const usb = usbAddress.exec(deviceId)?.groups;
  const found = usb === undefined ? null : findUsbDevice(usbFolder, Number(usb['bus']), Number(usb['device']));
  return found ?? identifyByName(deviceId.replace(usbAddress, 'usb'));
}

function identifyByName(name: string): DeviceIdentity {
  const serial = namesWithSerial.map((pattern) => pattern.exec(name)?.groups?.['serial']).find(Boolean) ?? null;
  // airscan numbers its devices as they answer; what they announce stays.
  const connection = name.replace(/^airscan:[^:]*:/u, '');
  return { serial, connection };
}

function findUsbDevice(folder: string, bus: number, device: number): DeviceIdentity | null {
  for (const port of listFolder(folder)) {
    const read = (file: string) => readText(join(folder, port, file));
    if (Number(read('busnum')) !== bus || Number(read('devnum')) !== device) continue;
    return { serial: read('serial') || null, connection: `usb ${port}` };
  }
  return null;
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A system that shows no USB.
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
