import type { SeriesGrant } from '../contract/sync-protocol.ts';
import { isEmergencyBook } from '../domain/numbering.ts';
import { officialYear } from '../domain/official-time.ts';
import type { DeskStore } from '../services/ports/store.ts';
import type { CentreClient } from './centre-client.ts';

const directions = ['incoming', 'outgoing'] as const;

/**
 * Asks the centre how much of each series it has. More than this database: an old copy was started, the numbers that it would
 * give are given, and the series is sealed. Less than the centre had acknowledged: it has forgotten (a restored backup), and
 * is sent again what it lost: the places up to which it has those series. A series of the same length with another end is for the entries themselves to show (a fork).
 */
export async function compareCursors(
  store: DeskStore,
  client: CentreClient,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const forgotten = new Map<string, number>();
  for (const { seriesId, lastJournalSequence, acknowledgedSequence, sealedAt, isHalted } of store.listSeries()) {
    if (isHalted) continue;
    const { cursor } = await client.getCursor(seriesId, signal);
    if (cursor > lastJournalSequence && sealedAt === null) store.sealSeries({ seriesId, journalSequence: cursor });
    if (cursor >= acknowledgedSequence) continue;
    store.offerBlobsAgain(seriesId, cursor);
    forgotten.set(seriesId, cursor);
  }
  return forgotten;
}

/**
 * Asks for a series wherever this year, the next or the emergency book has none that may number: at the turn of the year,
 * after a fork, or after an old copy came back. Returns how many came.
 */
export async function renewSeries(
  store: DeskStore,
  client: CentreClient,
  now: Date,
  signal: AbortSignal,
): Promise<number> {
  const year = officialYear(now);
  const open = store.listSeries().filter(({ sealedAt, isHalted }) => sealedAt === null && !isHalted);
  const ordinary = open.filter((series) => !isEmergencyBook(series));
  const years = [year, year + 1].filter((wanted) => !isComplete(ordinary.filter((series) => series.year === wanted)));
  if (years.length === 0 && isComplete(open.filter((series) => isEmergencyBook(series)))) return 0;
  const sealed = store.listSealedSeries();
  const grants = await client.requestSeries(
    { years, open: open.map(({ seriesId }) => seriesId), sealed: [...sealed] },
    signal,
  );
  for (const grant of grants) store.putSeries(grant);
  return grants.length;
}

function isComplete(series: readonly Pick<SeriesGrant, 'direction'>[]): boolean {
  return directions.every((wanted) => series.some(({ direction }) => direction === wanted));
}
