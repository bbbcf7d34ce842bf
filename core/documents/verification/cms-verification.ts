import { displayName } from '../signing/certificate.ts';
import { identityOf } from '../signing/certificate-identity.ts';
import { readCmsEvidence, valuesOf } from '../signing/cms-evidence.ts';
import { checkSigner, findSingleAttribute, isWeaklySigned, readSignedData, readSigner } from '../signing/cms-reader.ts';
import type { CmsAttribute, CmsCheck, SignedData, SignerContent, SignerInfo } from '../signing/cms-reader.ts';
import { decodeOctetString, decodeTime, derChildren, derTag, readDer } from '../signing/der.ts';
import type { DerNode } from '../signing/der.ts';
import { oid } from '../signing/oids.ts';
import { checkTokenOver } from '../signing/timestamp.ts';
import { judgeSigner, judgeTimestamp, noRevocation } from '../signing/trust-evaluation.ts';
import type { CheckedTimestamp, OwnEvidence, TrustContext } from '../signing/trust-evaluation.ts';
import { worstFinding } from '../signing/verification-model.ts';
import type { SignatureLevel, VerificationReason } from '../signing/verification-model.ts';
import { checkArchiveTimestamps } from './cades-archive.ts';
import type { DocumentVerification, VerifiedSignature } from './document-verification.ts';
import { summarize } from './document-verification.ts';
import { checkCmsRecords } from '../signing/evidence-record-cms.ts';
import type { PlacedSigner } from '../signing/evidence-record-cms.ts';
import { reasonsOf } from '../signing/evidence-record.ts';
import type { CheckedRecord } from '../signing/evidence-record.ts';

export type CmsOptions = Readonly<{
  trust: TrustContext;
  detached: Uint8Array | null;
  contentName?: string;
  /** Evidence records of a container over the whole file. */
  records?: readonly CheckedRecord[];
}>;

/** Verifies every signer and countersigner of a CMS or CAdES signature, attached or over `detached`. */
export function verifyCms(bytes: Buffer, options: CmsOptions): DocumentVerification {
  let signedData: SignedData;
  try {
    signedData = readSignedData(bytes);
  } catch {
    return summarize('cms', [], ['unreadableSignature']);
  }
  // Line ends and padding apart, what follows the signature is covered by nothing.
  const isFollowed = bytes.subarray(signedData.encodedLength).some((byte) => byte > 0x20);
  const pieces = signedData.content ?? options.detached;
  const content: SignerContent = { type: signedData.contentType, pieces: pieces === null ? null : [pieces] };
  // A signature that holds its own content proves nothing of another that lies beside it.
  const isOther =
    signedData.content !== null && options.detached !== null && !signedData.content.equals(options.detached);
  const name = signedData.content === null ? (options.contentName ?? 'detached') : 'content';
  const encoded = bytes.subarray(0, signedData.encodedLength);
  const signatures = signedData.signers.flatMap((signer, place) =>
    verifySigner({ signer, encoded, place }, signedData, content, name, options).map((signature) =>
      isOther ? withReason(signature, 'digestMismatch') : signature,
    ),
  );
  return summarize('cms', signatures, isFollowed ? ['unreadableSignature'] : []);
}

function verifySigner(
  placed: PlacedSigner,
  signedData: SignedData,
  content: SignerContent,
  name: string,
  options: Pick<CmsOptions, 'trust' | 'records'>,
): readonly VerifiedSignature[] {
  const { signer, encoded } = placed;
  const judged = judge(placed, signedData, content, name, options);
  const countersigned: SignerContent = { type: null, pieces: [signer.signature] };
  try {
    const countersigners = valuesOf(signer.unsignedAttributes, oid.countersignature).map(readSigner);
    const countersignatures = countersigners.flatMap((countersigner) =>
      verifySigner({ signer: countersigner, encoded, place: -1 }, signedData, countersigned, 'signature', options),
    );
    return [judged, ...countersignatures];
  } catch {
    return [withReason(judged, 'unreadableSignature')];
  }
}

