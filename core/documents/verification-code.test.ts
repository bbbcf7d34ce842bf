import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeEniIdentifier, isEniIdentifier } from './eni-identifier.ts';
import { makeVerificationCode, parseVerificationCode } from './verification-code.ts';

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

describe('verification code', () => {
  it('prints groups of four after the prefix', () => {
    expect(makeVerificationCode('VEN-', randomBytes(16))).toMatch(/^VEN(-[2-9A-HJKMNP-Z]{4}){7}$/);
    expect(makeVerificationCode('VEN', randomBytes(16))).toMatch(/^VEN-/);
  });

  it('is the same for the same bytes and differs for different ones', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const isSame = Buffer.from(a).equals(Buffer.from(b));
        expect(makeVerificationCode('VEN-', a) === makeVerificationCode('VEN-', b)).toBe(isSame);
      }),
    );
  });

  it('is read in any case, with spaces, without hyphens, without prefix', () => {
    fc.assert(
      fc.property(bytes, (random) => {
        const code = makeVerificationCode('VEN-', random);
        for (const typed of [
          code,
          code.toLowerCase(),
          code.replaceAll('-', ' '),
          code.replaceAll('-', ''),
          code.slice(4),
          ` ${code}\n`,
        ]) {
          expect(parseVerificationCode(typed, 'VEN-')).toEqual({ kind: 'valid', code });
        }
      }),
    );
  });

  it('catches one wrong sign and says in which group', () => {
    fc.assert(
      fc.property(bytes, fc.nat(27), fc.integer({ min: 1, max: 30 }), (random, place, shift) => {
        const signs = makeVerificationCode('VEN-', random).slice(4).replaceAll('-', '').split('');
        signs[place] = alphabet[(alphabet.indexOf(signs[place] ?? '') + shift) % 31] ?? '';
        expect(parseVerificationCode(signs.join(''), 'VEN-')).toEqual({
          kind: 'mistyped',
          suspectGroup: Math.floor(place / 4) + 1,
        });
      }),
    );
  });

  it('catches two signs exchanged', () => {
    fc.assert(
      fc.property(bytes, fc.nat(26), (random, place) => {
        const signs = makeVerificationCode('VEN-', random).slice(4).replaceAll('-', '').split('');
        const [a = '', b = ''] = [signs[place], signs[place + 1]];
        fc.pre(a !== b);
        [signs[place], signs[place + 1]] = [b, a];
        expect(parseVerificationCode(signs.join(''), 'VEN-').kind).toBe('mistyped');
      }),
    );
  });

  it('tells a missing sign and a sign that no code has', () => {
    const code = makeVerificationCode('VEN-', new Uint8Array(16).fill(7));
    expect(parseVerificationCode(code.slice(0, -1), 'VEN-')).toEqual({ kind: 'incomplete', length: 27, expected: 28 });
    expect(parseVerificationCode(`${code.slice(0, -1)}0`, 'VEN-')).toEqual({ kind: 'mistyped', suspectGroup: 7 });
  });
});

describe('ENI identifier', () => {
  it('has the form of the norm and the official year', () => {
    const beforeMidnightInLondon = new Date('2026-12-31T23:30:00Z');
    const identifier = makeEniIdentifier('L01502973', beforeMidnightInLondon, 'b9f4e7c2-0000-4000-8000-000000000001');
    expect(identifier).toMatch(/^ES_L01502973_2027_VEN[0-9A-Z]{27}$/);
    expect(isEniIdentifier(identifier)).toBe(true);
  });

  it('stays the same for one document and differs between two', () => {
    const at = new Date('2026-05-05T10:00:00Z');
    expect(makeEniIdentifier('L01502973', at, 'a')).toBe(makeEniIdentifier('L01502973', at, 'a'));
    expect(makeEniIdentifier('L01502973', at, 'a')).not.toBe(makeEniIdentifier('L01502973', at, 'b'));
  });

  it('refuses what is no DIR3 code', () => {
    expect(() => makeEniIdentifier('L0150', new Date(0), 'a')).toThrow('identifier.invalid');
  });
});
