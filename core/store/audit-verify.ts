import { createPublicKey, verify } from 'node:crypto';
import { auditCheckpointSigningText, auditCountersigningText } from '../contract/sync-protocol.ts';
import type { AuditRow, StoredCheckpoint } from '../services/ports/store.ts';
import { listCheckpoints } from './audit-checkpoints.ts';
import { auditColumns, auditGenesis, auditHash, auditRowSchema } from './audit-chain.ts';
import type { Connection } from './database.ts';
import { sql } from './sql.ts';

/**
 * Base64 of raw Ed25519 public keys. Without the desk's, a checkpoint is only measured with the key that it names itself;
 * without the centre's, countersignatures do not count.
 */
export type AuditKeys = Readonly<{ desk: string | null; centre: string | null }>;

export type BrokenAudit = Readonly<{
  result: 'broken';
  /** The first row that is not what it was, or the row of the checkpoint that is not what was signed. */
  sequence: number;
  reason:
    | 'missing'
    | 'previousHash'
    | 'content'
    /** The row is not the one that a checkpoint holds. */
    | 'checkpoint'
    /** The chain ends before a checkpoint, or an export before its end. */
    | 'cutOff'
    | 'checkpointSignature'
    /** Signed with a key that is neither the desk's nor vouched for by the centre. */
    | 'checkpointKey'
    | 'checkpointOfOtherStore'
    | 'countersignature';
}>;

export type IntactAudit = Readonly<{
  result: 'intact';
  rows: number;
  headHash: string;
  checkpoints: number;
  countersigned: number;
  /** The last checkpoint, and the last one whose countersignature was verified. */
  lastSigned: Readonly<{ sequence: number; signedAt: string }> | null;
  lastCountersigned: Readonly<{ sequence: number; receivedAt: string }> | null;
}>;

export type AuditVerdict = IntactAudit | BrokenAudit;

export const noAuditKeys: AuditKeys = { desk: null, centre: null };

export type AuditEvidence = Readonly<{
  storeId: string;
  keys: AuditKeys;
  checkpoints: readonly StoredCheckpoint[];
  rows: Iterable<AuditRow>;
}>;

/**
 * Follows the chain from its genesis and holds it against its checkpoints. What the centre countersigned is held against it
 * twice: as the checkpoint itself and as the one before the next, so that taking checkpoints away does not hide a rewrite.
 * The first fault in the order of the rows is told.
 */
export function verifyAudit({ storeId, keys, checkpoints, rows }: AuditEvidence): AuditVerdict {
  const expected = new Map<number, Set<string>>();
  const expect = (sequence: number, hash: string) =>
    expected.set(sequence, (expected.get(sequence) ?? new Set()).add(hash));
  const faults: BrokenAudit[] = [];
  let countersigned = 0;
  let lastSigned: IntactAudit['lastSigned'] = null;
  let lastCountersigned: IntactAudit['lastCountersigned'] = null;
  for (const checkpoint of checkpoints) {
    const { sequence, hash, signedAt, countersignature } = checkpoint;
    const reason = findFault(storeId, keys, checkpoint);
    if (reason !== null) {
      faults.push({ result: 'broken', sequence, reason });
      continue;
    }
    expect(sequence, hash);
    if (sequence >= (lastSigned?.sequence ?? 0)) lastSigned = { sequence, signedAt };
    if (countersignature === null || keys.centre === null) continue;
    countersigned += 1;
    const { receivedAt, previousSequence, previousHash } = countersignature;
    if (sequence >= (lastCountersigned?.sequence ?? 0)) lastCountersigned = { sequence, receivedAt };
    if (previousHash !== null) expect(previousSequence, previousHash);
  }
  const chain = followChain(storeId, rows, expected);
  const first = faults.toSorted((a, b) => a.sequence - b.sequence)[0];
  if (chain.result === 'broken') return first === undefined || chain.sequence <= first.sequence ? chain : first;
  return first ?? { ...chain, checkpoints: checkpoints.length, countersigned, lastSigned, lastCountersigned };
}

export function verifyStoredAudit(
  connection: Connection,
  storeId: string,
  keys: AuditKeys,
  others: readonly StoredCheckpoint[] = [],
): AuditVerdict {
  // Checkpoints first: what is appended meanwhile is not missed by them.
  const checkpoints = [...listCheckpoints(connection, storeId), ...others];
  return verifyAudit({ storeId, keys, checkpoints, rows: readAudit(connection) });
}

/** Page by page, so that the program can go on writing between two of them. */
export function* readAudit(connection: Connection): Generator<AuditRow> {
  let last = 0;
  for (;;) {
    const rows = connection.list(
      auditRowSchema,
      sql`${auditColumns} WHERE sequence > ${last} ORDER BY sequence LIMIT 500`,
    );
    yield* rows;
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end.sequence;
  }
}

function followChain(
  storeId: string,
  rows: Iterable<AuditRow>,
  expected: ReadonlyMap<number, ReadonlySet<string>>,
): BrokenAudit | Readonly<{ result: 'intact'; rows: number; headHash: string }> {
  let sequence = 0;
  let headHash = auditGenesis(storeId);
  for (const row of rows) {
    sequence += 1;
    if (row.sequence !== sequence) return { result: 'broken', sequence, reason: 'missing' };
    if (row.previousHash !== headHash) return { result: 'broken', sequence, reason: 'previousHash' };
    const { hash, ...content } = row;
    if (auditHash(content) !== hash) return { result: 'broken', sequence, reason: 'content' };
    const hashes = expected.get(sequence);
    if (hashes !== undefined && (hashes.size > 1 || !hashes.has(hash)))
      return { result: 'broken', sequence, reason: 'checkpoint' };
    headHash = hash;
  }
  const furthest = Math.max(0, ...expected.keys());
  if (furthest > sequence) return { result: 'broken', sequence: sequence + 1, reason: 'cutOff' };
  return { result: 'intact', rows: sequence, headHash };
}

function findFault(storeId: string, keys: AuditKeys, checkpoint: StoredCheckpoint): BrokenAudit['reason'] | null {
  const { deskKey, signature, countersignature } = checkpoint;
  if (checkpoint.storeId !== storeId) return 'checkpointOfOtherStore';
  if (!isSigned(deskKey, auditCheckpointSigningText(checkpoint), signature)) return 'checkpointSignature';
  const isCountersigned =
    countersignature !== null &&
    keys.centre !== null &&
    isSigned(keys.centre, auditCountersigningText(checkpoint, countersignature), countersignature.signature);
  if (countersignature !== null && keys.centre !== null && !isCountersigned) return 'countersignature';
  if (keys.desk !== null && deskKey !== keys.desk && !isCountersigned) return 'checkpointKey';
  return null;
}

function isSigned(publicKey: string, text: string, signature: string): boolean {
  const [keyBytes, signatureBytes] = [readBase64(publicKey), readBase64(signature)];
  if (keyBytes === null || signatureBytes === null) return false;
  try {
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: keyBytes.toString('base64url') },
      format: 'jwk',
    });
    return verify(null, Buffer.from(text), key, signatureBytes);
  } catch {
    // Not a key at all.
    return false;
  }
}

/** Null where something follows or is missing that Node passes over and another program would not. */
function readBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
