import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { signatureLevelSchema } from '../contract/schemas/common.ts';
import type { SignatureLevel } from '../contract/schemas/common.ts';
import type { EvidenceState } from '../contract/schemas/record.ts';
import type { StoredVersion } from '../services/ports/store.ts';
import { sql } from './sql.ts';
import type { StoreContext } from './store-context.ts';

export type NewVersion = StoredVersion & Readonly<{ extendsSha256: string | null }>;

const versionRowSchema: z.ZodType<StoredVersion> = z.strictObject({
  documentId: z.string(),
  sha256: z.string(),
  byteLength: z.int(),
  level: signatureLevelSchema.nullable(),
  at: z.string(),
});

const currentSchema = z.strictObject({ position: z.int(), sha256: z.string() });
const evidenceRowSchema = z.strictObject({ documentId: z.string(), state: z.enum(['pending', 'complete', 'problem']) });
const pendingRowSchema = z.strictObject({
  recordId: z.string(),
  documentId: z.string(),
  sha256: z.string(),
  level: signatureLevelSchema,
});

/** Appends a version that extends the current one (null: the first), inside the caller's transaction. */
export function addVersion(context: StoreContext, record: number, version: NewVersion): void {
  const { documentId, extendsSha256, sha256, byteLength, level, at } = version;
  const { connection } = context;
  const current = connection.find(
    currentSchema,
    sql`SELECT position, sha256 FROM document_versions WHERE record = ${record} AND document_id = ${documentId}
      ORDER BY position DESC LIMIT 1`,
  );
  if ((current?.sha256 ?? null) !== extendsSha256) {
    throw new AppError('internal.unexpected', { reason: 'the version does not extend the current one', documentId });
  }
  connection.run(sql`INSERT INTO document_versions (record, document_id, position, extends_sha256, sha256, byte_length, level, at)
    VALUES (${record}, ${documentId}, ${(current?.position ?? 0) + 1}, ${extendsSha256}, ${sha256}, ${byteLength}, ${level}, ${at})`);
  // What is others' is not completed.
  if (level === null) return;
  const state: EvidenceState = level === 'B-LTA' ? 'complete' : 'pending';
  // A final problem stays until a complete version answers it.
  connection.run(sql`INSERT INTO document_evidence (record, document_id, sha256, level, state)
    VALUES (${record}, ${documentId}, ${sha256}, ${level}, ${state})
    ON CONFLICT (record, document_id) DO UPDATE SET sha256 = excluded.sha256, level = excluded.level,
      state = CASE WHEN state = 'problem' AND excluded.state = 'pending' THEN state ELSE excluded.state END`);
}

/** No later attempt can complete this signature. */
export function markFinalProblem(context: StoreContext, record: number, documentId: string): void {
  context.connection.run(sql`UPDATE document_evidence SET state = 'problem'
    WHERE record = ${record} AND document_id = ${documentId} AND state = 'pending'`);
}

export function listVersions(context: StoreContext, record: number): readonly StoredVersion[] {
  return context.connection.list(
    versionRowSchema,
    sql`SELECT document_id AS documentId, sha256, byte_length AS byteLength, level, at FROM document_versions
      WHERE record = ${record} ORDER BY position, document_id`,
  );
}

export function evidenceStates(context: StoreContext, recordId: string): Readonly<Record<string, EvidenceState>> {
  const rows = context.connection.list(
    evidenceRowSchema,
    sql`SELECT document_id AS documentId, state FROM document_evidence
      WHERE record = (SELECT id FROM records WHERE record_id = ${recordId})`,
  );
  return Object.fromEntries(rows.map((row) => [row.documentId, row.state]));
}

export function listPendingEvidence(
  context: StoreContext,
  limit: number,
): readonly Readonly<{ recordId: string; documentId: string; sha256: string; level: SignatureLevel }>[] {
  return context.connection.list(
    pendingRowSchema,
    sql`SELECT record_id AS recordId, document_id AS documentId, sha256, level
      FROM document_evidence JOIN records ON records.id = document_evidence.record
      WHERE state = 'pending' ORDER BY document_evidence.record, document_id LIMIT ${limit}`,
  );
}
