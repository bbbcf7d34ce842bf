import { hashOfAlgorithm } from '../algorithms.ts';
import type { RawSigner } from '../cms.ts';
import { signCms } from '../cms.ts';
import { joinPdf } from '../appended-pdf.ts';
import { finishSignature } from '../pades.ts';
import { isDictionary, serializePdf } from '../pdf-objects.ts';
import type { PdfDictionary, PdfValue } from '../pdf-objects.ts';
import { openPdf, openPdfToRead } from '../pdf-reader.ts';
import type { PdfFile } from '../pdf-reader.ts';
import { pdfDate, prepareSignatureField } from '../pdf-signature-field.ts';
import { createPdfUpdate } from '../pdf-update.ts';
import type { PdfUpdate } from '../pdf-update.ts';
import { digestOf } from '../algorithms.ts';
import { writePdf } from './tiny-pdf.ts';

/** Object numbers of the document that `makeOffice` writes. */
export const part = {
  catalog: 1,
  pages: 2,
  firstPage: 3,
  content: 4,
  font: 5,
  metadata: 6,
  secondPage: 7,
  secondContent: 8,
  resources: 9,
  form: 10,
  picture: 11,
  names: 12,
  layers: 13,
  state: 14,
  text: 15,
  box: 16,
  button: 17,
  textLook: 18,
  prepared: 19,
  information: 20,
  note: 21,
  emptySignature: 22,
  layer: 23,
  attachment: 24,
  buttonLook: 25,
  emptyBox: 26,
} as const;

function stream(dictionary: string, data: string): string {
  return `<<${dictionary}/Length ${data.length}>>\nstream\n${data}\nendstream`;
}

/** An application of two pages with whatever an attacker would like to change later: form, layers, attachment, note. */
export function makeOffice(): Buffer {
  const look = '/Type/XObject/Subtype/Form/BBox[0 0 200 20]';
  const widget = '/Type/Annot/Subtype/Widget/F 4';
  return writePdf(
    [
      '<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R/AcroForm 10 0 R/Names 12 0 R/OCProperties 13 0 R/ViewerPreferences<</DisplayDocTitle true>>>>',
      '<</Type/Pages/Kids[3 0 R 7 0 R]/Count 2/MediaBox[0 0 595 842]>>',
      '<</Type/Page/Parent 2 0 R/Resources 9 0 R/Contents 4 0 R/Annots[15 0 R 16 0 R 17 0 R 21 0 R 22 0 R]>>',
      stream('', 'BT /F1 24 Tf 72 720 Td (Importe: 100 euros) Tj ET /G gs /X Do /OC /L BDC 0 0 10 10 re f EMC'),
      '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
      stream('/Type/Metadata/Subtype/XML', '<x:xmpmeta><dc:title>Instancia</dc:title></x:xmpmeta>'),
      '<</Type/Page/Parent 2 0 R/Resources 9 0 R/Contents 8 0 R>>',
      stream('', 'BT /F1 24 Tf 72 720 Td (Segunda) Tj ET'),
      '<</Font<</F1 5 0 R>>/XObject<</X 11 0 R>>/ExtGState<</G 14 0 R>>/Properties<</L 23 0 R>>>>',
      '<</Fields[15 0 R 16 0 R 17 0 R 22 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 10 Tf 0 g)>>',
      stream(look, '0 0 200 20 re f'),
      '<</EmbeddedFiles<</Names[(anexo.txt)<</Type/Filespec/F(anexo.txt)/EF<</F 24 0 R>>>>]>>>>',
      '<</OCGs[23 0 R]/D<</ON[23 0 R]>>>>',
      '<</Type/ExtGState/ca 1>>',
      `<<${widget}/FT/Tx/T(nombre)/V(Ana)/DA(/F1 10 Tf 0 g)/Rect[50 100 250 120]/AP<</N 18 0 R>>/P 3 0 R>>`,
      `<<${widget}/FT/Btn/T(acepta)/V/Off/AS/Off/Rect[50 150 70 170]/AP<</N<</Si 11 0 R/Off 26 0 R>>>>/P 3 0 R>>`,
      `<<${widget}/FT/Btn/Ff 65536/T(logotipo)/Rect[50 200 250 220]/AP<</N 25 0 R>>/P 3 0 R>>`,
      stream(look, 'BT /F1 10 Tf (Ana) Tj ET'),
      stream(look, 'BT /F1 24 Tf (Importe: 900 euros) Tj ET'),
      '<</Title(Instancia)/Producer(Escritor)>>',
      '<</Type/Annot/Subtype/FreeText/Rect[300 100 400 120]/Contents(Nota)/DA(/F1 10 Tf 0 g)/P 3 0 R>>',
      `<<${widget}/FT/Sig/T(Interesado)/Rect[300 300 450 350]/P 3 0 R>>`,
      '<</Type/OCG/Name(Capa)>>',
      stream('/Type/EmbeddedFile', 'anexo'),
      stream(look, '0 0 200 20 re f'),
      stream(look, '0 0 20 20 re s'),
    ],
    '/Info 20 0 R',
  );
}

