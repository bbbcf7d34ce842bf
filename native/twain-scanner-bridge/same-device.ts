import type { ScannerDevice } from '../../core/services/ports/scanner.ts';

type Listed = Pick<ScannerDevice, 'deviceId' | 'driver'> & Readonly<{ otherNames: readonly string[] }>;

/**
 * One entry for a device that two drivers list. Where our own eSCL reaches it, SANE's network backends (`airscan`,
 * `escl`) are left out: they know no double feed, and read back less of what the device did.
 */
export function dropDoubles<Device extends Listed>(devices: readonly Device[]): readonly Device[] {
  const own = new Set(devices.filter(({ driver }) => driver === 'escl').flatMap(namesOf));
  return devices.filter((device) => device.driver !== 'sane' || !namesOf(device).some((name) => own.has(name)));
}

function namesOf({ deviceId, driver, otherNames }: Listed): readonly string[] {
  const names = driver === 'sane' ? [...namesInSane(deviceId), ...otherNames] : otherNames;
  return names.map((name) => name.toLowerCase());
}

/** `airscan:e0:NAME` has the name that the device announces; `escl:URL` its address. */
function namesInSane(deviceId: string): readonly string[] {
  const name = /^airscan:[^:]*:(?<name>.+)$/u.exec(deviceId)?.groups?.['name'];
  if (name !== undefined) return [name];
  const url = deviceId.startsWith('escl:') ? deviceId.slice('escl:'.length) : '';
  return URL.canParse(url) ? [new URL(url).host] : [];
}
