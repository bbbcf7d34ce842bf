import { createHash } from 'node:crypto';
import { isArray, isDictionary, isReference, isStream, serializePdf } from '../pdf-objects.ts';
import type { PdfValue } from '../pdf-objects.ts';
import { listPages, openPdf, readObject } from '../pdf-reader.ts';
import type { PdfFile } from '../pdf-reader.ts';
import { raw, revise } from './signed-office.ts';

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const tokens =
  '0 1 -1 99999999999 null true false [] <<>> ( ) < > << >> [ ] / % R obj endobj stream endstream xref trailer startxref %%EOF /Prev 0 /Root 7 0 R /Contents 19 0 R 4 0 R'.split(
    ' ',
  );

/** A document with one random change, anywhere or in what was appended, by bytes or as a program would write it. */
export function mutate(pdf: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const place = random() < 0.5 ? below(pdf.length) : pdf.length - 1 - below(Math.min(pdf.length, 3000));
  const token = Buffer.from(` ${tokens[below(tokens.length)] ?? ''} `);
  switch (below(8)) {
    case 0: {
      const flipped = Buffer.from(pdf);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << below(8));
      return flipped;
    }
    case 1:
      return Buffer.concat([pdf.subarray(0, place), token, pdf.subarray(place)]);
    case 2:
      return Buffer.concat([pdf.subarray(0, place), pdf.subarray(place + 1 + below(40))]);
    case 3: {
      const start = below(pdf.length);
      return Buffer.concat([pdf.subarray(0, place), pdf.subarray(start, start + below(400)), pdf.subarray(place)]);
    }
    case 4:
      return Buffer.concat([pdf, pdf.subarray(place)]);
    case 5: {
      const digit = Buffer.from(pdf);
      const found = /\d/.exec(pdf.toString('latin1', place));
      if (found !== null) digit.write(String(below(10)), place + found.index, 'latin1');
      return digit;
    }
    default:
      return rewriteObject(pdf, random);
  }
}

// An update that says one object anew, with one of its words exchanged for another.
function rewriteObject(pdf: Buffer, random: () => number): Buffer {
  const numbers = [...openPdf(pdf).entries.keys()];
  return revise(pdf, (file, update) => {
    const number = numbers[Math.floor(random() * numbers.length)] ?? 1;
    const value = readObject(file, number);
    if (value === 'unreadable' || value === null) return;
    const text = serializePdf(isStream(value) ? value.dictionary : value);
    const words = [...text.matchAll(/\/?[A-Za-z0-9.]+(?: 0 R)?/g)];
    const word = words[Math.floor(random() * words.length)];
    const other = random() < 0.5 ? (words[Math.floor(random() * words.length)]?.[0] ?? '') : String(numbers.length);
    const changed =
      word === undefined ? text : text.slice(0, word.index) + other + text.slice(word.index + word[0].length);
    update.set({ kind: 'reference', number, generation: 0 }, raw(changed));
  });
}

const navigation: ReadonlySet<string> = new Set(['Parent', 'Annots', 'StructParents', 'Tabs', 'P']);

/** A digest of what the pages show, but for annotations: every value that they lead to. */
export function digestOfPages(pdf: Buffer): string {
  const file = openPdf(pdf);
  const state = createHash('sha256');
  for (const page of listPages(file)) state.update(describe(file, page, new Set()));
  return state.digest('hex');
}

function describe(file: PdfFile, value: PdfValue, path: ReadonlySet<number>): string {
  if (isReference(value)) {
    if (path.has(value.number)) return 'again';
    const found = readObject(file, value.number);
    return found === 'unreadable' ? 'unreadable' : describe(file, found, new Set([...path, value.number]));
  }
  if (isArray(value)) return `[${value.map((item) => describe(file, item, path)).join(' ')}]`;
  if (isDictionary(value)) {
    return [...value]
      .filter(([key]) => !navigation.has(key))
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, item]) => `/${key} ${describe(file, item, path)}`)
      .join('');
  }
  return isStream(value)
    ? `${describe(file, value.dictionary, path)}${value.raw.toString('base64')}`
    : serializePdf(value);
}
