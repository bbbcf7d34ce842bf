import { z } from 'zod';
import type { RecordEvent } from '../../core/contract/schemas/record.ts';
import type { JournalBody } from '../../core/contract/sync-protocol.ts';
import { formatRecordNumber } from '../../core/domain/numbering.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { QuarantineReason } from './quarantine-reasons.ts';
import type { SeriesRow } from './series-rows.ts';

type EventBody = Extract<JournalBody, { kind: 'event' }>;

/** Appends an event to its record and what follows from it: receipt, completed version, state. */
export async function addEvent(
  connection: Queries,
  series: SeriesRow,
  entrySequence: number,
  body: EventBody,
): Promise<QuarantineReason[]> {
  const { recordId, event } = body;
  const record = await connection.find(
    z.object({ recordNumber: z.string() }),
    // What belongs to a sealed series goes on in another one of the same desk. Nobody else appends to its records.
    sql`SELECT record_number AS "recordNumber" FROM record JOIN series USING (series_id)
      WHERE record_id = ${recordId} AND series.office_code = ${series.officeCode}
        AND series.desk_number = ${series.deskNumber} AND series.direction = ${series.direction}`,
  );
  if (record === null) return ['event.recordUnknown'];
  const reasons: QuarantineReason[] = record.recordNumber === body.recordNumber ? [] : ['event.numberMismatch'];
  const added = await connection.run(sql`INSERT INTO record_event
    (event_id, record_id, series_id, entry_sequence, type, happened_at) VALUES
    (${body.eventId}, ${recordId}, ${series.seriesId}, ${entrySequence}, ${event.type}, ${event.at})
    ON CONFLICT DO NOTHING`);
  if (added === 0) return [...reasons, 'event.duplicated'];
  if (event.type === 'numbered') return [...reasons, ...(await addNumber(connection, series, recordId, event))];
  return [...reasons, ...(await applyEvent(connection, body))];
}

async function applyEvent(connection: Queries, { recordId, event, blobs }: EventBody): Promise<QuarantineReason[]> {
  const isSent = (sha256: string) => blobs.some((blob) => blob.sha256 === sha256);
  switch (event.type) {
    case 'receipted': {
      const areSent = [event.sha256, event.eniXmlSha256, event.sicresXmlSha256].every(isSent);
      const reasons = await addReceipt(connection, recordId, event);
      return areSent ? reasons : [...reasons, 'event.fileMissing'];
    }
    case 'versionAdded': {
      const reasons = await addVersion(connection, recordId, event);
      return isSent(event.sha256) ? reasons : [...reasons, 'event.fileMissing'];
    }
    case 'annulled':
    case 'rectified':
      await connection.run(sql`UPDATE record SET state = ${event.type} WHERE record_id = ${recordId}`);
      return [];
    case 'verificationUpdated':
      return addVerification(connection, recordId, event, isSent);
    case 'evidenceProblem':
    case 'numbered':
    case 'delivered':
      return [];
  }
}

/** The ordinary number of a record of the emergency book takes its place among the numbers of the series that gave it. */
async function addNumber(
  connection: Queries,
  series: SeriesRow,
  recordId: string,
  event: Extract<RecordEvent, { type: 'numbered' }>,
): Promise<QuarantineReason[]> {
  const { recordNumber, seriesId, sequence } = event;
  const number = formatRecordNumber(series, sequence);
  const isNumberOfSeries =
    seriesId === series.seriesId &&
    sequence === series.lastRecordSequence + 1 &&
    number.kind === 'number' &&
    number.recordNumber === recordNumber;
  if (!isNumberOfSeries) return ['event.numberMismatch'];
  const added = await connection.run(sql`UPDATE record SET ordinary_number = ${recordNumber}
    WHERE record_id = ${recordId} AND ordinary_number IS NULL`);
  return added === 0 ? ['event.duplicated'] : [];
}

async function addReceipt(
  connection: Queries,
  recordId: string,
  event: Extract<RecordEvent, { type: 'receipted' }>,
): Promise<QuarantineReason[]> {
  await connection.run(sql`UPDATE record SET state = 'receipted' WHERE record_id = ${recordId} AND state = 'recorded'`);
  const known = await connection.run(sql`UPDATE document SET page_count = ${event.pageCount}, created_at = ${event.at}
    WHERE record_id = ${recordId} AND document_id = 'receipt'`);
  if (known === 0) return ['event.documentUnknown'];
  const added = await connection.run(sql`INSERT INTO document_version
    (record_id, document_id, position, sha256, byte_length, signature_level, created_at) VALUES
    (${recordId}, 'receipt', 1, ${event.sha256}, ${event.byteLength}, ${event.signatureLevel}, ${event.at})
    ON CONFLICT DO NOTHING`);
  // A record has one receipt: what is printed again is the same.
  return added === 0 ? ['event.versionUnknown'] : [];
}

/** The page says how the signatures stood when an office asked last. */
async function addVerification(
  connection: Queries,
  recordId: string,
  { documentId, verification }: Extract<RecordEvent, { type: 'verificationUpdated' }>,
  isSent: (sha256: string) => boolean,
): Promise<QuarantineReason[]> {
  const known = await connection.run(sql`UPDATE document SET verdict = ${verification.verdict},
      verified_at = ${verification.verifiedAt}
    WHERE record_id = ${recordId} AND document_id = ${documentId} AND verdict IS NOT NULL`);
  if (known === 0) return ['event.documentUnknown'];
  return verification.revocationAnswers.every(({ sha256 }) => isSent(sha256)) ? [] : ['event.fileMissing'];
}

async function addVersion(
  connection: Queries,
  recordId: string,
  event: Extract<RecordEvent, { type: 'versionAdded' }>,
): Promise<QuarantineReason[]> {
  const newest = await connection.find(
    z.object({ position: z.int(), sha256: z.string() }),
    sql`SELECT position, sha256 FROM document_version
      WHERE record_id = ${recordId} AND document_id = ${event.documentId} ORDER BY position DESC LIMIT 1`,
  );
  if (newest === null || newest.sha256 !== event.extendsSha256) return ['event.versionUnknown'];
  const added = await connection.run(sql`INSERT INTO document_version
    (record_id, document_id, position, sha256, byte_length, signature_level, created_at) VALUES
    (${recordId}, ${event.documentId}, ${newest.position + 1}, ${event.sha256}, ${event.byteLength},
      ${event.signatureLevel}, ${event.at}) ON CONFLICT DO NOTHING`);
  return added === 0 ? ['event.versionUnknown'] : [];
}
