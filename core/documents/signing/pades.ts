import { AppError } from '../../contract/errors.ts';
import { hashOfAlgorithm } from './algorithms.ts';
import { joinPdf } from './appended-pdf.ts';
import type { AppendedPdf } from './appended-pdf.ts';
import { signCms } from './cms.ts';
import type { RawSigner, TimestampSource } from './cms.ts';
import { pdfText } from './pdf-objects.ts';
import type { PdfValue } from './pdf-objects.ts';
import { digestPrepared, embedSignature, pdfDate, prepareSignatureField, roomOf } from './pdf-signature-field.ts';
import type { PreparedSignature } from './pdf-signature-field.ts';

export type SignatureDetails = Readonly<{
  /** Claimed moment of the signature, written as /M. */
  signingTime: Date;
  /** Name of the signer as shown by readers. */
  name?: string;
  reason?: string;
  location?: string;
  /** By default `Firma`; a number follows when the name is taken. */
  fieldName?: string;
  /** Further text entries of the signature dictionary, under keys of our own: what the signature is bound to. */
  bindings?: Readonly<Record<string, string>>;
  /** Room for the CMS. The default holds three certificates and a time stamp with its own three. */
  reserveBytes?: number;
}>;

export type SignedPdf = SignatureOutcome & Readonly<{ pdf: Buffer }>;

/** The signed document in two pieces, with the SHA-256 of both in hexadecimal: the first one was read for it only once. */
export type SignedPieces = SignatureOutcome & Readonly<{ document: AppendedPdf; sha256: string }>;

type SignatureOutcome = Readonly<{
  level: 'B-B' | 'B-T';
  /** Why the signature has no time stamp although a source was given. */
  timestampError?: AppError;
}>;

const defaultReserveBytes = 16_384;
const standardKeys: ReadonlySet<string> = new Set([
  'Type',
  'Filter',
  'SubFilter',
  'Contents',
  'Cert',
  'ByteRange',
  'Reference',
  'Changes',
  'Name',
  'M',
  'Location',
  'Reason',
  'ContactInfo',
  'R',
  'V',
  'Prop_Build',
  'Prop_AuthTime',
  'Prop_AuthType',
]);

/**
 * Signs a PDF as PAdES baseline (ETSI EN 319 142-1): B-T, or B-B when there is no time-stamp source or it fails. The
 * document's bytes stay as they are; the signature follows them as an incremental update. Throws AppError `document.*`,
 * `signature.*` or whatever the signer rejects with.
 */
export async function signPdf(
  pdf: Uint8Array,
  request: SignatureDetails & Readonly<{ signer: RawSigner; timestamp?: TimestampSource }>,
): Promise<SignedPdf> {
  const { document, sha256: _, ...outcome } = await signPieces(pdf, request);
  return { pdf: joinPdf(document), ...outcome };
}

/** `signPdf` for whoever can write pieces: the document is neither copied nor read twice. */
export async function signPieces(
  pdf: Uint8Array,
  request: SignatureDetails & Readonly<{ signer: RawSigner; timestamp?: TimestampSource }>,
): Promise<SignedPieces> {
  return finishSignature(prepareSignature(pdf, request), request);
}

/** First half of `signPieces`: all that needs no card, so that a batch waits for its PIN with everything ready. */
export function prepareSignature(pdf: Uint8Array, details: SignatureDetails): PreparedSignature {
  const entries = new Map<string, PdfValue>([['M', pdfDate(details.signingTime)]]);
  if (details.name !== undefined) entries.set('Name', pdfText(details.name));
  if (details.reason !== undefined) entries.set('Reason', pdfText(details.reason));
  if (details.location !== undefined) entries.set('Location', pdfText(details.location));
  for (const [key, text] of Object.entries(details.bindings ?? {})) {
    if (standardKeys.has(key) || !/^[A-Za-z][A-Za-z0-9_]{0,60}$/.test(key))
      throw new AppError('signature.failed', { reason: 'binding' });
    entries.set(key, pdfText(text));
  }
  return prepareSignatureField(pdf, {
    type: 'Sig',
    subFilter: 'ETSI.CAdES.detached',
    fieldName: details.fieldName ?? 'Firma',
    entries,
    reserveBytes: details.reserveBytes ?? defaultReserveBytes,
  });
}

/** Second half of `signPieces`: signs the digest with the card and puts the CMS in its place. */
export async function finishSignature(
  prepared: PreparedSignature,
  request: Readonly<{ signer: RawSigner; timestamp?: TimestampSource }>,
): Promise<SignedPieces> {
  const contentDigest = digestPrepared(prepared, hashOfAlgorithm(request.signer.algorithm));
  const signed = await signCms({
    contentDigest,
    signer: request.signer,
    timestamp: request.timestamp,
    maximumBytes: roomOf(prepared),
  });
  const document = embedSignature(prepared, signed.cms);
  const { cms: _, ...outcome } = signed;
  return { document, sha256: prepared.prefixDigest('sha256').update(document.tail).digest('hex'), ...outcome };
}
