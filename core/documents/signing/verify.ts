import { AppError } from '../../contract/errors.ts';
import { readEvidence } from './pdf-evidence.ts';
import { openPdfToRead } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import { listSignatures } from './pdf-signatures.ts';
import type { PdfSignature } from './pdf-signatures.ts';
import { verifySignature } from './signature-verification.ts';
import { plainAnchor, readCertificates } from './trust-evaluation.ts';
import type { TrustContext } from './trust-evaluation.ts';
import { worstFinding } from './verification-model.ts';
import type { PdfVerification, SignatureVerification, VerificationReason } from './verification-model.ts';

export type VerificationOptions = Readonly<{
  /** DER of the authorities to trust: roots or intermediate ones. */
  trustAnchors: readonly Uint8Array[];
  /** Moment of the verification: what no trusted time stamp proves to be older must be valid then. */
  at: Date;
}>;

/**
 * Verifies the signatures of a PDF. The verdict is that of the worst signature; a document without any, or with nothing
 * that can be decoded as one, is `no-signature`. Never throws for what a file contains: a signed document that cannot be
 * read, or only with a password, is `indeterminate`.
 */
export function verifyPdf(pdf: Uint8Array, options: VerificationOptions): PdfVerification {
  return verifyPdfAgainst(pdf, {
    anchors: options.trustAnchors.map(plainAnchor),
    at: options.at,
    ocsps: [],
    crls: [],
  });
}

/** As `verifyPdf`, with trust lists and revocation data from elsewhere. */
export function verifyPdfAgainst(pdf: Uint8Array, trust: TrustContext): PdfVerification {
  try {
    return verifyFile(openPdfToRead(pdf), trust);
  } catch (error) {
    if (error instanceof AppError && error.code === 'document.encrypted') {
      if (!mentionsSignature(pdf))
        return { verdict: 'no-signature', subIndication: null, reasons: ['encrypted'], signatures: [] };
      return {
        verdict: 'indeterminate',
        subIndication: 'SIGNED_DATA_NOT_FOUND',
        reasons: ['encrypted'],
        signatures: [],
      };
    }
    // Node answers with range errors to lengths and depths that no honest file has.
    if ((error instanceof AppError && error.code === 'document.unreadable') || error instanceof RangeError)
      return describeUnreadable(pdf);
    throw error;
  }
}

// Other readers mend what is damaged, each in its way: nobody can say here what was signed, nor that it was changed.
function describeUnreadable(pdf: Uint8Array): PdfVerification {
  return mentionsSignature(pdf)
    ? { verdict: 'indeterminate', subIndication: 'FORMAT_FAILURE', reasons: ['unreadableDocument'], signatures: [] }
    : { verdict: 'no-signature', subIndication: null, reasons: ['unreadableDocument'], signatures: [] };
}

// A signature dictionary is never packed nor encrypted away: its byte range could not be found.
function mentionsSignature(pdf: Uint8Array): boolean {
  return Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength).includes(signatureKey);
}

const signatureKey = '/ByteRange';
const maximumEarlierRevisions = 100;
// More than anybody signs; each costs a look at the whole document.
const maximumSignatures = 200;

function verifyFile(file: PdfFile, trust: TrustContext): PdfVerification {
  const listed = listSignatures(file);
  if (listed.length > maximumSignatures)
    return { verdict: 'indeterminate', subIndication: 'GENERIC', reasons: ['limitReached'], signatures: [] };
  const evidence = readEvidence(file);
  const store = { ...evidence, certificates: readCertificates(evidence.certificates) };
  const context = { file, signatures: listed, store, trust };
  const signatures = listed
    .filter((signature) => signature.type === 'signature')
    .map((signature) => verifySignature(signature, context));
  const isUndecodable = (signature: SignatureVerification): boolean =>
    signature.signer === null && signature.reasons.length === 1 && signature.reasons[0] === 'unreadableSignature';
  const remarks: readonly VerificationReason[] = file.isEncrypted ? ['encrypted'] : [];
  if (hasLostSignature(file, listed)) {
    return {
      verdict: 'failed',
      subIndication: 'FORMAT_FAILURE',
      reasons: ['signatureRemoved', ...remarks],
      signatures,
    };
  }
  if (signatures.every(isUndecodable)) {
    const reasons = [...(signatures.length === 0 ? [] : (['unreadableSignature'] as const)), ...remarks];
    return {
      verdict: 'no-signature',
      subIndication: signatures.length === 0 ? null : 'FORMAT_FAILURE',
      reasons,
      signatures,
    };
  }
  const reasons = unite([], signatures, remarks);
  const finding = worstFinding(reasons);
  return { verdict: finding?.verdict ?? 'passed', subIndication: finding?.subIndication ?? null, reasons, signatures };
}

function unite(
  own: readonly VerificationReason[],
  signatures: readonly SignatureVerification[],
  remarks: readonly VerificationReason[],
): readonly VerificationReason[] {
  return [...new Set([...own, ...signatures.flatMap((signature) => signature.reasons), ...remarks])];
}

// A signature that was there and is not any more must be told: it may have said what else the document was.
function hasLostSignature(file: PdfFile, listed: readonly PdfSignature[]): boolean {
  if (countMentions(file.bytes) <= listed.length) return false;
  let end = file.bytes.lastIndexOf('%%EOF');
  for (let revision = 0; end > 0 && revision < maximumEarlierRevisions; revision += 1) {
    end = file.bytes.lastIndexOf('%%EOF', end - 1);
    if (end > 0 && holdsOther(file.bytes.subarray(0, end), listed)) return true;
  }
  return false;
}

function countMentions(bytes: Buffer): number {
  let count = 0;
  for (let place = bytes.indexOf(signatureKey); place >= 0; place = bytes.indexOf(signatureKey, place + 1)) count += 1;
  return count;
}

function holdsOther(revision: Buffer, listed: readonly PdfSignature[]): boolean {
  try {
    return listSignatures(openPdfToRead(revision)).some(
      ({ type, contentsPlace }) =>
        type === 'signature' &&
        contentsPlace !== null &&
        !listed.some((signature) => signature.contentsPlace?.start === contentsPlace.start),
    );
  } catch {
    return false;
  }
}
