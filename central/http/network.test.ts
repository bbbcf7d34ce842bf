import { expect, test } from 'vitest';
import { networkOf } from './network.ts';

test('an address is counted as itself, one of IPv6 with its whole line', () => {
  expect(networkOf('203.0.113.7')).toBe('203.0.113.7');
  expect(networkOf('::ffff:203.0.113.7')).toBe('203.0.113.7');
  for (const address of [
    '2001:db8:0:12::1',
    '2001:0DB8:0000:0012:a:b:c:d',
    '2001:db8:0:12:1::',
    '2001:db8:0:12::1%eth0',
  ]) {
    expect(networkOf(address)).toBe('2001:db8:0:12::/64');
  }
  expect(networkOf('2001:db8::12:1:2:3:4')).toBe('2001:db8:0:12::/64');
  expect(networkOf('2001:db8:0:13::1')).toBe('2001:db8:0:13::/64');
  expect(networkOf('64:ff9b::203.0.113.7')).toBe('64:ff9b:0:0::/64');
  expect(networkOf('::1')).toBe('0:0:0:0::/64');
  expect(networkOf('unknown')).toBe('unknown');
});
