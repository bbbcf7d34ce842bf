import { hasDuplicateKeys } from './pdf-lexer.ts';
import { isArray, isDictionary, isName, isReference } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';
import type { Permissions } from './revision-permissions.ts';

const maximumBranchDepth = 8;

// A widget of a signature that did not exist before. One without value may show anything and prove nothing.
export function isNewField(
  before: PdfFile,
  after: PdfFile,
  number: number,
  permissions: Permissions,
  depth = 0,
): boolean {
  if (before.object(number) !== null) return false;
  const widget = after.object(number);
  if (!isDictionary(widget) || hasDuplicateKeys(widget) || widget.has('A') || widget.has('AA')) return false;
  const kids = after.resolve(widget.get('Kids'));
  // A field may come with the branch of names that it hangs from.
  if (isArray(kids) && !widget.has('FT') && !widget.has('Subtype') && depth < maximumBranchDepth)
    return kids.every((kid) => isReference(kid) && isNewField(before, after, kid.number, permissions, depth + 1));
  const parent = after.resolve(widget.get('Parent'));
  const field = isName(after.resolve(widget.get('FT')), 'Sig') || !isDictionary(parent) ? widget : parent;
  if (!isName(after.resolve(field.get('FT')), 'Sig')) return false;
  const value = after.resolve(field.get('V'));
  const isStamp = isDictionary(value) && isTimestamp(after, value);
  if (permissions.level === 1 && !isStamp) return false;
  if (hasNoExtent(after, widget)) return true;
  // What a signer shows is answered for by that signature; a time stamp, which anybody can have, may not show anything.
  return isDictionary(value) && !isStamp;
}

export function isTimestamp(file: PdfFile, signature: PdfDictionary): boolean {
  return (
    isName(file.resolve(signature.get('Type')), 'DocTimeStamp') ||
    isName(file.resolve(signature.get('SubFilter')), 'ETSI.RFC3161')
  );
}

// Where the certifier let notes be added: any annotation but fields and what starts actions.
export function isNewNote(before: PdfFile, after: PdfFile, number: number): boolean {
  if (before.object(number) !== null) return false;
  const note = after.object(number);
  return (
    isDictionary(note) && !isName(after.resolve(note.get('Subtype')), 'Widget') && !note.has('A') && !note.has('AA')
  );
}

function hasNoExtent(file: PdfFile, widget: PdfDictionary): boolean {
  const rectangle = file.resolve(widget.get('Rect'));
  if (!isArray(rectangle)) return false;
  const [left, bottom, right, top] = rectangle.map((side) => numberOf(file.resolve(side)));
  return left === right && bottom === top && Number.isFinite(left) && Number.isFinite(bottom);
}

function numberOf(value: PdfValue): number {
  if (typeof value === 'number') return value;
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'real'
    ? Number(value.text)
    : Number.NaN;
}
