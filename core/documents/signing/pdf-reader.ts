import { AppError } from '../../contract/errors.ts';
import { asBuffer } from './der.ts';
import { decryptStream, decryptStrings } from './pdf-decryption.ts';
import { openDecryption } from './pdf-encryption.ts';
import type { Decryption } from './pdf-encryption.ts';
import { decodeStream, maximumDecodedBytes } from './pdf-filters.ts';
import { cursorAt, takeIf, takeInteger, takeValue, takeWord, unreadable, withoutPlaces } from './pdf-lexer.ts';
import type { PdfCursor } from './pdf-lexer.ts';
import { isArray, isDictionary, isName, isReference, isStream, isString } from './pdf-objects.ts';
import type { PdfDictionary, PdfReference, PdfStream, PdfValue } from './pdf-objects.ts';
import { readCrossReferences } from './pdf-xref.ts';
import type { XrefEntry, XrefForm } from './pdf-xref.ts';

/** A PDF file opened for reading. Objects are parsed when asked for. */
export type PdfFile = Readonly<{
  bytes: Buffer;
  /** Bytes before the header; offsets in the file count from there. */
  base: number;
  startXref: number;
  xrefForm: XrefForm;
  trailer: PdfDictionary;
  entries: ReadonlyMap<number, XrefEntry>;
  /** Object numbers by offset over all revisions, and the offsets of the cross-reference sections. */
  places: ReadonlyMap<number, number>;
  sections: ReadonlySet<number>;
  /** First object number never used. */
  size: number;
  rootReference: PdfReference;
  root: PdfDictionary;
  /** Encrypted so that everybody can read it; what is read here is in clear. */
  isEncrypted: boolean;
  /** Newest version of an object; null when there is none. Strings of uncompressed objects tell their place in the file. */
  object(number: number): PdfValue;
  /** Follows references until a value. */
  resolve(value: PdfValue | undefined): PdfValue;
  decode(stream: PdfStream): Buffer;
}>;

const maximumPages = 100_000;
const maximumReferenceChain = 32;

/**
 * Opens a PDF by its cross references: tables, streams, object streams and hybrids, over all revisions. Damaged files
 * are not repaired. Throws AppError `document.unreadable` or `document.encrypted`.
 */
export function openPdf(source: Uint8Array): PdfFile {
  const file = openPdfToRead(source);
  if (file.isEncrypted) throw new AppError('document.encrypted');
  return file;
}

/** As `openPdf`, also when it is encrypted without a password for readers; whoever writes must not use it. */
export function openPdfToRead(source: Uint8Array): PdfFile {
  const bytes = asBuffer(source);
  const header = bytes.subarray(0, 1024).indexOf('%PDF-');
  if (header < 0) throw unreadable('no header');
  const marker = bytes.lastIndexOf('startxref');
  if (marker < 0) throw unreadable('no startxref');
  const startXref = takeInteger(cursorAt(bytes, marker + 'startxref'.length));
  // Offsets should count from the header, but many writers of files with leading bytes count from the start.
  const base = header > 0 && !isXrefAt(bytes, startXref) ? header : 0;
  try {
    return open(bytes, base, startXref);
  } catch (error) {
    if (error instanceof AppError) throw error;
    // Offsets and lengths that lie end in range errors of Node's buffers.
    throw new AppError('document.unreadable', { part: 'pdf' }, { cause: error });
  }
}

/** References of all pages in order. Throws AppError `document.unreadable` when the page tree is broken or empty. */
export function listPages(file: PdfFile): readonly PdfReference[] {
  const pages: PdfReference[] = [];
  const visited = new Set<number>();
  const pending: PdfValue[] = [file.root.get('Pages') ?? null];
  while (pending.length > 0) {
    const reference = pending.pop();
    if (!isReference(reference) || visited.has(reference.number) || visited.size > maximumPages)
      throw unreadable('page tree');
    visited.add(reference.number);
    const node = file.resolve(reference);
    if (!isDictionary(node)) throw unreadable('page tree');
    const kids = file.resolve(node.get('Kids'));
    if (isArray(kids) && !isName(node.get('Type'), 'Page')) for (const kid of kids.toReversed()) pending.push(kid);
    else pages.push(reference);
  }
  if (pages.length === 0) throw unreadable('no pages');
  return pages;
}

/** An object of a file that may have damaged ones. */
export function readObject(file: PdfFile, number: number): PdfValue | 'unreadable' {
  try {
    return file.object(number);
  } catch {
    return 'unreadable';
  }
}

