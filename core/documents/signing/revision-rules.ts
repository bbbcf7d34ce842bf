import { isFillable, isFilledIn, isValueChanged, listFormNodes, listOwnedObjects } from './form-changes.ts';
import {
  areResourcesExtended,
  isCategoryExtended,
  isExtendedList,
  isFormExtended,
  isFormKept,
} from './form-extension.ts';
import { isMetadataKept } from './information-changes.ts';
import { isNewField, isNewNote, isTimestamp } from './new-fields.ts';
import { isArray, isDictionary, isName, isReference } from './pdf-objects.ts';
import type { PdfDictionary, PdfReference, PdfValue } from './pdf-objects.ts';
import { listPages } from './pdf-reader.ts';
import { isWithoutExtent, leavesPageVisible } from './placement.ts';
import { dictionaryAt } from './revision-pair.ts';
import type { RevisionPair } from './revision-pair.ts';
import { isStructureExtended, listStructureObjects } from './structure-changes.ts';

/** Whether a change of an object is one that may be made after signing. */
export type Rule = (before: PdfValue, after: PdfValue) => boolean;

export type Rules = Readonly<{
  /** Objects whose change has a rule of its own; any other change is not allowed. */
  rules: ReadonlyMap<number, Rule>;
  /** Objects that only their owner may use, so that changing them changes nothing else. */
  owned: ReadonlySet<number>;
  /** Objects that only their owner may use even when they stay, because the owner left them. */
  left: ReadonlySet<number>;
}>;

type Collection = Readonly<{ rules: Map<number, Rule>; owned: Set<number>; left: Set<number> }>;

function onlyDictionaries(rule: (old: PdfDictionary, current: PdfDictionary) => boolean): Rule {
  return (old, current) => isDictionary(old) && isDictionary(current) && rule(old, current);
}

/** The rules for what may change between two revisions of a document. */
export function makeRules(pair: RevisionPair): Rules {
  const found: Collection = { rules: new Map(), owned: new Set(), left: new Set() };
  const { before } = pair;
  const { rules } = found;
  for (const number of listStructureObjects(before))
    rules.set(number, (old, current) => isStructureExtended(pair, old, current));
  addFormRules(pair, found);
  addPageTreeRules(pair, found);
  addPageRules(pair, found);
  addSignatureFieldRules(pair, found);
  addBranchRules(pair, found);

  const form = before.root.get('AcroForm');
  if (isReference(form))
    rules.set(
      form.number,
      onlyDictionaries((old, current) => isFormKept(pair, old, current)),
    );
  const formDictionary = dictionaryAt(before, form);
  const fields = formDictionary.get('Fields');
  if (isReference(fields)) rules.set(fields.number, (old, current) => isFormExtended(pair, old, current));
  addResourceRules(pair, formDictionary.get('DR'), found);
  const metadata = before.root.get('Metadata');
  if (isReference(metadata)) rules.set(metadata.number, (old, current) => isMetadataKept(pair, old, current));
  return found;
}

/** Whether the catalog says the same but for what signatures add to it. */
export function isCatalogKept(pair: RevisionPair): boolean {
  const { before, after } = pair;
  const [old, current] = [before.root, after.root];
  const [oldForm, currentForm] = [old.get('AcroForm'), current.get('AcroForm')];
  const isFormFine =
    pair.same(oldForm, currentForm) ||
    (isDictionary(after.resolve(currentForm)) &&
      isFormKept(pair, dictionaryAt(before, oldForm), dictionaryAt(after, currentForm)));
  const [structure, metadata] = ['StructTreeRoot', 'Metadata'];
  return (
    isFormFine &&
    isStructureExtended(pair, old.get(structure), current.get(structure)) &&
    (pair.same(old.get(metadata), current.get(metadata)) ||
      isMetadataKept(pair, before.resolve(old.get(metadata)), after.resolve(current.get(metadata)))) &&
    areExtensionsKept(pair) &&
    (!isDictionary(before.resolve(old.get('DSS'))) || isDictionary(after.resolve(current.get('DSS')))) &&
    pair.isKeptExcept(old, current, ['AcroForm', 'DSS', 'Extensions', 'Version', structure, metadata])
  );
}

