import { isFilledIn, isValueChanged, listFormNodes, listOwnedObjects } from './form-changes.ts';
import { isMetadataKept } from './information-changes.ts';
import { isNewField, isNewNote, isTimestamp } from './new-fields.ts';
import { equalPdf, isArray, isDictionary, isKeptExcept, isReference } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import { listPages, readObject } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import { listSignatureFields } from './pdf-signatures.ts';
import type { Permissions } from './revision-permissions.ts';
import { isStructureExtended, listStructureObjects } from './structure-changes.ts';

/** Whether a change of an object is one that may be made after signing. */
export type Rule = (before: PdfValue, after: PdfValue) => boolean;

export type Rules = Readonly<{
  /** Objects whose change has a rule of its own; any other change is not allowed. */
  rules: ReadonlyMap<number, Rule>;
  /** Objects that only their owner may use, so that changing them changes nothing else. */
  owned: ReadonlySet<number>;
}>;

const emptyDictionary: PdfDictionary = new Map();

function onlyDictionaries(rule: (old: PdfDictionary, current: PdfDictionary) => boolean): Rule {
  return (old, current) => isDictionary(old) && isDictionary(current) && rule(old, current);
}

/** The rules for what may change between two revisions of a document. */
export function makeRules(before: PdfFile, after: PdfFile, permissions: Permissions): Rules {
  const rules = new Map<number, Rule>();
  const owned = new Set<number>();
  const isNewObject = (value: PdfValue): boolean => isReference(value) && before.object(value.number) === null;
  for (const number of listStructureObjects(before))
    rules.set(number, (old, current) => isStructureExtended(old, current, isNewObject));
  addFormRules(before, after, permissions, rules, owned);
  addPageRules(before, after, permissions, rules);
  addSignatureFieldRules(before, after, permissions, rules);
  const extended = (old: PdfValue, current: PdfValue): boolean =>
    isExtendedList(old, current, (item) => isReference(item) && isNewField(before, after, item.number, permissions));

  for (const node of listFormNodes(before)) {
    if (node.type !== null) continue;
    const kids = dictionaryOrEmpty(before, node.number).get('Kids');
    if (isReference(kids)) rules.set(kids.number, extended);
    rules.set(
      node.number,
      onlyDictionaries(
        (old, current) =>
          isKeptExcept(old, current, ['Kids']) &&
          extended(before.resolve(old.get('Kids')), after.resolve(current.get('Kids'))),
      ),
    );
  }

  const form = before.root.get('AcroForm');
  if (isReference(form))
    rules.set(
      form.number,
      onlyDictionaries((old, current) => isFormKept(before, after, old, current, extended)),
    );
  const formDictionary = before.resolve(form);
  const fields = isDictionary(formDictionary) ? formDictionary.get('Fields') : null;
  if (isReference(fields)) rules.set(fields.number, extended);
  addResourceRules(before, isDictionary(formDictionary) ? formDictionary.get('DR') : null, rules);

  const metadata = before.root.get('Metadata');
  if (isReference(metadata)) rules.set(metadata.number, (old, current) => isMetadataKept(before, after, old, current));

  rules.set(
    before.rootReference.number,
    onlyDictionaries((old, current) => {
      const isFormReplaced = !equalPdf(old.get('AcroForm'), current.get('AcroForm'));
      const [oldForm, currentForm] = [before.resolve(old.get('AcroForm')), after.resolve(current.get('AcroForm'))];
      const isFormFine =
        !isFormReplaced ||
        (isDictionary(currentForm) &&
          isFormKept(before, after, isDictionary(oldForm) ? oldForm : emptyDictionary, currentForm, extended));
      return isFormFine && isKeptExcept(old, current, ['AcroForm', 'DSS', 'Extensions', 'Version']);
    }),
  );
  return { rules, owned };
}

// What the form offers to new fields may grow; what the former ones use stays.
function addResourceRules(before: PdfFile, resources: PdfValue | undefined, rules: Map<number, Rule>): void {
  const add = (value: PdfValue | undefined): void => {
    if (isReference(value)) rules.set(value.number, areResourcesExtended);
  };
  add(resources);
  const categories = before.resolve(resources);
  if (isDictionary(categories)) for (const category of categories.values()) add(category);
}

function areResourcesExtended(old: PdfValue | undefined, current: PdfValue | undefined): boolean {
  if (old === undefined || old === null) return true;
  if (!isDictionary(old) || !isDictionary(current)) return equalPdf(old, current);
  return [...old].every(([key, value]) => {
    const now = current.get(key);
    return isDictionary(value) ? areResourcesExtended(value, now) : equalPdf(value, now);
  });
}

function dictionaryOrEmpty(file: PdfFile, number: number): PdfDictionary {
  const value = readObject(file, number);
  return value !== 'unreadable' && isDictionary(value) ? value : emptyDictionary;
}

