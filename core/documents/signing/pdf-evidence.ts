import { createHash } from 'node:crypto';
import { isArray, isDictionary, isReference, isStream, pdfName } from './pdf-objects.ts';
import type { PdfDictionary, PdfReference, PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';
import { listSignatures } from './pdf-signatures.ts';
import { createPdfUpdate } from './pdf-update.ts';
import type { PdfUpdate } from './pdf-update.ts';

/** DER of what proves a signature's certificates: the contents of a document security store. */
export type RevocationEvidence = Readonly<{
  certificates: readonly Uint8Array[];
  ocsps: readonly Uint8Array[];
  crls: readonly Uint8Array[];
}>;

/** What the document security store of a PDF holds (ETSI EN 319 142-1 §5.4); empty lists without one. */
export function readEvidence(file: PdfFile): RevocationEvidence {
  const store = file.resolve(file.root.get('DSS'));
  const list = (key: string): readonly Buffer[] =>
    isDictionary(store) ? streamsOf(file, store.get(key)).map(({ data }) => data) : [];
  return { certificates: list('Certs'), ocsps: list('OCSPs'), crls: list('CRLs') };
}

export function hasEvidence(file: PdfFile): boolean {
  return isDictionary(file.resolve(file.root.get('DSS')));
}

/** Appends evidence to the document security store, with an entry for each signature. Returns the whole document. */
export function appendEvidence(file: PdfFile, evidence: RevocationEvidence): Buffer {
  const update = createPdfUpdate(file);
  const storeEntry = file.root.get('DSS');
  const current = file.resolve(storeEntry);
  const store = new Map<string, PdfValue>(isDictionary(current) ? current : [['Type', pdfName('DSS')]]);
  const merge = (key: string, items: readonly Uint8Array[]): readonly PdfReference[] =>
    mergeStreams(file, update, store, key, items);
  const certificates = merge('Certs', evidence.certificates);
  const ocsps = merge('OCSPs', evidence.ocsps);
  const crls = merge('CRLs', evidence.crls);
  const known = file.resolve(store.get('VRI'));
  const related = new Map<string, PdfValue>(isDictionary(known) ? known : []);
  const entry: PdfDictionary = new Map(
    (
      [
        ['Cert', certificates],
        ['OCSP', ocsps],
        ['CRL', crls],
      ] as const
    ).filter(([, references]) => references.length > 0),
  );
  for (const signature of listSignatures(file)) related.set(signatureKey(signature.contents), entry);
  store.set('VRI', related);
  if (isReference(storeEntry) && isDictionary(current)) {
    update.set(storeEntry, store);
  } else {
    const reference = update.allocate();
    update.set(reference, store);
    update.set(file.rootReference, new Map([...withExtension(file.root), ['DSS', reference] as const]));
  }
  return Buffer.concat([file.bytes, update.finish().tail]);
}

// The key is the upper-case SHA-1 of the value of /Contents: a name, not a protection (ISO 32000-2 §12.8.4.4).
function signatureKey(contents: Buffer): string {
  return createHash('sha1').update(contents).digest('hex').toUpperCase();
}

// A reader of PDF 1.7 learns from it that the file uses the security store (ETSI EN 319 142-1 §5.6).
function withExtension(root: PdfDictionary): PdfDictionary {
  if (root.has('Extensions')) return root;
  const etsi = new Map<string, PdfValue>([
    ['BaseVersion', pdfName('1.7')],
    ['ExtensionLevel', 2],
  ]);
  return new Map([...root, ['Extensions', new Map([['ESIC', etsi]])] as const]);
}

function mergeStreams(
  file: PdfFile,
  update: PdfUpdate,
  store: Map<string, PdfValue>,
  key: string,
  items: readonly Uint8Array[],
): readonly PdfReference[] {
  const references = new Map<string, PdfReference>();
  for (const { reference, data } of streamsOf(file, store.get(key))) references.set(data.toString('latin1'), reference);
  const wanted = items.map((item) => {
    const identity = Buffer.from(item).toString('latin1');
    const reference = references.get(identity) ?? update.addStream(new Map(), item, 'deflate');
    references.set(identity, reference);
    return reference;
  });
  if (references.size > 0) store.set(key, [...references.values()]);
  return [...new Set(wanted)];
}

function streamsOf(
  file: PdfFile,
  value: PdfValue | undefined,
): readonly Readonly<{ reference: PdfReference; data: Buffer }>[] {
  const list = file.resolve(value);
  return (isArray(list) ? list : []).flatMap((reference) => {
    const stream = file.resolve(reference);
    return isReference(reference) && isStream(stream) ? [{ reference, data: file.decode(stream) }] : [];
  });
}
