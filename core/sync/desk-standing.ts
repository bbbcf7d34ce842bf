import { isEmergencyBook } from '../domain/numbering.ts';
import type { DeskStore } from '../services/ports/store.ts';
import type { CentreClient } from './centre-client.ts';

/**
 * Series that the centre withdrew number no more. A desk that was withdrawn itself keeps its emergency book, so that who stands
 * at the counter is attended to; true: it was.
 */
export async function learnStanding(store: DeskStore, client: CentreClient, signal: AbortSignal): Promise<boolean> {
  const { revokedAt, revokedSeries } = await client.getStanding(signal);
  const isRevoked = revokedAt !== null;
  for (const series of store.listSeries()) {
    const { seriesId, lastJournalSequence, sealedAt } = series;
    const isWithdrawn = revokedSeries.includes(seriesId) || (isRevoked && !isEmergencyBook(series));
    if (isWithdrawn && sealedAt === null)
      store.sealSeries({ seriesId, journalSequence: lastJournalSequence }, 'revoked');
  }
  return isRevoked;
}
