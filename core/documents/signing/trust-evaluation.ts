import { displayName, readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { findCertificatePath } from './certificate-path.ts';
import type { PathResult } from './certificate-path.ts';
import { isShortKey, isWeakDigest, weakDigestsEnd } from './algorithms.ts';
import { readDer } from './der.ts';
import { oid } from './oids.ts';
import { checkRevocation, mayBeForged } from './revocation-check.ts';
import type { TimestampCheck } from './timestamp.ts';
import type { RevocationVerification, TimestampVerification, VerificationReason } from './verification-model.ts';

export type TrustPurpose = 'signature' | 'timestamp';

/** An authority to trust: given by hand, or a service of a trust list with the times at which it was granted. */
export type TrustAnchor = Readonly<{
  certificate: Certificate;
  /** Null for an authority trusted for everything. */
  purpose: TrustPurpose | null;
  /** Null for an authority trusted at any time. */
  granted: readonly Readonly<{ from: Date; until: Date | null }>[] | null;
  /** When the list must have been replaced by the next; null for no such moment. */
  knownUntil: Date | null;
  /** False for a service of a list whose signer nobody vouches for. */
  isVouchedFor: boolean;
}>;

/** What every signature of a document is judged against. */
export type TrustContext = Readonly<{
  anchors: readonly TrustAnchor[];
  /** Moment of the verification: what no trusted time stamp proves to be older must be valid then. */
  at: Date;
  /** Revocation data from outside the document. */
  ocsps: readonly Uint8Array[];
  crls: readonly Uint8Array[];
  /** Key purpose that a signer's certificate needs unless it is an anchor itself. */
  requiredPurpose?: string;
  /** Told of each certificate whose state nobody knows, so that it can be asked for. */
  onUnknownRevocation?: (certificate: Certificate, issuer: Certificate) => void;
}>;

/** What a signature brings along for its own verification. */
export type OwnEvidence = Readonly<{
  certificates: readonly Certificate[];
  ocsps: readonly Uint8Array[];
  crls: readonly Uint8Array[];
}>;

export type CheckedTimestamp = Readonly<{
  verification: TimestampVerification;
  /** Null when the stamp proves nothing. */
  time: Date | null;
}>;

export const noRevocation: RevocationVerification = {
  status: 'unknown',
  source: null,
  statedAt: null,
  revokedAt: null,
};

/** An authority that is trusted for everything, at any time. */
export function anchorOf(certificate: Certificate): TrustAnchor {
  return { certificate, purpose: null, granted: null, knownUntil: null, isVouchedFor: true };
}

/** The same, from its DER. */
export function plainAnchor(certificate: Uint8Array): TrustAnchor {
  return anchorOf(readCertificate(certificate));
}

/** Judges a time stamp's authority; `check` has judged the token itself. */
export function judgeTimestamp(
  kind: TimestampVerification['kind'],
  check: TimestampCheck,
  own: OwnEvidence,
  context: TrustContext,
): CheckedTimestamp {
  const { info, certificate } = check;
  // A certificate that should not stamp takes the trust away, not what the token says.
  const isIntact = check.problems.every((problem) => problem === 'keyPurpose' || problem === 'outOfValidity');
  const pool = [...check.certificates, ...own.certificates];
  const isTrusted =
    check.problems.length === 0 &&
    info !== null &&
    certificate !== null &&
    isTimestampTrusted(certificate, pool, own, info.time, context);
  return {
    verification: {
      kind,
      time: info === null ? null : info.time.toISOString(),
      authority: certificate === null ? null : displayName(certificate.subject),
      isIntact,
      isTrusted,
    },
    time: isTrusted && info !== null ? info.time : null,
  };
}

function isTimestampTrusted(
  certificate: Certificate,
  pool: readonly Certificate[],
  own: OwnEvidence,
  time: Date,
  context: TrustContext,
): boolean {
  const { path, reasons } = findTrustedPath(certificate, pool, 'timestamp', time, context);
  if (path.outcome !== 'trusted' || reasons.length > 0) return false;
  const evidence = { ocsps: [...own.ocsps, ...context.ocsps], crls: [...own.crls, ...context.crls] };
  return path.path.slice(0, -1).every((member, index) => {
    const issuer = path.path[index + 1];
    if (issuer === undefined) return true;
    // Nobody tells anything more about one that has expired.
    const isUnknown = checkRevocation(member, issuer, evidence, time).verification.status === 'unknown';
    if (isUnknown && isAskable(member) && context.at <= member.notAfter) context.onUnknownRevocation?.(member, issuer);
    return !mayBeForged(member, issuer, evidence, time);
  });
}

export type SignerTrust = Readonly<{
  certificate: Certificate;
  own: OwnEvidence;
  /** Stamps over the signature: it existed before each of them. */
  timestamps: readonly CheckedTimestamp[];
  /** Stamps that the signature covers: it was made after each of them. */
  contentTimestamps: readonly CheckedTimestamp[];
  /** As the signer states it, ISO 8601. */
  claimedTime: string | null;
}>;

/** Judges a signer's certificate: path, dates and revocation at the best signature time (ETSI EN 319 102-1 §5.5). */
export function judgeSigner(
  signer: SignerTrust,
  context: TrustContext,
): Readonly<{ revocation: RevocationVerification; reasons: readonly VerificationReason[] }> {
  const { certificate, own } = signer;
  const reasons: VerificationReason[] = [];
  const proofs = signer.timestamps.flatMap(({ time }) => (time === null ? [] : [time.getTime()]));
  // The best signature time is the earliest trusted proof, otherwise the moment of verification.
  const time = new Date(Math.min(context.at.getTime(), ...proofs));
  if (!isForSigning(certificate)) reasons.push('certificateNotForSigning');
  const found = findTrustedPath(certificate, own.certificates, 'signature', time, context);
  reasons.push(...found.reasons);
  const { path } = found;
  if (path.outcome === 'noPath') return { revocation: noRevocation, reasons };
  const { requiredPurpose } = context;
  if (requiredPurpose !== undefined && path.path.length > 1 && !certificate.extendedKeyUsage.includes(requiredPurpose))
    reasons.push('issuerNotTrusted');
  const earliest = earliestSigning(signer);
  if (path.outcome === 'outOfDate')
    reasons.push(
      earliest !== null && earliest > certificate.notAfter ? 'expiredBeforeSigning' : 'certificateOutOfDate',
    );
  if (time >= weakDigestsEnd && path.path.some((member, index) => isWeak(member, index === path.path.length - 1)))
    reasons.push('algorithmWeak');
  const evidence = { ocsps: [...own.ocsps, ...context.ocsps], crls: [...own.crls, ...context.crls] };
  // The last member is the anchor, which nobody can revoke here.
  const checks = path.path.slice(0, -1).flatMap((member, index) => {
    const issuer = path.path[index + 1];
    return issuer === undefined ? [] : [{ member, issuer, ...checkRevocation(member, issuer, evidence, time) }];
  });
  const revoked = checks.find(({ verification }) => verification.status === 'revoked');
  if (revoked !== undefined) {
    const { revokedAt } = revoked.verification;
    const isBefore = earliest !== null && revokedAt !== null && earliest >= new Date(revokedAt) && !revoked.isOnHold;
    reasons.push(isBefore ? 'revokedBeforeSigning' : 'certificateRevoked');
  }
  for (const { member, issuer, verification } of checks)
    if (verification.status === 'unknown' && isAskable(member)) context.onUnknownRevocation?.(member, issuer);
  const [leaf] = checks;
  if (leaf?.verification.status === 'unknown')
    // Where the issuer tells nowhere who is revoked there is nothing to wait for.
    reasons.push(isAskable(certificate) ? 'revocationUnavailable' : 'revocationUnknown');
  return { revocation: leaf?.verification ?? noRevocation, reasons };
}

function isAskable(certificate: Certificate): boolean {
  return certificate.ocspUrls.length + certificate.crlUrls.length > 0 && !certificate.hasOcspNoCheck;
}

// Not that of time stamps: the XML stamps of @firma are signatures of their own within the document.
const otherPurposes: ReadonlySet<string> = new Set([
  oid.keyPurposeServer,
  oid.keyPurposeCode,
  oid.keyPurposeOcspSigning,
]);

// RFC 5280 §4.2.1.12: a certificate of a web server or of a responder is for nothing else, whoever holds its key.
function isForSigning({ keyUsage, extendedKeyUsage }: Certificate): boolean {
  if (keyUsage !== null && !keyUsage.contentCommitment && !keyUsage.digitalSignature) return false;
  return extendedKeyUsage.length === 0 || extendedKeyUsage.some((purpose) => !otherPurposes.has(purpose));
}

// Nobody verifies the anchor's own signature.
function isWeak(member: Certificate, isAnchor: boolean): boolean {
  return isShortKey(member.publicKeyInfo) || (!isAnchor && isWeakDigest(readDer(member.signatureAlgorithm)));
}

/**
 * A moment before which the signature did not exist: a trusted stamp that it covers, or the signer's own word where a
 * trusted stamp does not contradict it. Nobody gains by claiming a time after the own revocation.
 */
function earliestSigning({ timestamps, contentTimestamps, claimedTime }: SignerTrust): Date | null {
  const proofs = contentTimestamps.flatMap(({ time }) => (time === null ? [] : [time.getTime()]));
  if (claimedTime !== null && timestamps.some(({ time }) => time !== null)) {
    const claimed = new Date(claimedTime).getTime();
    if (timestamps.every(({ time }) => time === null || time.getTime() >= claimed)) proofs.push(claimed);
  }
  return proofs.length === 0 ? null : new Date(Math.max(...proofs));
}

/** Looks for a path to an authority trusted for this purpose at this time; tells what is wrong with the one found. */
function findTrustedPath(
  certificate: Certificate,
  pool: readonly Certificate[],
  purpose: TrustPurpose,
  time: Date,
  context: TrustContext,
): Readonly<{ path: PathResult; reasons: readonly VerificationReason[] }> {
  const fitting = context.anchors.filter((anchor) => anchor.purpose === null || anchor.purpose === purpose);
  const granted = fitting.filter((anchor) => isGranted(anchor, time));
  const known = granted.filter(({ knownUntil }) => knownUntil === null || time <= knownUntil);
  const attempts: readonly (readonly [readonly TrustAnchor[], readonly VerificationReason[]])[] = [
    [known.filter((anchor) => anchor.isVouchedFor), []],
    [granted.filter((anchor) => anchor.isVouchedFor), ['trustListOutdated']],
    [known, ['trustListUnverified']],
    [granted, ['trustListUnverified', 'trustListOutdated']],
    [fitting, ['serviceNotGranted']],
  ];
  let outOfDate: PathResult | null = null;
  for (const [anchors, reasons] of attempts) {
    if (anchors.length === 0) continue;
    const path = findCertificatePath(certificate, {
      pool,
      anchors: anchors.map((anchor) => anchor.certificate),
      at: time,
    });
    if (path.outcome === 'trusted') return { path, reasons };
    if (path.outcome === 'outOfDate') outOfDate ??= path;
  }
  return outOfDate === null
    ? { path: { outcome: 'noPath' }, reasons: ['issuerNotTrusted'] }
    : { path: outOfDate, reasons: [] };
}

function isGranted(anchor: TrustAnchor, time: Date): boolean {
  return (
    anchor.granted === null ||
    anchor.granted.some(({ from, until }) => time >= from && (until === null || time < until))
  );
}

/** Reads what can be read of a list of certificates; the rest is left out. */
export function readCertificates(ders: readonly Uint8Array[]): readonly Certificate[] {
  return ders.flatMap((der) => {
    try {
      return [readCertificate(der)];
    } catch {
      return [];
    }
  });
}
