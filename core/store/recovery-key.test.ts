import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { formatRecoveryKey, parseRecoveryKey, recoverySecretLength } from './recovery-key.ts';

const secrets = fc.uint8Array({ minLength: recoverySecretLength, maxLength: recoverySecretLength });

describe('the recovery key on paper', () => {
  test('is read back as it was made, however it is typed', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const text = formatRecoveryKey(secret);
        expect(text).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}$/u);
        expect(parseRecoveryKey(text)).toEqual(new Uint8Array(secret));
        const typed = text.toLowerCase().replaceAll('-', '  ').replaceAll('0', 'o').replaceAll('1', 'l');
        expect(parseRecoveryKey(` ${typed}\n`)).toEqual(new Uint8Array(secret));
      }),
    );
  });

  test('a wrong character is found, and in which group', () => {
    const text = formatRecoveryKey(new Uint8Array(recoverySecretLength).fill(7));
    let found = 0;
    for (let index = 0; index < text.length; index += 1) {
      if (text[index] === '-') continue;
      const wrong = text.slice(0, index) + (text[index] === 'Z' ? 'Y' : 'Z') + text.slice(index + 1);
      try {
        parseRecoveryKey(wrong);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        expect(error.code).toBe('desk.recoveryKeyIncorrect');
        expect(error.details).toEqual({ recoveryGroup: Math.floor(index / 6) + 1 });
        found += 1;
      }
    }
    // One check character of 32: a mistake in a hundred passes here and fails against the key itself.
    expect(found).toBeGreaterThanOrEqual(36);
  });

  test('groups in each other’s place and a cut key are found', () => {
    const text = formatRecoveryKey(Uint8Array.from({ length: recoverySecretLength }, (_value, index) => index * 11));
    const [first = '', second = '', ...rest] = text.split('-');
    expect(() => parseRecoveryKey([second, first, ...rest].join('-'))).toThrow('desk.recoveryKeyIncorrect');
    expect(() => parseRecoveryKey(text.slice(0, -1))).toThrow('desk.recoveryKeyIncorrect');
    expect(() => parseRecoveryKey('')).toThrow('desk.recoveryKeyIncorrect');
  });
});
