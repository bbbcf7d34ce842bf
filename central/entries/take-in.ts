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
import { addRecords } from './add-records.ts';
import type { QuarantineReason } from './quarantine-reasons.ts';
import { checkRecord } from './record-rules.ts';
import type { SeriesRow } from './series-rows.ts';

export type TakenIn = Readonly<{
  /** Of each entry, in their order. */
  reasons: readonly (readonly QuarantineReason[])[];
  nextSeries: SeriesRow;
}>;

type Work = Readonly<{
  atRest: AtRest;
  series: SeriesRow;
  entries: readonly JournalEntry[];
  names: PublishedNames | null;
  now: Date;
}>;

/**
 * Writes entries that are next in their series, and what they say of records, documents and files. Whatever they say, they are
 * kept: what cannot be understood or breaks a rule is kept in quarantine. To be called inside a transaction.
 */
export async function takeIn(connection: Queries, work: Work): Promise<TakenIn> {
  const { atRest, series, entries } = work;
  const read = entries.map(({ sequence, body }) => ({ sequence, ...readBody(body) }));
  await addEntries(connection, work);
  const mismatched = await nameFiles(connection, series.officeCode, read);
  const { judged, nextSeries } = judgeInOrder(work, read, mismatched);
  const records = judged.flatMap(({ sequence, body }) =>
    body?.kind === 'record' ? [{ sequence, record: body.record }] : [],
  );
  const broken = await addRecords(connection, atRest, series, records);
  const comesAt = new Map(records.map(({ sequence, record }) => [record.recordId.toLowerCase(), sequence]));
  for (const { sequence, body, series: before, reasons } of judged) {
    reasons.push(...(broken.get(sequence) ?? []));
    if (body?.kind !== 'event') continue;
    const isBeforeRecord = (comesAt.get(body.recordId.toLowerCase()) ?? 0) > sequence;
    reasons.push(
      ...(isBeforeRecord ? ['event.recordUnknown' as const] : await addEvent(connection, before, sequence, body)),
    );
  }
  await quarantine(connection, series.seriesId, judged);
  return { reasons: judged.map(({ reasons }) => reasons), nextSeries };
}

type Read = Readonly<{ sequence: number }> & ReadBody;
/** `series`: as the entries before it left it. */
type Judged = Read & Readonly<{ series: SeriesRow }>;

/** Each sees what those before it made of their series. */
function judgeInOrder(
  work: Work,
  read: readonly Read[],
  mismatched: ReadonlySet<number>,
): Readonly<{ judged: readonly Judged[]; nextSeries: SeriesRow }> {
  let series = work.series;
  const judged = read.map((each) => {
    const before = series;
    const { body, reasons } = each;
    if (series.isDeskRevoked) reasons.push('desk.revoked');
    if (series.isRevoked) reasons.push('series.revoked');
    if (mismatched.has(each.sequence)) reasons.push('blob.lengthMismatch');
    if (body?.kind === 'record') {
      const { record } = body;
      const { reasons: broken, isTimeSound } = checkRecord(record, body.blobs, { ...work, series });
      reasons.push(...broken);
      series = {
        ...series,
        lastRecordSequence: record.sequence,
        // One wrong clock must not put every later record into quarantine.
        lastRecordedAt: isTimeSound ? new Date(record.recordedAt) : series.lastRecordedAt,
      };
    } else if (body?.kind === 'event' && body.event.type === 'numbered') {
      series = { ...series, lastRecordSequence: body.event.sequence };
    }
    return { ...each, series: before };
  });
  return { judged, nextSeries: series };
}

async function addEntries(connection: Queries, { atRest, series, entries, now }: Work): Promise<void> {
  const { seriesId } = series;
  const rows = entries.map(({ sequence, previousHash, hash, body }) => ({
    sequence,
    previous_hash: previousHash,
    hash,
    body: Buffer.from(atRest.bodies.seal(entryPlace(seriesId, sequence), body)).toString('base64'),
  }));
  await connection.run(sql`INSERT INTO entry
    (series_id, sequence, previous_hash, hash, body, accepted_at, quarantine_reasons)
    SELECT ${seriesId}, sequence, previous_hash, hash, decode(body, 'base64'), ${now}::timestamptz, '[]'::jsonb
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS named (sequence integer, previous_hash text, hash text, body text)`);
}

async function quarantine(connection: Queries, seriesId: string, judged: readonly Judged[]): Promise<void> {
  const broken = judged.flatMap(({ sequence, reasons }) => (reasons.length > 0 ? [{ sequence, reasons }] : []));
  if (broken.length === 0) return;
  await connection.run(sql`UPDATE entry SET quarantine_reasons = named.reasons
    FROM jsonb_to_recordset(${JSON.stringify(broken)}::jsonb) AS named (sequence integer, reasons jsonb)
    WHERE entry.series_id = ${seriesId} AND entry.sequence = named.sequence`);
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

/** Notes the files that are to come; the entries that announce one with another length than it was announced with before. */
async function nameFiles(connection: Queries, officeCode: string, read: readonly Read[]): Promise<ReadonlySet<number>> {
  const files = read.flatMap(({ sequence, blobs }) =>
    blobs.map(({ sha256, byteLength }) => ({ sequence, sha256, byte_length: byteLength })),
  );
  if (files.length === 0) return new Set();
  const named = sql`jsonb_to_recordset(${JSON.stringify(files)}::jsonb)
    AS named (sequence integer, sha256 text, byte_length bigint)`;
  await connection.run(sql`INSERT INTO blob (office_code, sha256, byte_length)
    SELECT ${officeCode}, sha256, byte_length FROM ${named} ON CONFLICT DO NOTHING`);
  const others = await connection.list(
    z.object({ sequence: z.int() }),
    sql`SELECT DISTINCT named.sequence FROM blob
      JOIN ${named} ON blob.sha256 = named.sha256 AND blob.byte_length <> named.byte_length
      WHERE blob.office_code = ${officeCode}`,
  );
  return new Set(others.map(({ sequence }) => sequence));
}
