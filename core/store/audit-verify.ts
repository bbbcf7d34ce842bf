import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import type { AuditRow } from '../services/ports/store.ts';
import { auditColumns, auditGenesis, auditHash, auditRowSchema } from './audit-chain.ts';
import type { Connection } from './database.ts';
import { sql } from './sql.ts';

/** A signed head of the chain: a chain that does not reach it lost its tail. */
export type AuditCheckpoint = Readonly<{
  sequence: number;
  hash: string;
  signedAt: string;
  signature: string;
  countersignature: string | null;
}>;

export type AuditVerdict =
  | Readonly<{ result: 'intact'; rows: number; headHash: string }>
  /** `sequence` is the first row that is not what it was; `cutOff`: the chain ends before a checkpoint. */
  | Readonly<{
      result: 'broken';
      sequence: number;
      reason: 'missing' | 'previousHash' | 'content' | 'checkpoint' | 'cutOff';
    }>;

const checkpointSchema: z.ZodType<AuditCheckpoint> = z.strictObject({
  sequence: z.int(),
  hash: z.string(),
  signedAt: z.string(),
  signature: z.string(),
  countersignature: z.string().nullable(),
});
const exportHeaderSchema = z.strictObject({ format: z.literal('ventanilla-audit/1'), storeId: z.string() });
const exportedCheckpointSchema = z.strictObject({ checkpoint: checkpointSchema });
const exportedRowSchema = auditRowSchema.extend({
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** Follows the chain from its genesis. Signatures of checkpoints are verified by whoever has the certificates. */
export function verifyAuditChain(
  storeId: string,
  rows: Iterable<AuditRow>,
  checkpoints: readonly AuditCheckpoint[],
): AuditVerdict {
  const expectedHashes = new Map(checkpoints.map((checkpoint) => [checkpoint.sequence, checkpoint.hash]));
  let sequence = 0;
  let headHash = auditGenesis(storeId);
  for (const row of rows) {
    sequence += 1;
    if (row.sequence !== sequence) return { result: 'broken', sequence, reason: 'missing' };
    if (row.previousHash !== headHash) return { result: 'broken', sequence, reason: 'previousHash' };
    const { hash, ...content } = row;
    if (auditHash(content) !== hash) return { result: 'broken', sequence, reason: 'content' };
    if ((expectedHashes.get(sequence) ?? hash) !== hash) return { result: 'broken', sequence, reason: 'checkpoint' };
    headHash = hash;
  }
  const furthest = Math.max(0, ...expectedHashes.keys());
  if (furthest > sequence) return { result: 'broken', sequence: sequence + 1, reason: 'cutOff' };
  return { result: 'intact', rows: sequence, headHash };
}

export function verifyStoredAudit(connection: Connection, storeId: string): AuditVerdict {
  return verifyAuditChain(storeId, readAudit(connection), listCheckpoints(connection));
}

/** For a court: JSON Lines, a header, then each row and each checkpoint, one line each with its newline. */
export function* exportAudit(connection: Connection, storeId: string): Generator<string> {
  yield `${canonicalJson({ format: 'ventanilla-audit/1', storeId })}\n`;
  for (const row of readAudit(connection)) yield `${canonicalJson(row)}\n`;
  for (const checkpoint of listCheckpoints(connection)) yield `${canonicalJson({ checkpoint })}\n`;
}

/** Verifies an export without the program's store. `content` when a line is not what an export has. */
export function verifyExportedAudit(text: string): AuditVerdict {
  const rows: AuditRow[] = [];
  const checkpoints: AuditCheckpoint[] = [];
  const [first = '', ...lines] = text.split('\n');
  const header = exportHeaderSchema.safeParse(parseLine(first));
  if (!header.success) return { result: 'broken', sequence: 0, reason: 'content' };
  for (const line of lines) {
    if (line === '') continue;
    const value = parseLine(line);
    const row = exportedRowSchema.safeParse(value);
    const checkpoint = exportedCheckpointSchema.safeParse(value);
    if (row.success) rows.push(row.data);
    else if (checkpoint.success) checkpoints.push(checkpoint.data.checkpoint);
    else return { result: 'broken', sequence: rows.length + 1, reason: 'content' };
  }
  return verifyAuditChain(header.data.storeId, rows, checkpoints);
}

/** Page by page, so that the program can go on writing between two of them. */
function* readAudit(connection: Connection): Generator<AuditRow> {
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

function listCheckpoints(connection: Connection): readonly AuditCheckpoint[] {
  return connection.list(
    checkpointSchema,
    sql`SELECT sequence, hash, signed_at AS signedAt, signature, countersignature FROM audit_checkpoints ORDER BY sequence`,
  );
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
