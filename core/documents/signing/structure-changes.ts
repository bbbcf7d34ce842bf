import { isArray, isDictionary, isReference } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';
import type { RevisionPair } from './revision-pair.ts';

const maximumDepth = 8;
// The tree is balanced: a chain as long as this is none.
const maximumNodes = 2000;

/**
 * The logical structure of a tagged document grows with each signature field. It shows nothing: it may be extended, and
 * what it said of the former content stays. Returns the rules for the objects that may grow.
 */
export function listStructureObjects(file: PdfFile): readonly number[] {
  const found = new Set<number>();
  const root = file.root.get('StructTreeRoot');
  const tree = file.resolve(root);
  if (!isDictionary(tree)) return [];
  const add = (value: PdfValue | undefined): PdfValue => {
    if (isReference(value)) found.add(value.number);
    return file.resolve(value);
  };
  add(root);
  const first = add(tree.get('K'));
  for (const kid of isArray(first) ? first : []) addElement(file, add(kid), add);
  addElement(file, first, add);
  collectNumberTree(tree.get('ParentTree'), add, new Set());
  return [...found];
}

function addElement(file: PdfFile, element: PdfValue, add: (value: PdfValue | undefined) => PdfValue): void {
  if (!isDictionary(element)) return;
  const kids = element.get('K');
  if (isArray(file.resolve(kids))) add(kids);
}

function collectNumberTree(
  reference: PdfValue | undefined,
  add: (value: PdfValue | undefined) => PdfValue,
  visited: Set<number>,
): void {
  if (isReference(reference)) {
    if (visited.has(reference.number)) return;
    visited.add(reference.number);
  }
  const node = add(reference);
  if (!isDictionary(node) || visited.size > maximumNodes) return;
  const kids = add(node.get('Kids'));
  for (const kid of isArray(kids) ? kids : []) if (isReference(kid)) collectNumberTree(kid, add, visited);
  const numbers = add(node.get('Nums'));
  for (const item of isArray(numbers) ? numbers : []) if (isReference(item)) add(item);
}

/** Whether a value of the structure is the former one with new elements at the end of its lists. */
export function isStructureExtended(
  pair: RevisionPair,
  was: PdfValue | undefined,
  is: PdfValue | undefined,
  depth = 0,
): boolean {
  if (pair.same(was, is)) return true;
  if (depth > maximumDepth) return false;
  const [old, current] = [pair.before.resolve(was), pair.after.resolve(is)];
  if (isDictionary(old) && isDictionary(current)) return isDictionaryExtended(pair, old, current, depth);
  if (!isArray(current)) return false;
  const former = isArray(old) ? old : [was ?? null];
  const isKept = (item: PdfValue, index: number): boolean =>
    pair.same(item, current[index]) || isListExtended(pair, item, current[index]);
  const isNew = (item: PdfValue): boolean =>
    typeof item === 'number' || (isReference(item) && pair.before.object(item.number) === null);
  return former.every(isKept) && current.slice(former.length).every(isNew);
}

// The parents of a page's content are a list for each page, which a field of the page extends.
function isListExtended(pair: RevisionPair, was: PdfValue | undefined, is: PdfValue | undefined): boolean {
  const [old, current] = [pair.before.resolve(was), pair.after.resolve(is)];
  return isArray(old) && isArray(current) && old.every((item, index) => pair.same(item, current[index]));
}

function isDictionaryExtended(pair: RevisionPair, old: PdfDictionary, current: PdfDictionary, depth: number): boolean {
  const keys = new Set([...old.keys(), ...current.keys()]);
  return [...keys].every((key) => {
    const [was, is] = [old.get(key), current.get(key)];
    switch (key) {
      case 'K':
      case 'Kids':
      case 'Nums':
      case 'ParentTree':
        return was === undefined || is === undefined
          ? pair.same(was, is)
          : isStructureExtended(pair, was, is, depth + 1);
      case 'ParentTreeNextKey':
      case 'Limits':
        return is !== undefined;
      default:
        return pair.same(was, is);
    }
  });
}
