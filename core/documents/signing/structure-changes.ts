import { equalPdf, isArray, isDictionary, isReference } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';

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
  collectNumberTree(add(tree.get('ParentTree')), add, 0);
  return [...found];
}

function addElement(file: PdfFile, element: PdfValue, add: (value: PdfValue | undefined) => PdfValue): void {
  if (!isDictionary(element)) return;
  const kids = element.get('K');
  if (isArray(file.resolve(kids))) add(kids);
}

function collectNumberTree(node: PdfValue, add: (value: PdfValue | undefined) => PdfValue, depth: number): void {
  if (!isDictionary(node) || depth > 8) return;
  const kids = add(node.get('Kids'));
  for (const kid of isArray(kids) ? kids : []) collectNumberTree(add(kid), add, depth + 1);
  const numbers = add(node.get('Nums'));
  for (const item of isArray(numbers) ? numbers : []) if (isReference(item)) add(item);
}

/** Whether a value of the structure is the former one with new elements at the end of its lists. */
export function isStructureExtended(old: PdfValue, current: PdfValue, isNew: (value: PdfValue) => boolean): boolean {
  if (isDictionary(old) && isDictionary(current)) return isDictionaryExtended(old, current, isNew);
  if (isArray(current)) {
    const former = isArray(old) ? old : [old];
    return (
      former.every((item, index) => equalPdf(item, current[index])) &&
      current.slice(former.length).every((item) => typeof item === 'number' || isNew(item))
    );
  }
  return equalPdf(old, current);
}

function isDictionaryExtended(
  old: PdfDictionary,
  current: PdfDictionary,
  isNew: (value: PdfValue) => boolean,
): boolean {
  const keys = new Set([...old.keys(), ...current.keys()]);
  return [...keys].every((key) => {
    const [was, is] = [old.get(key), current.get(key)];
    if (equalPdf(was, is)) return true;
    switch (key) {
      case 'K':
      case 'Kids':
      case 'Nums':
        return was !== undefined && is !== undefined && isStructureExtended(was, is, isNew);
      case 'ParentTreeNextKey':
      case 'Limits':
        return is !== undefined;
      default:
        return false;
    }
  });
}
