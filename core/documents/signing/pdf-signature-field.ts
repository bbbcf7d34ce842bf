import { AppError } from '../../contract/errors.ts';
import type { HashName } from './algorithms.ts';
import { digestPrefix } from './appended-pdf.ts';
import type { AppendedPdf, PrefixDigest } from './appended-pdf.ts';
import { isArray, isDictionary, isReference, isString, pdfName, pdfText, readPdfText } from './pdf-objects.ts';
import type { PdfDictionary, PdfReference, PdfValue } from './pdf-objects.ts';
import { listPages, openPdf } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import { createPdfUpdate } from './pdf-update.ts';
import type { PdfUpdate } from './pdf-update.ts';
import { unreadable } from './pdf-lexer.ts';

/** A PDF with an empty signature at its end, waiting for the bytes of its CMS. */
export type PreparedSignature = Readonly<{
  /** The document as it was. */
  original: Buffer;
  /** What is appended, with /ByteRange filled in and /Contents full of zeros. */
  tail: Buffer;
  /** Place in the tail of the /Contents token, brackets included. */
  contentsStart: number;
  contentsEnd: number;
  fieldName: string;
  prefixDigest: PrefixDigest;
}>;

export type SignatureFieldRequest = Readonly<{
  type: 'Sig' | 'DocTimeStamp';
  subFilter: 'ETSI.CAdES.detached' | 'ETSI.RFC3161';
  /** Field's name; a number is added when it is taken. */
  fieldName: string;
  /** Further entries of the signature dictionary. */
  entries: ReadonlyMap<string, PdfValue>;
  /** Room for the CMS, in bytes. */
  reserveBytes: number;
}>;

// Ten digits per figure: the place is reserved before the figures are known.
const byteRangePlaceholder = '[0 0000000000 0000000000 0000000000]';
const contentsKey = '/Contents ';

/** Appends an invisible signature field with room for a CMS of `reserveBytes`. Throws AppError `document.*`. */
export function prepareSignatureField(pdf: Uint8Array, request: SignatureFieldRequest): PreparedSignature {
  const file = openPdf(pdf);
  const update = createPdfUpdate(file);
  const [page] = listPages(file);
  if (page === undefined) throw unreadable('no pages');
  const form = readForm(file);
  const fieldName = freeFieldName(file, form.fields, request.fieldName);
  const signature = update.allocate();
  const field = update.allocate();
  // ISO 19005-2 §6.3.3: also a widget without extent is safest with an appearance; Print set, Hidden and NoView not.
  const appearance = update.addStream(emptyAppearance(), Buffer.alloc(0), 'none');
  const placeholder = '0'.repeat(request.reserveBytes * 2);
  update.set(signature, signatureDictionary(request, placeholder));
  update.set(
    field,
    new Map<string, PdfValue>([
      ['Type', pdfName('Annot')],
      ['Subtype', pdfName('Widget')],
      ['FT', pdfName('Sig')],
      ['T', pdfText(fieldName)],
      ['F', 132],
      ['Rect', [0, 0, 0, 0]],
      ['AP', new Map([['N', appearance]])],
      ['P', page],
      ['V', signature],
    ]),
  );
  addToForm(file, update, form, field);
  addToPage(file, update, page, field);
  const { tail, places } = update.finish();
  const start = places.get(signature.number) ?? 0;
  const contentsStart = tail.indexOf(contentsKey, start) + contentsKey.length;
  const contentsEnd = contentsStart + placeholder.length + 2;
  writeByteRange(tail, start, file.bytes.length, contentsStart, contentsEnd);
  return {
    original: file.bytes,
    tail,
    contentsStart,
    contentsEnd,
    fieldName,
    prefixDigest: digestPrefix(file.bytes),
  };
}

/** Digest of everything but the /Contents token: what the signature covers. */
export function digestPrepared(prepared: PreparedSignature, hash: HashName): Buffer {
  const { prefixDigest, tail, contentsStart, contentsEnd } = prepared;
  return prefixDigest(hash).update(tail.subarray(0, contentsStart)).update(tail.subarray(contentsEnd)).digest();
}

/** Bytes of CMS that fit. */
export function roomOf(prepared: PreparedSignature): number {
  return (prepared.contentsEnd - prepared.contentsStart - 2) / 2;
}

