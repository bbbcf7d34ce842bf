import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeVerificationCode } from '../../core/documents/verification-code.ts';
import { readTypedCode } from './typed-code.ts';

const codes = fc
  .tuple(fc.constantFrom('VEN', 'ZGZ', 'AYTO'), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(([prefix, bytes]) => ({ prefix, printed: makeVerificationCode(prefix, bytes) }));
const known = ['AYTO', 'VEN'];

test('a code is read however it is typed, its prefix known here or not', () => {
  fc.assert(
    fc.property(codes, ({ prefix, printed }) => {
      const key = printed.slice(prefix.length).replaceAll('-', '');
      const withoutPrefix = printed.slice(prefix.length + 1);
      for (const typed of [printed, printed.toLowerCase(), ` ${printed.replaceAll('-', ' – ')}.`, prefix + key, key]) {
        expect(readTypedCode(typed, known)).toEqual({ kind: 'code', key });
      }
      expect(readTypedCode(withoutPrefix, known)).toEqual({ kind: 'code', key });
    }),
  );
});

test('one wrong sign names its group, with or without prefix', () => {
  const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
  fc.assert(
    fc.property(codes, fc.nat(27), fc.nat(29), ({ prefix, printed }, place, shift) => {
      const key = printed.slice(prefix.length).replaceAll('-', '');
      const sign = alphabet[(alphabet.indexOf(key[place] ?? '') + 1 + shift) % alphabet.length] ?? '';
      const wrong = key.slice(0, place) + sign + key.slice(place + 1);
      const group = Math.floor(place / 4);
      const expected = {
        kind: 'mistyped',
        group: { place: group + 1, signs: wrong.slice(group * 4, group * 4 + 4) },
      };
      expect(readTypedCode(`${prefix}-${wrong}`, known)).toEqual(expected);
    }),
  );
});

test('missing and excess signs are counted without the prefix', () => {
  const printed = makeVerificationCode('VEN');
  expect(readTypedCode(printed.slice(0, -5), known)).toEqual({ kind: 'incomplete', length: 24, expected: 28 });
  expect(readTypedCode(`${printed}22`, known)).toEqual({ kind: 'incomplete', length: 30, expected: 28 });
  expect(readTypedCode(' - ', known)).toEqual({ kind: 'empty' });
});
