import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { journalBodySchema } from '../../core/contract/sync-protocol.ts';
import type { JournalBody, JournalEntry } from '../../core/contract/sync-protocol.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { journalGenesis, journalHash } from '../../core/store/series-store.ts';
import type { Shown, ShownRecord } from './shown.ts';

const everything = 1_000_000;

/**
 * Compares what the officer was shown with what an opened desk holds: every record under its number, time and codes; the
 * numbers of each series without gap or repetition and in the order of time; the journals chained, the files whole, the
 * audit chain intact, nothing half written. Returns what is wrong.
 */
export async function checkDesk(desk: OpenDesk, folder: string, shown: Shown): Promise<readonly string[]> {
  const problems = desk.store.listSeries().flatMap(({ seriesId }) => checkSeries(desk, seriesId));
  for (const record of shown.records.values()) {
    problems.push(...checkShown(desk, record, shown.delivered.has(record.recordId)));
    for (const digest of record.digests) problems.push(...(await checkFile(desk, digest)));
  }
  const verdict = desk.verifyAudit();
  if (verdict.result !== 'intact') problems.push(`audit chain: ${verdict.result}`);
  try {
    desk.checkDatabase();
  } catch (error) {
    problems.push(`database: ${String(error)}`);
  }
  if (readdirSync(join(folder, 'blobs', 'new')).length > 0) problems.push('files half written were left');
  return problems;
}

export function listEntries({ store }: OpenDesk, seriesId: string): readonly JournalEntry[] {
  return store.listEntriesAfter(seriesId, 0, everything);
}

/** The journal entries that the desk believes to be at the centre. */
export function listAcknowledged(desk: OpenDesk, seriesId: string): readonly JournalEntry[] {
  const pending = new Set(desk.store.listUnacknowledgedEntries(seriesId, everything).map(({ sequence }) => sequence));
  return listEntries(desk, seriesId).filter(({ sequence }) => !pending.has(sequence));
}

export function bodyOf({ body }: Pick<JournalEntry, 'body'>): JournalBody {
  return journalBodySchema.parse(JSON.parse(body));
}

function checkSeries(desk: OpenDesk, seriesId: string): string[] {
  const problems: string[] = [];
  const numbers: number[] = [];
  let previousHash = journalGenesis(seriesId);
  let lastRecordedAt = 0;
  for (const [index, entry] of listEntries(desk, seriesId).entries()) {
    const isChained =
      entry.sequence === index + 1 &&
      entry.previousHash === previousHash &&
      entry.hash === journalHash(previousHash, entry.body);
    if (!isChained) problems.push(`${seriesId}: entry ${entry.sequence} does not follow the one before it`);
    previousHash = entry.hash;
    const body = bodyOf(entry);
    if (body.kind === 'event') {
      if (body.event.type === 'numbered') numbers.push(body.event.sequence);
      continue;
    }
    const { record } = body;
    numbers.push(record.sequence);
    const recordedAt = Date.parse(record.recordedAt);
    if (recordedAt < lastRecordedAt) problems.push(`${record.recordNumber} is earlier than the one before it`);
    lastRecordedAt = recordedAt;
  }
  for (const [index, number] of numbers.entries())
    if (number !== index + 1) problems.push(`${seriesId}: number ${number} in place ${index + 1}`);
  return problems;
}

function checkShown({ store }: OpenDesk, shown: ShownRecord, isDelivered: boolean): readonly string[] {
  const stored = store.findRecord(shown.recordId);
  if (stored === null) return [`record ${shown.recordNumber} shown and lost`];
  const { record, events } = stored;
  const codes = [...record.documents.map(({ verificationCode }) => verificationCode), record.receiptVerificationCode];
  const isSame =
    record.recordNumber === shown.recordNumber &&
    record.recordedAt === shown.recordedAt &&
    codes.join() === shown.codes.join();
  return [
    ...(isSame ? [] : [`record ${shown.recordNumber} is not what was shown`]),
    ...(isDelivered && !events.some(({ type }) => type === 'delivered')
      ? [`delivery of ${shown.recordNumber} shown and lost`]
      : []),
  ];
}

async function checkFile({ blobs }: OpenDesk, digest: string): Promise<readonly string[]> {
  try {
    const content = await blobs.get(digest);
    return createHash('sha256').update(content).digest('hex') === digest ? [] : [`file ${digest} torn`];
  } catch (error) {
    return [`file ${digest}: ${String(error)}`];
  }
}
