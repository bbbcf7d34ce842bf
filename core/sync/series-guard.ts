import type { SeriesGrant } from '../contract/sync-protocol.ts';
import { isEmergencyBook } from '../domain/numbering.ts';
import { officialYear } from '../domain/official-time.ts';
import type { DeskStore } from '../services/ports/store.ts';
import type { CentreClient } from './centre-client.ts';

const directions = ['incoming', 'outgoing'] as const;

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
