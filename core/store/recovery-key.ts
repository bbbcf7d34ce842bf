import { createHash } from 'node:crypto';
import { AppError } from '../contract/errors.ts';

/** 160 random bits: 32 characters in 8 groups of 4, each followed by its check character. */
export const recoverySecretLength = 20;

// Crockford's base 32: without I, L, O and U, which are read as 1, 1, 0 and V on paper.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const groupLength = 4;
const groupCount = 8;

/** The printed form, `0123X-4567Y-…`: eight groups of five. */
export function formatRecoveryKey(secret: Uint8Array): string {
  if (secret.length !== recoverySecretLength) throw new RangeError('a recovery secret has 20 bytes');
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of secret) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(buffer >> bits) & 31] ?? '';
    }
    buffer &= (1 << bits) - 1;
  }
  const groups: string[] = [];
  for (let index = 0; index < groupCount; index += 1) {
    const group = text.slice(index * groupLength, (index + 1) * groupLength);
    groups.push(group + checkCharacter(index, group));
  }
  return groups.join('-');
}

/**
 * Reads what was typed from paper: case, spaces, dashes and look-alike letters do not matter. Throws
 * `desk.recoveryKeyIncorrect` with the number of the first wrong group (1-8), or 0 when the length is wrong.
 */
export function parseRecoveryKey(text: string): Uint8Array {
  const compact = text
    .toUpperCase()
    .replaceAll(/[\s-]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/gu, '1')
    .replaceAll('U', 'V');
  if (compact.length !== groupCount * (groupLength + 1))
    throw new AppError('desk.recoveryKeyIncorrect', { recoveryGroup: 0 });
  const secret = new Uint8Array(recoverySecretLength);
  let length = 0;
  let buffer = 0;
  let bits = 0;
  for (let index = 0; index < groupCount; index += 1) {
    const group = compact.slice(index * (groupLength + 1), (index + 1) * (groupLength + 1));
    const letters = group.slice(0, groupLength);
    if (group.at(-1) !== checkCharacter(index, letters))
      throw new AppError('desk.recoveryKeyIncorrect', { recoveryGroup: index + 1 });
    for (const letter of letters) {
      const value = alphabet.indexOf(letter);
      if (value < 0) throw new AppError('desk.recoveryKeyIncorrect', { recoveryGroup: index + 1 });
      buffer = (buffer << 5) | value;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        secret[length] = (buffer >> bits) & 255;
        length += 1;
        buffer &= (1 << bits) - 1;
      }
    }
  }
  return secret;
}

// The group's place goes in, so that two groups written in each other's place are found too.
function checkCharacter(index: number, group: string): string {
  const first = createHash('sha256').update(`${index}:${group}`).digest()[0] ?? 0;
  return alphabet[first & 31] ?? '';
}
