import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { journalBodySchema } from '../../core/contract/sync-protocol.ts';
import type { JournalEntry } from '../../core/contract/sync-protocol.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { journalGenesis, journalHash } from '../../core/store/series-store.ts';
import type { Shown } from './desk-run.ts';

const everything = 1_000_000;

/**
 * Compares what the officer was shown with what an opened desk holds: every record under its number, the numbers without gap
 * or repetition, the journal chained, the files whole, the audit chain intact, nothing half written. Returns what is wrong.
 */
export async function checkDesk(
  desk: OpenDesk,
  folder: string,
  seriesId: string,
  shown: Shown,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const entries = desk.store.listEntriesAfter(seriesId, 0, everything);
  const records = new Map<number, string>();
  let previousHash = journalGenesis(seriesId);
  for (const [index, entry] of entries.entries()) {
    const isChained =
      entry.sequence === index + 1 &&
      entry.previousHash === previousHash &&
      entry.hash === journalHash(previousHash, entry.body);
    if (!isChained) problems.push(`journal entry ${entry.sequence} does not follow the one before it`);
    previousHash = entry.hash;
    const body = journalBodySchema.parse(JSON.parse(entry.body));
    if (body.kind !== 'record') continue;
    if (records.has(body.record.sequence)) problems.push(`number ${body.record.sequence} given twice`);
    records.set(body.record.sequence, body.record.recordId);
  }
  for (let sequence = 1; sequence <= records.size; sequence += 1)
    if (!records.has(sequence)) problems.push(`number ${sequence} missing`);
  for (const [sequence, { recordId, digests }] of shown.records) {
    if (records.get(sequence) !== recordId) problems.push(`record ${sequence} shown and lost`);
    for (const digest of digests) problems.push(...(await checkFile(desk, digest)));
    const isDelivered = desk.store.findRecord(recordId)?.events.some(({ type }) => type === 'delivered') ?? false;
    if (shown.delivered.has(recordId) && !isDelivered) problems.push(`delivery of ${sequence} shown and lost`);
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

/** The journal entries that the desk believes to be at the centre. */
export function listAcknowledged({ store }: OpenDesk, seriesId: string): readonly JournalEntry[] {
  const pending = new Set(store.listUnacknowledgedEntries(seriesId, everything).map(({ sequence }) => sequence));
  return store.listEntriesAfter(seriesId, 0, everything).filter(({ sequence }) => !pending.has(sequence));
}

async function checkFile({ blobs }: OpenDesk, digest: string): Promise<readonly string[]> {
  try {
    const content = await blobs.get(digest);
    return createHash('sha256').update(content).digest('hex') === digest ? [] : [`file ${digest} torn`];
  } catch (error) {
    return [`file ${digest}: ${String(error)}`];
  }
}
