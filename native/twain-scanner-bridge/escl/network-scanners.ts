import {
  networkScannersSchema,
  noNetworkScanners,
  type NetworkScanners,
} from '../../../core/contract/schemas/network-scanners.ts';

/** The services put the desk's settings there for the bridge, as JSON; its helpers inherit it. */
export const networkScannersVariable = 'VENTANILLA_NETWORK_SCANNERS';

/** Without the variable there are none. Throws a ZodError or a SyntaxError on anything else. */
export function readNetworkScanners(value: string | undefined): NetworkScanners {
  return value === undefined ? noNetworkScanners : networkScannersSchema.parse(JSON.parse(value));
}

/** `http://192.0.2.7:8080/eSCL` without a slash at its end, however it was written. */
export function normaliseUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/+$/u, '')}`;
}

/** The certificate that the settings state for a device: also for one that was found and not given by its address. */
export function pinnedFingerprint(settings: NetworkScanners, url: string): string | null {
  const { host } = new URL(url);
  const own = settings.devices.find((device) => normaliseUrl(device.url) === normaliseUrl(url));
  const sameHost = settings.devices.find((device) => new URL(device.url).host === host);
  return (own ?? sameHost)?.fingerprint?.toUpperCase() ?? null;
}
