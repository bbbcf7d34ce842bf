import { isArray, isDictionary, isName, isReference, isStream, isString, readPdfText } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';
import { joinName } from './pdf-signatures.ts';
import type { RevisionPair } from './revision-pair.ts';

/** A node of the form's hierarchy: a field, or a widget that shows one. */
export type FormNode = Readonly<{
  number: number;
  name: string;
  type: string | null;
  /** Object number of the field that holds the value: the node itself, or above it. */
  fieldNumber: number;
}>;

const maximumNodes = 20_000;

/** All nodes of the form that are objects of their own. */
export function listFormNodes(file: PdfFile): readonly FormNode[] {
  const form = file.resolve(file.root.get('AcroForm'));
  const fields = isDictionary(form) ? file.resolve(form.get('Fields')) : null;
  type Pending = Readonly<{ node: PdfValue; prefix: string; type: string | null; fieldNumber: number | null }>;
  const pending: Pending[] = (isArray(fields) ? fields : []).map((node) => ({
    node,
    prefix: '',
    type: null,
    fieldNumber: null,
  }));
  const visited = new Set<number>();
  const nodes: FormNode[] = [];
  for (let next = pending.pop(); next !== undefined && visited.size < maximumNodes; next = pending.pop()) {
    const { node } = next;
    if (!isReference(node) || visited.has(node.number)) continue;
    visited.add(node.number);
    const dictionary = resolveSafely(file, node);
    if (!isDictionary(dictionary)) continue;
    const partial = file.resolve(dictionary.get('T'));
    const name = isString(partial) ? joinName(next.prefix, readPdfText(partial)) : next.prefix;
    const ownType = file.resolve(dictionary.get('FT'));
    const type = isName(ownType) ? ownType.name : next.type;
    const fieldNumber = isString(partial) || next.fieldNumber === null ? node.number : next.fieldNumber;
    nodes.push({ number: node.number, name, type, fieldNumber });
    const kids = file.resolve(dictionary.get('Kids'));
    if (isArray(kids)) for (const kid of kids) pending.push({ node: kid, prefix: name, type, fieldNumber });
  }
  return nodes;
}

/** Whether a text, button or choice field states another value than before. */
export function isValueChanged({ before, after, same }: RevisionPair, { fieldNumber }: FormNode): boolean {
  const [old, current] = [dictionaryOf(before, fieldNumber), dictionaryOf(after, fieldNumber)];
  if (old === null || current === null) return false;
  return !same(old.get('V'), current.get('V'));
}

const pushButton = 1 << 16;

/** Whether a node is one that people fill in: not a signature, nor a button that is only a picture. */
export function isFillable(file: PdfFile, { type, fieldNumber }: FormNode): boolean {
  if (type === 'Tx' || type === 'Ch') return true;
  if (type !== 'Btn') return false;
  for (let node = dictionaryOf(file, fieldNumber), depth = 0; node !== null && depth < maximumAncestors; depth += 1) {
    const flags = file.resolve(node.get('Ff'));
    if (typeof flags === 'number') return (flags & pushButton) === 0;
    const parent = node.get('Parent');
    node = isReference(parent) ? dictionaryOf(file, parent.number) : null;
  }
  return true;
}

const maximumAncestors = 32;

/**
 * Filling in a form changes a value and how it looks, within the place that the field had. A new look over the same value
 * is how a signed form is made to show something else. Boxes and options have all their looks from the beginning.
 */
export function isFilledIn(pair: RevisionPair, node: FormNode, old: PdfDictionary, current: PdfDictionary): boolean {
  const isLookKept = pair.same(old.get('AP'), current.get('AP')) && pair.same(old.get('AS'), current.get('AS'));
  if (!isLookKept && !isValueChanged(pair, node)) return false;
  const free =
    node.type === 'Btn' ? ['V', 'AS'] : ['V', 'AS', 'AP', 'I', 'RV', 'M', ...(isLookKept ? [] : ['DA', 'MK'])];
  return pair.isKeptExcept(old, current, free);
}

/** Objects that a field owns besides itself: its appearances, and a value that is an object. */
export function listOwnedObjects(file: PdfFile, nodeNumber: number): readonly number[] {
  const dictionary = dictionaryOf(file, nodeNumber);
  if (dictionary === null) return [];
  const owned: number[] = [];
  const value = dictionary.get('V');
  if (isReference(value)) owned.push(value.number);
  const collect = (entry: PdfValue | undefined, depth: number): void => {
    const resolved = file.resolve(entry);
    if (isReference(entry) && (isStream(resolved) || isDictionary(resolved))) owned.push(entry.number);
    if (isDictionary(resolved) && depth < 2) for (const item of resolved.values()) collect(item, depth + 1);
  };
  collect(dictionary.get('AP'), 0);
  return owned;
}

function dictionaryOf(file: PdfFile, number: number): PdfDictionary | null {
  try {
    const value = file.object(number);
    return isDictionary(value) ? value : null;
  } catch {
    return null;
  }
}

function resolveSafely(file: PdfFile, value: PdfValue): PdfValue {
  try {
    return file.resolve(value);
  } catch {
    return null;
  }
}