// Filling in is allowed unless the document was certified against any change or the field locked.
function addFormRules(
  before: PdfFile,
  after: PdfFile,
  permissions: Permissions,
  rules: Map<number, Rule>,
  owned: Set<number>,
): void {
  if (permissions.level === 1) return;
  for (const node of listFormNodes(before)) {
    if (node.type === null || !fillableTypes.has(node.type) || permissions.isLocked(node.name)) continue;
    rules.set(
      node.number,
      onlyDictionaries((old, current) => isFilledIn(before, after, node, old, current)),
    );
    for (const number of listOwnedObjects(before, node)) {
      owned.add(number);
      rules.set(number, () => isValueChanged(before, after, node));
    }
  }
}

const fillableTypes: ReadonlySet<string> = new Set(['Tx', 'Btn', 'Ch']);

function addPageRules(before: PdfFile, after: PdfFile, permissions: Permissions, rules: Map<number, Rule>): void {
  const extended = (old: PdfValue, current: PdfValue): boolean =>
    isExtendedList(
      old,
      current,
      (item) =>
        isReference(item) &&
        (isNewField(before, after, item.number, permissions) ||
          (permissions.level === 3 && isNewNote(before, after, item.number))),
    );
  for (const page of listPages(before)) {
    const value = before.resolve(page);
    const annotations = isDictionary(value) ? value.get('Annots') : null;
    if (isReference(annotations)) rules.set(annotations.number, extended);
    rules.set(
      page.number,
      onlyDictionaries((old, current) => {
        // The order of tabs and the place in the logical structure come with the first field.
        const added = ['Tabs', 'StructParents'].filter((key) => !old.has(key));
        return (
          isKeptExcept(old, current, ['Annots', ...added]) &&
          extended(before.resolve(old.get('Annots')), after.resolve(current.get('Annots')))
        );
      }),
    );
  }
}

// A field that waited for its signature gets it, and the look that goes with it, for which the new signer answers.
function addSignatureFieldRules(
  before: PdfFile,
  after: PdfFile,
  permissions: Permissions,
  rules: Map<number, Rule>,
): void {
  for (const { objectNumber, value, dictionary, name } of listSignatureFields(before)) {
    if (objectNumber === null || value !== null || permissions.isLocked(name)) continue;
    const isSigned = (field: PdfDictionary): boolean => {
      const signature = after.resolve(field.get('V'));
      return isDictionary(signature) && (permissions.level !== 1 || isTimestamp(after, signature));
    };
    const free = ['V', 'AP', 'MK', 'F', 'M', 'DA', 'Rect', 'P', 'Type', 'Subtype'];
    const addable = ['P', 'Type', 'Subtype', 'Rect'];
    const look = (old: PdfDictionary, current: PdfDictionary): boolean =>
      isKeptExcept(old, current, free) &&
      addable.every((key) => !old.has(key) || key === 'Rect' || equalPdf(old.get(key), current.get(key)));
    rules.set(
      objectNumber,
      onlyDictionaries((old, current) => look(old, current) && isSigned(current)),
    );
    const kids = before.resolve(dictionary.get('Kids'));
    for (const kid of isArray(kids) ? kids : [])
      if (isReference(kid))
        rules.set(
          kid.number,
          onlyDictionaries((old, current) => {
            const field = readObject(after, objectNumber);
            return look(old, current) && field !== 'unreadable' && isDictionary(field) && isSigned(field);
          }),
        );
  }
}

function isFormKept(
  before: PdfFile,
  after: PdfFile,
  old: PdfDictionary,
  current: PdfDictionary,
  extended: (old: PdfValue, current: PdfValue) => boolean,
): boolean {
  // Resources and default appearance may come with the first field, never change under fields that use them.
  const added = ['DA'].filter((key) => !old.has(key));
  return (
    isKeptExcept(old, current, ['Fields', 'SigFlags', 'NeedAppearances', 'DR', ...added]) &&
    (equalPdf(old.get('DR'), current.get('DR')) ||
      areResourcesExtended(before.resolve(old.get('DR')), after.resolve(current.get('DR')))) &&
    extended(before.resolve(old.get('Fields')), after.resolve(current.get('Fields')))
  );
}

// The former items in their order, and among them nothing but new signature fields.
function isExtendedList(old: PdfValue, current: PdfValue, isNew: (value: PdfValue) => boolean): boolean {
  const former = isArray(old) ? old : [];
  if (!isArray(current)) return former.length === 0 && current === null;
  let next = 0;
  for (const item of current) {
    if (next < former.length && equalPdf(item, former[next])) next += 1;
    else if (!isNew(item)) return false;
  }
  return next === former.length;
}
