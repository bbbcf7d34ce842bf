import { AppError } from '../../contract/errors.ts';

/** Values of a PDF file (ISO 32000-1 §7.3). Integers are numbers; other reals keep their text, to be written unchanged. */
export type PdfValue =
  | null
  | boolean
  | number
  | PdfReal
  | PdfName
  | PdfString
  | PdfReference
  | PdfArray
  | PdfDictionary
  | PdfStream;

export type PdfReal = Readonly<{ kind: 'real'; text: string }>;
export type PdfName = Readonly<{ kind: 'name'; name: string }>;
/** `start` and `end` delimit the token in what was parsed, with its brackets. */
export type PdfString = Readonly<{ kind: 'string'; bytes: Buffer; start: number; end: number }>;
export type PdfReference = Readonly<{ kind: 'reference'; number: number; generation: number }>;
export type PdfArray = readonly PdfValue[];
export type PdfDictionary = ReadonlyMap<string, PdfValue>;
export type PdfStream = Readonly<{ kind: 'stream'; dictionary: PdfDictionary; raw: Buffer }>;

export function pdfName(name: string): PdfName {
  return { kind: 'name', name };
}

export function pdfReference(number: number, generation = 0): PdfReference {
  return { kind: 'reference', number, generation };
}

export function pdfString(bytes: Uint8Array): PdfString {
  return { kind: 'string', bytes: Buffer.from(bytes), start: 0, end: 0 };
}

/** Text string: ASCII as it is, anything else in UTF-16BE with its mark (§7.9.2.2). */
export function pdfText(text: string): PdfString {
  if (/^[\x20-\x7e]*$/.test(text)) return pdfString(Buffer.from(text, 'latin1'));
  return pdfString(Buffer.from(`\ufeff${text}`, 'utf16le').swap16());
}

/** Reads a text string: UTF-16BE or UTF-8 by its mark, otherwise taken as Latin-1. */
export function readPdfText(value: PdfString): string {
  const { bytes } = value;
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(2, bytes.length & ~1))
      .swap16()
      .toString('utf16le');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.toString('utf8', 3);
  return bytes.toString('latin1');
}

export function isName(value: PdfValue | undefined, name?: string): value is PdfName {
  return hasKind(value, 'name') && (name === undefined || value.name === name);
}

export function isString(value: PdfValue | undefined): value is PdfString {
  return hasKind(value, 'string');
}

export function isReference(value: PdfValue | undefined): value is PdfReference {
  return hasKind(value, 'reference');
}

export function isStream(value: PdfValue | undefined): value is PdfStream {
  return hasKind(value, 'stream');
}

export function isDictionary(value: PdfValue | undefined): value is PdfDictionary {
  return value instanceof Map;
}

export function isArray(value: PdfValue | undefined): value is PdfArray {
  return Array.isArray(value);
}

/** Writes a value as a PDF token. A stream cannot be written here: it is an object of its own. */
export function serializePdf(value: PdfValue): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (isArray(value)) return `[${value.map(serializePdf).join(' ')}]`;
  if (isDictionary(value))
    return `<<${[...value].map(([key, entry]) => `${serializeName(key)} ${serializePdf(entry)}`).join('')}>>`;
  switch (value.kind) {
    case 'real':
      return value.text;
    case 'name':
      return serializeName(value.name);
    case 'string':
      return `<${value.bytes.toString('hex')}>`;
    case 'reference':
      return `${value.number} ${value.generation} R`;
    case 'stream':
      throw new AppError('internal.unexpected', { reason: 'stream inside a value' });
  }
}

// Programs that rewrite a dictionary round its numbers; nobody sees a ten-thousandth of a point.
const numberTolerance = 1e-4;

/**
 * Whether two values say the same: numbers by value, an entry that is null like one that is missing, streams by
 * dictionary and raw bytes. `equalItems` compares what arrays and dictionaries hold.
 */
export function equalPdf(
  left: PdfValue | undefined,
  right: PdfValue | undefined,
  equalItems: (left: PdfValue | undefined, right: PdfValue | undefined) => boolean = equalPdf,
): boolean {
  const one = left ?? null;
  const other = right ?? null;
  if (one === other) return true;
  if (one === null || other === null) return false;
  const [number, otherNumber] = [numberOf(one), numberOf(other)];
  if (number !== null && otherNumber !== null) return Math.abs(number - otherNumber) <= numberTolerance;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  if (isArray(one))
    return isArray(other) && one.length === other.length && one.every((item, index) => equalItems(item, other[index]));
  if (isDictionary(one)) {
    return (
      isDictionary(other) &&
      [...new Set([...one.keys(), ...other.keys()])].every((key) => equalItems(one.get(key), other.get(key)))
    );
  }
  if (isStream(one))
    return isStream(other) && one.raw.equals(other.raw) && equalItems(one.dictionary, other.dictionary);
  if (isString(one)) return isString(other) && one.bytes.equals(other.bytes);
  return !isArray(other) && !isDictionary(other) && !isStream(other) && serializePdf(one) === serializePdf(other);
}

/** Whether two dictionaries are the same but for the keys that are free to change. */
export function isKeptExcept(
  old: PdfDictionary,
  current: PdfDictionary,
  free: readonly string[],
  equalItems: (left: PdfValue | undefined, right: PdfValue | undefined) => boolean = equalPdf,
): boolean {
  const keys = new Set([...old.keys(), ...current.keys()].filter((key) => !free.includes(key)));
  return [...keys].every((key) => equalItems(old.get(key), current.get(key)));
}

/** An integer or real, or null. */
export function numberOf(value: PdfValue): number | null {
  if (typeof value === 'number') return value;
  if (!hasKind(value, 'real')) return null;
  const number = Number(value.text);
  return Number.isFinite(number) ? number : null;
}

function serializeName(name: string): string {
  return `/${name.replace(/[^!-~]|[#()<>[\]{}/%]/g, (character) => `#${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}`;
}

function hasKind<
  Kind extends PdfReal['kind'] | PdfStream['kind'] | PdfName['kind'] | PdfString['kind'] | PdfReference['kind'],
>(value: PdfValue | undefined, kind: Kind): value is Extract<PdfValue, { kind: Kind }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
