import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { blobPartSchema } from '../contract/sync-protocol.ts';
import type { BlobReference } from '../contract/sync-protocol.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import type { BlobAcknowledgement } from '../services/ports/store.ts';
import { sql } from './sql.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';

const referenceRowSchema: z.ZodType<BlobReference> = z.strictObject({
  sha256: z.string(),
  byteLength: z.int(),
  mediaType: z.string(),
  documentId: z.string(),
  part: blobPartSchema,
});

const waitingSchema = z.strictObject({ files: z.int(), bytes: z.int(), largeFiles: z.int(), largeBytes: z.int() });
const ownerSchema = z.strictObject({ recordNumber: z.string(), title: z.string().nullable() });
const knownSchema = z.strictObject({ sha256: z.string() });
const acknowledgedSchema = z.strictObject({ acknowledgedAt: z.string() });
// Official instants are compared as texts, and one hour of the year comes twice.
const doubtMs = 2 * 3_600_000;

type NewReferences = Readonly<{
  seriesId: string;
  journalSequence: number;
  record: number;
  blobs: readonly BlobReference[];
}>;

/** Files that a journal entry brings, inside the caller's transaction. */
export function addReferences(context: StoreContext, entry: NewReferences): void {
  const { connection } = context;
  for (const [position, blob] of entry.blobs.entries()) {
    connection.run(sql`INSERT INTO blobs (sha256, byte_length, media_type) VALUES (${blob.sha256}, ${blob.byteLength}, ${blob.mediaType})
      ON CONFLICT (sha256) DO NOTHING`);
    connection.run(sql`INSERT INTO blob_references (series_id, journal_sequence, position, sha256, document_id, part, record)
      VALUES (${entry.seriesId}, ${entry.journalSequence}, ${position}, ${blob.sha256}, ${blob.documentId}, ${blob.part}, ${entry.record})`);
  }
}

/** Not yet acknowledged, of entries that are; each once, small before large. Reads only those that wait. */
export function listPendingBlobs(
  context: StoreContext,
  limit: number,
  largestBytes = Number.MAX_SAFE_INTEGER,
): readonly BlobReference[] {
  return context.connection.list(
    referenceRowSchema,
    // SQLite takes the bare columns from the row of the minimum: the entry that named the file first.
    sql`SELECT sha256, byteLength, mediaType, documentId, part FROM (
        SELECT blobs.sha256, byte_length AS byteLength, media_type AS mediaType, document_id AS documentId, part,
          min(journal_sequence)
        FROM blobs INDEXED BY blobs_to_send CROSS JOIN blob_references USING (sha256) CROSS JOIN series USING (series_id)
        WHERE blobs.acknowledged_at IS NULL AND blobs.lost_at IS NULL AND journal_sequence <= acknowledged_sequence
          AND blobs.byte_length <= ${largestBytes}
        GROUP BY blobs.byte_length, blobs.sha256 ORDER BY blobs.byte_length, blobs.sha256 LIMIT ${limit})`,
  );
}

/** Reads only those that wait. */
export function measureWaitingFiles({ connection }: StoreContext, limitBytes: number): z.infer<typeof waitingSchema> {
  const waiting = connection.find(
    waitingSchema,
    sql`SELECT count(*) AS files, coalesce(sum(byte_length), 0) AS bytes,
        coalesce(sum(byte_length > ${limitBytes}), 0) AS largeFiles,
        coalesce(sum(iif(byte_length > ${limitBytes}, byte_length, 0)), 0) AS largeBytes
      FROM blobs INDEXED BY blobs_to_send WHERE acknowledged_at IS NULL AND lost_at IS NULL`,
  );
  return waiting ?? { files: 0, bytes: 0, largeFiles: 0, largeBytes: 0 };
}

export function findFileOwner({ connection }: StoreContext, sha256: string): z.infer<typeof ownerSchema> | null {
  return connection.find(
    ownerSchema,
    sql`SELECT record_number AS recordNumber,
        (SELECT json_extract(documents.value, '$.title') FROM json_each(body, '$.record.documents') AS documents
          WHERE json_extract(documents.value, '$.documentId') = blob_references.document_id) AS title
      FROM blob_references JOIN records ON records.id = blob_references.record
        JOIN journal ON journal.series_id = records.series_id AND journal.sequence = records.journal_sequence
      WHERE sha256 = ${sha256} ORDER BY blob_references.journal_sequence LIMIT 1`,
  );
}

/**
 * All of them in one commit; `blob.notFound` when no entry names one: then none is kept. Acknowledged again: the first one
 * stays, unless only the new one is durable.
 */
export function markBlobsAcknowledged(context: StoreContext, acknowledgements: readonly BlobAcknowledgement[]): void {
  const { connection } = context;
  write(context, () => {
    for (const { sha256, acknowledgedAt, isDurable, signature } of acknowledgements) {
      const durable = isDurable ? 1 : 0;
      const changed = connection.run(sql`UPDATE blobs SET acknowledged_at = ${acknowledgedAt}, is_durable = ${durable},
          signature = ${signature}
        WHERE sha256 = ${sha256} AND (acknowledged_at IS NULL OR is_durable < ${durable})`);
      if (changed > 0) continue;
      const known = connection.find(knownSchema, sql`SELECT sha256 FROM blobs WHERE sha256 = ${sha256}`);
      if (known === null) throw new AppError('blob.notFound');
    }
  });
}

/**
 * A centre that lost entries (a restored backup) has lost files as well: all that came after the last entry that it has. What
 * ended here meanwhile cannot be offered; the audit says how many.
 */
export function offerBlobsAgain(context: StoreContext, seriesId: string, cursor: number): void {
  const { connection } = context;
  write(context, () => {
    const last = connection.find(
      acknowledgedSchema,
      sql`SELECT acknowledged_at AS acknowledgedAt FROM journal_acknowledgements
        WHERE series_id = ${seriesId} AND sequence = ${cursor}`,
    );
    const since = last === null ? '' : formatOfficialInstant(new Date(Date.parse(last.acknowledgedAt) - doubtMs));
    const ended = connection.list(
      knownSchema,
      sql`SELECT sha256 FROM blobs WHERE acknowledged_at >= ${since} AND ended_at IS NOT NULL`,
    ).length;
    const offered = connection.run(sql`UPDATE blobs SET acknowledged_at = NULL, is_durable = NULL, signature = NULL
      WHERE acknowledged_at >= ${since} AND ended_at IS NULL`);
    const details = { seriesId, cursor, offered, ended };
    audit(context, { action: 'centre.forgot', officerId: null, subjectId: null, details });
  });
}

export function listBlobsNotDurable({ connection }: StoreContext, limit: number): readonly string[] {
  return connection
    .list(knownSchema, sql`SELECT sha256 FROM blobs WHERE is_durable = 0 LIMIT ${limit}`)
    .map(({ sha256 }) => sha256);
}
