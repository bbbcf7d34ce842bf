import { isIPv6 } from 'node:net';

/**
 * Whom an address is counted as: itself, or of IPv6 the first 64 bits, which one line usually has whole to itself. What is
 * no address is counted as it is written.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = (address.split('%')[0] ?? '').split('::');
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':'));
  const [before, behind] = [groupsOf(head), groupsOf(tail)];
  // An IPv4 written at the end stands for two groups; only the number of groups matters behind the first four.
  const count = before.length + behind.length + (behind.at(-1)?.includes('.') ? 1 : 0);
  const between = address.includes('::') ? Array.from({ length: 8 - count }, () => '0') : [];
  const network = [...before, ...between, ...behind].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
