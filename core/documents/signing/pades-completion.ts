import { AppError } from '../../contract/errors.ts';
import type { HashName } from './algorithms.ts';
import { joinPdf } from './appended-pdf.ts';
import type { TimestampSource } from './cms.ts';
import { findSingleAttribute, readSignedData } from './cms-reader.ts';
import { oid } from './oids.ts';
import { appendEvidence } from './pdf-evidence.ts';
import type { RevocationEvidence } from './pdf-evidence.ts';
import { openPdf } from './pdf-reader.ts';
import { digestPrepared, embedSignature, prepareSignatureField, roomOf } from './pdf-signature-field.ts';
import { readSignatures } from './pdf-signatures.ts';
import type { PdfSignature } from './pdf-signatures.ts';

export type CompletionEvidence = RevocationEvidence &
  Readonly<{
    /** Stamps the whole document, evidence included. Without it the result is at most B-LT. */
    documentTimestamp?: TimestampSource;
  }>;

export type CompletedPdf = Readonly<{
  pdf: Buffer;
  level: 'B-LT' | 'B-LTA';
  /** Why there is no document time stamp although a source was given. */
  timestampError?: AppError;
}>;

const documentTimestampHash: HashName = 'sha256';
const timestampReserveBytes = 12_288;

/**
 * Adds to a signed PDF what proves it for years: certificates and revocation data, and a document time stamp over all
 * of it. Only appends: the former version is a prefix of the result. A signature without time stamp (made with the line
 * cut) gets its proof of time from the document time stamp; when that fails there is nothing worth keeping and the
 * source's AppError `timestamp.*` is thrown. Throws `signature.nothingToSign` for a PDF without signatures.
 */
export async function completePdf(pdf: Uint8Array, evidence: CompletionEvidence): Promise<CompletedPdf> {
  const file = openPdf(pdf);
  const signatures = readSignatures(pdf);
  if (!signatures.some((signature) => signature.type === 'signature')) throw new AppError('signature.nothingToSign');
  const withEvidence = appendEvidence(file, evidence);
  const hasTime = signatures.every((signature) => hasProofOfTime(signature, signatures));
  if (evidence.documentTimestamp === undefined) {
    if (!hasTime) throw new AppError('timestamp.unavailable');
    return { pdf: withEvidence, level: 'B-LT' };
  }
  try {
    return { pdf: await appendDocumentTimestamp(withEvidence, evidence.documentTimestamp), level: 'B-LTA' };
  } catch (cause) {
    const timestampError = cause instanceof AppError ? cause : new AppError('timestamp.unavailable', {}, { cause });
    if (!hasTime) throw timestampError;
    return { pdf: withEvidence, level: 'B-LT', timestampError };
  }
}

/** Appends a document time stamp (ETSI.RFC3161) over the whole PDF. Throws AppError `timestamp.*`. */
export async function appendDocumentTimestamp(pdf: Uint8Array, source: TimestampSource): Promise<Buffer> {
  const prepared = prepareSignatureField(pdf, {
    type: 'DocTimeStamp',
    subFilter: 'ETSI.RFC3161',
    fieldName: 'SelloDeTiempo',
    entries: new Map(),
    reserveBytes: timestampReserveBytes,
  });
  const token = await source({ hash: documentTimestampHash, digest: digestPrepared(prepared, documentTimestampHash) });
  if (token.length > roomOf(prepared)) throw new AppError('timestamp.rejected', { reason: 'size' });
  return joinPdf(embedSignature(prepared, token));
}

function hasProofOfTime(signature: PdfSignature, all: readonly PdfSignature[]): boolean {
  if (all.some((other) => other.type === 'documentTimestamp' && other.coveredLength >= signature.coveredLength))
    return true;
  const [signer] = readSignedData(signature.contents).signers;
  return signer !== undefined && findSingleAttribute(signer.unsignedAttributes, oid.signatureTimestamp) !== null;
}
