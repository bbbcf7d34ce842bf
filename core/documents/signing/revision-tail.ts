import { cursorAt, skipWhitespace, takeIf, takeInteger, takeValue, takeWord } from './pdf-lexer.ts';
import type { PdfCursor } from './pdf-lexer.ts';
import { isDictionary } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';

/**
 * Whether all that was appended after `start` is what the cross references say: objects in their places, sections, and
 * nothing else. Objects that no section names are for readers that look for themselves, and show something else there.
 */
export function isTailExplained(file: PdfFile, start: number): boolean {
  if (file.base + file.startXref < start) return false;
  try {
    return walk(file, start);
  } catch {
    return false;
  }
}

function walk(file: PdfFile, start: number): boolean {
  const { bytes } = file;
  const sections = new Set([...file.sections].map((offset) => tokenAt(file, offset)));
  const places = new Map(
    [...file.places]
      .filter(([offset]) => file.base + offset + maximumSlack >= start)
      .map(([offset, number]) => [tokenAt(file, offset), number]),
  );
  const cursor = { bytes, offset: start };
  for (;;) {
    skipWhitespace(cursor);
    if (cursor.offset >= bytes.length) return true;
    const place = cursor.offset;
    if (takeIf(cursor, 'xref')) {
      if (!sections.has(place)) return false;
      skipTable(cursor);
      continue;
    }
    if (takeIf(cursor, 'startxref')) {
      takeInteger(cursor);
      continue;
    }
    const number = takeInteger(cursor);
    const generation = takeInteger(cursor);
    if (takeWord(cursor) !== 'obj') return false;
    const isNamed = sections.has(place) || places.get(place) === number;
    if (!isNamed) return false;
    const entry = file.entries.get(number);
    const isCurrent = entry?.kind === 'offset' && tokenAt(file, entry.offset) === place;
    if (isCurrent && entry.generation !== generation) return false;
    skipObject(file, cursor);
  }
}

// Writers that count badly point to the line end before an object; readers do not mind.
const maximumSlack = 16;

function tokenAt({ bytes, base }: PdfFile, offset: number): number {
  const cursor = { bytes, offset: base + offset };
  skipWhitespace(cursor);
  return cursor.offset;
}

function skipTable(cursor: PdfCursor): void {
  while (!takeIf(cursor, 'trailer')) takeWord(cursor);
  takeValue(cursor);
}

function skipObject(file: PdfFile, cursor: PdfCursor): void {
  const value = takeValue(cursor);
  if (isDictionary(value) && takeIf(cursor, 'stream')) {
    const length = file.resolve(value.get('Length'));
    const { bytes } = cursor;
    if (bytes[cursor.offset] === 0x0d) cursor.offset += 1;
    if (bytes[cursor.offset] === 0x0a) cursor.offset += 1;
    const stated = typeof length === 'number' ? cursor.offset + length : -1;
    const isTrue = stated >= cursor.offset && /^\s*endstream/.test(bytes.toString('latin1', stated, stated + 16));
    const end = isTrue ? stated : bytes.indexOf('endstream', cursor.offset);
    cursor.offset = end < 0 ? bytes.length : end;
    cursorAt(bytes, cursor.offset);
    takeWord(cursor);
  }
  takeIf(cursor, 'endobj');
}
