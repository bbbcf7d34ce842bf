import { digestOf } from './algorithms.ts';
import type { ReadableHashName } from './algorithms.ts';
import { checkTimestampToken, readTokenInfo } from './timestamp.ts';
import type { TimestampCheck } from './timestamp.ts';
import { judgeTimestamp } from './trust-evaluation.ts';
import type { CheckedTimestamp, OwnEvidence, TrustContext } from './trust-evaluation.ts';
import type { VerificationReason } from './verification-model.ts';

/** An evidence record (RFC 4998 in ASN.1, RFC 6283 in XML), read but not judged. */
export type EvidenceRecord = Readonly<{
  form: 'asn1' | 'xml';
  /** Chains of archive time stamps, the oldest first: each renews the hash trees of those before. */
  chains: readonly ArchiveChain[];
  /** What the record brings along for verifying its stamps. */
  evidence: OwnEvidence;
}>;

export type ArchiveChain = Readonly<{
  hash: ReadableHashName;
  /** Writes XML out as it is before it is digested, null where it is none; in ASN.1 nothing is. */
  canonicalize: Canonicalize | null;
  /** Digests that all earlier chains can have, by this chain's algorithm. */
  earlierDigests: readonly Buffer[];
  /** The oldest first: each covers the one before. */
  stamps: readonly ArchiveStamp[];
}>;

export type ArchiveStamp = Readonly<{
  token: Buffer;
  /** Algorithm that the stamp itself states for its tree. */
  hash: ReadableHashName;
  /** Lists of digests from the leaves to the root; null where the stamp is over one digest. */
  tree: HashTree | null;
  /** Digests that this stamp can have for the next one, by the chain's algorithm. */
  digests: readonly Buffer[];
}>;

export type HashTree = readonly (readonly Buffer[])[];

type Canonicalize = (bytes: Uint8Array) => Buffer | null;

/**
 * One thing that a record protects: the digests that it may have, where readings of a standard differ about how it is
 * written out. Each binds all of it.
 */
export type ProtectedObject = (hash: ReadableHashName, canonicalize: Canonicalize | null) => Iterable<Buffer>;

export type CheckedRecord = Readonly<{
  reason: Extract<VerificationReason, 'evidenceRecordUnread' | 'evidenceRecordBroken'> | null;
  /** Stamps over what is protected; each has a time only where the whole record proves it. */
  timestamps: readonly CheckedTimestamp[];
}>;

/** What a record is over. */
export type ProtectedData = Readonly<{
  /** Null where it is not at hand: then the record proves nothing, nor is it broken for that. */
  objects: readonly ProtectedObject[] | null;
  /** Time stamps among it: the record is younger. */
  tokens: readonly Uint8Array[];
}>;

/** More than the renewals of centuries. */
export const maximumStamps = 1000;
export const maximumRecords = 20;

export const unreadRecord: CheckedRecord = { reason: 'evidenceRecordUnread', timestamps: [] };

export function reasonsOf(records: readonly CheckedRecord[]): readonly VerificationReason[] {
  return records.flatMap(({ reason }) => (reason === null ? [] : [reason]));
}

/**
 * Judges a record (RFC 4998 §5.3, RFC 6283 §4.3): each first stamp of a chain must be over all that is protected and all chains
 * before, each other stamp over the one before, in the order of their times and with one algorithm in a chain. What a stamp's
 * authority proves, it proves only when its certificate lived until the next stamp.
 */
export function checkEvidenceRecord(
  record: EvidenceRecord,
  { objects, tokens }: ProtectedData,
  own: OwnEvidence,
  trust: TrustContext,
): CheckedRecord {
  const evidence: OwnEvidence = {
    certificates: [...record.evidence.certificates, ...own.certificates],
    ocsps: [...record.evidence.ocsps, ...own.ocsps],
    crls: [...record.evidence.crls, ...own.crls],
  };
  const checks = record.chains.flatMap((chain, index) =>
    checkChain(chain, index === 0, record.form, objects, evidence),
  );
  const isIntact =
    checks.every(({ isCovering }) => isCovering) &&
    areInOrder(
      tokens.flatMap(readTime),
      checks.map(({ check }) => check),
    );
  const timestamps = checks.map(({ check }, index) => {
    const judged = judgeTimestamp('evidenceRecord', check, evidence, trust);
    return isRenewedInTime(check, checks[index + 1]?.check) ? judged : untrusted(judged);
  });
  const isBroken = !isIntact || timestamps.some(({ verification }) => !verification.isIntact);
  const isProof = !isBroken && objects !== null && timestamps.every(({ time }) => time !== null);
  return {
    reason: isBroken ? 'evidenceRecordBroken' : null,
    timestamps: isProof ? timestamps : timestamps.map((timestamp) => ({ ...timestamp, time: null })),
  };
}

