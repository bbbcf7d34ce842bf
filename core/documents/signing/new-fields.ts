import { hasDuplicateKeys } from './pdf-lexer.ts';
import { isArray, isDictionary, isName, isReference, pdfReference } from './pdf-objects.ts';
import type { PdfDictionary } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';
import { isIconSized, isWithoutExtent } from './placement.ts';
import type { RevisionPair } from './revision-pair.ts';

const maximumBranchDepth = 8;

/** A field of a signature that did not exist before, or a widget of one. One without value may show anything and prove nothing. */
export function isNewField(pair: RevisionPair, number: number, depth = 0): boolean {
  const { before, after, permissions } = pair;
  if (before.object(number) !== null) return false;
  const widget = after.object(number);
  if (!isDictionary(widget) || hasDuplicateKeys(widget) || startsActions(widget)) return false;
  const kids = after.resolve(widget.get('Kids'));
  // A field may come with the branch of names that it hangs from.
  if (isArray(kids) && !widget.has('FT') && !widget.has('Subtype') && depth < maximumBranchDepth)
    return kids.every((kid) => isReference(kid) && isNewField(pair, kid.number, depth + 1));
  const owner = findOwner(pair, number, widget);
  if (owner === null) return false;
  const value = after.resolve(owner.field.get('V'));
  const isStamp = isDictionary(value) && isTimestamp(after, value);
  if (permissions.level === 1 && !isStamp) return false;
  if (isDictionary(value) && !pair.signedLater.has(owner.number)) return false;
  if (isWithoutExtent(after, widget)) return true;
  // What a signer shows is answered for by that signature; a time stamp, which anybody can have, may not show anything.
  return isDictionary(value) && !isStamp;
}

// The widget itself, or the field whose widget it is.
function findOwner(
  { after, widgetsOfLater }: RevisionPair,
  number: number,
  widget: PdfDictionary,
): Readonly<{ number: number; field: PdfDictionary }> | null {
  if (isName(after.resolve(widget.get('FT')), 'Sig')) return { number, field: widget };
  const listing = widgetsOfLater.get(number);
  const parent = widget.get('Parent') ?? (listing === undefined ? null : pdfReference(listing));
  const field = after.resolve(parent);
  if (!isReference(parent) || !isDictionary(field) || !isName(after.resolve(field.get('FT')), 'Sig')) return null;
  return { number: parent.number, field };
}

export function isTimestamp(file: PdfFile, signature: PdfDictionary): boolean {
  return (
    isName(file.resolve(signature.get('Type')), 'DocTimeStamp') ||
    isName(file.resolve(signature.get('SubFilter')), 'ETSI.RFC3161')
  );
}

const marks: ReadonlySet<string> = new Set(['Highlight', 'Underline', 'Squiggly', 'StrikeOut']);

/**
 * A note where the certifier let notes be added. Most kinds of annotation can be made to cover what was certified: only a
 * note behind an icon may look as it likes, and marks of the text as the reader draws them.
 */
export function isNewNote({ before, after }: RevisionPair, number: number): boolean {
  if (before.object(number) !== null) return false;
  const note = after.object(number);
  if (!isDictionary(note) || hasDuplicateKeys(note) || startsActions(note)) return false;
  const kind = after.resolve(note.get('Subtype'));
  if (!isName(kind)) return false;
  if (kind.name === 'Popup') return !note.has('AP');
  // A reader that draws the icon itself takes no more of the rectangle than its corner.
  if (kind.name === 'Text') return !note.has('AP') || isIconSized(after, note);
  return marks.has(kind.name) && !note.has('AP');
}

function startsActions(annotation: PdfDictionary): boolean {
  return annotation.has('A') || annotation.has('AA');
}
