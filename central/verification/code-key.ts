import { parseVerificationCode } from '../../core/documents/verification-code.ts';

const signsOfCode = 28;

/** What a code is looked up by: its 28 signs without prefix and hyphens. Null: not a code that is made today. */
export function readCode(printed: string): Readonly<{ key: string; prefix: string }> | null {
  const plain = plainText(printed);
  const prefix = plain.slice(0, Math.max(0, plain.length - signsOfCode));
  return parseVerificationCode(plain, prefix).kind === 'valid' ? { key: plain.slice(prefix.length), prefix } : null;
}

/** As it is stored: codes of an unknown form are found by all of their signs. */
export function keyOfCode(printed: string): string {
  return readCode(printed)?.key ?? plainText(printed);
}

/** Any case, with or without hyphens, spaces and points. */
export function plainText(typed: string): string {
  return typed.toUpperCase().replaceAll(/[^0-9A-Z]/gu, '');
}