/** The signed document. Throws AppError `signature.failed` when the CMS is larger than its room. */
export function embedSignature(prepared: PreparedSignature, cms: Uint8Array): AppendedPdf {
  if (cms.length > roomOf(prepared)) throw new AppError('signature.failed', { reason: 'room', needed: cms.length });
  const tail = Buffer.from(prepared.tail);
  tail.write(Buffer.from(cms).toString('hex'), prepared.contentsStart + 1, 'latin1');
  return { original: prepared.original, tail };
}

// The two figures of variable place are written as tokens of fixed width, which no value type would keep.
function signatureDictionary(request: SignatureFieldRequest, placeholder: string): PdfValue {
  return new Map<string, PdfValue>([
    ['Type', pdfName(request.type)],
    ['Filter', pdfName('Adobe.PPKLite')],
    ['SubFilter', pdfName(request.subFilter)],
    ...request.entries,
    ['ByteRange', { kind: 'real', text: byteRangePlaceholder }],
    ['Contents', { kind: 'real', text: `<${placeholder}>` }],
  ]);
}

function emptyAppearance(): PdfDictionary {
  return new Map<string, PdfValue>([
    ['Type', pdfName('XObject')],
    ['Subtype', pdfName('Form')],
    ['BBox', [0, 0, 0, 0]],
    ['Resources', new Map()],
  ]);
}

function writeByteRange(tail: Buffer, start: number, base: number, contentsStart: number, contentsEnd: number): void {
  const place = tail.indexOf(byteRangePlaceholder, start);
  const text = `[0 ${base + contentsStart} ${base + contentsEnd} ${tail.length - contentsEnd}]`;
  tail.write(text.padEnd(byteRangePlaceholder.length), place, 'latin1');
}

type Form = Readonly<{
  reference: PdfReference | null;
  dictionary: PdfDictionary;
  fieldsReference: PdfReference | null;
  fields: readonly PdfValue[];
}>;

function readForm(file: PdfFile): Form {
  const entry = file.root.get('AcroForm');
  const dictionary = file.resolve(entry);
  const form: PdfDictionary = isDictionary(dictionary) ? dictionary : new Map();
  const list = form.get('Fields');
  const fields = file.resolve(list);
  return {
    reference: isReference(entry) && isDictionary(dictionary) ? entry : null,
    dictionary: form,
    fieldsReference: isReference(list) && isArray(fields) ? list : null,
    fields: isArray(fields) ? fields : [],
  };
}

function freeFieldName(file: PdfFile, fields: readonly PdfValue[], wanted: string): string {
  const taken = new Set<string>();
  for (const field of fields) {
    const value = file.resolve(field);
    const name = isDictionary(value) ? file.resolve(value.get('T')) : null;
    if (isString(name)) taken.add(readPdfText(name));
  }
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}${number}`;
  return name;
}

function addToForm(file: PdfFile, update: PdfUpdate, form: Form, field: PdfReference): void {
  const fields = [...form.fields, field];
  // SignaturesExist and AppendOnly: whoever edits must do it by incremental update.
  const dictionary = new Map([...form.dictionary, ['SigFlags', 3] as const]);
  if (form.fieldsReference === null) dictionary.set('Fields', fields);
  else update.set(form.fieldsReference, fields);
  if (form.reference !== null) update.set(form.reference, dictionary);
  else update.set(file.rootReference, new Map([...file.root, ['AcroForm', dictionary] as const]));
}

function addToPage(file: PdfFile, update: PdfUpdate, page: PdfReference, field: PdfReference): void {
  const dictionary = file.resolve(page);
  if (!isDictionary(dictionary)) throw unreadable('page');
  const entry = dictionary.get('Annots');
  const current = file.resolve(entry);
  const annotations = [...(isArray(current) ? current : []), field];
  if (isReference(entry) && isArray(current)) update.set(entry, annotations);
  else update.set(page, new Map([...dictionary, ['Annots', annotations] as const]));
}

/** PDF date in UTC (ISO 32000-1 §7.9.4). */
export function pdfDate(time: Date): PdfValue {
  return pdfText(`D:${time.toISOString().replace(/[-:T]/g, '').slice(0, 14)}+00'00'`);
}
