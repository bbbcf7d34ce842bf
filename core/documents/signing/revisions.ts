import { isFilledIn, isValueChanged, listFormNodes, listOwnedObjects } from './form-changes.ts';
import { hasDuplicateKeys } from './pdf-lexer.ts';
import { equalPdf, isArray, isDictionary, isName, isReference, isStream } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import { listPages, openPdf } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import { listSignatureFields } from './pdf-signatures.ts';
import { readPermissions } from './revision-permissions.ts';
import type { Permissions } from './revision-permissions.ts';
import { isTailExplained } from './revision-tail.ts';
import { isStructureExtended, listStructureObjects } from './structure-changes.ts';

export type Modifications = 'none' | 'allowed' | 'suspicious';

const emptyDictionary: PdfDictionary = new Map();
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
  const signed = openPdf(file.bytes.subarray(0, coveredLength));
  return isOnlyExtended(signed, file) ? 'allowed' : 'suspicious';
}

/** Whether a revision ends exactly at `length`. */
export function isRevisionEnd(bytes: Buffer, length: number): boolean {
  const end = bytes.lastIndexOf(endMarker, length - endMarker.length);
  return end >= 0 && isBlank(bytes.subarray(end + endMarker.length, length));
}

type Rule = (before: PdfValue, after: PdfValue) => boolean;

type Comparison = Readonly<{
  before: PdfFile;
  after: PdfFile;
  /** Objects whose change has a rule of its own; any other change is not allowed. */
  rules: ReadonlyMap<number, Rule>;
  /** Objects that only their owner may use, so that changing them changes nothing else. */
  owned: ReadonlySet<number>;
}>;

function isOnlyExtended(before: PdfFile, after: PdfFile): boolean {
  if (before.rootReference.number !== after.rootReference.number || before.base !== after.base) return false;
  if (!isInformationKept(before, after)) return false;
  const comparison = { before, after, ...makeRules(before, after, readPermissions(before)) };
  const visited = new Set<number>();
  const uses = new Map<number, number>();
  const changed: number[] = [];
  const pending = [before.rootReference.number];
  for (let number = pending.pop(); number !== undefined; number = pending.pop()) {
    if (visited.has(number)) continue;
    visited.add(number);
    const value = readObject(before, number);
    const outcome = compareObject(comparison, number, value);
    if (outcome === 'broken') return false;
    if (outcome === 'ruled') changed.push(number);
    if (value === 'unreadable') continue;
    const isRoot = number === before.rootReference.number;
    const references = referencesIn(isRoot && isDictionary(value) ? withoutKeys(value, ['DSS', 'Extensions']) : value);
    for (const reference of references) uses.set(reference, (uses.get(reference) ?? 0) + 1);
    pending.push(...references);
  }
  return changed.every((number) => !comparison.owned.has(number) || (uses.get(number) ?? 0) <= 1);
}

function compareObject(
  { before, after, rules }: Comparison,
  number: number,
  value: PdfValue | 'unreadable',
): 'same' | 'ruled' | 'broken' {
  const [old, current] = [before.entries.get(number), after.entries.get(number)];
  const isSamePlace = old?.kind === 'offset' && current?.kind === 'offset' && old.offset === current.offset;
  // The same place does not mean the same stream: its length may be an object that has changed. That object is compared.
  if (isSamePlace) return 'same';
  const changed = readObject(after, number);
  if (value === 'unreadable' || changed === 'unreadable') return 'broken';
  if (equalPdf(value, changed)) return 'same';
  // Readers differ in which of two equal keys they take.
  if (isDictionary(changed) && hasDuplicateKeys(changed)) return 'broken';
  return (rules.get(number)?.(value, changed) ?? false) ? 'ruled' : 'broken';
}

// A document may have been signed with a damaged object in it; it only has to stay where it was.
function readObject(file: PdfFile, number: number): PdfValue | 'unreadable' {
  try {
    return file.object(number);
  } catch {
    return 'unreadable';
  }
}

