import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { recoverySchema } from '../contract/schemas/desk.ts';
import type { Recovery } from '../contract/schemas/desk.ts';
import { formatRecordNumber } from '../domain/numbering.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import type { FileToFetch } from '../services/ports/store.ts';
import { findSetting, putSetting } from './reference-store.ts';
import { listSeries, sealSeries } from './series-store.ts';
import { sql } from './sql.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';
import { jsonColumn } from './stored-shapes.ts';

const settingName = 'desk.recovery';
const recoveryTextSchema = jsonColumn(recoverySchema);
/** A wrong anchor must not fill the database. */
const mostLostNumbers = 10_000;

const fileRowSchema: z.ZodType<FileToFetch> = z.strictObject({
  sha256: z.string(),
  byteLength: z.int(),
  mediaType: z.string(),
});
const headRowSchema = z.strictObject({ seriesId: z.string(), knownSequence: z.int() });
const numberRowSchema = z.strictObject({ recordNumber: z.string() });

/** Null: nothing was ever to be recovered. */
export function findRecovery(context: StoreContext): Recovery | null {
  const text = findSetting(context, settingName);
  if (text === null) return null;
  const parsed = recoveryTextSchema.safeParse(text);
  if (!parsed.success) throw new AppError('desk.storeDamaged', {}, { cause: parsed.error });
  return parsed.data;
}

export function putRecovery(context: StoreContext, recovery: Recovery): void {
  putSetting(context, settingName, JSON.stringify(recovery));
}

/**
 * A desk of which a part is missing begins to be made whole. Nobody knows how far the series had come: none of those that it
 * has numbers any more.
 */
export function beginRecovery(context: StoreContext, cause: Recovery['cause'], copiedAt: string | null): void {
  write(context, () => {
    const since = formatOfficialInstant(context.clock.now());
    if (cause === 'restored') {
      for (const { seriesId, lastJournalSequence } of listSeries(context)) {
        sealSeries(context, { seriesId, journalSequence: lastJournalSequence }, 'restored');
      }
    }
    const progress = {
      entriesAt: null,
      finishedAt: null,
      records: 0,
      events: 0,
      files: 0,
      lostFiles: 0,
      lostNumbers: 0,
    };
    putRecovery(context, { cause, since, copiedAt, ...progress });
    const details = { cause, ...(copiedAt === null ? {} : { copiedAt }) };
    audit(context, { action: 'desk.recoveryBegun', officerId: null, subjectId: null, details });
  });
}

/** Files of records in the order of their digests, behind `after`: all but those that ended here or are lost. */
export function listRecordFiles(context: StoreContext, after: string, limit: number): readonly FileToFetch[] {
  return context.connection.list(
    fileRowSchema,
    sql`SELECT sha256, byte_length AS byteLength, media_type AS mediaType FROM blobs
      WHERE sha256 > ${after} AND ended_at IS NULL AND lost_at IS NULL ORDER BY sha256 LIMIT ${limit}`,
  );
}

/** Neither this desk nor the centre has the file. */
export function markFileLost(context: StoreContext, sha256: string): void {
  const now = formatOfficialInstant(context.clock.now());
  write(context, () => {
    context.connection.run(sql`UPDATE blobs SET lost_at = ${now} WHERE sha256 = ${sha256} AND lost_at IS NULL`);
    audit(context, { action: 'file.lost', officerId: null, subjectId: null, details: { sha256 } });
  });
}

/**
 * Marks the numbers that a sealed series is known to have given and whose records neither this desk nor the centre has. The
 * series being sealed, they are given to nobody again. Returns how many were marked.
 */
export function markLostNumbers(context: StoreContext): number {
  const { connection } = context;
  const now = formatOfficialInstant(context.clock.now());
  const known = connection.list(
    headRowSchema,
    sql`SELECT series_id AS seriesId, known_sequence AS knownSequence FROM series
      WHERE sealed_at IS NOT NULL AND known_sequence > last_sequence`,
  );
  if (known.length === 0) return 0;
  return write(context, () => {
    let marked = 0;
    for (const series of listSeries(context)) {
      const head = known.find(({ seriesId }) => seriesId === series.seriesId);
      if (head === undefined) continue;
      const last = Math.min(head.knownSequence, series.lastSequence + mostLostNumbers);
      let lost = 0;
      for (let sequence = series.lastSequence + 1; sequence <= last; sequence += 1) {
        const number = formatRecordNumber(series, sequence);
        if (number.kind !== 'number') continue;
        lost += connection.run(sql`INSERT INTO lost_numbers VALUES
          (${number.recordNumber}, ${series.seriesId}, ${sequence}, ${now}) ON CONFLICT DO NOTHING`);
      }
      marked += lost;
      if (lost === 0) continue;
      const details = { seriesId: series.seriesId, from: series.lastSequence + 1, to: last };
      audit(context, { action: 'numbers.lost', officerId: null, subjectId: null, details });
    }
    return marked;
  });
}

/** Oldest first within each series. */
export function listLostNumbers({ connection }: StoreContext, limit: number): readonly string[] {
  return connection
    .list(
      numberRowSchema,
      sql`SELECT record_number AS recordNumber FROM lost_numbers ORDER BY series_id, sequence LIMIT ${limit}`,
    )
    .map(({ recordNumber }) => recordNumber);
}
