import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { RegisteredRecord } from '../contract/schemas/record.ts';
import { journalBodySchema } from '../contract/sync-protocol.ts';
import type { JournalBody } from '../contract/sync-protocol.ts';
import type { AcknowledgedEntry } from '../services/ports/store.ts';
import { findLastEpoch } from './forward-jump.ts';
import { markEntriesAcknowledged } from './outbox-store.ts';
import { applyEvent, findRegistered } from './record-store.ts';
import { storeRecord } from './register.ts';
import { findEntryHash, findSeries, journalGenesis, journalHash } from './series-store.ts';
import { sql } from './sql.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';

const attentionSchema = z.strictObject({ attentionId: z.string() });

/**
 * Takes back entries of sealed series that this desk wrote and lost: each continues the chain of its series, and its
 * acknowledgement (whose signature the caller verified) is of it. Record, documents, files and search words are stored as at
 * registration; the files themselves follow. What this desk did again since (another receipt of the same record) stands;
 * then the entry is in the journal and the audit tells of it. All of them or none; `sync.forked` when one does not continue.
 */
export function adoptEntries(context: StoreContext, entries: readonly AcknowledgedEntry[]): void {
  write(context, () => {
    for (const entry of entries) adopt(context, entry);
  });
}

function adopt(context: StoreContext, { entry, acknowledgement }: AcknowledgedEntry): void {
  const { connection } = context;
  const { seriesId, sequence, previousHash, hash, body: text } = entry;
  const series = findSeries(context, seriesId);
  if (series === null || series.sealedAt === null) throw new AppError('sync.forked', { seriesId, sequence });
  const head =
    series.lastJournalSequence === 0
      ? journalGenesis(seriesId)
      : findEntryHash(context, seriesId, series.lastJournalSequence);
  const isNext =
    sequence === series.lastJournalSequence + 1 &&
    previousHash === head &&
    hash === journalHash(previousHash, text) &&
    acknowledgement.seriesId === seriesId &&
    acknowledgement.sequence === sequence &&
    acknowledgement.hash === hash;
  if (!isNext) throw new AppError('sync.forked', { seriesId, sequence });
  const body = readBody(text);
  const numbered = body === null ? 0 : countNumbers(body);
  connection.run(sql`UPDATE series SET last_sequence = ${series.lastSequence + numbered},
    last_journal_sequence = ${sequence}, acknowledged_sequence = ${sequence} WHERE series_id = ${seriesId}`);
  connection.run(sql`INSERT INTO journal (series_id, sequence, previous_hash, hash, body)
    VALUES (${seriesId}, ${sequence}, ${previousHash}, ${hash}, ${text})`);
  markEntriesAcknowledged(context, [acknowledgement]);
  try {
    // A place of its own in the transaction: what does not fit is taken back, and the entry stays.
    connection.transaction(() => {
      if (body === null) throw new AppError('sync.forked', { seriesId, sequence });
      store(context, body, seriesId, sequence);
    });
  } catch (error) {
    if (error instanceof AppError && (error.code === 'desk.diskFull' || error.code === 'desk.storeDamaged'))
      throw error;
    const details = { seriesId, sequence };
    audit(context, { action: 'entry.notApplied', officerId: null, subjectId: null, details });
  }
}

/** Null: not what this program writes; the centre keeps it in quarantine. */
function readBody(text: string): JournalBody | null {
  try {
    return journalBodySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function countNumbers(body: JournalBody): 0 | 1 {
  return body.kind === 'record' || body.event.type === 'numbered' ? 1 : 0;
}

function store(context: StoreContext, body: JournalBody, seriesId: string, journalSequence: number): void {
  if (body.kind === 'record') {
    const { record, blobs } = body;
    // Time goes on in the order of the records here; the record's own time stays as it says.
    const recordedEpoch = Math.max(Math.floor(Date.parse(record.recordedAt) / 1000), findLastEpoch(context) ?? 0);
    storeRecord(context, { record, recordedEpoch, journalSequence, blobs });
    linkDraft(context, record);
    return;
  }
  const registered = findRegistered(context, body.recordId);
  if (registered === null) throw new AppError('record.notFound');
  const { eventId, event, blobs } = body;
  applyEvent(context, { eventId, event, blobs, record: registered.id, seriesId, journalSequence });
}

/** The attention that a copy still has on the counter was registered after it: it is not registered twice. */
function linkDraft({ connection }: StoreContext, { recordId, documents }: RegisteredRecord): void {
  for (const { documentId } of documents) {
    const draft = connection.find(
      attentionSchema,
      sql`SELECT attention_id AS attentionId FROM documents JOIN attentions USING (attention_id)
        WHERE document_id = ${documentId} AND record_id IS NULL`,
    );
    if (draft === null) continue;
    connection.run(sql`UPDATE attentions SET record_id = ${recordId} WHERE attention_id = ${draft.attentionId}`);
    return;
  }
}
