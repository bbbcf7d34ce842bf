import { digestOf } from './algorithms.ts';
import { displayName } from './certificate.ts';
import { identityOf } from './certificate-identity.ts';
import { readCmsEvidence } from './cms-evidence.ts';
import { checkSignedData, findSingleAttribute, readSignedData } from './cms-reader.ts';
import type { CmsCheck, SignedData, SignerInfo } from './cms-reader.ts';
import { oid } from './oids.ts';
import { hasEvidence } from './pdf-evidence.ts';
import { openPdf } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import type { PdfSignature } from './pdf-signatures.ts';
import { checkLayout } from './signature-layout.ts';
import { checkTokenOver } from './timestamp.ts';
import type { TimestampCheck } from './timestamp.ts';
import { judgeSigner, judgeTimestamp, noRevocation } from './trust-evaluation.ts';
import type { CheckedTimestamp, OwnEvidence, TrustContext } from './trust-evaluation.ts';
import { worstFinding } from './verification-model.ts';
import type { SignatureLevel, SignatureVerification, VerificationReason } from './verification-model.ts';

/** What all signatures of one document are verified against. */
export type VerificationContext = Readonly<{
  file: PdfFile;
  signatures: readonly PdfSignature[];
  /** What the document security store holds. */
  store: OwnEvidence;
  trust: TrustContext;
}>;

type PdfTimestamp = CheckedTimestamp & Readonly<{ coveredLength: number }>;

/** Verifies one signature of a PDF: layout, cryptography, time, trust, revocation, in this order; all that is found is told. */
export function verifySignature(signature: PdfSignature, context: VerificationContext): SignatureVerification {
  const layout = checkLayout(context.file, signature);
  const reasons: VerificationReason[] = [...layout.reasons];
  if (signature.isAmbiguous) reasons.push('dictionaryAmbiguous');
  const signedData = findSignedData(signature, reasons);
  const check = signedData === null ? null : checkCms(signature, signedData, layout.content, reasons);
  const own = ownEvidence(signedData, context);
  const signer = check?.signer ?? null;
  const timestamps = [
    ...(signer === null ? [] : checkSignatureTimestamps(signer, signature, own, context)),
    ...checkDocumentTimestamps(signature, own, context),
  ];
  if (timestamps.some(({ verification }) => !verification.isIntact)) reasons.push('timestampInvalid');
  if (timestamps.some(({ verification }) => verification.isIntact && !verification.isTrusted))
    reasons.push('timestampNotTrusted');
  let revocation = noRevocation;
  const certificate = check?.certificate ?? null;
  if (certificate !== null) {
    const judged = judgeSigner(
      { certificate, own, timestamps, contentTimestamps: [], claimedTime: signature.signingTime },
      context.trust,
    );
    revocation = judged.revocation;
    reasons.push(...judged.reasons);
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

const knownSubFilters: ReadonlySet<string> = new Set(['ETSI.CAdES.detached', 'adbe.pkcs7.detached', 'adbe.pkcs7.sha1']);

function findSignedData(signature: PdfSignature, reasons: VerificationReason[]): SignedData | null {
  if (!knownSubFilters.has(signature.subFilter)) {
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
  let signed = content ?? [];
  if (signature.subFilter === 'adbe.pkcs7.sha1') {
    // The oldest form (ISO 32000-1 §12.8.3.3.1) signs the SHA-1 of the document, carried inside.
    const digest = signedData.content ?? Buffer.alloc(0);
    if (!digest.equals(digestOf('sha1', ...signed))) reasons.push('digestMismatch');
    reasons.push('algorithmWeak');
    signed = [digest];
  } else if (signedData.content !== null && signedData.content.length > 0) reasons.push('contentNotDetached');
  let check: CmsCheck;
  try {
    check = checkSignedData(signedData, signed);
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

function ownEvidence(signedData: SignedData | null, { store }: VerificationContext): OwnEvidence {
  if (signedData === null) return store;
  const own = readCmsEvidence(signedData, signedData.signers[0] ?? null);
  return {
    certificates: [...own.certificates, ...store.certificates],
    ocsps: [...own.ocsps, ...store.ocsps],
    crls: [...own.crls, ...store.crls],
  };
}

function checkSignatureTimestamps(
  signer: SignerInfo,
  signature: PdfSignature,
  own: OwnEvidence,
  context: VerificationContext,
): readonly PdfTimestamp[] {
  return signer.unsignedAttributes
    .filter((attribute) => attribute.type === oid.signatureTimestamp)
    .flatMap((attribute) => attribute.values)
    .map((value) => ({
      ...judgeTimestamp(
        'signature',
        checkTokenOver(value.raw, [signer.signature], own.certificates),
        own,
        context.trust,
      ),
      coveredLength: signature.coveredLength,
    }));
}

function checkDocumentTimestamps(
  signature: PdfSignature,
  own: OwnEvidence,
  context: VerificationContext,
): readonly PdfTimestamp[] {
  return context.signatures
    .filter((other) => other.type === 'documentTimestamp' && other.coveredLength > signature.coveredLength)
    .map((other) => {
      const layout = checkLayout(context.file, other);
      const check = layout.content === null ? null : checkTokenOver(other.contents, layout.content, own.certificates);
      const isSound = check !== null && layout.reasons.length === 0;
      const failed: TimestampCheck = {
        info: check?.info ?? null,
        certificate: check?.certificate ?? null,
        certificates: [],
        problems: ['imprint'],
      };
      const judged = judgeTimestamp('document', isSound ? check : failed, own, context.trust);
      return { ...judged, coveredLength: other.coveredLength };
    });
}

function levelOf(signature: PdfSignature, timestamps: readonly PdfTimestamp[], file: PdfFile): SignatureLevel | null {
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
