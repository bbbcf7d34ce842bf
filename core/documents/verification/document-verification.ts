import { worstFinding } from '../signing/verification-model.ts';
import type {
  SignatureVerification,
  SubIndication,
  Verdict,
  VerificationReason,
} from '../signing/verification-model.ts';

export type DocumentFormat = 'pdf' | 'cms' | 'xml' | 'asic' | 'unknown';

/** What is told of a signature whatever its format; a PDF's adds nothing that the verdict depends on. */
export type VerifiedSignature = Omit<
  SignatureVerification,
  'fieldName' | 'subFilter' | 'signatureReason' | 'location'
> &
  Readonly<{
    /** What the signature is over, in the words of its format: files, elements, or the document. */
    signedContent: readonly string[];
  }>;

export type DocumentVerification = Readonly<{
  format: DocumentFormat;
  verdict: Verdict | 'no-signature';
  subIndication: SubIndication | null;
  reasons: readonly VerificationReason[];
  signatures: readonly VerifiedSignature[];
}>;

/** The verdict on a document is that on its worst signature; `own` are the reasons that concern the document itself. */
export function summarize(
  format: DocumentFormat,
  signatures: readonly VerifiedSignature[],
  own: readonly VerificationReason[] = [],
): DocumentVerification {
  const reasons = [...new Set([...own, ...signatures.flatMap((signature) => signature.reasons)])];
  const finding = worstFinding(reasons);
  if (signatures.length === 0 && finding === null)
    return { format, verdict: 'no-signature', subIndication: null, reasons, signatures };
  return {
    format,
    verdict: finding?.verdict ?? 'passed',
    subIndication: finding?.subIndication ?? null,
    reasons,
    signatures,
  };
}
