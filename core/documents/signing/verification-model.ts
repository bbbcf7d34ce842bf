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
  | 'REVOKED'
  | 'EXPIRED'
  | 'NO_SIGNING_CERTIFICATE_FOUND'
  | 'NO_CERTIFICATE_CHAIN_FOUND'
  | 'OUT_OF_BOUNDS_NO_POE'
  | 'REVOKED_NO_POE'
  | 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'
  | 'TIMESTAMP_ORDER_FAILURE'
  | 'SIGNED_DATA_NOT_FOUND'
  | 'TRY_LATER'
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
  | 'attributesAmbiguous'
  | 'dictionaryAmbiguous'
  | 'unreadableDocument'
  | 'signingTimeInCms'
  | 'issuerNotTrusted'
  | 'certificateOutOfDate'
  | 'certificateRevoked'
  | 'revocationUnknown'
  | 'certificateNotForSigning'
  | 'timestampInvalid'
  | 'timestampNotTrusted'
  | 'revokedBeforeSigning'
  | 'expiredBeforeSigning'
  | 'revocationUnavailable'
  | 'serviceNotGranted'
  | 'trustListUnverified'
  | 'trustListOutdated'
  | 'signedDataMissing'
  | 'externalReference'
  | 'ambiguousReference'
  | 'transformNotAllowed'
  | 'signedPropertiesMissing'
  | 'documentType'
  | 'unsignedContent'
  | 'containerForm'
  | 'evidenceRecordUnread'
  | 'evidenceRecordBroken'
  | 'limitReached';

export type TimestampVerification = Readonly<{
  kind: 'content' | 'signature' | 'validationData' | 'document' | 'archive' | 'evidenceRecord';
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
  const found = findings.find(([reason]) => reasons.includes(reason));
  if (found === undefined) return null;
  const [reason, verdict, subIndication] = found;
  return { verdict, subIndication, reason };
}

type Row = readonly [VerificationReason, Finding['verdict'], SubIndication];

/**
 * What each reason does to the verdict, the gravest first; those that are missing are remarks, which the page only
 * mentions. The order is that of ETSI EN 319 102-1 §5.3.4 (format, certificate, cryptography, chain, constraints), except
 * that a broken form or cryptography comes before everything.
 */
const findings: readonly Row[] = [
  ['byteRange', 'failed', 'FORMAT_FAILURE'],
  ['contentsGap', 'failed', 'FORMAT_FAILURE'],
  ['revisionEnd', 'failed', 'FORMAT_FAILURE'],
  ['modifiedAfterwards', 'failed', 'FORMAT_FAILURE'],
  ['signatureRemoved', 'failed', 'FORMAT_FAILURE'],
  ['unreadableSignature', 'failed', 'FORMAT_FAILURE'],
  ['dictionaryAmbiguous', 'failed', 'FORMAT_FAILURE'],
  ['containerForm', 'failed', 'FORMAT_FAILURE'],
  ['signerCount', 'failed', 'FORMAT_FAILURE'],
  ['contentNotDetached', 'failed', 'FORMAT_FAILURE'],
  ['contentTypeMismatch', 'failed', 'FORMAT_FAILURE'],
  ['attributesAmbiguous', 'failed', 'FORMAT_FAILURE'],
  ['digestMismatch', 'failed', 'HASH_FAILURE'],
  ['signatureInvalid', 'failed', 'SIG_CRYPTO_FAILURE'],
  ['revokedBeforeSigning', 'failed', 'REVOKED'],
  ['expiredBeforeSigning', 'failed', 'EXPIRED'],
  ['limitReached', 'indeterminate', 'GENERIC'],
  ['unreadableDocument', 'indeterminate', 'FORMAT_FAILURE'],
  ['unsupportedFormat', 'indeterminate', 'SIGNED_DATA_NOT_FOUND'],
  ['documentType', 'indeterminate', 'GENERIC'],
  ['signedDataMissing', 'indeterminate', 'SIGNED_DATA_NOT_FOUND'],
  ['externalReference', 'indeterminate', 'SIGNED_DATA_NOT_FOUND'],
  ['ambiguousReference', 'indeterminate', 'SIGNED_DATA_NOT_FOUND'],
  ['signedPropertiesMissing', 'indeterminate', 'SIGNED_DATA_NOT_FOUND'],
  ['transformNotAllowed', 'indeterminate', 'GENERIC'],
  ['signerCertificateMissing', 'indeterminate', 'NO_SIGNING_CERTIFICATE_FOUND'],
  ['signingCertificateMismatch', 'indeterminate', 'NO_SIGNING_CERTIFICATE_FOUND'],
  ['algorithmUnsupported', 'indeterminate', 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'],
  ['timestampInvalid', 'indeterminate', 'TIMESTAMP_ORDER_FAILURE'],
  ['issuerNotTrusted', 'indeterminate', 'NO_CERTIFICATE_CHAIN_FOUND'],
  ['serviceNotGranted', 'indeterminate', 'NO_CERTIFICATE_CHAIN_FOUND'],
  ['trustListUnverified', 'indeterminate', 'NO_CERTIFICATE_CHAIN_FOUND'],
  ['trustListOutdated', 'indeterminate', 'NO_CERTIFICATE_CHAIN_FOUND'],
  ['unsignedContent', 'indeterminate', 'SIG_CONSTRAINTS_FAILURE'],
  ['evidenceRecordBroken', 'indeterminate', 'SIG_CONSTRAINTS_FAILURE'],
  ['evidenceRecordUnread', 'indeterminate', 'GENERIC'],
  ['certificateRevoked', 'indeterminate', 'REVOKED_NO_POE'],
  ['certificateOutOfDate', 'indeterminate', 'OUT_OF_BOUNDS_NO_POE'],
  ['certificateNotForSigning', 'indeterminate', 'SIG_CONSTRAINTS_FAILURE'],
  ['algorithmWeak', 'indeterminate', 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'],
  ['revocationUnavailable', 'indeterminate', 'TRY_LATER'],
];
