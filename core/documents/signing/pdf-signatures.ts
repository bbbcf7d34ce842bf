import { hasDuplicateKeys, unreadable } from './pdf-lexer.ts';
import { isArray, isDictionary, isName, isReference, isString, readPdfText } from './pdf-objects.ts';
import type { PdfDictionary, PdfString, PdfValue } from './pdf-objects.ts';
import { openPdfToRead } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';

/** A filled signature field of a PDF, as the file states it; nothing is verified here. */
export type PdfSignature = Readonly<{
  fieldName: string;
  type: 'signature' | 'documentTimestamp';
  subFilter: string;
  /** The four figures of /ByteRange, or null when it has another form. */
  byteRange: readonly [number, number, number, number] | null;
  /** What /Contents holds, padding included; empty when there is none. */
  contents: Buffer;
  /** DER of the certificates in /Cert, which the oldest format has instead of CMS. */
  certificates: readonly Buffer[];
  /** Place of the /Contents token in the file, brackets included; null when it is inside an object stream. */
  contentsPlace: Readonly<{ start: number; end: number }> | null;
  /** Bytes from the start of the file to the end of what is covered. */
  coveredLength: number;
  coversWholeFile: boolean;
  /** The dictionary has the same key twice: readers differ in which one they take. */
  isAmbiguous: boolean;
  signingTime: string | null;
  name: string | null;
  reason: string | null;
  location: string | null;
}>;

// More fields than any form.
const maximumFields = 100_000;

/** Lists the signatures and document time stamps in the order of what they cover. Throws AppError `document.*`. */
export function readSignatures(pdf: Uint8Array): readonly PdfSignature[] {
  return listSignatures(openPdfToRead(pdf));
}

export function listSignatures(file: PdfFile): readonly PdfSignature[] {
  return listSignatureFields(file)
    .flatMap(({ name, value }) => (value === null ? [] : [readSignature(file, name, value)]))
    .toSorted((left, right) => left.coveredLength - right.coveredLength);
}

export type SignatureField = Readonly<{
  name: string;
  objectNumber: number | null;
  dictionary: PdfDictionary;
  value: PdfDictionary | null;
  valueNumber: number | null;
}>;

/** All fields of type /Sig with their values, also inside hierarchies of fields. */
export function listSignatureFields(file: PdfFile): readonly SignatureField[] {
  const form = file.resolve(file.root.get('AcroForm'));
  const fields = isDictionary(form) ? file.resolve(form.get('Fields')) : null;
  type Pending = Readonly<{ node: PdfValue; prefix: string; inheritedType: PdfValue }>;
  const pending: Pending[] = [];
  const add = (nodes: PdfValue, prefix: string, inheritedType: PdfValue): void => {
    if (!isArray(nodes)) return;
    // Whoever has more wants that somebody stops looking before the end.
    if (pending.length + nodes.length > maximumFields) throw unreadable('too many fields');
    for (const node of nodes) pending.push({ node, prefix, inheritedType });
  };
  add(fields, '', null);
  const visited = new Set<number>();
  const found: SignatureField[] = [];
  for (let position = 0; position < pending.length; position += 1) {
    const next = pending[position];
    if (next === undefined) break;
    const { node, prefix, inheritedType } = next;
    if (isReference(node)) {
      if (visited.has(node.number)) continue;
      visited.add(node.number);
    }
    const field = file.resolve(node);
    if (!isDictionary(field)) continue;
    const partialName = file.resolve(field.get('T'));
    const name = isString(partialName) ? joinName(prefix, readPdfText(partialName)) : prefix;
    const type = file.resolve(field.get('FT')) ?? inheritedType;
    const kids = file.resolve(field.get('Kids'));
    const reference = field.get('V');
    const value = file.resolve(reference);
    if (isName(type, 'Sig') && (isDictionary(value) || !isArray(kids))) {
      found.push({
        name,
        objectNumber: isReference(node) ? node.number : null,
        dictionary: field,
        value: isDictionary(value) ? value : null,
        valueNumber: isReference(reference) ? reference.number : null,
      });
    }
    add(kids, name, type);
  }
  return found;
}

const maximumNameLength = 4096;

/** Full name of a field below another (ISO 32000-1 §12.7.3.2). */
export function joinName(prefix: string, name: string): string {
  const joined = prefix === '' ? name : `${prefix}.${name}`;
  if (joined.length > maximumNameLength) throw unreadable('field name');
  return joined;
}

function readSignature(file: PdfFile, fieldName: string, dictionary: PdfDictionary): PdfSignature {
  const contents = file.resolve(dictionary.get('Contents'));
  const byteRange = readByteRange(file, dictionary);
  const coveredLength = coveredLengthOf(file, dictionary);
  const subFilter = file.resolve(dictionary.get('SubFilter'));
  const text = (key: string): string | null => {
    const value = file.resolve(dictionary.get(key));
    return isString(value) ? readPdfText(value) : null;
  };
  const isTimestamp = isName(subFilter, 'ETSI.RFC3161') || isName(file.resolve(dictionary.get('Type')), 'DocTimeStamp');
  return {
    fieldName,
    type: isTimestamp ? 'documentTimestamp' : 'signature',
    subFilter: isName(subFilter) ? subFilter.name : '',
    byteRange,
    contents: isString(contents) ? contents.bytes : Buffer.alloc(0),
    certificates: readCertificateStrings(file, dictionary),
    contentsPlace: isString(contents) ? placeOf(contents) : null,
    coveredLength,
    coversWholeFile: coveredLength === file.bytes.length,
    isAmbiguous: hasDuplicateKeys(dictionary),
    signingTime: readPdfDate(text('M')),
    name: text('Name'),
    reason: text('Reason'),
    location: text('Location'),
  };
}

function readCertificateStrings(file: PdfFile, dictionary: PdfDictionary): readonly Buffer[] {
  const value = file.resolve(dictionary.get('Cert'));
  return (isArray(value) ? value.map((item) => file.resolve(item)) : [value])
    .filter(isString)
    .map(({ bytes }) => bytes);
}

/** Bytes from the start of the file to the end of what a signature says to cover; 0 when it does not say. */
export function coveredLengthOf(file: PdfFile, signature: PdfDictionary): number {
  const byteRange = readByteRange(file, signature);
  return byteRange === null ? 0 : byteRange[2] + byteRange[3];
}

function placeOf(value: PdfString): PdfSignature['contentsPlace'] {
  return value.end > 0 ? { start: value.start, end: value.end } : null;
}

function readByteRange(file: PdfFile, dictionary: PdfDictionary): PdfSignature['byteRange'] {
  const value = file.resolve(dictionary.get('ByteRange'));
  if (!isArray(value) || value.length !== 4) return null;
  const [start, length, nextStart, nextLength] = value.map((item) =>
    typeof item === 'number' && item >= 0 ? item : null,
  );
  if (start === null || length === null || nextStart === null || nextLength === null) return null;
  if (start === undefined || length === undefined || nextStart === undefined || nextLength === undefined) return null;
  return [start, length, nextStart, nextLength];
}

/** ISO 8601 instant out of a PDF date (ISO 32000-1 §7.9.4), or null. */
function readPdfDate(text: string | null): string | null {
  const match = /^D:(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:Z|([+-])(\d{2})'?(\d{2})?)?/.exec(text ?? '');
  if (match === null) return null;
  const [
    ,
    year,
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    sign,
    zoneHour = '00',
    zoneMinute = '00',
  ] = match;
  const zone = sign === undefined ? 'Z' : `${sign}${zoneHour}:${zoneMinute}`;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