function onlyDictionaries(rule: (old: PdfDictionary, current: PdfDictionary) => boolean): Rule {
  return (old, current) => isDictionary(old) && isDictionary(current) && rule(old, current);
}

function makeRules(
  before: PdfFile,
  after: PdfFile,
  permissions: Permissions,
): Pick<Comparison, 'rules' | 'owned'> {
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

  const form = before.root.get('AcroForm');
  if (isReference(form))
    rules.set(
      form.number,
      onlyDictionaries((old, current) => isFormKept(before, after, old, current, extended)),
    );
  const formDictionary = before.resolve(form);
  const fields = isDictionary(formDictionary) ? formDictionary.get('Fields') : null;
  if (isReference(fields)) rules.set(fields.number, extended);

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
  const added = ['DR', 'DA'].filter((key) => !old.has(key));
  return (
    isKeptExcept(old, current, ['Fields', 'SigFlags', 'NeedAppearances', ...added]) &&
    extended(before.resolve(old.get('Fields')), after.resolve(current.get('Fields')))
  );
}

// The former items in their order, followed by nothing but new signature fields.
function isExtendedList(old: PdfValue, current: PdfValue, isNew: (value: PdfValue) => boolean): boolean {
  const former = isArray(old) ? old : [];
  if (!isArray(current)) return former.length === 0 && current === null;
  return former.every((item, index) => equalPdf(item, current[index])) && current.slice(former.length).every(isNew);
}

// A widget of a signature that did not exist before. One without value may show anything and prove nothing.
function isNewField(before: PdfFile, after: PdfFile, number: number, permissions: Permissions): boolean {
  if (before.object(number) !== null) return false;
  const widget = after.object(number);
  if (!isDictionary(widget) || hasDuplicateKeys(widget) || widget.has('A') || widget.has('AA')) return false;
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

function isTimestamp(file: PdfFile, signature: PdfDictionary): boolean {
  return (
    isName(file.resolve(signature.get('Type')), 'DocTimeStamp') ||
    isName(file.resolve(signature.get('SubFilter')), 'ETSI.RFC3161')
  );
}

// Where the certifier let notes be added: any annotation but fields and what starts actions.
function isNewNote(before: PdfFile, after: PdfFile, number: number): boolean {
  if (before.object(number) !== null) return false;
  const note = after.object(number);
  return isDictionary(note) && !isName(after.resolve(note.get('Subtype')), 'Widget') && !note.has('A') && !note.has('AA');
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

// ModDate and Producer say who appended; the rest of the information describes the document.
function isInformationKept(before: PdfFile, after: PdfFile): boolean {
  const [old, current] = [before.resolve(before.trailer.get('Info')), after.resolve(after.trailer.get('Info'))];
  if (!isDictionary(old)) return true;
  return isDictionary(current) && isKeptExcept(old, current, ['ModDate', 'Producer']);
}

// Adobe's programs date the XMP anew with every signature. What else it says (ENI metadata among it) is part of the document.
function isMetadataKept(before: PdfFile, after: PdfFile, old: PdfValue, current: PdfValue): boolean {
  if (
    !isStream(old) ||
    !isStream(current) ||
    !isKeptExcept(old.dictionary, current.dictionary, ['Length', 'Filter', 'DecodeParms'])
  )
    return false;
  return withoutDates(before.decode(old)) === withoutDates(after.decode(current));
}

function withoutDates(xmp: Buffer): string {
  const names = 'xmp:ModifyDate|xmp:MetadataDate|xmpMM:InstanceID';
  return xmp
    .toString('utf8')
    .replace(new RegExp(`<(${names})>[^<]*</\\1>|(?:${names})="[^"]*"`, 'g'), '')
    .replace(/\s+/g, ' ');
}

function isKeptExcept(old: PdfDictionary, current: PdfDictionary, free: readonly string[]): boolean {
  const keys = new Set([...old.keys(), ...current.keys()].filter((key) => !free.includes(key)));
  return [...keys].every((key) => equalPdf(old.get(key), current.get(key)));
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