// A program that adds what an older reader does not know says so; nobody who appends has anything to take back.
function areExtensionsKept({ before, after }: RevisionPair): boolean {
  const [oldVersion, version] = [before.resolve(before.root.get('Version')), after.resolve(after.root.get('Version'))];
  if (isName(oldVersion) && (!isName(version) || !isNotLower(oldVersion.name, version.name))) return false;
  const current = dictionaryAt(after, after.root.get('Extensions'));
  return [...dictionaryAt(before, before.root.get('Extensions'))].every(([developer, entry]) => {
    const old = before.resolve(entry);
    const is = after.resolve(current.get(developer));
    if (!isDictionary(old)) return true;
    if (!isDictionary(is)) return false;
    const [oldBase, base] = [before.resolve(old.get('BaseVersion')), after.resolve(is.get('BaseVersion'))];
    const [oldLevel, level] = [before.resolve(old.get('ExtensionLevel')), after.resolve(is.get('ExtensionLevel'))];
    const isBaseKept = !isName(oldBase) || (isName(base) && isNotLower(oldBase.name, base.name));
    return isBaseKept && (typeof oldLevel !== 'number' || (typeof level === 'number' && level >= oldLevel));
  });
}

function isNotLower(old: string, current: string): boolean {
  return Number.parseFloat(current) >= Number.parseFloat(old);
}

// Nodes of the form that only hold others may get new ones.
function addBranchRules(pair: RevisionPair, { rules }: Collection): void {
  for (const node of listFormNodes(pair.before)) {
    if (node.type !== null) continue;
    const kids = dictionaryAt(pair.before, { kind: 'reference', number: node.number, generation: 0 }).get('Kids');
    if (isReference(kids)) rules.set(kids.number, (old, current) => isFormExtended(pair, old, current));
    rules.set(
      node.number,
      onlyDictionaries(
        (old, current) =>
          pair.isKeptExcept(old, current, ['Kids']) && isFormExtended(pair, old.get('Kids'), current.get('Kids')),
      ),
    );
  }
}

// What the form offers to new fields may grow; what the former ones use stays.
function addResourceRules(pair: RevisionPair, resources: PdfValue | undefined, { rules }: Collection): void {
  if (isReference(resources))
    rules.set(
      resources.number,
      onlyDictionaries((old, current) => areResourcesExtended(pair, old, current)),
    );
  for (const category of dictionaryAt(pair.before, resources).values())
    if (isReference(category))
      rules.set(
        category.number,
        onlyDictionaries((old, current) => isCategoryExtended(pair, old, current)),
      );
}

// Filling in is allowed unless the document was certified against any change or the field locked.
function addFormRules(pair: RevisionPair, { rules, owned }: Collection): void {
  const { before, permissions } = pair;
  if (permissions.level === 1) return;
  for (const node of listFormNodes(before)) {
    if (!isFillable(before, node) || permissions.isLocked(node.name)) continue;
    rules.set(
      node.number,
      onlyDictionaries((old, current) => isFilledIn(pair, node, old, current)),
    );
    if (node.type === 'Btn') continue;
    for (const number of listOwnedObjects(before, node.number)) {
      owned.add(number);
      rules.set(number, () => isValueChanged(pair, node));
    }
  }
}

// Page attributes that a node of the tree could hand down; private ones of a program mean nothing there.
const pageKeys: ReadonlySet<string> = new Set(
  'Type Parent Kids Count Resources MediaBox CropBox BleedBox TrimBox ArtBox BoxColorInfo Contents Rotate Group Annots AA Metadata UserUnit VP OutputIntents Tabs TemplateInstantiated'.split(
    ' ',
  ),
);

