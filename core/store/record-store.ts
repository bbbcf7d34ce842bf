import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { AppError } from '../contract/errors.ts';
import type { RecordEvent, RecordState, RegisteredRecord, SyncState } from '../contract/schemas/record.ts';
import { journalBodySchema } from '../contract/sync-protocol.ts';
import type { BlobReference } from '../contract/sync-protocol.ts';
import { formatRecordNumber } from '../domain/numbering.ts';
import { formatOfficialInstant, officialYear } from '../domain/official-time.ts';
import type { AuditEntry, StoredRecord } from '../services/ports/store.ts';
import { addReferences } from './blob-references.ts';
import { setVerdict } from './document-verifications.ts';
import { addVersion, listVersions, markFinalProblem } from './document-versions.ts';
import { recordStateColumn, syncStateColumn } from './record-states.ts';
import { appendJournal, findNumberingSeries, findOpenSeries, findSeries } from './series-store.ts';
import type { StoredSeries } from './series-store.ts';
import { sql } from './sql.ts';
import { audit } from './store-context.ts';
import type { StoreContext } from './store-context.ts';
import { jsonColumn } from './stored-shapes.ts';

const bodyRowSchema = z.strictObject({ body: jsonColumn(journalBodySchema) });

const registeredRowSchema = bodyRowSchema.extend({
  id: z.int(),
  state: z.enum(['recorded', 'receipted', 'annulled', 'rectified']),
  syncState: z.enum(['pending', 'recordAcknowledged', 'complete', 'halted']),
});
const typeSchema = z.strictObject({ type: z.string() });

type RegisteredRow = Readonly<{ id: number; record: RegisteredRecord; state: RecordState; syncState: SyncState }>;

export function findRecord(context: StoreContext, recordId: string): StoredRecord | null {
  const registered = findRegistered(context, recordId);
  if (registered === null) return null;
  const { id, record, state, syncState } = registered;
  const bodies = context.connection.list(
    bodyRowSchema,
    sql`SELECT body FROM record_events JOIN journal ON journal.series_id = record_events.series_id
      AND journal.sequence = record_events.journal_sequence WHERE record = ${id} ORDER BY journal.id`,
  );
  const events: RecordEvent[] = [];
  for (const { body } of bodies) if (body.kind === 'event') events.push(body.event);
  return { record, events, state, syncState, versions: listVersions(context, id) };
}

/** The record as its journal entry has it: there is no second copy. */
export function findRegistered(context: StoreContext, recordId: string): RegisteredRow | null {
  const row = context.connection.find(
    registeredRowSchema,
    sql`SELECT records.id, body, ${recordStateColumn} AS state, ${syncStateColumn} AS syncState
      FROM records JOIN journal ON journal.series_id = records.series_id AND journal.sequence = records.journal_sequence
      WHERE record_id = ${recordId}`,
  );
  if (row === null) return null;
  if (row.body.kind !== 'record') throw new AppError('desk.storeDamaged', { recordId });
  return { id: row.id, record: row.body.record, state: row.state, syncState: row.syncState };
}

/**
 * Appends to a record: event, versions, journal entry, audit row. Also after its series was halted or its year ended. The
 * same receipt twice is one event. Throws `record.notFound`, `record.seriesClosed` (sealed, and no other is open), `record.alreadyRegistered` (another receipt exists),
 * `internal.unexpected` (a version that does not extend the current one).
 */
export function appendRecordEvent(
  context: StoreContext,
  recordId: string,
  event: RecordEvent,
  blobs: readonly BlobReference[],
  entry: AuditEntry,
): void {
  const eventId = randomUUID();
  context.connection.transaction(
    () => {
      const registered = findRegistered(context, recordId);
      if (registered === null) throw new AppError('record.notFound');
      if (event.type === 'receipted' && hasSameReceipt(context, registered.id, event.sha256)) return true;
      appendEvent(context, registered, { eventId, event, blobs });
      audit(context, entry);
      return true;
    },
    () => (hasEvent(context, eventId) ? true : null),
  );
}

const waitingSchema = z.strictObject({ recordId: z.string() });

/**
 * Gives the records of the emergency book their ordinary numbers, in the order of their entry, from the series of this
 * official year: number, event in that series' journal and audit row in one transaction. Nothing while no such series may
 * number. Returns how many were numbered.
 */
export function numberEmergencyRecords(context: StoreContext): number {
  const { connection, clock } = context;
  const waiting = connection.list(
    waitingSchema,
    sql`SELECT record_id AS recordId FROM series CROSS JOIN records USING (series_id) WHERE epoch >= 'a'
      AND NOT EXISTS (SELECT 1 FROM record_events WHERE record = records.id AND type = 'numbered') ORDER BY records.id`,
  );
  let numbered = 0;
  for (const { recordId } of waiting) {
    const isNumbered = connection.transaction(() => numberOnce(context, recordId, clock.now()));
    if (!isNumbered) break;
    numbered += 1;
  }
  return numbered;
}

