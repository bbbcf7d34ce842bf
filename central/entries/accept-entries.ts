import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { EntriesResponse, JournalEntry } from '../../core/contract/sync-protocol.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { AtRest } from '../encryption/at-rest.ts';
import type { EnrolledDesk } from '../desks/request-authentication.ts';
import { findPublishedNames } from '../reference/published-names.ts';
import type { PublishedNames } from '../reference/published-names.ts';
import { acknowledge } from './acknowledge.ts';
import type { StoredEntry } from './acknowledge.ts';
import { lockSeries } from './series-rows.ts';
import type { SeriesRow } from './series-rows.ts';
import { takeIn } from './take-in.ts';

type Outcome =
  | Readonly<{ result: 'accepted'; entries: readonly StoredEntry[]; newCount: number }>
  | Exclude<EntriesResponse, { result: 'accepted' }>;

/**
 * Takes entries of a series: the next ones in order are committed and acknowledged; known ones are acknowledged again; a
 * gap gives the cursor; a different story about a known place halts the series as a fork. What breaks a business rule is
 * accepted in quarantine, with its reasons: an issued record is never refused. Throws `series.notFound`,
 * `series.otherDesk`, `entry.order`, `entry.hash`.
 */
export async function acceptEntries(
  context: CentreContext,
  desk: EnrolledDesk,
  seriesId: string,
  entries: readonly JournalEntry[],
): Promise<EntriesResponse> {
  checkRequest(seriesId, entries);
  const names = await findPublishedNames(context);
  const outcome = await context.database.transaction(async (connection) => {
    const series = await lockSeries(connection, desk, seriesId);
    return takeEntries(connection, { atRest: context.atRest, series, entries, names, now: context.now() });
  });
  // Only now is it committed: what is signed before could be taken back.
  report(context, seriesId, entries.length, outcome);
  if (outcome.result !== 'accepted') return outcome;
  const acknowledgements = outcome.entries.map((entry) => acknowledge(context, seriesId, entry));
  return { result: 'accepted', isDurable: context.database.isDurable, acknowledgements };
}

function checkRequest(seriesId: string, entries: readonly JournalEntry[]): void {
  const first = entries[0]?.sequence ?? 0;
  entries.forEach((entry, index) => {
    const previous = entries[index - 1];
    if (entry.seriesId !== seriesId || entry.sequence !== first + index || entry.body.includes('\0')) {
      throw new CentreError('entry.order');
    }
    if (entry.hash !== hashEntry(entry)) throw new CentreError('entry.hash');
    if (previous !== undefined && entry.previousHash !== previous.hash) throw new CentreError('entry.order');
  });
}

function hashEntry({ previousHash, body }: JournalEntry): string {
  return createHash('sha256').update(Buffer.from(previousHash, 'hex')).update(body).digest('hex');
}

type Work = Readonly<{
  atRest: AtRest;
  series: SeriesRow;
  entries: readonly JournalEntry[];
  names: PublishedNames | null;
  now: Date;
}>;

async function takeEntries(connection: Queries, work: Work): Promise<Outcome> {
  const { series, entries, now } = work;
  const { seriesId, cursor, cursorHash } = series;
  const first = entries[0];
  const last = entries.at(-1);
  if (first === undefined || last === undefined) throw new CentreError('entry.order');
  if (first.sequence > cursor + 1) return { result: 'gap', cursor, cursorHash };
  const known = await listEntries(connection, seriesId, first.sequence, last.sequence);
  const forked = known.find((stored, index) => stored.hash !== entries[index]?.hash);
  if (forked !== undefined) return halt(connection, series, now, forked);
  const fresh = entries.slice(known.length);
  if (fresh.length === 0) return { result: 'accepted', entries: known, newCount: 0 };
  const isContinued = fresh[0]?.previousHash === cursorHash;
  if (!isContinued || series.isHalted) return halt(connection, series, now, { sequence: cursor, hash: cursorHash });
  const { reasons, nextSeries } = await takeIn(connection, { ...work, entries: fresh });
  const taken = fresh.map(({ sequence, hash }, index): StoredEntry => ({
    sequence,
    hash,
    acceptedAt: now,
    reasons: reasons[index] ?? [],
  }));
  await connection.run(sql`UPDATE series SET cursor_sequence = ${last.sequence}, cursor_hash = ${last.hash},
    last_record_sequence = ${nextSeries.lastRecordSequence}, last_recorded_at = ${nextSeries.lastRecordedAt}
    WHERE series_id = ${seriesId}`);
  return { result: 'accepted', entries: [...known, ...taken], newCount: taken.length };
}

async function halt(
  connection: Queries,
  { seriesId, isHalted }: SeriesRow,
  now: Date,
  { sequence, hash }: Pick<StoredEntry, 'sequence' | 'hash'>,
): Promise<Outcome> {
  if (!isHalted) await connection.run(sql`UPDATE series SET halted_at = ${now} WHERE series_id = ${seriesId}`);
  // A first entry that does not begin where its series begins has no place of ours to compare with but the beginning.
  return { result: 'fork', sequence, hash };
}

function listEntries(connection: Queries, seriesId: string, from: number, to: number): Promise<readonly StoredEntry[]> {
  const schema = z.object({
    sequence: z.int(),
    hash: z.string(),
    acceptedAt: z.date(),
    reasons: z.array(z.string()),
  });
  return connection.list(
    schema,
    sql`SELECT sequence, hash, accepted_at AS "acceptedAt", quarantine_reasons AS reasons FROM entry
      WHERE series_id = ${seriesId} AND sequence BETWEEN ${from} AND ${to} ORDER BY sequence`,
  );
}

function report({ metrics, log }: CentreContext, seriesId: string, sent: number, outcome: Outcome): void {
  switch (outcome.result) {
    case 'accepted': {
      metrics.count('ventanilla_entries_accepted_total', {}, outcome.newCount);
      metrics.count('ventanilla_entries_replayed_total', {}, sent - outcome.newCount);
      for (const { sequence, reasons } of outcome.entries.slice(sent - outcome.newCount)) {
        if (reasons.length === 0) continue;
        metrics.count('ventanilla_entries_quarantined_total');
        log.info('entry.quarantined', { seriesId, sequence, reasons: reasons.join(' ') });
      }
      return;
    }
    case 'gap':
      metrics.count('ventanilla_series_gaps_total');
      log.info('series.gap', { seriesId, cursor: outcome.cursor });
      return;
    case 'fork':
      metrics.count('ventanilla_series_forks_total');
      log.error('series.forked', null, { seriesId, sequence: outcome.sequence });
  }
}