/** Appends a revision that whoever has the file may write. */
export function revise(pdf: Buffer, change: (file: PdfFile, update: PdfUpdate) => void): Buffer {
  const file = openPdf(pdf);
  const update = createPdfUpdate(file);
  change(file, update);
  return Buffer.concat([pdf, update.finish().tail]);
}

export function dictionaryOf(file: PdfFile, value: PdfValue | undefined): PdfDictionary {
  const found = file.resolve(value);
  if (!isDictionary(found)) throw new Error('no dictionary');
  return found;
}

/** Text of a PDF as a value, written as it is. */
export function raw(text: string): PdfValue {
  return { kind: 'real', text };
}

export type RawRevision = Readonly<{
  /** Objects as they are to be written, by number. */
  objects: ReadonlyMap<number, string>;
  /** Further entries of the trailer. */
  trailer?: string;
  /** Rows of the cross references instead of those of the objects. */
  rows?: readonly (readonly [number: number, row: string])[];
  /** Without it, the former section. */
  previous?: string;
}>;

/** Appends a revision as text, of which nothing is checked. */
export function appendRaw(pdf: Buffer, { objects, trailer = '', rows, previous }: RawRevision): Buffer {
  const file = openPdfToRead(pdf);
  let text = pdf.at(-1) === 0x0a ? '' : '\n';
  const written: [number, string][] = [];
  for (const [number, body] of objects) {
    written.push([number, `${String(pdf.length + text.length).padStart(10, '0')} 00000 n `]);
    text += `${number} 0 obj\n${body}\nendobj\n`;
  }
  const start = pdf.length + text.length;
  text += 'xref\n';
  for (const [number, row] of rows ?? written) text += `${number} 1\n${row}\n`;
  const kept = ['Info', 'ID'].map((key) => `/${key} ${serializePdf(file.trailer.get(key) ?? null)}`).join('');
  const size = Math.max(file.size, ...objects.keys(), 0) + 1;
  text += `trailer\n<</Size ${size}/Root ${file.rootReference.number} 0 R${previous ?? `/Prev ${file.startXref}`}${kept}${trailer}>>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.concat([pdf, Buffer.from(text, 'latin1')]);
}

const room = 16_384;
const rangePlaceholder = '[0 1111111111 1111111111 1111111111]';

/** Entries of a signature dictionary that `fillSignature` fills. */
export const signatureEntries = `/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange${rangePlaceholder}/Contents<${'0'.repeat(room * 2)}>`;

/** Signs the document at its end, in the last dictionary that has `signatureEntries`. */
export async function fillSignature(
  pdf: Buffer,
  signer: RawSigner,
  shape: (range: readonly [number, number, number, number]) => string = (range) => `[${range.join(' ')}]`,
): Promise<Buffer> {
  const document = Buffer.from(pdf);
  const place = document.lastIndexOf(rangePlaceholder);
  const start = document.indexOf('<000', place);
  const end = document.indexOf('>', start) + 1;
  const text = shape([0, start, end, document.length - end]).padEnd(rangePlaceholder.length);
  if (place < 0 || text.length > rangePlaceholder.length) throw new Error('no room');
  document.write(text, place, 'latin1');
  const { cms } = await signCms({
    contentDigest: digestOf(hashOfAlgorithm(signer.algorithm), document.subarray(0, start), document.subarray(end)),
    signer,
    maximumBytes: room,
  });
  document.write(cms.toString('hex'), start + 1, 'latin1');
  return document;
}

/** Signs with a field of its own, invisible; `reference` says what may change later. */
export async function signOffice(pdf: Buffer, signer: RawSigner, reference: string | null = null): Promise<Buffer> {
  const prepared = prepareSignatureField(pdf, {
    type: 'Sig',
    subFilter: 'ETSI.CAdES.detached',
    fieldName: 'Firma',
    entries: new Map<string, PdfValue>([
      ['M', pdfDate(new Date())],
      ...(reference === null ? [] : [['Reference', raw(`[${reference}]`)] as const]),
    ]),
    reserveBytes: room,
  });
  return joinPdf((await finishSignature(prepared, { signer })).document);
}

/** A signature reference that certifies at a level (ISO 32000-1 §12.8.2.2). */
export function certification(level: number): string {
  return `<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/V/1.2/P ${level}>>>>`;
}

/** A signature reference that locks fields (ISO 32000-1 §12.8.2.4). */
export function fieldLock(action: 'All' | 'Include' | 'Exclude', ...fields: readonly string[]): string {
  return `<</Type/SigRef/TransformMethod/FieldMDP/TransformParams<</Type/TransformParams/V/1.2/Action/${action}/Fields[${fields.map((name) => `(${name})`).join('')}]>>>>`;
}