function judge(
  placed: PlacedSigner,
  signedData: SignedData,
  content: SignerContent,
  name: string,
  { trust, records: outer = [] }: Pick<CmsOptions, 'trust' | 'records'>,
): VerifiedSignature {
  const { signer } = placed;
  const reasons: VerificationReason[] = content.pieces === null ? ['signedDataMissing'] : [];
  const own = readCmsEvidence(signedData, signer);
  let check: CmsCheck;
  try {
    check = checkSigner(signer, { certificates: own.certificates }, content);
  } catch {
    check = { signer, certificate: null, problems: [] };
    reasons.push('unreadableSignature');
  }
  reasons.push(...check.problems);
  if (isWeaklySigned(signer)) reasons.push('algorithmWeak');
  const contentTimestamps = valuesOf(signer.signedAttributes ?? [], oid.contentTimestamp).map((value) =>
    judgeTimestamp('content', checkTokenOver(tokenOf(value), content.pieces ?? [], own.certificates), own, trust),
  );
  const timestamps = checkTimestamps(signer, signedData, content, own, trust);
  const records = [...checkCmsRecords(placed, content.pieces, own, trust), ...outer];
  reasons.push(...reasonsOf(records));
  const recordTimestamps = records.flatMap((record) => record.timestamps);
  // Without the content nobody can tell whether the stamps that cover it are sound.
  const all =
    content.pieces === null
      ? timestamps.filter(({ verification }) => verification.kind !== 'archive')
      : [...contentTimestamps, ...timestamps];
  if (all.some(({ verification }) => !verification.isIntact)) reasons.push('timestampInvalid');
  const proofs = [...timestamps, ...recordTimestamps];
  if ([...all, ...recordTimestamps].some(({ verification }) => verification.isIntact && !verification.isTrusted))
    reasons.push('timestampNotTrusted');
  const { certificate } = check;
  const signingTime = readSigningTime(signer);
  const judged =
    certificate === null
      ? { revocation: noRevocation, reasons: [] }
      : judgeSigner({ certificate, own, timestamps: proofs, contentTimestamps, claimedTime: signingTime }, trust);
  reasons.push(...judged.reasons);
  const finding = worstFinding(reasons);
  return {
    verdict: finding?.verdict ?? 'passed',
    subIndication: finding?.subIndication ?? null,
    signer: certificate === null ? null : identityOf(certificate),
    issuer: certificate === null ? null : displayName(certificate.issuer),
    signingTime,
    level: reasons.includes('signingCertificateMissing') ? null : levelOf(timestamps, own),
    coversWholeFile: content.type !== null && content.pieces !== null,
    modificationsAfter: 'none',
    timestamps: [...all, ...recordTimestamps].map(({ verification }) => verification),
    revocation: judged.revocation,
    reasons: [...new Set(reasons)],
    signedContent: [name],
  };
}

function withReason(signature: VerifiedSignature, reason: VerificationReason): VerifiedSignature {
  const reasons = [...new Set([...signature.reasons, reason])];
  const finding = worstFinding(reasons);
  return {
    ...signature,
    reasons,
    verdict: finding?.verdict ?? 'passed',
    subIndication: finding?.subIndication ?? null,
  };
}

function checkTimestamps(
  signer: SignerInfo,
  signedData: SignedData,
  content: SignerContent,
  own: OwnEvidence,
  trust: TrustContext,
): readonly CheckedTimestamp[] {
  const attributes = signer.unsignedAttributes;
  const over = (
    type: string,
    kind: 'signature' | 'validationData',
    choices: readonly (readonly Uint8Array[])[],
  ): readonly CheckedTimestamp[] =>
    valuesOf(attributes, type).map((value) => {
      const checks = choices.map((pieces) => checkTokenOver(tokenOf(value), pieces, own.certificates));
      const found = checks.find(({ problems }) => problems.length === 0) ?? checks[0];
      return judgeTimestamp(kind, found ?? checkTokenOver(tokenOf(value), [], own.certificates), own, trust);
    });
  const references = [oid.certificateReferences, oid.revocationReferences];
  const all = [oid.signatureTimestamp, ...references];
  return [
    ...over(oid.signatureTimestamp, 'signature', [[signer.signature]]),
    // ETSI EN 319 122-1 annex A.1.5.
    ...over(oid.referencesTimestamp, 'validationData', writingsOf(attributes, references)),
    ...over(
      oid.referencesAndSignatureTimestamp,
      'validationData',
      writingsOf(attributes, all).map((pieces) => [signer.signature, ...pieces]),
    ),
    ...checkArchiveTimestamps(signer, signedData, content, own.certificates).map((check) =>
      judgeTimestamp('archive', check, own, trust),
    ),
  ];
}

/**
 * Attributes of these types as a stamp may cover them: type and values without the tag and length around both (RFC 5126
 * §6.3.5), or, as some programs write them, the values alone; in the order of the types, or in that of the file.
 */
function writingsOf(attributes: readonly CmsAttribute[], types: readonly string[]): readonly (readonly Uint8Array[])[] {
  const inOrder = types.flatMap((type) => attributes.filter((attribute) => attribute.type === type));
  const asFound = attributes.filter(({ type }) => types.includes(type));
  return [inOrder, asFound].flatMap((list) => [
    list.flatMap(({ raw }) => derChildren(readDer(raw)).map((part) => part.raw)),
    list.flatMap(({ values }) => values.map((value) => value.raw)),
  ]);
}

// Some programs wrap the token's encoding in an OCTET STRING.
function tokenOf(value: DerNode): Buffer {
  return value.tag === derTag.octetString ? decodeOctetString(value) : value.raw;
}

function readSigningTime(signer: SignerInfo): string | null {
  const value = findSingleAttribute(signer.signedAttributes ?? [], oid.signingTime);
  try {
    return value === null ? null : decodeTime(value).toISOString();
  } catch {
    return null;
  }
}

function levelOf(timestamps: readonly CheckedTimestamp[], own: OwnEvidence): SignatureLevel {
  const intact = timestamps.filter(({ verification }) => verification.isIntact);
  if (intact.some(({ verification }) => verification.kind === 'archive')) return 'B-LTA';
  if (intact.length === 0) return 'B-B';
  return own.ocsps.length + own.crls.length > 0 ? 'B-LT' : 'B-T';
}
