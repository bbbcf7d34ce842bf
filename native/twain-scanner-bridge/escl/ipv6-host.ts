import { isIPv6 } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';

/*
 * An address of IPv6 as the host of a URL. One that counts on a single network (fe80::/10) needs the network's number beside
 * it, for which a URL has no place: such a one is written as Windows does, `fe80--1s4.ipv6-literal.net`, with the number of
 * the network behind the `s`. Nobody is asked for such a name.
 */
const suffix = '.ipv6-literal.net';

export function isLinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/iu.test(address);
}

/** `network`: this machine's number for the network where the address was heard of. */
export function toUrlHost(address: string, network: number): string {
  if (!isIPv6(address)) return address;
  if (!isLinkLocal(address)) return `[${address}]`;
  const whole = address.toLowerCase().replace(/^::/u, '0::').replace(/::$/u, '::0');
  return `${whole.replaceAll(':', '-')}s${network}${suffix}`;
}

/** The address that such a name writes, with the network as this system's sockets want it; null of any other host. */
export function readLiteralHost(hostname: string): Readonly<{ address: string; scoped: string }> | null {
  if (!hostname.endsWith(suffix)) return null;
  const parts = /^(?<digits>[0-9a-f-]+)(?:s(?<network>\d+))?$/u.exec(hostname.slice(0, -suffix.length))?.groups;
  const address = parts?.['digits']?.replaceAll('-', ':') ?? '';
  if (!isIPv6(address)) return null;
  const network = parts?.['network'];
  return { address, scoped: network === undefined ? address : `${address}%${zoneOf(Number(network))}` };
}

/** A name everywhere but on Windows, whose networks have numbers only. */
function zoneOf(network: number): string {
  if (process.platform === 'win32') return String(network);
  const found = allAddresses().find(({ scopeid }) => scopeid === network);
  return found?.name ?? String(network);
}

export type OwnAddress = NetworkInterfaceInfo & Readonly<{ name: string; scopeid: number }>;

/** Every address of this machine, each with the name of its network. */
export function allAddresses(): readonly OwnAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map((each) => ({ ...each, name, scopeid: each.scopeid ?? 0 })),
  );
}
