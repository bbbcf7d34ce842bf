import { AppError } from '../../contract/errors.ts';
import { readEvidence } from './pdf-evidence.ts';
import { openPdf } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import { listSignatures } from './pdf-signatures.ts';
import { verifySignature } from './signature-verification.ts';
import { plainAnchor, readCertificates } from './trust-evaluation.ts';
import type { TrustContext } from './trust-evaluation.ts';
import { worstFinding } from './verification-model.ts';
import type { PdfVerification, SignatureVerification } from './verification-model.ts';

export type VerificationOptions = Readonly<{
  /** DER of the authorities to trust: roots or intermediate ones. */
  trustAnchors: readonly Uint8Array[];
  /** Moment of the verification: what no trusted time stamp proves to be older must be valid then. */
  at: Date;
}>;

/**
 * Verifies the signatures of a PDF. The verdict is that of the worst signature; a document without any, or with nothing
 * that can be decoded as one, is `no-signature`. Never throws for what a file contains: a signed document that cannot be
 * read, or is encrypted, is `indeterminate`.
 */
export function verifyPdf(pdf: Uint8Array, options: VerificationOptions): PdfVerification {
  return verifyPdfAgainst(pdf, { anchors: options.trustAnchors.map(plainAnchor), at: options.at, ocsps: [], crls: [] });
}

/** As `verifyPdf`, with trust lists and revocation data from elsewhere. */
export function verifyPdfAgainst(pdf: Uint8Array, trust: TrustContext): PdfVerification {
  try {
    return verifyFile(openPdf(pdf), trust);
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
    if (error instanceof AppError && error.code === 'document.unreadable') return describeUnreadable(pdf);
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
  return Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength).includes('/ByteRange');
}

const maximumEarlierRevisions = 100;

function verifyFile(file: PdfFile, trust: TrustContext): PdfVerification {
  const listed = listSignatures(file);
  const evidence = readEvidence(file);
  const store = { ...evidence, certificates: readCertificates(evidence.certificates) };
  const context = { file, signatures: listed, store, trust };
  const signatures = listed
    .filter((signature) => signature.type === 'signature')
    .map((signature) => verifySignature(signature, context));
  const isUndecodable = (signature: SignatureVerification): boolean =>
    signature.signer === null && signature.reasons.length === 1 && signature.reasons[0] === 'unreadableSignature';
  if (signatures.length === 0 && hasLostSignature(file)) {
    return { verdict: 'failed', subIndication: 'FORMAT_FAILURE', reasons: ['signatureRemoved'], signatures };
  }
  if (signatures.every(isUndecodable)) {
    const reasons = signatures.length === 0 ? [] : (['unreadableSignature'] as const);
    return {
      verdict: 'no-signature',
      subIndication: signatures.length === 0 ? null : 'FORMAT_FAILURE',
      reasons,
      signatures,
    };
  }
  const reasons = [...new Set(signatures.flatMap((signature) => signature.reasons))];
  const finding = worstFinding(reasons);
  return { verdict: finding?.verdict ?? 'passed', subIndication: finding?.subIndication ?? null, reasons, signatures };
}

// A document that was signed and shows no signature any more must not pass as one that never was.
function hasLostSignature(file: PdfFile): boolean {
  let end = file.bytes.lastIndexOf('%%EOF');
  for (let revision = 0; end > 0 && revision < maximumEarlierRevisions; revision += 1) {
    end = file.bytes.lastIndexOf('%%EOF', end - 1);
    if (end > 0 && holdsSignature(file.bytes.subarray(0, end))) return true;
  }
  return false;
}

function holdsSignature(revision: Buffer): boolean {
  try {
    return listSignatures(openPdf(revision)).some((signature) => signature.type === 'signature');
  } catch {
    return false;
  }
}
