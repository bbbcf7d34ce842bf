import { AppError } from '../../contract/errors.ts';
import { isArray, isDictionary, isStream, isString, pdfName, pdfReference } from './pdf-objects.ts';
import type { PdfDictionary, PdfName, PdfString, PdfValue } from './pdf-objects.ts';

// Deeper nesting than any honest file has; the parser recurses once per level.
const maximumDepth = 200;

const whitespace = new Set([0x00, 0x09, 0x0a, 0x0c, 0x0d, 0x20]);
const delimiters = new Set([...'()<>[]{}/%'].map((character) => character.charCodeAt(0)));

/** A position in PDF bytes. Every `take` advances it. */
export type PdfCursor = { readonly bytes: Buffer; offset: number };

export function cursorAt(bytes: Buffer, offset: number): PdfCursor {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset >= bytes.length)
    throw unreadable('offset outside the file');
  return { bytes, offset };
}

export function skipWhitespace(cursor: PdfCursor): void {
  const { bytes } = cursor;
  for (;;) {
    while (whitespace.has(bytes[cursor.offset] ?? -1)) cursor.offset += 1;
    if (bytes[cursor.offset] !== 0x25) return;
    while (cursor.offset < bytes.length && bytes[cursor.offset] !== 0x0a && bytes[cursor.offset] !== 0x0d)
      cursor.offset += 1;
  }
}

/** Next run of regular characters: a keyword or a number. Empty at a delimiter. */
export function takeWord(cursor: PdfCursor): string {
  skipWhitespace(cursor);
  const start = cursor.offset;
  while (cursor.offset < cursor.bytes.length && isRegular(cursor.bytes[cursor.offset])) cursor.offset += 1;
  return cursor.bytes.toString('latin1', start, cursor.offset);
}

export function takeInteger(cursor: PdfCursor): number {
  const word = takeWord(cursor);
  if (!/^\+?\d{1,15}$/.test(word)) throw unreadable('integer expected');
  return Number(word);
}

/** Consumes `word` when it comes next. */
export function takeIf(cursor: PdfCursor, word: string): boolean {
  const start = cursor.offset;
  if (takeWord(cursor) === word) return true;
  cursor.offset = start;
  return false;
}

/** Parses one value (no stream: its dictionary only). Throws AppError `document.unreadable`. */
export function takeValue(cursor: PdfCursor, depth = 0): PdfValue {
  if (depth > maximumDepth) throw unreadable('nested too deep');
  skipWhitespace(cursor);
  const { bytes } = cursor;
  switch (bytes[cursor.offset]) {
    case 0x2f:
      return takeName(cursor);
    case 0x28:
      return takeLiteralString(cursor);
    case 0x5b:
      return takeArray(cursor, depth);
    case 0x3c:
      return bytes[cursor.offset + 1] === 0x3c ? takeDictionary(cursor, depth) : takeHexadecimalString(cursor);
    default:
      return takeScalar(cursor);
  }
}

export function unreadable(reason: string): AppError {
  return new AppError('document.unreadable', { part: 'pdf', reason });
}

function isRegular(byte: number | undefined): boolean {
  return byte !== undefined && !whitespace.has(byte) && !delimiters.has(byte);
}

