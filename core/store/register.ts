import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { AppError } from '../contract/errors.ts';
import { registeredRecordSchema } from '../contract/schemas/record.ts';
import type { RegisteredRecord } from '../contract/schemas/record.ts';
import type { BlobReference } from '../contract/sync-protocol.ts';
import { formatRecordNumber, isEmergencyBook } from '../domain/numbering.ts';
import { formatOfficialInstant, officialYear } from '../domain/official-time.ts';
import type { RegisterInput } from '../services/ports/store.ts';
import { addReferences } from './blob-references.ts';
import { setVerdict } from './document-verifications.ts';
import { addVersion } from './document-versions.ts';
import { findLastEpoch, needsWord } from './forward-jump.ts';
import { addKeptOriginals } from './kept-originals.ts';
import { addRecordWords, personName } from './record-search.ts';
import { findRegistered } from './record-store.ts';
import { appendJournal, findNumberingSeries, findSeries } from './series-store.ts';
import type { StoredSeries } from './series-store.ts';
import { sql } from './sql.ts';
import { audit } from './store-context.ts';
import type { StoreContext } from './store-context.ts';

/** A step of the clock's own correction: the time stands still instead of going back. */
const heldSeconds = 2;

const attentionStateSchema = z.strictObject({ recordId: z.string().nullable(), closedAt: z.string().nullable() });

/**
 * Number, record, journal entry, audit row and search words in one transaction. Throws `attention.notFound`,
 * `attention.closed`, `record.alreadyRegistered`, `record.seriesClosed` (unknown, halted, sealed, of another year than the
 * official one, or the emergency book while another numbers), `record.numberUnavailable` (series full), `clock.wentBack`, `clock.jumpedForward`, `desk.diskFull`.
 */
export function register(context: StoreContext, input: RegisterInput): RegisteredRecord {
  let recordId: string | null = null;
  return context.connection.transaction(
    () => {
      const record = registerOnce(context, input);
      recordId = record.recordId;
      return record;
    },
    () => (recordId === null ? null : (findRegistered(context, recordId)?.record ?? null)),
  );
}

function registerOnce(context: StoreContext, input: RegisterInput): RegisteredRecord {
  const { connection, clock } = context;
  const attention = connection.find(
    attentionStateSchema,
    sql`SELECT record_id AS recordId, closed_at AS closedAt FROM attentions WHERE attention_id = ${input.attentionId}`,
  );
  if (attention === null) throw new AppError('attention.notFound');
  if (attention.recordId !== null) throw new AppError('record.alreadyRegistered');
  if (attention.closedAt !== null) throw new AppError('attention.closed');

  const recordedEpoch = nextRecordedEpoch(context, Math.floor(clock.now().getTime() / 1000));
  const instant = new Date(recordedEpoch * 1000);
  const series = getOpenSeries(context, input.seriesId, officialYear(instant));
  const sequence = series.lastSequence + 1;
  const number = formatRecordNumber(series, sequence);
  if (number.kind !== 'number')
    throw new AppError('record.numberUnavailable', { seriesId: series.seriesId, reason: number.kind });

  const granted = {
    sequence,
    recordNumber: number.recordNumber,
    recordedAt: formatOfficialInstant(instant),
    clock: clock.reading(),
  };
  const record = registeredRecordSchema.parse(input.build(granted));
  const isAsGranted =
    record.sequence === sequence &&
    record.recordNumber === granted.recordNumber &&
    record.recordedAt === granted.recordedAt &&
    record.seriesId === series.seriesId &&
    record.direction === series.direction;
  if (!isAsGranted) throw new AppError('internal.unexpected', { reason: 'the record is not the one that was granted' });

  connection.run(sql`UPDATE series SET last_sequence = ${sequence} WHERE series_id = ${series.seriesId}`);
  const journalSequence = appendJournal(context, series, canonicalJson({ kind: 'record', record, blobs: input.blobs }));
  storeRecord(context, { record, recordedEpoch, journalSequence, blobs: input.blobs });
  connection.run(sql`UPDATE attentions SET record_id = ${record.recordId} WHERE attention_id = ${input.attentionId}`);
  audit(context, { ...input.audit, subjectId: record.recordId });
  return record;
}

/** Official time never goes back, and a jump forward waits for a supervisor's word (one wrong clock dates a year wrong). */
function nextRecordedEpoch(context: StoreContext, now: number): number {
  const last = findLastEpoch(context);
  if (last === null) return now;
  const lastRecordedAt = formatOfficialInstant(new Date(last * 1000));
  if (now < last - heldSeconds) throw new AppError('clock.wentBack', { lastRecordedAt });
  if (needsWord(context, last, now)) throw new AppError('clock.jumpedForward', { lastRecordedAt });
  return Math.max(now, last);
}

function getOpenSeries(context: StoreContext, seriesId: string, year: number): StoredSeries {
  const series = findSeries(context, seriesId);
  if (series === null || series.isHalted || series.sealedAt !== null || !mayNumber(context, series, year))
    throw new AppError('record.seriesClosed', { seriesId, year });
  return series;
}

/** The emergency book is of any year, and only for when nothing else numbers (norms 02d §3). */
function mayNumber(context: StoreContext, series: StoredSeries, year: number): boolean {
  if (!isEmergencyBook(series)) return series.year === year;
  return findNumberingSeries(context, series.direction, year) === null;
}

type NewRecord = Readonly<{ record: RegisteredRecord; recordedEpoch: number; journalSequence: number }>;

/** A record that its journal entry already has, with all that follows from it, inside the caller's transaction. */
export function storeRecord(
  context: StoreContext,
  { blobs, ...row }: NewRecord & Readonly<{ blobs: readonly BlobReference[] }>,
): void {
  const { record, journalSequence } = row;
  const id = insertRecord(context, row);
  for (const document of record.documents) {
    addVersion(context, id, {
      documentId: document.documentId,
      extendsSha256: null,
      sha256: document.sha256,
      byteLength: document.byteLength,
      level: document.signatureLevel,
      at: record.recordedAt,
    });
    if (document.verification !== null) setVerdict(context, id, document.documentId, document.verification.verdict);
  }
  addKeptOriginals(context, id, record);
  addReferences(context, { seriesId: record.seriesId, journalSequence, record: id, blobs });
}

function insertRecord(context: StoreContext, row: NewRecord): number {
  const { record, recordedEpoch, journalSequence } = row;
  const { connection } = context;
  const id =
    connection.insert(sql`INSERT INTO records (record_id, record_number, series_id, sequence, journal_sequence, direction, recorded_epoch,
      recorded_at, presented_at, presenter_name, presenter_identifier, procedure_title, unit_name, summary, document_count)
    VALUES (${record.recordId}, ${record.recordNumber}, ${record.seriesId}, ${record.sequence}, ${journalSequence}, ${record.direction},
      ${recordedEpoch}, ${record.recordedAt}, ${record.presentedAt}, ${personName(record.presenter)}, ${record.presenter.identifier},
      ${record.procedureTitle}, ${record.unitName}, ${record.summary}, ${record.documents.length})`);
  addRecordWords(connection, id, record);
  return id;
}
