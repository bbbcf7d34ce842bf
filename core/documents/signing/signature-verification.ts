import { digestOf } from './algorithms.ts';
import { displayName, readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { identityOf } from './certificate-identity.ts';
import { findCertificatePath } from './certificate-path.ts';
import { checkSignedData, findSingleAttribute, readSignedData } from './cms-reader.ts';
import type { CmsCheck, SignedData, SignerInfo } from './cms-reader.ts';
import { oid } from './oids.ts';
import type { RevocationEvidence } from './pdf-evidence.ts';
import { hasEvidence } from './pdf-evidence.ts';
import { openPdf } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import type { PdfSignature } from './pdf-signatures.ts';
import { checkRevocation } from './revocation-check.ts';
import { checkLayout } from './signature-layout.ts';
import { checkTimestampToken, readTokenInfo } from './timestamp.ts';
import type { TimestampCheck } from './timestamp.ts';
import { worstFinding } from './verification-model.ts';
import type {
  RevocationVerification,
  SignatureLevel,
  SignatureVerification,
  TimestampVerification,
  VerificationReason,
} from './verification-model.ts';

/** What all signatures of one document are verified against. */
export type VerificationContext = Readonly<{
  file: PdfFile;
  signatures: readonly PdfSignature[];
  evidence: RevocationEvidence;
  anchors: readonly Certificate[];
  at: Date;
}>;

type CheckedTimestamp = Readonly<{ verification: TimestampVerification; time: Date | null; coveredLength: number }>;

const noRevocation: RevocationVerification = { status: 'unknown', source: null, statedAt: null, revokedAt: null };

/** Verifies one signature of a PDF: layout, cryptography, time, trust, revocation, in this order; all that is found is told. */
export function verifySignature(signature: PdfSignature, context: VerificationContext): SignatureVerification {
  const layout = checkLayout(context.file, signature);
  const reasons: VerificationReason[] = [...layout.reasons];
  const signedData = findSignedData(signature, reasons);
  const check = signedData === null ? null : checkCms(signature, signedData, layout.content, reasons);
  const timestamps = [
    ...(check?.signer === undefined || check.signer === null
      ? []
      : checkSignatureTimestamps(check.signer, signature, context)),
    ...checkDocumentTimestamps(signature, context),
  ];
  if (timestamps.some(({ verification }) => !verification.isIntact)) reasons.push('timestampInvalid');
  if (timestamps.some(({ verification }) => verification.isIntact && !verification.isTrusted))
    reasons.push('timestampNotTrusted');
  let revocation = noRevocation;
  const certificate = check?.certificate ?? null;
  if (certificate !== null && signedData !== null) {
    revocation = checkTrust(certificate, signedData, timestamps, context, reasons);
  }
  const finding = worstFinding(reasons);
  return {
    fieldName: signature.fieldName,
    verdict: finding?.verdict ?? 'passed',
    subIndication: finding?.subIndication ?? null,
    signer: certificate === null ? null : identityOf(certificate),
    issuer: certificate === null ? null : displayName(certificate.issuer),
    signingTime: signature.signingTime,
    level: reasons.includes('signingCertificateMissing') ? null : levelOf(signature, timestamps, context.file),
    subFilter: signature.subFilter,
    signatureReason: signature.reason,
    location: signature.location,
    coversWholeFile: signature.coversWholeFile,
    modificationsAfter: layout.modificationsAfter,
    timestamps: timestamps.map(({ verification }) => verification),
    revocation,
    reasons: [...new Set(reasons)],
  };
}

function findSignedData(signature: PdfSignature, reasons: VerificationReason[]): SignedData | null {
  if (signature.subFilter !== 'ETSI.CAdES.detached' && signature.subFilter !== 'adbe.pkcs7.detached') {
    reasons.push('unsupportedFormat');
    return null;
  }
  try {
    const signedData = readSignedData(signature.contents);
    // Whatever follows the CMS in its room must be the padding: it is outside every signature.
    if (signature.contents.subarray(signedData.encodedLength).some((byte) => byte !== 0))
      reasons.push('unreadableSignature');
    return signedData;
  } catch {
    reasons.push('unreadableSignature');
    return null;
  }
}

function checkCms(
  signature: PdfSignature,
  signedData: SignedData,
  content: readonly Uint8Array[] | null,
  reasons: VerificationReason[],
): CmsCheck {
  if (signedData.content !== null) reasons.push('contentNotDetached');
  let check: CmsCheck;
  try {
    check = checkSignedData(signedData, content ?? []);
  } catch {
    reasons.push('unreadableSignature');
    return { signer: null, certificate: null, problems: [] };
  }
  reasons.push(...check.problems);
  const { signer } = check;
  // PAdES keeps the claimed time in /M (ETSI EN 319 142-1 §6.3); readers show two times when both are there.
  const isPades = signature.subFilter === 'ETSI.CAdES.detached';
  if (isPades && findSingleAttribute(signer?.signedAttributes ?? [], oid.signingTime) !== null)
    reasons.push('signingTimeInCms');
  if (signer !== null && (signer.digestHash === 'sha1' || signer.digestHash === 'sha224'))
    reasons.push('algorithmWeak');
  return check;
}

function checkSignatureTimestamps(
  signer: SignerInfo,
  signature: PdfSignature,
  context: VerificationContext,
): readonly CheckedTimestamp[] {
  return signer.unsignedAttributes
    .filter((attribute) => attribute.type === oid.signatureTimestamp)
    .flatMap((attribute) => attribute.values)
    .map((value) =>
      describeTimestamp('signature', checkToken(value.raw, [signer.signature]), signature.coveredLength, context),
    );
}

function checkDocumentTimestamps(signature: PdfSignature, context: VerificationContext): readonly CheckedTimestamp[] {
  return context.signatures
    .filter((other) => other.type === 'documentTimestamp' && other.coveredLength > signature.coveredLength)
    .map((other) => {
      const layout = checkLayout(context.file, other);
      const check = layout.content === null ? null : checkToken(other.contents, layout.content);
      const isSound = check !== null && layout.reasons.length === 0;
      const failed: TimestampCheck = {
        info: check?.info ?? null,
        certificate: check?.certificate ?? null,
        certificates: [],
        problems: ['imprint'],
      };
      return describeTimestamp('document', isSound ? check : failed, other.coveredLength, context);
    });
}

function checkToken(token: Uint8Array, content: readonly Uint8Array[]): TimestampCheck {
  try {
    const { hash } = readTokenInfo(token);
    if (hash !== null) return checkTimestampToken(token, { hash, digest: digestOf(hash, ...content) });
  } catch {
    // Told below as a token that proves nothing.
  }
  return { info: null, certificate: null, certificates: [], problems: ['malformed'] };
}

function describeTimestamp(
  kind: 'signature' | 'document',
  check: TimestampCheck,
  coveredLength: number,
  context: VerificationContext,
): CheckedTimestamp {
  const { info, certificate } = check;
  const isIntact = check.problems.length === 0;
  const pool = [...check.certificates, ...readAll(context.evidence.certificates)];
  const isTrusted =
    isIntact &&
    info !== null &&
    certificate !== null &&
    findCertificatePath(certificate, { pool, anchors: context.anchors, at: info.time }).outcome === 'trusted';
  return {
    verification: {
      kind,
      time: info === null ? null : info.time.toISOString(),
      authority: certificate === null ? null : displayName(certificate.subject),
      isIntact,
      isTrusted,
    },
    time: isTrusted && info !== null ? info.time : null,
    coveredLength,
  };
}

function checkTrust(
  certificate: Certificate,
  signedData: SignedData,
  timestamps: readonly CheckedTimestamp[],
  context: VerificationContext,
  reasons: VerificationReason[],
): RevocationVerification {
  // Best signature time (ETSI EN 319 102-1 §5.5): the earliest trusted proof, otherwise the moment of verification.
  const proofs = timestamps.flatMap(({ time }) => (time === null ? [] : [time.getTime()]));
  const time = new Date(Math.min(context.at.getTime(), ...proofs));
  const usage = certificate.keyUsage;
  if (usage !== null && !usage.contentCommitment && !usage.digitalSignature) reasons.push('certificateNotForSigning');
  const pool = [...signedData.certificates, ...readAll(context.evidence.certificates)];
  const path = findCertificatePath(certificate, { pool, anchors: context.anchors, at: time });
  if (path.outcome === 'noPath') {
    reasons.push('issuerNotTrusted');
    return noRevocation;
  }
  if (path.outcome === 'outOfDate') reasons.push('certificateOutOfDate');
  const evidence = { ocsps: context.evidence.ocsps, crls: [...context.evidence.crls, ...signedData.crls] };
  // The last member is the anchor, which nobody can revoke here.
  const checks = path.path.slice(0, -1).map((member, index) => {
    const issuer = path.path[index + 1];
    return issuer === undefined ? noRevocation : checkRevocation(member, issuer, evidence, time);
  });
  if (checks.some((check) => check.status === 'revoked')) reasons.push('certificateRevoked');
  const [own = noRevocation] = checks;
  if (own.status === 'unknown') reasons.push('revocationUnknown');
  return own;
}

function levelOf(
  signature: PdfSignature,
  timestamps: readonly CheckedTimestamp[],
  file: PdfFile,
): SignatureLevel | null {
  if (signature.subFilter !== 'ETSI.CAdES.detached') return null;
  const intact = timestamps.filter(({ verification }) => verification.isIntact);
  if (intact.length === 0) return 'B-B';
  if (!hasEvidence(file)) return 'B-T';
  const isArchived = intact.some(
    ({ verification, coveredLength }) =>
      verification.kind === 'document' && hasEvidence(openPdf(file.bytes.subarray(0, coveredLength))),
  );
  return isArchived ? 'B-LTA' : 'B-LT';
}

function readAll(ders: readonly Uint8Array[]): readonly Certificate[] {
  return ders.flatMap((der) => {
    try {
      return [readCertificate(der)];
    } catch {
      return [];
    }
  });
}
