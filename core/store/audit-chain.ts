import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import type { AuditEntry, AuditRow } from '../services/ports/store.ts';
import type { Connection } from './database.ts';
import { sql } from './sql.ts';
import { jsonColumn } from './stored-shapes.ts';

const detailsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const auditRowSchema = z.strictObject({
  sequence: z.int().positive(),
  at: z.string(),
  action: z.string(),
  officerId: z.string().nullable(),
  subjectId: z.string().nullable(),
  details: jsonColumn(detailsSchema),
  previousHash: z.string(),
  hash: z.string(),
});

const headSchema = z.strictObject({ sequence: z.int(), hash: z.string() });

/** `previousHash` of the first row: SHA-256 of `ventanilla-audit:` and the store's id, so that chains are not exchanged. */
export function auditGenesis(storeId: string): string {
  return createHash('sha256').update(`ventanilla-audit:${storeId}`).digest('hex');
}

/**
 * SHA-256 over the 32 bytes of the previous hash followed by the canonical JSON of
 * `{action, at, details, officerId, sequence, subjectId}`.
 */
export function auditHash(row: Omit<AuditRow, 'hash'>): string {
  const { previousHash, ...content } = row;
  return createHash('sha256').update(Buffer.from(previousHash, 'hex')).update(canonicalJson(content)).digest('hex');
}

/** Appends to the chain, in the transaction of what it tells. */
export function appendAudit(connection: Connection, storeId: string, at: string, entry: AuditEntry): void {
  const head = connection.find(headSchema, sql`SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1`);
  const { action, officerId, subjectId, details } = entry;
  const row = {
    sequence: (head?.sequence ?? 0) + 1,
    at,
    action,
    officerId,
    subjectId,
    details,
    previousHash: head?.hash ?? auditGenesis(storeId),
  };
  connection.run(sql`INSERT INTO audit (sequence, at, action, officer_id, subject_id, details, previous_hash, hash)
    VALUES (${row.sequence}, ${at}, ${action}, ${officerId}, ${subjectId}, ${canonicalJson(details)}, ${row.previousHash}, ${auditHash(row)})`);
}

export function listAudit(connection: Connection, subjectId: string): readonly AuditRow[] {
  return connection.list(auditRowSchema, sql`${auditColumns} WHERE subject_id = ${subjectId} ORDER BY sequence`);
}

export const auditColumns = sql`SELECT sequence, at, action, officer_id AS officerId, subject_id AS subjectId, details,
  previous_hash AS previousHash, hash FROM audit`;
