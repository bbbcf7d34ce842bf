import { isNewField } from './new-fields.ts';
import { isArray, isDictionary, isReference } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import { dictionaryAt } from './revision-pair.ts';
import type { RevisionPair } from './revision-pair.ts';

/** Whether a form is the former one with further signature fields and what goes with them. */
export function isFormKept(pair: RevisionPair, old: PdfDictionary, current: PdfDictionary): boolean {
  // A default appearance may come with the first field, never change under fields that use it.
  const added = ['DA'].filter((key) => !old.has(key));
  return (
    pair.isKeptExcept(old, current, ['Fields', 'SigFlags', 'NeedAppearances', 'DR', ...added]) &&
    isAppearanceKept(pair, old, current) &&
    areResourcesExtended(pair, dictionaryAt(pair.before, old.get('DR')), dictionaryAt(pair.after, current.get('DR'))) &&
    (pair.same(old.get('Fields'), current.get('Fields')) ||
      isFormExtended(pair, old.get('Fields'), current.get('Fields')))
  );
}

// Readers told to draw the fields anew may show other text than what was signed.
function isAppearanceKept({ before, after }: RevisionPair, old: PdfDictionary, current: PdfDictionary): boolean {
  return after.resolve(current.get('NeedAppearances')) !== true || before.resolve(old.get('NeedAppearances')) === true;
}

/** Whether a list of fields is the former one with new signature fields. */
export function isFormExtended(pair: RevisionPair, old: PdfValue | undefined, current: PdfValue | undefined): boolean {
  return isExtendedList(pair, old, current, (item) => isReference(item) && isNewField(pair, item.number));
}

/** Whether a list has the former items in their order, and among them nothing but new ones of the kind. */
export function isExtendedList(
  pair: RevisionPair,
  old: PdfValue | undefined,
  current: PdfValue | undefined,
  isNew: (value: PdfValue) => boolean,
): boolean {
  const [was, is] = [pair.before.resolve(old), pair.after.resolve(current)];
  const former = isArray(was) ? was : [];
  if (!isArray(is)) return former.length === 0 && is === null;
  let next = 0;
  for (const item of is) {
    if (next < former.length && pair.same(former[next], item)) next += 1;
    else if (!isNew(item)) return false;
  }
  return next === former.length;
}

// Text of fields is drawn with the fonts; programs exchange the rest, which only their own marks use, with each signature.
const categoriesOfText: ReadonlySet<string> = new Set(['Font', 'Encoding', 'ColorSpace', 'Pattern']);

/** Whether the resources of a form offer at least what they offered to the text of its fields. */
export function areResourcesExtended(pair: RevisionPair, old: PdfDictionary, current: PdfDictionary): boolean {
  return [...old].every(([key, value]) => {
    if (!categoriesOfText.has(key)) return true;
    const [was, is] = [pair.before.resolve(value), pair.after.resolve(current.get(key))];
    return isDictionary(was) && isDictionary(is)
      ? isCategoryExtended(pair, was, is)
      : pair.same(value, current.get(key));
  });
}

export function isCategoryExtended(pair: RevisionPair, old: PdfDictionary, current: PdfDictionary): boolean {
  return [...old].every(([key, value]) => pair.same(value, current.get(key)));
}
