import { displayName } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { identityOf } from './certificate-identity.ts';
import { readCmsEvidence } from './cms-evidence.ts';
import type { SignedData, SignerInfo } from './cms-reader.ts';
import { checkCmsRecords } from './evidence-record-cms.ts';
import { reasonsOf } from './evidence-record.ts';
import type { CheckedRecord } from './evidence-record.ts';
import { oid } from './oids.ts';
import { hasEvidence } from './pdf-evidence.ts';
import { openPdfToRead } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import { checkValue } from './pdf-signature-value.ts';
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
  const { signedData, signer, certificate, certificates, problems } = checkValue(signature, layout.content);
  reasons.push(...problems);
  const own = ownEvidence(signedData, certificates, context);
  const timestamps = [
    ...(signer === null ? [] : checkSignatureTimestamps(signer, signature, own, context)),
    ...checkDocumentTimestamps(signature, own, context),
  ];
  if (timestamps.some(({ verification }) => !verification.isIntact)) reasons.push('timestampInvalid');
  const records = checkRecords(signature, signedData, layout.content, own, context.trust);
  reasons.push(...reasonsOf(records));
  const all: readonly CheckedTimestamp[] = [...timestamps, ...records.flatMap((record) => record.timestamps)];
  if (all.some(({ verification }) => verification.isIntact && !verification.isTrusted))
    reasons.push('timestampNotTrusted');
  let revocation = noRevocation;
  if (certificate !== null) {
    const judged = judgeSigner(
      { certificate, own, timestamps: all, contentTimestamps: [], claimedTime: signature.signingTime },
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
    timestamps: all.map(({ verification }) => verification),
    revocation,
    reasons: [...new Set(reasons)],
  };
}

function ownEvidence(
  signedData: SignedData | null,
  certificates: readonly Certificate[],
  { store }: VerificationContext,
): OwnEvidence {
  if (signedData === null) return { ...store, certificates: [...certificates, ...store.certificates] };
  const own = readCmsEvidence(signedData, signedData.signers[0] ?? null);
  return {
    certificates: [...own.certificates, ...store.certificates],
    ocsps: [...own.ocsps, ...store.ocsps],
    crls: [...own.crls, ...store.crls],
  };
}

/** The content of an external record is what the byte range covers. */
function checkRecords(
  signature: PdfSignature,
  signedData: SignedData | null,
  content: readonly Uint8Array[] | null,
  own: OwnEvidence,
  trust: TrustContext,
): readonly CheckedRecord[] {
  const signer = signedData?.signers[0];
  if (signedData === null || signer === undefined) return [];
  const encoded = signature.contents.subarray(0, signedData.encodedLength);
  return checkCmsRecords({ signer, encoded, place: 0 }, content, own, trust);
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
      const isSound = check !== null && layout.reasons.every((reason) => reason === 'unsignedContent');
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
      verification.kind === 'document' && hasEvidence(openPdfToRead(file.bytes.subarray(0, coveredLength))),
  );
  return isArchived ? 'B-LTA' : 'B-LT';
}
