import { cursorAt, skipWhitespace, takeIf, takeInteger, takeValue, takeWord, unreadable } from './pdf-lexer.ts';
import type { PdfCursor } from './pdf-lexer.ts';
import { isArray, isDictionary, isName } from './pdf-objects.ts';
import type { PdfDictionary, PdfStream, PdfValue } from './pdf-objects.ts';

/** Where the newest version of an object is. Offsets count from the file's header. */
export type XrefEntry =
  | Readonly<{ kind: 'free' }>
  | Readonly<{ kind: 'offset'; offset: number; generation: number }>
  | Readonly<{ kind: 'compressed'; container: number; index: number }>;

export type XrefForm = 'table' | 'stream';

export type CrossReferences = Readonly<{
  form: XrefForm;
  /** Trailer of the newest section. */
  trailer: PdfDictionary;
  entries: ReadonlyMap<number, XrefEntry>;
  /** One more than the highest object number in use or promised. */
  size: number;
  /** Object numbers by offset, also of versions that were superseded. */
  places: ReadonlyMap<number, number>;
  /** Offsets of the sections. */
  sections: ReadonlySet<number>;
}>;

type Section = Readonly<{
  form: XrefForm;
  trailer: PdfDictionary;
  inUse: readonly NumberedEntry[];
  free: readonly NumberedEntry[];
}>;
/** Counts entries that are about to be read. */
type Spend = (count: number) => void;
type NumberedEntry = readonly [number: number, entry: XrefEntry];

/** What reading a cross-reference stream needs from the reader of objects. */
export type StreamAccess = Readonly<{
  readStreamAt(offset: number): PdfStream;
  decode(stream: PdfStream): Buffer;
}>;

const maximumSections = 5000;
// All sections together.
const maximumEntries = 2_000_000;
// Some writers give eight bytes to every number.
const maximumWidth = 16;
// Acrobat's architectural limit for indirect objects.
const maximumObjectNumber = 8_388_607;

/** Follows the chain of cross-reference sections from the newest to the first; of each object the newest entry counts. */
export function readCrossReferences(
  bytes: Buffer,
  base: number,
  newest: number,
  access: StreamAccess,
): CrossReferences {
  const entries = new Map<number, XrefEntry>();
  const places = new Map<number, number>();
  const add = (list: readonly NumberedEntry[]): void => {
    for (const [number, entry] of list) {
      if (!entries.has(number)) entries.set(number, entry);
      if (entry.kind === 'offset') places.set(entry.offset, number);
    }
  };
  const visited = new Set<number>();
  const sections = new Set<number>();
  // An object takes more than a byte, whatever the tables promise.
  let left = Math.min(bytes.length, maximumEntries);
  const spend: Spend = (count) => {
    left -= count;
    if (left < 0) throw unreadable('too many entries');
  };
  let first: Section | null = null;
  let size = 0;
  let next: number | null = newest;
  while (next !== null) {
    if (visited.has(next) || visited.size >= maximumSections) throw unreadable('cross-reference loop');
    visited.add(next);
    sections.add(next);
    const section = readSection(bytes, base, next, access, spend);
    first ??= section;
    add(section.inUse);
    const hybrid = section.trailer.get('XRefStm');
    // A hybrid file hides the objects of its stream as free entries of the table (ISO 32000-1 §7.5.8.4).
    if (section.form === 'table' && typeof hybrid === 'number') {
      sections.add(hybrid);
      const hidden = readStreamSection(hybrid, access, spend);
      add(hidden.inUse);
    }
    add(section.free);
    const declared = section.trailer.get('Size');
    if (typeof declared === 'number') size = Math.max(size, declared);
    next = previousOf(section);
  }
  if (first === null) throw unreadable('no cross references');
  for (const number of entries.keys()) size = Math.max(size, number + 1);
  if (size > maximumObjectNumber) throw unreadable('too many objects');
  return { form: first.form, trailer: first.trailer, entries, size, places, sections };
}

function previousOf({ trailer, inUse, free }: Section): number | null {
  const previous = trailer.get('Prev');
  if (previous === undefined || previous === null) return null;
  // Some writers put a zero where there is no former section. One that lists only what changed lost the rest: readers
  // that mend it show what the others do not find.
  const size = trailer.get('Size');
  if (previous === 0 && (typeof size !== 'number' || inUse.length + free.length >= size)) return null;
  if (typeof previous !== 'number' || previous === 0) throw unreadable('/Prev');
  return previous;
}

