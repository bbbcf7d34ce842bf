import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { AppError } from '../contract/errors.ts';
import type { Acknowledgement, JournalEntry } from '../contract/sync-protocol.ts';
import { findSeries } from './series-store.ts';
import { sql } from './sql.ts';
import { write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';

const entryRowSchema: z.ZodType<JournalEntry> = z.strictObject({
  seriesId: z.string(),
  sequence: z.int(),
  previousHash: z.string(),
  hash: z.string(),
  body: z.string(),
});

const countsSchema = z.strictObject({ records: z.int(), blobs: z.int(), evidence: z.int() });
const hashSchema = z.strictObject({ hash: z.string() });
const sequenceSchema = z.strictObject({ sequence: z.int() });

/** In order, from the first entry that the centre has not acknowledged. */
export function listUnacknowledgedEntries(
  context: StoreContext,
  seriesId: string,
  limit: number,
): readonly JournalEntry[] {
  const series = findSeries(context, seriesId);
  return series === null ? [] : listEntriesAfter(context, seriesId, series.acknowledgedSequence, limit);
}

export function listEntriesAfter(
  context: StoreContext,
  seriesId: string,
  sequence: number,
  limit: number,
): readonly JournalEntry[] {
  return context.connection.list(
    entryRowSchema,
    sql`SELECT series_id AS seriesId, sequence, previous_hash AS previousHash, hash, body FROM journal
      WHERE series_id = ${seriesId} AND sequence > ${sequence} ORDER BY sequence LIMIT ${limit}`,
  );
}

/**
 * Keeps acknowledgements whose signature the caller verified; the same one twice changes nothing. `sync.forked` when one
 * names an entry that this desk does not have with that hash: then none is kept.
 */
export function markEntriesAcknowledged(context: StoreContext, acknowledgements: readonly Acknowledgement[]): void {
  write(context, () => {
    for (const acknowledgement of acknowledgements) keep(context, acknowledgement);
    for (const seriesId of new Set(acknowledgements.map((acknowledgement) => acknowledgement.seriesId)))
      advance(context, seriesId);
  });
}

/**
 * Asked at every change that the window shows: each series is looked up behind what the centre has, and nothing is read
 * through (CROSS JOIN keeps that order; without it a desk with years of records reads them all). `records`: those with an
 * entry, of their own or appended, that the centre has not acknowledged.
 */
export function countPending(context: StoreContext): Readonly<{ records: number; blobs: number; evidence: number }> {
  const counts = context.connection.find(
    countsSchema,
    sql`SELECT
      (SELECT count(*) FROM (
        SELECT records.id FROM series CROSS JOIN records USING (series_id) WHERE journal_sequence > acknowledged_sequence
        UNION SELECT record FROM series CROSS JOIN record_events USING (series_id) WHERE journal_sequence > acknowledged_sequence
      )) AS records,
      (SELECT count(*) FROM blobs WHERE acknowledged_at IS NULL AND lost_at IS NULL) AS blobs,
      (SELECT count(*) FROM document_evidence WHERE state = 'pending') AS evidence`,
  );
  return counts ?? { records: 0, blobs: 0, evidence: 0 };
}

function keep(context: StoreContext, acknowledgement: Acknowledgement): void {
  const { seriesId, sequence, hash, acknowledgedAt, quarantineReasons, signature } = acknowledgement;
  const own = context.connection.find(
    hashSchema,
    sql`SELECT hash FROM journal WHERE series_id = ${seriesId} AND sequence = ${sequence}`,
  );
  if (own?.hash !== hash) throw new AppError('sync.forked', { seriesId, sequence });
  context.connection
    .run(sql`INSERT INTO journal_acknowledgements (series_id, sequence, acknowledged_at, quarantine_reasons, signature)
    VALUES (${seriesId}, ${sequence}, ${acknowledgedAt}, ${canonicalJson(quarantineReasons)}, ${signature})
    ON CONFLICT (series_id, sequence) DO NOTHING`);
}

/** The centre takes entries in order, so what it has is a run from the first: up to the gap in its acknowledgements. */
function advance(context: StoreContext, seriesId: string): void {
  const series = findSeries(context, seriesId);
  if (series === null) return;
  let last = series.acknowledgedSequence;
  const later = context.connection.list(
    sequenceSchema,
    sql`SELECT sequence FROM journal_acknowledgements WHERE series_id = ${seriesId} AND sequence > ${last} ORDER BY sequence`,
  );
  for (const { sequence } of later) {
    if (sequence !== last + 1) break;
    last = sequence;
  }
  context.connection.run(sql`UPDATE series SET acknowledged_sequence = ${last} WHERE series_id = ${seriesId}`);
}