type StampCheck = Readonly<{ check: TimestampCheck; isCovering: boolean }>;

function checkChain(
  chain: ArchiveChain,
  isFirst: boolean,
  form: EvidenceRecord['form'],
  objects: readonly ProtectedObject[] | null,
  { certificates }: OwnEvidence,
): readonly StampCheck[] {
  return chain.stamps.map((stamp, index) => {
    const before = chain.stamps[index - 1];
    const required = before === undefined ? requiredAtStart(chain, isFirst, form, objects) : [before.digests];
    const root = findRoot(stamp, chain.hash, required);
    const imprint = root === null ? null : { hash: chain.hash, digest: root };
    return {
      check: checkTimestampToken(stamp.token, imprint, certificates),
      isCovering: root !== null && stamp.hash === chain.hash,
    };
  });
}

/** What the first stamp of a chain must be over. */
function requiredAtStart(
  chain: ArchiveChain,
  isFirst: boolean,
  form: EvidenceRecord['form'],
  objects: readonly ProtectedObject[] | null,
): readonly Iterable<Buffer>[] {
  const own = (objects ?? []).map((object) => object(chain.hash, chain.canonicalize));
  if (isFirst) return own;
  // RFC 6283 §4.2.2: the digest of the chains is one more of the group. RFC 4998 §5.2: it is joined to each object's.
  if (form === 'xml') return [chain.earlierDigests, ...own];
  return own.map((digests) => joinEarlier(digests, chain));
}

function* joinEarlier(digests: Iterable<Buffer>, { hash, earlierDigests }: ArchiveChain): Iterable<Buffer> {
  for (const digest of digests) {
    for (const earlier of earlierDigests) {
      yield digestOf(hash, digest, earlier);
      // The figure of RFC 4998 §5.2 has them sorted, its text has not.
      if (Buffer.compare(digest, earlier) > 0) yield digestOf(hash, earlier, digest);
    }
  }
}

/** The digest that a stamp must be over; null when it leaves out something of what is required. */
function findRoot(stamp: ArchiveStamp, hash: ReadableHashName, required: readonly Iterable<Buffer>[]): Buffer | null {
  if (stamp.tree !== null) {
    const [group = []] = stamp.tree;
    const isCovered = required.every((digests) => some(digests, (digest) => group.some((leaf) => leaf.equals(digest))));
    return isCovered && hasForm(stamp.tree, hash) ? rootOf(stamp.tree, hash) : null;
  }
  const [only, ...others] = required;
  if (others.length > 0) return null;
  const imprint = readImprint(stamp.token);
  // What is not at hand cannot be compared.
  if (only === undefined) return imprint;
  return imprint !== null && some(only, (digest) => digest.equals(imprint)) ? imprint : null;
}

function some(digests: Iterable<Buffer>, isWanted: (digest: Buffer) => boolean): boolean {
  for (const digest of digests) if (isWanted(digest)) return true;
  return false;
}

// A "digest" of another length could be two of them, or a part of one.
function hasForm(tree: HashTree, hash: ReadableHashName): boolean {
  const { length } = digestOf(hash);
  return tree.every((group) => group.every((digest) => digest.length === length));
}

/** RFC 4998 §4.3: the digests of a group, sorted and joined, give one more of the next group; a lone one stays as it is. */
function rootOf(tree: HashTree, hash: ReadableHashName): Buffer {
  return tree.reduce<Buffer>((carried, group) => {
    const all = carried.length === 0 ? group : [...group, carried];
    const [only = Buffer.alloc(0), ...others] = all;
    return others.length === 0 ? only : digestOf(hash, ...all.toSorted(Buffer.compare));
  }, Buffer.alloc(0));
}

function readImprint(token: Buffer): Buffer | null {
  try {
    return readTokenInfo(token).digest;
  } catch {
    return null;
  }
}

function areInOrder(covered: readonly number[], checks: readonly TimestampCheck[]): boolean {
  const times = [Math.max(...covered), ...checks.map(({ info }) => info?.time.getTime() ?? Number.NaN)];
  return times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0));
}

/** A stamp that cannot be read has no time; it is judged where it stands. */
function readTime(token: Uint8Array): readonly number[] {
  try {
    return [readTokenInfo(token).time.getTime()];
  } catch {
    return [];
  }
}

function isRenewedInTime({ certificate }: TimestampCheck, next: TimestampCheck | undefined): boolean {
  const time = next?.info?.time;
  return certificate === null || time === undefined || time <= certificate.notAfter;
}

function untrusted({ verification }: CheckedTimestamp): CheckedTimestamp {
  return { verification: { ...verification, isTrusted: false }, time: null };
}
