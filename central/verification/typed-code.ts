import { parseVerificationCode } from '../../core/documents/verification-code.ts';
import { plainText } from './code-key.ts';

/** What a person typed into the page, and how to help when it is not a code. */
export type TypedCode =
  | Readonly<{ kind: 'empty' }>
  | Readonly<{ kind: 'incomplete'; length: number; expected: number }>
  /** `group`: the place (from 1) and the signs of the group to look at, when one wrong sign explains it. */
  | Readonly<{ kind: 'mistyped'; group: Readonly<{ place: number; signs: string }> | null }>
  | Readonly<{ kind: 'code'; key: string }>;

const signsOfCode = 28;
const signsOfGroup = 4;

/** Any case, hyphens and spaces anywhere, with or without one of the prefixes in use. */
export function readTypedCode(typed: string, prefixes: readonly string[]): TypedCode {
  const plain = plainText(typed);
  if (plain === '') return { kind: 'empty' };
  const body = withoutPrefix(typed, plain, prefixes);
  const parsed = parseVerificationCode(body, '');
  switch (parsed.kind) {
    case 'valid':
      return { kind: 'code', key: body };
    case 'incomplete':
      return { kind: 'incomplete', length: parsed.length, expected: parsed.expected };
    case 'mistyped':
      return { kind: 'mistyped', group: findGroup(body, parsed.suspectGroup) };
  }
}

function withoutPrefix(typed: string, plain: string, prefixes: readonly string[]): string {
  const firstPart = plainText(typed.trim().split(/[^0-9A-Za-z]+/u)[0] ?? '');
  const prefix = prefixes.find(
    (candidate) => plain.startsWith(candidate) && (plain.length > signsOfCode || firstPart === candidate),
  );
  if (prefix !== undefined) return plain.slice(prefix.length);
  // The first record of an office with a prefix of its own may not have arrived yet.
  const head = plain.slice(0, Math.max(0, plain.length - signsOfCode));
  return /^[A-Z]{1,8}$/u.test(head) ? plain.slice(head.length) : plain;
}

function findGroup(body: string, place: number | null): Readonly<{ place: number; signs: string }> | null {
  if (place === null) return null;
  return { place, signs: body.slice((place - 1) * signsOfGroup, place * signsOfGroup) };
}
