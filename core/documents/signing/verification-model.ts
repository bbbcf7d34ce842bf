import type { CertificateIdentity } from './certificate-identity.ts';
import type { Modifications } from './revisions.ts';

/** Main indications of ETSI EN 319 102-1 §5.1.3 in the words of our pages. */
export type Verdict = 'passed' | 'indeterminate' | 'failed';

/** Sub-indications of ETSI EN 319 102-1 §5.1.3 that this verifier can reach. */
export type SubIndication =
  | 'FORMAT_FAILURE'
  | 'HASH_FAILURE'
  | 'SIG_CRYPTO_FAILURE'
  | 'SIG_CONSTRAINTS_FAILURE'
  | 'NO_SIGNING_CERTIFICATE_FOUND'
  | 'NO_CERTIFICATE_CHAIN_FOUND'
  | 'OUT_OF_BOUNDS_NO_POE'
  | 'REVOKED_NO_POE'
  | 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'
  | 'TIMESTAMP_ORDER_FAILURE'
  | 'SIGNED_DATA_NOT_FOUND'
  | 'GENERIC';

/** Why a signature is not simply valid. Each has one sentence on the page. */
export type VerificationReason =
  | 'byteRange'
  | 'contentsGap'
  | 'revisionEnd'
  | 'modifiedAfterwards'
  | 'signatureRemoved'
  | 'unreadableSignature'
  | 'unsupportedFormat'
  | 'encrypted'
  | 'signerCount'
  | 'contentNotDetached'
  | 'digestMismatch'
  | 'signatureInvalid'
  | 'algorithmUnsupported'
  | 'algorithmWeak'
  | 'signerCertificateMissing'
  | 'signingCertificateMissing'
  | 'signingCertificateMismatch'
  | 'contentTypeMismatch'
  | 'signingTimeInCms'
  | 'issuerNotTrusted'
  | 'certificateOutOfDate'
  | 'certificateRevoked'
  | 'revocationUnknown'
  | 'certificateNotForSigning'
  | 'timestampInvalid'
  | 'timestampNotTrusted';

export type TimestampVerification = Readonly<{
  kind: 'signature' | 'document';
  /** ISO 8601 instant, null when the token cannot be read. */
  time: string | null;
  authority: string | null;
  isIntact: boolean;
  isTrusted: boolean;
}>;

export type RevocationVerification = Readonly<{
  status: 'good' | 'revoked' | 'unknown';
  source: 'ocsp' | 'crl' | null;
  /** Moment that the statement is about, ISO 8601. */
  statedAt: string | null;
  revokedAt: string | null;
}>;

export type SignatureLevel = 'B-B' | 'B-T' | 'B-LT' | 'B-LTA';

export type SignatureVerification = Readonly<{
  fieldName: string;
  verdict: Verdict;
  subIndication: SubIndication | null;
  /** Null when the signer's certificate is not in the signature. */
  signer: CertificateIdentity | null;
  issuer: string | null;
  /** As the signer claims it, ISO 8601; a trusted time stamp proves no later than its own time. */
  signingTime: string | null;
  /** Null for signatures that are not PAdES baseline. */
  level: SignatureLevel | null;
  subFilter: string;
  signatureReason: string | null;
  location: string | null;
  coversWholeFile: boolean;
  modificationsAfter: Modifications;
  timestamps: readonly TimestampVerification[];
  revocation: RevocationVerification;
  reasons: readonly VerificationReason[];
}>;

export type PdfVerification = Readonly<{
  verdict: Verdict | 'no-signature';
  subIndication: SubIndication | null;
  reasons: readonly VerificationReason[];
  signatures: readonly SignatureVerification[];
}>;

/** A finding lowers the verdict to its own. */
export type Finding = Readonly<{
  verdict: Exclude<Verdict, 'passed'>;
  subIndication: SubIndication;
  reason: VerificationReason;
}>;

/** The finding that decides: a failed format or cryptography outweighs missing trust, whatever was found first. */
export function worstFinding(reasons: readonly VerificationReason[]): Finding | null {
  const findings = reasons.map(findingOf).filter((finding) => finding !== null);
  return findings.find((finding) => finding.verdict === 'failed') ?? findings[0] ?? null;
}

/** What each reason does to the verdict; null for a remark, which the page only mentions. */
function findingOf(reason: VerificationReason): Finding | null {
  switch (reason) {
    case 'byteRange':
    case 'contentsGap':
    case 'revisionEnd':
    case 'modifiedAfterwards':
    case 'signatureRemoved':
    case 'unreadableSignature':
    case 'signerCount':
    case 'contentNotDetached':
    case 'contentTypeMismatch':
      return { verdict: 'failed', subIndication: 'FORMAT_FAILURE', reason };
    case 'digestMismatch':
      return { verdict: 'failed', subIndication: 'HASH_FAILURE', reason };
    case 'signatureInvalid':
      return { verdict: 'failed', subIndication: 'SIG_CRYPTO_FAILURE', reason };
    case 'unsupportedFormat':
    case 'encrypted':
      return { verdict: 'indeterminate', subIndication: 'SIGNED_DATA_NOT_FOUND', reason };
    case 'algorithmUnsupported':
    case 'algorithmWeak':
      return { verdict: 'indeterminate', subIndication: 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE', reason };
    case 'signerCertificateMissing':
    case 'signingCertificateMismatch':
      return { verdict: 'indeterminate', subIndication: 'NO_SIGNING_CERTIFICATE_FOUND', reason };
    case 'issuerNotTrusted':
      return { verdict: 'indeterminate', subIndication: 'NO_CERTIFICATE_CHAIN_FOUND', reason };
    case 'certificateOutOfDate':
      return { verdict: 'indeterminate', subIndication: 'OUT_OF_BOUNDS_NO_POE', reason };
    case 'certificateRevoked':
      return { verdict: 'indeterminate', subIndication: 'REVOKED_NO_POE', reason };
    case 'certificateNotForSigning':
      return { verdict: 'indeterminate', subIndication: 'SIG_CONSTRAINTS_FAILURE', reason };
    case 'timestampInvalid':
      return { verdict: 'indeterminate', subIndication: 'TIMESTAMP_ORDER_FAILURE', reason };
    case 'revocationUnknown':
    case 'signingTimeInCms':
    case 'signingCertificateMissing':
    case 'timestampNotTrusted':
      return null;
  }
}