function numberOnce(context: StoreContext, recordId: string, now: Date): boolean {
  const registered = findRegistered(context, recordId);
  if (registered === null) throw new AppError('record.notFound');
  const { direction } = registered.record;
  const series = findNumberingSeries(context, direction, officialYear(now));
  if (series === null) return false;
  const sequence = series.lastSequence + 1;
  const number = formatRecordNumber(series, sequence);
  if (number.kind !== 'number') return false;
  const { seriesId } = series;
  const { recordNumber } = number;
  context.connection.run(sql`UPDATE series SET last_sequence = ${sequence} WHERE series_id = ${seriesId}`);
  const event = { type: 'numbered' as const, at: formatOfficialInstant(now), recordNumber, seriesId, sequence };
  appendEvent(context, registered, { eventId: randomUUID(), event, blobs: [] });
  const details = { recordNumber, provisionalNumber: registered.record.recordNumber };
  audit(context, { action: 'record.numbered', officerId: null, subjectId: recordId, details });
  return true;
}

type NewEvent = Readonly<{ eventId: string; event: RecordEvent; blobs: readonly BlobReference[] }>;

function appendEvent(context: StoreContext, registered: RegisteredRow, { eventId, event, blobs }: NewEvent): void {
  const { id, record } = registered;
  const { recordId, recordNumber } = record;
  const series = event.type === 'numbered' ? findSeries(context, event.seriesId) : seriesForEvents(context, record);
  if (series === null) throw new AppError('desk.storeDamaged');
  const { seriesId } = series;
  const body = journalBodySchema.parse({ kind: 'event', eventId, recordId, recordNumber, event, blobs });
  const journalSequence = appendJournal(context, series, canonicalJson(body));
  applyEvent(context, { eventId, event, blobs, record: id, seriesId, journalSequence });
}

type PlacedEvent = NewEvent & Readonly<{ record: number; seriesId: string; journalSequence: number }>;

/** An event that its journal entry already has, with what follows from it, inside the caller's transaction. */
export function applyEvent(context: StoreContext, placed: PlacedEvent): void {
  const { eventId, event, blobs, record: id, seriesId, journalSequence } = placed;
  context.connection.run(sql`INSERT INTO record_events (event_id, record, series_id, journal_sequence, type)
    VALUES (${eventId}, ${id}, ${seriesId}, ${journalSequence}, ${event.type})`);
  addReferences(context, { seriesId, journalSequence, record: id, blobs });
  switch (event.type) {
    case 'receipted':
      addVersion(context, id, { ...versionOf(event), documentId: 'receipt', extendsSha256: null });
      break;
    case 'versionAdded':
      addVersion(context, id, {
        ...versionOf(event),
        documentId: event.documentId,
        extendsSha256: event.extendsSha256,
      });
      break;
    case 'evidenceProblem':
      // An unknown status is asked again at the next connection.
      if (event.problem !== 'statusUnknown') markFinalProblem(context, id, event.documentId);
      break;
    case 'verificationUpdated':
      setVerdict(context, id, event.documentId, event.verification.verdict);
      break;
    case 'numbered':
    case 'delivered':
    case 'annulled':
    case 'rectified':
      break;
  }
}

/** The record's own series, or once that is sealed the one that numbers now. */
function seriesForEvents(context: StoreContext, { seriesId, direction }: RegisteredRecord): StoredSeries {
  const own = findSeries(context, seriesId);
  if (own === null) throw new AppError('desk.storeDamaged', { seriesId });
  const series = own.sealedAt === null ? own : findOpenSeries(context, direction);
  if (series === null) throw new AppError('record.seriesClosed', { seriesId });
  return series;
}

function hasEvent(context: StoreContext, eventId: string): boolean {
  const found = context.connection.find(typeSchema, sql`SELECT type FROM record_events WHERE event_id = ${eventId}`);
  return found !== null;
}

function versionOf(event: Extract<RecordEvent, { type: 'receipted' | 'versionAdded' }>) {
  return { sha256: event.sha256, byteLength: event.byteLength, level: event.signatureLevel, at: event.at };
}

function hasSameReceipt(context: StoreContext, record: number, sha256: string): boolean {
  const first = listVersions(context, record).find((version) => version.documentId === 'receipt');
  if (first !== undefined && first.sha256 !== sha256) throw new AppError('record.alreadyRegistered');
  return first !== undefined;
}
