import { expect, test } from 'vitest';
import { allAddresses, readLiteralHost, toUrlHost } from './ipv6-host.ts';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8::7', '[2001:db8::7]'],
  ['fe80::1', 'fe80--1s7.ipv6-literal.net'],
  ['fe80::1ff:fe23:4567:890a', 'fe80--1ff-fe23-4567-890as7.ipv6-literal.net'],
])('%s as the host of a URL', (address, host) => {
  expect(toUrlHost(address, 7)).toBe(host);
  expect(new URL(`http://${host}:8080/eSCL`).hostname).toBe(host);
});

test('an address of one network comes back with its network, as the sockets of this system want it', () => {
  const own = allAddresses().find(({ scopeid }) => scopeid > 0);
  const network = own?.scopeid ?? 4093;
  const zone = own === undefined ? '4093' : own.name;
  expect(readLiteralHost(toUrlHost('fe80::1', network))).toEqual({ address: 'fe80::1', scoped: `fe80::1%${zone}` });
  expect(readLiteralHost('0--1.ipv6-literal.net')).toEqual({ address: '0::1', scoped: '0::1' });
});

test.each(['escaner.local', '[::1]', 'ipv6-literal.net', 'fe80s4.ipv6-literal.net', 'x--1.ipv6-literal.net'])(
  '%s writes no address',
  (host) => {
    expect(readLiteralHost(host)).toBeNull();
  },
);
