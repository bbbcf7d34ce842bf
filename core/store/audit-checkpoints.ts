import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { auditCheckpointSchema, auditCountersignatureSchema } from '../contract/sync-protocol.ts';
import type { AuditCountersignature } from '../contract/sync-protocol.ts';
import type { DeskStore, StoredCheckpoint } from '../services/ports/store.ts';
import type { Connection } from './database.ts';
import { sql } from './sql.ts';
import type { Statement } from './sql.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';
import { jsonColumn } from './stored-shapes.ts';

export const storedCheckpointSchema: z.ZodType<StoredCheckpoint> = auditCheckpointSchema.extend({
  deskId: z.string(),
  deskKey: z.string(),
  countersignature: auditCountersignatureSchema.nullable(),
});

const rowSchema = z.strictObject({
  sequence: z.int(),
  hash: z.string(),
  deskId: z.string(),
  deskKey: z.string(),
  signedAt: z.string(),
  signature: z.string(),
  countersignature: jsonColumn(auditCountersignatureSchema).nullable(),
});
const headSchema = z.strictObject({ sequence: z.int(), hash: z.string(), lastSignedAt: z.string().nullable() });
const hashSchema = z.strictObject({ hash: z.string() });

const columns = sql`SELECT sequence, hash, desk_id AS deskId, desk_key AS deskKey, signed_at AS signedAt, signature,
  countersignature FROM audit_checkpoints`;

/** In the order of the chain. */
export function listCheckpoints(connection: Connection, storeId: string): readonly StoredCheckpoint[] {
  return list(connection, storeId, sql`${columns} ORDER BY sequence`);
}

export function listUncountersigned(
  { connection, storeId }: StoreContext,
  deskId: string,
  limit: number,
): readonly StoredCheckpoint[] {
  return list(
    connection,
    storeId,
    sql`${columns} WHERE countersignature IS NULL AND desk_id = ${deskId} ORDER BY sequence LIMIT ${limit}`,
  );
}

export function findUnsignedHead({ connection, storeId }: StoreContext): ReturnType<DeskStore['findUnsignedHead']> {
  const head = connection.find(
    headSchema,
    sql`SELECT sequence, hash, (SELECT signed_at FROM audit_checkpoints ORDER BY sequence DESC LIMIT 1) AS lastSignedAt
      FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)
        AND sequence > (SELECT coalesce(max(sequence), 0) FROM audit_checkpoints)`,
  );
  return head === null ? null : { storeId, ...head };
}

export function putCheckpoint(context: StoreContext, checkpoint: Omit<StoredCheckpoint, 'countersignature'>): void {
  const { sequence, hash, deskId, deskKey, signedAt, signature } = checkpoint;
  write(context, () =>
    context.connection.run(sql`INSERT INTO audit_checkpoints (sequence, hash, desk_id, desk_key, signed_at, signature)
      VALUES (${sequence}, ${hash}, ${deskId}, ${deskKey}, ${signedAt}, ${signature})`),
  );
}

export function putCountersignature(
  context: StoreContext,
  sequence: number,
  countersignature: AuditCountersignature,
): 'continued' | 'branched' {
  const { previousSequence, previousHash } = countersignature;
  return write(context, () => {
    context.connection.run(sql`UPDATE audit_checkpoints SET countersignature = ${canonicalJson(countersignature)}
      WHERE sequence = ${sequence}`);
    if (previousHash === null) return 'continued';
    const own = context.connection.find(hashSchema, sql`SELECT hash FROM audit WHERE sequence = ${previousSequence}`);
    if (own?.hash === previousHash) return 'continued';
    const details = { sequence, previousSequence, previousHash };
    audit(context, { action: 'audit.branched', officerId: null, subjectId: null, details });
    return 'branched';
  });
}

function list(connection: Connection, storeId: string, statement: Statement): readonly StoredCheckpoint[] {
  return connection.list(rowSchema, statement).map((row) => ({ storeId, ...row }));
}