function addPageTreeRules(pair: RevisionPair, { rules }: Collection): void {
  const { before } = pair;
  const pending: PdfValue[] = [before.root.get('Pages') ?? null];
  const visited = new Set<number>();
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (!isReference(node) || visited.has(node.number)) continue;
    visited.add(node.number);
    const kids = before.resolve(dictionaryAt(before, node).get('Kids'));
    if (!isArray(kids)) continue;
    for (const kid of kids) pending.push(kid);
    rules.set(
      node.number,
      onlyDictionaries((old, current) => {
        const free = [...old.keys(), ...current.keys()].filter((key) => !pageKeys.has(key));
        return pair.isKeptExcept(old, current, free);
      }),
    );
  }
}

function addPageRules(pair: RevisionPair, { rules }: Collection): void {
  const { before } = pair;
  for (const page of listPages(before)) {
    const annotations = dictionaryAt(before, page).get('Annots');
    const extended = (old: PdfValue | undefined, current: PdfValue | undefined): boolean =>
      isExtendedList(pair, old, current, (item) => isNewOnPage(pair, page, item));
    if (isReference(annotations)) rules.set(annotations.number, extended);
    rules.set(
      page.number,
      onlyDictionaries((old, current) => {
        // The order of tabs and the place in the logical structure come with the first field.
        const added = ['Tabs', 'StructParents'].filter((key) => !old.has(key));
        return (
          pair.isKeptExcept(old, current, ['Annots', ...added]) &&
          (pair.same(old.get('Annots'), current.get('Annots')) || extended(old.get('Annots'), current.get('Annots')))
        );
      }),
    );
  }
}

function isNewOnPage(pair: RevisionPair, page: PdfReference, item: PdfValue): boolean {
  const { before, after, permissions } = pair;
  if (!isReference(item)) return false;
  if (permissions.level === 3 && isNewNote(pair, item.number)) return true;
  if (!isNewField(pair, item.number)) return false;
  const mark = dictionaryAt(after, item);
  const signedPage = dictionaryAt(before, page);
  const former = before.resolve(signedPage.get('Annots'));
  return isWithoutExtent(after, mark) || leavesPageVisible(pair, signedPage, former, mark);
}

// A field that waited for its signature gets it, and the look that goes with it, for which the new signer answers.
function addSignatureFieldRules(pair: RevisionPair, { rules, owned, left }: Collection): void {
  const { before, after, permissions } = pair;
  for (const { objectNumber, value, dictionary, name } of pair.fields) {
    if (objectNumber === null || value !== null || permissions.isLocked(name)) continue;
    const isSigned = (): boolean => {
      const field = dictionaryAt(after, { kind: 'reference', number: objectNumber, generation: 0 });
      const signature = after.resolve(field.get('V'));
      return (
        isDictionary(signature) &&
        pair.signedLater.has(objectNumber) &&
        (permissions.level !== 1 || isTimestamp(after, signature))
      );
    };
    const look = (old: PdfDictionary, current: PdfDictionary): boolean => {
      const placed = isWithoutExtent(before, old) || !old.has('Rect') ? ['Rect'] : [];
      const added = ['P', 'Type', 'Subtype'].filter((key) => !old.has(key));
      return (
        pair.isKeptExcept(old, current, ['V', 'AP', 'MK', 'F', 'M', 'DA', 'Kids', ...placed, ...added]) &&
        (pair.same(old.get('Kids'), current.get('Kids')) || isFormExtended(pair, old.get('Kids'), current.get('Kids')))
      );
    };
    const kids = before.resolve(dictionary.get('Kids'));
    const kidNumbers = (isArray(kids) ? kids : []).flatMap((kid) => (isReference(kid) ? [kid.number] : []));
    for (const number of [objectNumber, ...kidNumbers]) {
      rules.set(
        number,
        onlyDictionaries((old, current) => look(old, current) && isSigned()),
      );
      for (const ownedNumber of listOwnedObjects(before, number)) {
        owned.add(ownedNumber);
        rules.set(ownedNumber, isSigned);
      }
      const looks = dictionaryAt(before, { kind: 'reference', number, generation: 0 }).get('AP');
      if (isReference(looks) && isSigned()) left.add(looks.number);
    }
  }
}