function open(bytes: Buffer, base: number, startXref: number): PdfFile {
  const inProgress = new Set<number>();
  const cache = new Map<number, PdfValue>();
  const containers = new Map<number, ReadonlyMap<number, PdfValue>>();
  let entries: ReadonlyMap<number, XrefEntry> = new Map();
  let decryption: Decryption | null = null;

  function resolve(value: PdfValue | undefined): PdfValue {
    let current = value ?? null;
    for (let step = 0; isReference(current); step += 1) {
      if (step >= maximumReferenceChain) throw unreadable('reference loop');
      current = object(current.number);
    }
    return current;
  }

  // One limit for all that a file unpacks: many bombs are as bad as one.
  let decodable = maximumDecodedBytes;
  const decode = (stream: PdfStream): Buffer => {
    const data = decodeStream(stream, resolve, Math.max(1, decodable));
    decodable -= data.length;
    return data;
  };

  function object(number: number): PdfValue {
    const cached = cache.get(number);
    if (cached !== undefined) return cached;
    const entry = entries.get(number);
    if (entry === undefined || entry.kind === 'free') return null;
    if (inProgress.has(number)) throw unreadable('object needs itself');
    inProgress.add(number);
    try {
      const value =
        entry.kind === 'offset' ? readObjectAt(entry.offset, number) : (container(entry.container).get(number) ?? null);
      cache.set(number, value);
      return value;
    } finally {
      inProgress.delete(number);
    }
  }

  function container(number: number): ReadonlyMap<number, PdfValue> {
    const known = containers.get(number);
    if (known !== undefined) return known;
    // An object stream is never itself compressed (ISO 32000-1 §7.5.7).
    if (entries.get(number)?.kind !== 'offset') throw unreadable('object stream');
    const stream = object(number);
    if (!isStream(stream)) throw unreadable('object stream');
    const objects = readObjectStream(
      decode(stream),
      resolve(stream.dictionary.get('N')),
      resolve(stream.dictionary.get('First')),
    );
    containers.set(number, objects);
    return objects;
  }

  function readObjectAt(offset: number, number: number | null): PdfValue {
    const cursor = cursorAt(bytes, base + offset);
    const found = takeInteger(cursor);
    const generation = takeInteger(cursor);
    if (takeWord(cursor) !== 'obj' || (number !== null && found !== number))
      throw unreadable('object is not where it should be');
    const encoded = takeValue(cursor);
    const value = decryption === null ? encoded : decryptStrings(encoded, decryption, found, generation);
    if (!isDictionary(value) || !takeIf(cursor, 'stream')) return value;
    const raw = takeStreamData(cursor, resolve(value.get('Length')));
    return decryption === null
      ? { kind: 'stream', dictionary: value, raw }
      : decryptStream(value, raw, decryption, found, generation);
  }

  const references = readCrossReferences(bytes, base, startXref, {
    readStreamAt(offset) {
      const value = readObjectAt(offset, null);
      if (!isStream(value)) throw unreadable('cross-reference stream');
      return value;
    },
    decode,
  });
  entries = references.entries;
  const encryption = resolve(references.trailer.get('Encrypt'));
  if (encryption !== null) {
    if (!isDictionary(encryption)) throw unreadable('encryption');
    const identifiers = resolve(references.trailer.get('ID'));
    const identifier = isArray(identifiers) ? resolve(identifiers[0]) : null;
    decryption = openDecryption(encryption, isString(identifier) ? identifier.bytes : Buffer.alloc(0), resolve);
    cache.clear();
    containers.clear();
  }
  const rootReference = references.trailer.get('Root');
  const root = resolve(rootReference);
  if (!isReference(rootReference) || !isDictionary(root)) throw unreadable('catalog');
  return {
    bytes,
    base,
    startXref,
    xrefForm: references.form,
    trailer: references.trailer,
    entries,
    places: references.places,
    sections: references.sections,
    size: references.size,
    rootReference,
    root,
    isEncrypted: decryption !== null,
    object,
    resolve,
    decode,
  };
}

function isXrefAt(bytes: Buffer, offset: number): boolean {
  return offset < bytes.length && /^\s*(?:xref|\d+\s+\d+\s+obj)/.test(bytes.toString('latin1', offset, offset + 40));
}

function takeStreamData(cursor: PdfCursor, length: PdfValue): Buffer {
  const { bytes } = cursor;
  if (bytes[cursor.offset] === 0x0d) cursor.offset += 1;
  if (bytes[cursor.offset] === 0x0a) cursor.offset += 1;
  const start = cursor.offset;
  if (typeof length === 'number' && length >= 0 && start + length <= bytes.length) {
    const after = bytes.toString('latin1', start + length, start + length + 16);
    if (/^\s*endstream/.test(after)) return bytes.subarray(start, start + length);
  }
  // A wrong /Length is the commonest defect of all; every viewer then looks for the keyword.
  const end = bytes.indexOf('endstream', start);
  if (end < 0) throw unreadable('stream without end');
  return bytes.subarray(start, end);
}

function readObjectStream(data: Buffer, count: PdfValue, first: PdfValue): ReadonlyMap<number, PdfValue> {
  if (typeof count !== 'number' || typeof first !== 'number' || count < 0 || count > data.length)
    throw unreadable('object stream');
  const objects = new Map<number, PdfValue>();
  if (count === 0) return objects;
  const header = cursorAt(data, 0);
  for (let index = 0; index < count; index += 1) {
    const number = takeInteger(header);
    const offset = takeInteger(header);
    // Positions inside a decoded stream must not be mistaken for positions in the file.
    objects.set(number, withoutPlaces(takeValue(cursorAt(data, first + offset))));
  }
  return objects;
}
