import { isInformationKept } from './information-changes.ts';
import { holdsDuplicateKeys } from './pdf-lexer.ts';
import { equalPdf, isArray, isDictionary, isReference, isStream } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import { openPdfToRead, readObject } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import { pairRevisions } from './revision-pair.ts';
import type { RevisionPair } from './revision-pair.ts';
import { isCatalogKept, makeRules } from './revision-rules.ts';
import type { Rules } from './revision-rules.ts';
import { isTailExplained } from './revision-tail.ts';
import type { XrefEntry } from './pdf-xref.ts';

export type Modifications = 'none' | 'allowed' | 'suspicious';

const endMarker = Buffer.from('%%EOF');

/**
 * What happened to a PDF after the revision that ends at `coveredLength`. Allowed is what PAdES itself adds (evidence,
 * time stamps, further signatures, their fields) and what the signers let be filled in. Everything that was reachable in the signed revision must otherwise be the
 * same, value by value: a signature only proves bytes, and later objects may replace what they show.
 * Throws AppError `document.unreadable` when the signed part is no PDF by itself.
 */
export function findModifications(file: PdfFile, coveredLength: number): Modifications {
  const rest = file.bytes.subarray(coveredLength);
  if (rest.every((byte) => byte === 0x0a || byte === 0x0d || byte === 0x20 || byte === 0)) return 'none';
  const lastEnd = file.bytes.lastIndexOf(endMarker);
  // Bytes that no cross reference reaches are for a reader that looks elsewhere.
  if (lastEnd < coveredLength || !isBlank(file.bytes.subarray(lastEnd + endMarker.length))) return 'suspicious';
  if (!isTailExplained(file, coveredLength)) return 'suspicious';
  const signed = openPdfToRead(file.bytes.subarray(0, coveredLength));
  if (!isSizeKept(signed, file)) return 'suspicious';
  return isOnlyExtended(signed, file) ? 'allowed' : 'suspicious';
}

// Readers overlook objects beyond the size, and some mend a file that does not tell it.
function isSizeKept(before: PdfFile, after: PdfFile): boolean {
  const [old, current] = [before.trailer.get('Size'), after.trailer.get('Size')];
  return typeof current === 'number' && (typeof old !== 'number' || current >= old);
}

/** Whether a revision ends exactly at `length`. */
export function isRevisionEnd(bytes: Buffer, length: number): boolean {
  const end = bytes.lastIndexOf(endMarker, length - endMarker.length);
  return end >= 0 && isBlank(bytes.subarray(end + endMarker.length, length));
}

function isOnlyExtended(before: PdfFile, after: PdfFile): boolean {
  if (before.base !== after.base || !isInformationKept(before, after)) return false;
  const pair = pairRevisions(before, after);
  const isOpenedAlike = pair.same(before.trailer.get('Encrypt'), after.trailer.get('Encrypt'));
  if (before.isEncrypted !== after.isEncrypted || !isOpenedAlike) return false;
  if (!isCatalogKept(pair) || (holdsDuplicateKeys(after.root) && !holdsDuplicateKeys(before.root))) return false;
  const rules = makeRules(pair);
  const rootNumber = before.rootReference.number;
  const visited = new Set<number>();
  const uses = countUses(before);
  const changed: number[] = [];
  const pending = [rootNumber];
  for (let number = pending.pop(); number !== undefined; number = pending.pop()) {
    if (visited.has(number)) continue;
    visited.add(number);
    const value = readObject(before, number);
    // The catalog has been compared, and may be another object now.
    const outcome = number === rootNumber ? 'same' : compareObject(pair, rules, number, value);
    if (outcome === 'broken') return false;
    if (outcome === 'ruled') changed.push(number);
    if (value === 'unreadable') continue;
    const references = new Set(
      referencesIn(number === rootNumber && isDictionary(value) ? withoutKeys(value, ['DSS', 'Extensions']) : value),
    );
    for (const reference of references) {
      uses.set(reference, (uses.get(reference) ?? 0) + 1);
      if (!visited.has(reference)) pending.push(reference);
    }
  }
  const isShared = (number: number): boolean => (uses.get(number) ?? 0) > 1;
  return !changed.some((number) => rules.owned.has(number) && isShared(number)) && ![...rules.left].some(isShared);
}

// What the trailer names besides the document's own parts is used too.
function countUses(file: PdfFile): Map<number, number> {
  const own = ['Root', 'Info', 'Prev', 'ID', 'Encrypt'];
  return new Map(referencesIn(withoutKeys(file.trailer, own)).map((number) => [number, 1]));
}

function compareObject(
  pair: RevisionPair,
  { rules }: Rules,
  number: number,
  value: PdfValue | 'unreadable',
): 'same' | 'ruled' | 'broken' {
  const [old, current] = [pair.before.entries.get(number), pair.after.entries.get(number)];
  const isSamePlace = old?.kind === 'offset' && current?.kind === 'offset' && old.offset === current.offset;
  // The same place does not mean the same stream: its length may be an object that has changed. That object is compared.
  if (isSamePlace) return 'same';
  // A reference to another generation finds nothing.
  if (generationOf(old) !== generationOf(current)) return 'broken';
  const changed = readObject(pair.after, number);
  if (value === 'unreadable' || changed === 'unreadable') return 'broken';
  // Readers differ in which of two equal keys they take.
  if (holdsDuplicateKeys(changed)) return holdsDuplicateKeys(value) && equalPdf(value, changed) ? 'same' : 'broken';
  if (pair.same(value, changed)) return 'same';
  return (rules.get(number)?.(value, changed) ?? false) ? 'ruled' : 'broken';
}

function generationOf(entry: XrefEntry | undefined): number | null {
  if (entry === undefined || entry.kind === 'free') return null;
  return entry.kind === 'offset' ? entry.generation : 0;
}

function withoutKeys(value: PdfDictionary, keys: readonly string[]): PdfDictionary {
  return new Map([...value].filter(([key]) => !keys.includes(key)));
}

function referencesIn(value: PdfValue): readonly number[] {
  if (isReference(value)) return [value.number];
  if (isArray(value)) return value.flatMap(referencesIn);
  if (isDictionary(value)) return [...value.values()].flatMap(referencesIn);
  return isStream(value) ? referencesIn(value.dictionary) : [];
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x0a || byte === 0x0d || byte === 0x20 || byte === 0x09 || byte === 0);
}