function readSection(bytes: Buffer, base: number, offset: number, access: StreamAccess, spend: Spend): Section {
  const cursor = cursorAt(bytes, base + offset);
  return takeIf(cursor, 'xref') ? readTableSection(cursor, spend) : readStreamSection(offset, access, spend);
}

function readTableSection(cursor: PdfCursor, spend: Spend): Section {
  const inUse: NumberedEntry[] = [];
  const free: NumberedEntry[] = [];
  while (!takeIf(cursor, 'trailer')) {
    let start = takeInteger(cursor);
    const count = takeInteger(cursor);
    if (start + count > maximumObjectNumber) throw unreadable('object number');
    spend(count);
    for (let index = 0; index < count; index += 1) {
      const offset = takeInteger(cursor);
      const generation = takeInteger(cursor);
      const isInUse = takeEntryState(cursor);
      // A known defect: the table says 1 although its first entry is the head of the free list, number 0.
      if (index === 0 && start === 1 && !isInUse && generation === 65535) start = 0;
      if (isInUse) inUse.push([start + index, { kind: 'offset', offset, generation }]);
      else free.push([start + index, { kind: 'free' }]);
    }
  }
  const trailer = takeValue(cursor);
  if (!isDictionary(trailer)) throw unreadable('trailer');
  return { form: 'table', trailer, inUse, free };
}

function takeEntryState(cursor: PdfCursor): boolean {
  skipWhitespace(cursor);
  switch (takeWord(cursor)) {
    case 'n':
      return true;
    case 'f':
      return false;
    default:
      throw unreadable('cross-reference entry');
  }
}

function readStreamSection(offset: number, access: StreamAccess, spend: Spend): Section {
  const stream = access.readStreamAt(offset);
  const { dictionary } = stream;
  if (!isName(dictionary.get('Type'), 'XRef')) throw unreadable('cross-reference stream');
  const [typeWidth = -1, secondWidth = -1, thirdWidth = -1] = integers(dictionary.get('W'));
  const rowBytes = typeWidth + secondWidth + thirdWidth;
  if ([typeWidth, secondWidth, thirdWidth].some((width) => width < 0 || width > maximumWidth) || rowBytes < 1)
    throw unreadable('/W');
  const size = dictionary.get('Size');
  const index = dictionary.has('Index') ? integers(dictionary.get('Index')) : [0, typeof size === 'number' ? size : 0];
  const data = access.decode(stream);
  const inUse: NumberedEntry[] = [];
  const free: NumberedEntry[] = [];
  let position = 0;
  const take = (width: number, otherwise: number): number => {
    if (width === 0) return otherwise;
    let value = 0;
    for (const end = position + width; position < end; position += 1) value = value * 256 + (data[position] ?? 0);
    if (!Number.isSafeInteger(value)) throw unreadable('cross-reference stream');
    return value;
  };
  for (let pair = 0; pair + 1 < index.length; pair += 2) {
    const start = index[pair] ?? 0;
    const count = index[pair + 1] ?? 0;
    if (start < 0 || count < 0 || start + count > maximumObjectNumber) throw unreadable('/Index');
    spend(count);
    for (let item = 0; item < count; item += 1) {
      if (position + rowBytes > data.length) throw unreadable('cross-reference stream is short');
      const type = take(typeWidth, 1);
      const second = take(secondWidth, 0);
      const third = take(thirdWidth, 0);
      if (type === 0) free.push([start + item, { kind: 'free' }]);
      else if (type === 1) inUse.push([start + item, { kind: 'offset', offset: second, generation: third }]);
      else if (type === 2) inUse.push([start + item, { kind: 'compressed', container: second, index: third }]);
    }
  }
  return { form: 'stream', trailer: dictionary, inUse, free };
}

function integers(value: PdfValue | undefined): readonly number[] {
  if (!isArray(value)) throw unreadable('array of integers expected');
  return value.map((item) => {
    if (typeof item !== 'number') throw unreadable('array of integers expected');
    return item;
  });
}
