import { expect, test } from 'vitest';
import { cardsThere } from './candidates.ts';

type Card = Parameters<typeof cardsThere>[0]['card'];

const reader = { readerId: 'reader-1', readerName: 'Lector', state: 'present', tokenLabel: 'DNI' } as const;
const withCard = (tokenSerial: string): Card => ({
  state: 'present',
  readers: [{ ...reader, tokenSerial }],
  pinState: null,
  pinPad: null,
});

test('one card after another in the same reader, which was never seen empty, is a change', () => {
  expect(cardsThere({ card: withCard('0001') })).toBe(cardsThere({ card: withCard('0001') }));
  expect(cardsThere({ card: withCard('0002') })).not.toBe(cardsThere({ card: withCard('0001') }));
});