function takeName(cursor: PdfCursor): PdfName {
  cursor.offset += 1;
  const start = cursor.offset;
  while (isRegular(cursor.bytes[cursor.offset])) cursor.offset += 1;
  const text = cursor.bytes.toString('latin1', start, cursor.offset);
  return pdfName(
    text.replace(/#([0-9A-Fa-f]{2})/g, (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
}

function takeArray(cursor: PdfCursor, depth: number): PdfValue[] {
  cursor.offset += 1;
  const items: PdfValue[] = [];
  for (;;) {
    skipWhitespace(cursor);
    if (cursor.bytes[cursor.offset] === 0x5d) {
      cursor.offset += 1;
      return items;
    }
    items.push(takeValue(cursor, depth + 1));
  }
}

function takeDictionary(cursor: PdfCursor, depth: number): PdfDictionary {
  cursor.offset += 2;
  const entries = new Map<string, PdfValue>();
  for (;;) {
    skipWhitespace(cursor);
    const byte = cursor.bytes[cursor.offset];
    if (byte === 0x3e && cursor.bytes[cursor.offset + 1] === 0x3e) {
      cursor.offset += 2;
      return entries;
    }
    if (byte !== 0x2f) throw unreadable('dictionary key expected');
    const { name } = takeName(cursor);
    if (entries.has(name)) ambiguousDictionaries.add(entries);
    entries.set(name, takeValue(cursor, depth + 1));
  }
}

// Beside the values, so that they stay plain maps; the newest of equal keys counts, as with most readers.
const ambiguousDictionaries = new WeakSet<PdfDictionary>();

/** Whether a dictionary was written with the same key twice, which readers take differently. */
export function hasDuplicateKeys(dictionary: PdfDictionary): boolean {
  return ambiguousDictionaries.has(dictionary);
}

/** As `hasDuplicateKeys`, also of dictionaries inside a value. */
export function holdsDuplicateKeys(value: PdfValue): boolean {
  if (isArray(value)) return value.some(holdsDuplicateKeys);
  if (isDictionary(value)) return hasDuplicateKeys(value) || [...value.values()].some(holdsDuplicateKeys);
  return isStream(value) && holdsDuplicateKeys(value.dictionary);
}

/** The same value without the places of its strings, which are only true in the file itself. */
export function withoutPlaces(value: PdfValue): PdfValue {
  if (isArray(value)) return value.map(withoutPlaces);
  if (isDictionary(value)) {
    const copy: PdfDictionary = new Map([...value].map(([key, item]) => [key, withoutPlaces(item)]));
    if (hasDuplicateKeys(value)) ambiguousDictionaries.add(copy);
    return copy;
  }
  return isString(value) ? { ...value, start: 0, end: 0 } : value;
}

function takeHexadecimalString(cursor: PdfCursor): PdfString {
  const start = cursor.offset;
  const close = cursor.bytes.indexOf(0x3e, start);
  if (close < 0) throw unreadable('unterminated string');
  const text = cursor.bytes.toString('latin1', start + 1, close).replace(/[\s\0]+/g, '');
  if (!/^[0-9A-Fa-f]*$/.test(text)) throw unreadable('hexadecimal string');
  cursor.offset = close + 1;
  return {
    kind: 'string',
    bytes: Buffer.from(text.length % 2 === 0 ? text : `${text}0`, 'hex'),
    start,
    end: close + 1,
  };
}

function takeLiteralString(cursor: PdfCursor): PdfString {
  const { bytes } = cursor;
  const start = cursor.offset;
  const octets: number[] = [];
  let open = 0;
  for (let offset = start; offset < bytes.length; offset += 1) {
    const byte = bytes[offset] ?? 0;
    if (byte === 0x5c) {
      offset = takeEscape(bytes, offset + 1, octets);
      continue;
    }
    if (byte === 0x28) open += 1;
    if (byte === 0x29) open -= 1;
    if (open === 0) {
      cursor.offset = offset + 1;
      return { kind: 'string', bytes: Buffer.from(octets), start, end: cursor.offset };
    }
    if (offset > start) octets.push(byte);
  }
  throw unreadable('unterminated string');
}

// Returns the offset of the last byte of the escape sequence (§7.3.4.2).
function takeEscape(bytes: Buffer, offset: number, octets: number[]): number {
  const byte = bytes[offset] ?? 0;
  const octal = /^[0-7]{1,3}/.exec(bytes.toString('latin1', offset, offset + 3))?.[0];
  if (octal !== undefined) {
    octets.push(Number.parseInt(octal, 8) & 0xff);
    return offset + octal.length - 1;
  }
  if (byte === 0x0d) return bytes[offset + 1] === 0x0a ? offset + 1 : offset;
  if (byte === 0x0a) return offset;
  const control = 'nrtbf'.indexOf(String.fromCharCode(byte));
  octets.push(control < 0 ? byte : ([0x0a, 0x0d, 0x09, 0x08, 0x0c][control] ?? byte));
  return offset;
}

function takeScalar(cursor: PdfCursor): PdfValue {
  const word = takeWord(cursor);
  switch (word) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'null':
      return null;
    case '':
      throw unreadable('value expected');
    default:
      break;
  }
  if (/^\d{1,15}$/.test(word)) return takeReference(cursor, Number(word)) ?? Number(word);
  if (/^[+-]\d{1,15}$/.test(word)) return Number(word);
  if (/^[+-]*(?:\d+\.?\d*|\.\d+)(?:-\d*)?$/.test(word)) return { kind: 'real', text: word };
  throw unreadable('unknown keyword');
}

// Long lists of numbers are common: most can be told from a reference by their third word.
function mayBeReference({ bytes, offset }: PdfCursor): boolean {
  let place = offset;
  while (whitespace.has(bytes[place] ?? -1)) place += 1;
  // A comment between the words is left to the parser.
  if (bytes[place] === 0x25) return true;
  while (isDigit(bytes[place])) place += 1;
  while (whitespace.has(bytes[place] ?? -1)) place += 1;
  return bytes[place] === 0x25 || bytes[place] === 0x52;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function takeReference(cursor: PdfCursor, number: number): PdfValue | null {
  const start = cursor.offset;
  if (!mayBeReference(cursor)) return null;
  const generation = takeWord(cursor);
  if (/^\d{1,5}$/.test(generation) && takeIf(cursor, 'R')) return pdfReference(number, Number(generation));
  cursor.offset = start;
  return null;
}
