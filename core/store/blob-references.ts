import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { blobPartSchema } from '../contract/sync-protocol.ts';
import type { BlobReference } from '../contract/sync-protocol.ts';
import { sql } from './sql.ts';
import { write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';

const referenceRowSchema: z.ZodType<BlobReference> = z.strictObject({
  sha256: z.string(),
  byteLength: z.int(),
  mediaType: z.string(),
  documentId: z.string(),
  part: blobPartSchema,
});

const knownSchema = z.strictObject({ sha256: z.string() });

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

/** Not yet acknowledged, of entries that are; each once, small before large. */
export function listPendingBlobs(context: StoreContext, limit: number): readonly BlobReference[] {
  return context.connection.list(
    referenceRowSchema,
    // SQLite takes the bare columns from the row of the minimum: the entry that named the file first.
    sql`SELECT sha256, byteLength, mediaType, documentId, part FROM (
        SELECT blobs.sha256, byte_length AS byteLength, media_type AS mediaType, document_id AS documentId, part,
          min(journal_sequence)
        FROM blobs JOIN blob_references USING (sha256) JOIN series USING (series_id)
        WHERE blobs.acknowledged_at IS NULL AND blobs.lost_at IS NULL AND journal_sequence <= acknowledged_sequence
        GROUP BY blobs.byte_length, blobs.sha256 ORDER BY blobs.byte_length, blobs.sha256 LIMIT ${limit})`,
  );
}

/** `blob.notFound` when no entry names the file. Acknowledged again: the first one stays, unless only the new one is durable. */
export function markBlobAcknowledged(
  context: StoreContext,
  sha256: string,
  acknowledgement: Readonly<{ acknowledgedAt: string; isDurable: boolean; signature: string }>,
): void {
  const { acknowledgedAt, isDurable, signature } = acknowledgement;
  const durable = isDurable ? 1 : 0;
  write(context, () => {
    const known = context.connection.find(knownSchema, sql`SELECT sha256 FROM blobs WHERE sha256 = ${sha256}`);
    if (known === null) throw new AppError('blob.notFound');
    context.connection
      .run(sql`UPDATE blobs SET acknowledged_at = ${acknowledgedAt}, is_durable = ${durable}, signature = ${signature}
      WHERE sha256 = ${sha256} AND (acknowledged_at IS NULL OR is_durable < ${durable})`);
  });
}
