import { randomBytes } from 'node:crypto';
import { AppError } from '../contract/errors.ts';

/** 31 signs without 0, O, 1, I and L: none is taken for another when read aloud or typed from paper. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const base = alphabet.length;
const dataLength = 26; // 31^26 > 2^128
const codeLength = dataLength + 2;
const groupLength = 4;
// 3 generates the multiplicative group modulo 31, so that each place of the code weighs differently.
const generator = 3;

export type ParsedVerificationCode =
  | Readonly<{ kind: 'valid'; code: string }>
  | Readonly<{ kind: 'incomplete'; length: number; expected: number }>
  /** `suspectGroup`: the group (from 1) where the only wrong sign would be, when one wrong sign explains it. */
  | Readonly<{ kind: 'mistyped'; suspectGroup: number | null }>;

/**
 * `VEN-7Q2K-…`: 128 random bits in 26 signs, and two check signs closing the last group of four (RD 203/2021 art. 21; ordinance art. 56.2:
 * nothing of the document can be deduced from it). `bytes`: 16 random bytes.
 */
export function makeVerificationCode(prefix: string, bytes: Uint8Array = randomBytes(16)): string {
  if (bytes.length !== 16) throw new AppError('request.invalid', { reason: 'verificationCodeBytes' });
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const digits: number[] = Array.from({ length: dataLength }, () => 0);
  for (let place = dataLength - 1; place >= 0; place -= 1) {
    digits[place] = Number(value % BigInt(base));
    value /= BigInt(base);
  }
  return format(prefix, [...digits, ...checkDigits(digits)]);
}

/**
 * Reads a code as a person types it: any case, with or without hyphens, spaces and prefix. Any wrong sign is caught, and any
 * two signs exchanged. The valid code comes back as it is printed.
 */
export function parseVerificationCode(text: string, prefix: string): ParsedVerificationCode {
  const plain = text.toUpperCase().replaceAll(/[^0-9A-Z]/g, '');
  const plainPrefix = prefix.toUpperCase().replaceAll(/[^0-9A-Z]/g, '');
  const body = plain.length > codeLength && plain.startsWith(plainPrefix) ? plain.slice(plainPrefix.length) : plain;
  if (body.length !== codeLength) return { kind: 'incomplete', length: body.length, expected: codeLength };
  const digits = [...body].map((sign) => alphabet.indexOf(sign));
  const strange = digits.indexOf(-1);
  if (strange >= 0) return { kind: 'mistyped', suspectGroup: groupOf(strange) };
  const [sum, weighted] = syndromes(digits);
  if (sum === 0 && weighted === 0) return { kind: 'valid', code: format(prefix, digits) };
  return { kind: 'mistyped', suspectGroup: locate(sum, weighted) };
}

function format(prefix: string, digits: readonly number[]): string {
  const signs = digits.map((digit) => alphabet[digit]).join('');
  const groups = signs.match(new RegExp(`.{${groupLength}}`, 'g')) ?? [];
  return `${prefix.toUpperCase().replace(/-?$/, '-')}${groups.join('-')}`;
}

function groupOf(place: number): number {
  return Math.floor(place / groupLength) + 1;
}

function weightOf(place: number): number {
  let weight = 1;
  for (let step = 0; step < place; step += 1) weight = (weight * generator) % base;
  return weight;
}

function syndromes(digits: readonly number[]): readonly [number, number] {
  let sum = 0;
  let weighted = 0;
  digits.forEach((digit, place) => {
    sum = (sum + digit) % base;
    weighted = (weighted + digit * weightOf(place)) % base;
  });
  return [sum, weighted];
}

// Two signs that bring both sums to zero, solved modulo 31.
function checkDigits(data: readonly number[]): readonly [number, number] {
  const [sum, weighted] = syndromes(data);
  const [first, second] = [weightOf(dataLength), weightOf(dataLength + 1)];
  const last = ((((sum * first - weighted) % base) + base) * inverse((((second - first) % base) + base) % base)) % base;
  return [(2 * base - sum - last) % base, last];
}

function inverse(value: number): number {
  for (let candidate = 1; candidate < base; candidate += 1) if ((value * candidate) % base === 1) return candidate;
  throw new AppError('internal.unexpected');
}

function locate(sum: number, weighted: number): number | null {
  if (sum === 0) return null;
  const ratio = (weighted * inverse(sum)) % base;
  for (let place = 0; place < codeLength; place += 1) if (weightOf(place) === ratio) return groupOf(place);
  return null;
}
