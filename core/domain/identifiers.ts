import type { IdentifierType } from '../contract/schemas/person.ts';

/** What can be said of an identifier while it is being typed. */
export type IdentifierCheck = Readonly<{
  state: 'empty' | 'incomplete' | 'valid' | 'invalid';
  /** Upper case, without spaces, dots or hyphens, padded with zeros when complete. */
  normalized: string;
  /** The control character that fits the digits, where there is only one. */
  expectedControl: string | null;
  /** What the number is, when it is complete and right but of another type than the chosen one. */
  looksLike: IdentifierType | null;
  isLegalPerson: boolean;
}>;

const dniLetters = 'TRWAGMYFPDXBNJZSQVHLCKE';
const cifLetters = 'JABCDEFGHI';

const dniPattern = /^\d{8}[A-Z]$/u;
const klmPattern = /^[KLM]\d{7}[A-Z]$/u;
const niePattern = /^[XYZ]\d{7}[A-Z]$/u;
const cifPattern = /^[ABCDEFGHJNPQRSUVW]\d{7}[0-9A-J]$/u;

export function normalizeIdentifier(text: string): string {
  return text.toUpperCase().replaceAll(/[\s.\-/]/gu, '');
}

/** Control letter of a DNI number or of a NIE (X, Y, Z count as 0, 1, 2). */
function dniLetter(digits: string): string {
  return dniLetters.charAt(Number(digits) % 23);
}

/** Control of an entity's NIF as digit and letter; which one applies depends on its first letter (Orden EHA/451/2008). */
function cifControl(digits: string): { digit: string; letter: string } {
  let sum = 0;
  for (let index = 0; index < 7; index += 1) {
    const value = Number(digits.charAt(index));
    const doubled = value * 2;
    sum += index % 2 === 1 ? value : Math.floor(doubled / 10) + (doubled % 10);
  }
  const control = (10 - (sum % 10)) % 10;
  return { digit: String(control), letter: cifLetters.charAt(control) };
}

type Verdict = Readonly<{ isComplete: boolean; isValid: boolean; normalized: string; expectedControl: string | null }>;
const unfinished: Verdict = { isComplete: false, isValid: false, normalized: '', expectedControl: null };

function checkNif(text: string): Verdict {
  // Leading zeros are often left out: 1234567L stands for 01234567L.
  const padded = /^\d{1,8}[A-Z]$/u.test(text) ? text.padStart(9, '0') : text;
  if (dniPattern.test(padded)) {
    const expected = dniLetter(padded.slice(0, 8));
    return { isComplete: true, isValid: padded.endsWith(expected), normalized: padded, expectedControl: expected };
  }
  if (klmPattern.test(text)) {
    const expected = dniLetter(text.slice(1, 8));
    return { isComplete: true, isValid: text.endsWith(expected), normalized: text, expectedControl: expected };
  }
  if (/^\d{8}$/u.test(text)) return { ...unfinished, expectedControl: dniLetter(text) };
  if (/^[KLM]\d{7}$/u.test(text)) return { ...unfinished, expectedControl: dniLetter(text.slice(1)) };
  return unfinished;
}

function checkNie(text: string): Verdict {
  // Some old cards print X0 and eight digits.
  const compact = /^X0\d{7}[A-Z]$/u.test(text) ? `X${text.slice(2)}` : text;
  const digits = (value: string) => `${'XYZ'.indexOf(value.charAt(0))}${value.slice(1, 8)}`;
  if (niePattern.test(compact)) {
    const expected = dniLetter(digits(compact));
    return { isComplete: true, isValid: compact.endsWith(expected), normalized: compact, expectedControl: expected };
  }
  if (/^[XYZ]\d{7}$/u.test(compact)) return { ...unfinished, expectedControl: dniLetter(digits(compact)) };
  return unfinished;
}

function checkCif(text: string): Verdict {
  if (cifPattern.test(text)) {
    const { digit, letter } = cifControl(text.slice(1, 8));
    // The tax agency fixes letter or digit by kind of entity, but both are met in practice; norms 02f accepts either.
    const wantsLetter = /^[NPQRSW]/u.test(text) || text.slice(1, 3) === '00';
    return {
      isComplete: true,
      isValid: text.endsWith(digit) || text.endsWith(letter),
      normalized: text,
      expectedControl: wantsLetter ? letter : digit,
    };
  }
  if (/^[ABEH]\d{7}$/u.test(text)) return { ...unfinished, expectedControl: cifControl(text.slice(1)).digit };
  if (/^[NPQRSW]\d{7}$/u.test(text)) return { ...unfinished, expectedControl: cifControl(text.slice(1)).letter };
  return unfinished;
}

function checkLoose(text: string, pattern: RegExp): Verdict {
  const isValid = pattern.test(text);
  return { isComplete: isValid, isValid, normalized: text, expectedControl: null };
}

function checkAs(type: IdentifierType, text: string): Verdict {
  switch (type) {
    case 'nif':
      return checkNif(text);
    case 'nie':
      return checkNie(text);
    case 'cif':
      return checkCif(text);
    case 'passport':
      return checkLoose(text, /^[A-Z0-9]{5,20}$/u);
    case 'originCode':
      return checkLoose(text, /^(?:[EALUIJO]\d{8}|(?:GE|EC|EA|LA)\d{7})$/u);
    case 'other':
      return checkLoose(text, /^[A-Z0-9]{3,40}$/u);
  }
}

/** Checks an identifier of the chosen type (norms 02f). Never corrects: it proposes. */
export function checkIdentifier(type: IdentifierType, typed: string): IdentifierCheck {
  const text = normalizeIdentifier(typed);
  if (text === '')
    return { state: 'empty', normalized: '', expectedControl: null, looksLike: null, isLegalPerson: false };
  const verdict = checkAs(type, text);
  if (verdict.isComplete && verdict.isValid) {
    return {
      state: 'valid',
      normalized: verdict.normalized,
      expectedControl: null,
      looksLike: null,
      isLegalPerson: isLegalPersonIdentifier(verdict.normalized),
    };
  }
  const others: readonly IdentifierType[] = ['nif', 'nie', 'cif'];
  const looksLike = others.find((other) => other !== type && checkAs(other, text).isValid) ?? null;
  const couldGrow = text.length < 9 && !verdict.isComplete && /^[A-Z]?\d*[A-Z]?$/u.test(text);
  return {
    state: couldGrow && looksLike === null ? 'incomplete' : 'invalid',
    normalized: verdict.isComplete ? verdict.normalized : text,
    expectedControl: verdict.expectedControl,
    looksLike,
    isLegalPerson: looksLike === 'cif',
  };
}

export function isLegalPersonIdentifier(identifier: string): boolean {
  return cifPattern.test(identifier) && checkCif(identifier).isValid;
}

/** For screens and lists that others may see: `***4567**` (LO 3/2018 DA 7ª; AEPD guidance). */
export function maskIdentifier(identifier: string): string {
  if (identifier.length < 7) return '*'.repeat(identifier.length);
  const start = /^\d/u.test(identifier) ? 3 : 4;
  return [...identifier].map((character, index) => (index >= start && index < start + 4 ? character : '*')).join('');
}
