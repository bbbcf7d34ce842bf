import { z } from 'zod';
import { canonicalJson } from '../../core/contract/canonical-json.ts';
import { blobReferenceSchema, journalBodySchema } from '../../core/contract/sync-protocol.ts';
import type { BlobReference, JournalBody, JournalEntry } from '../../core/contract/sync-protocol.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { AtRest } from '../encryption/at-rest.ts';
import { entryPlace } from '../encryption/places.ts';
import { isDeep } from '../http/read-json.ts';
import type { PublishedNames } from '../reference/published-names.ts';
import { addEvent } from './add-event.ts';
import { addRecord } from './add-record.ts';
import type { QuarantineReason } from './quarantine-reasons.ts';
import { checkRecord } from './record-rules.ts';
import type { SeriesRow } from './series-rows.ts';

export type TakenIn = Readonly<{ reasons: readonly QuarantineReason[]; nextSeries: SeriesRow }>;

type Work = Readonly<{
  atRest: AtRest;
  series: SeriesRow;
  entry: JournalEntry;
  names: PublishedNames | null;
  now: Date;
}>;

/**
 * Writes an entry that is next in its series, and what it says of records, documents and files. Whatever it says, it is
 * kept: what cannot be understood or breaks a rule is kept in quarantine. To be called inside a transaction.
 */
export async function takeIn(connection: Queries, work: Work): Promise<TakenIn> {
  const { atRest, series, entry, now } = work;
  const { body, blobs, reasons } = readBody(entry.body);
  const sealedBody = atRest.bodies.seal(entryPlace(series.seriesId, entry.sequence), entry.body);
  await connection.run(sql`INSERT INTO entry
    (series_id, sequence, previous_hash, hash, body, accepted_at, quarantine_reasons) VALUES
    (${series.seriesId}, ${entry.sequence}, ${entry.previousHash}, ${entry.hash}, ${sealedBody}, ${now}, '[]'::jsonb)`);
  if (series.isDeskRevoked) reasons.push('desk.revoked');
  if (series.isRevoked) reasons.push('series.revoked');
  if (await hasOtherLength(connection, series.officeCode, blobs)) reasons.push('blob.lengthMismatch');
  let nextSeries = series;
  if (body?.kind === 'record') {
    const { record } = body;
    const { reasons: broken, isTimeSound } = checkRecord(record, body.blobs, work);
    reasons.push(...broken, ...(await addRecord(connection, atRest, series, entry.sequence, record)));
    nextSeries = {
      ...series,
      lastRecordSequence: record.sequence,
      // One wrong clock must not put every later record into quarantine.
      lastRecordedAt: isTimeSound ? new Date(record.recordedAt) : series.lastRecordedAt,
    };
  } else if (body?.kind === 'event') {
    reasons.push(...(await addEvent(connection, series, entry.sequence, body)));
    if (body.event.type === 'numbered') nextSeries = { ...series, lastRecordSequence: body.event.sequence };
  }
  if (reasons.length > 0) {
    await connection.run(sql`UPDATE entry SET quarantine_reasons = ${JSON.stringify(reasons)}::jsonb
      WHERE series_id = ${series.seriesId} AND sequence = ${entry.sequence}`);
  }
  return { reasons, nextSeries };
}

type ReadBody = { body: JournalBody | null; blobs: readonly BlobReference[]; reasons: QuarantineReason[] };

function readBody(text: string): ReadBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { body: null, blobs: [], reasons: ['body.notJson'] };
  }
  if (isDeep(value)) return { body: null, blobs: [], reasons: ['body.schema'] };
  const reasons: QuarantineReason[] = isCanonical(value, text) ? [] : ['body.notCanonical'];
  const parsed = journalBodySchema.safeParse(value);
  if (parsed.success) return { body: parsed.data, blobs: parsed.data.blobs, reasons };
  // The files of a record that is not understood are received all the same.
  const named = z.looseObject({ blobs: z.array(z.unknown()) }).safeParse(value);
  const candidates = named.success ? named.data.blobs.map((blob) => blobReferenceSchema.safeParse(blob)) : [];
  const blobs = candidates.flatMap((candidate) => (candidate.success ? [candidate.data] : []));
  return { body: null, blobs, reasons: [...reasons, 'body.schema'] };
}

function isCanonical(value: unknown, text: string): boolean {
  try {
    return canonicalJson(value) === text;
  } catch {
    // A number beyond what a number of ours can be (1e400).
    return false;
  }
}

/** Notes the files that are to come; true when a file was announced before with another length. */
async function hasOtherLength(
  connection: Queries,
  officeCode: string,
  blobs: readonly BlobReference[],
): Promise<boolean> {
  if (blobs.length === 0) return false;
  const named = JSON.stringify(blobs.map(({ sha256, byteLength }) => ({ sha256, byte_length: byteLength })));
  await connection.run(sql`INSERT INTO blob (office_code, sha256, byte_length)
    SELECT ${officeCode}, sha256, byte_length
    FROM jsonb_to_recordset(${named}::jsonb) AS named (sha256 text, byte_length bigint)
    ON CONFLICT DO NOTHING`);
  const other = await connection.find(
    z.object({ count: z.int() }),
    sql`SELECT count(*)::int AS count FROM blob
      JOIN jsonb_to_recordset(${named}::jsonb) AS named (sha256 text, byte_length bigint)
        ON blob.sha256 = named.sha256 AND blob.byte_length <> named.byte_length
      WHERE blob.office_code = ${officeCode}`,
  );
  return (other?.count ?? 0) > 0;
}
