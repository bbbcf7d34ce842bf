import { holdsDuplicateKeys } from './pdf-lexer.ts';
import { equalPdf, isArray, isDictionary, isKeptExcept, isReference } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';
import { coveredLengthOf, listSignatureFields } from './pdf-signatures.ts';
import type { SignatureField } from './pdf-signatures.ts';
import { readPermissions } from './revision-permissions.ts';
import type { Permissions } from './revision-permissions.ts';

/** A signed revision and the document that it became. */
export type RevisionPair = Readonly<{
  before: PdfFile;
  after: PdfFile;
  permissions: Permissions;
  /** Signature fields of the signed revision. */
  fields: readonly SignatureField[];
  /** Object numbers of the fields of the form that were signed later, by signatures over more than the revision. */
  signedLater: ReadonlySet<number>;
  /** Their fields by the numbers of the widgets that they list, which may forget to name them. */
  widgetsOfLater: ReadonlyMap<number, number>;
  /**
   * Whether two values say the same. A reference to the same object does: that object is compared by itself. One to
   * another object does when what it leads to is the same.
   */
  same(old: PdfValue | undefined, current: PdfValue | undefined): boolean;
  /** Whether two dictionaries say the same but for the keys that are free to change. */
  isKeptExcept(old: PdfDictionary, current: PdfDictionary, free: readonly string[]): boolean;
}>;

// Programs renumber a handful of objects; whoever renumbers more wants to be looked at for long.
const maximumFollowed = 50_000;
const maximumDepth = 300;

export function pairRevisions(before: PdfFile, after: PdfFile): RevisionPair {
  const same = makeComparison(before, after);
  const fields = listSignatureFields(before);
  const signedLater = new Set<number>();
  const widgetsOfLater = new Map<number, number>();
  const signed = fields.filter(({ value }) => value !== null);
  const isKnown = ({ objectNumber, valueNumber }: SignatureField): boolean =>
    signed.some(
      (field) => field.objectNumber === objectNumber || (valueNumber !== null && field.valueNumber === valueNumber),
    );
  for (const field of listSignatureFields(after)) {
    const { objectNumber, value } = field;
    // A signature that was there already answers for nothing that came later, whatever field shows it now.
    if (objectNumber === null || value === null || isKnown(field)) continue;
    if (coveredLengthOf(after, value) <= before.bytes.length) continue;
    signedLater.add(objectNumber);
    const kids = after.resolve(field.dictionary.get('Kids'));
    for (const kid of isArray(kids) ? kids : []) if (isReference(kid)) widgetsOfLater.set(kid.number, objectNumber);
  }
  return {
    before,
    after,
    permissions: readPermissions(before),
    fields,
    signedLater,
    widgetsOfLater,
    same,
    isKeptExcept: (old, current, free) => isKeptExcept(old, current, free, same),
  };
}

function makeComparison(before: PdfFile, after: PdfFile): RevisionPair['same'] {
  const proven = new Set<string>();
  let followed = 0;
  // Two values that refer to themselves are the same unless a difference is found.
  let assumed = new Set<string>();
  let depth = 0;
  const compare = (old: PdfValue | undefined, current: PdfValue | undefined): boolean => {
    if (!isReference(old) && !isReference(current)) return equalPdf(old, current, compare);
    if (isReference(old) && isReference(current)) {
      if (old.number === current.number && old.generation === current.generation) return true;
      const key = `${old.number} ${current.number}`;
      if (proven.has(key) || assumed.has(key)) return true;
      assumed.add(key);
    }
    followed += 1;
    if (depth >= maximumDepth || followed > maximumFollowed) return false;
    depth += 1;
    const [was, is] = [before.resolve(old), after.resolve(current)];
    const outcome = !holdsDuplicateKeys(is) && compare(was, is);
    depth -= 1;
    return outcome;
  };
  return (old, current) => {
    assumed = new Set();
    depth = 0;
    const outcome = compare(old, current);
    if (outcome) for (const key of assumed) proven.add(key);
    return outcome;
  };
}

/** The dictionary that a value leads to; an empty one when it is something else. */
export function dictionaryAt(file: PdfFile, value: PdfValue | undefined): PdfDictionary {
  const found = file.resolve(value);
  return isDictionary(found) ? found : emptyDictionary;
}

const emptyDictionary: PdfDictionary = new Map();
