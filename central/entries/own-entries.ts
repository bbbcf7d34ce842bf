import { z } from 'zod';
import type { OwnEntriesResponse } from '../../core/contract/sync-protocol.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { bytesSchema } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { EnrolledDesk } from '../desks/request-authentication.ts';
import { identitiesOf } from '../desks/same-desk.ts';
import { entryPlace } from '../encryption/places.ts';
import { acknowledge } from './acknowledge.ts';

const entriesPerAnswer = 100;
/** Bodies that one answer holds at most, beyond its first. */
const mostBodyBytes = 8 * 1024 * 1024;

const rowSchema = z.object({
  sequence: z.int(),
  previousHash: z.string(),
  hash: z.string(),
  body: bytesSchema,
  acceptedAt: z.date(),
  reasons: z.array(z.string()),
});

/**
 * Entries of a desk's own series behind a place, in order, as the desk wrote them: for one that lost them. Throws
 * `series.notFound`, also for what is another desk's, `stored.damaged`.
 */
export async function listOwnEntries(
  context: CentreContext,
  desk: EnrolledDesk,
  seriesId: string,
  after: number,
): Promise<OwnEntriesResponse> {
  const { database, atRest } = context;
  const series = await database.find(
    z.object({ seriesId: z.string() }),
    sql`SELECT series_id AS "seriesId" FROM series WHERE series_id = ${seriesId} AND desk_id IN ${identitiesOf(desk)}`,
  );
  if (series === null) throw new CentreError('series.notFound');
  const rows = await database.list(
    rowSchema,
    sql`SELECT sequence, previous_hash AS "previousHash", hash, body, accepted_at AS "acceptedAt",
        quarantine_reasons AS reasons
      FROM (SELECT entry.*, sum(octet_length(body)) OVER (ORDER BY sequence) AS total FROM entry
        WHERE series_id = ${seriesId} AND sequence > ${after} AND sequence <= ${after}::bigint + ${entriesPerAnswer}) AS due
      WHERE total <= ${mostBodyBytes} OR sequence = ${after}::bigint + 1 ORDER BY sequence`,
  );
  const entries = rows.map(({ sequence, previousHash, hash, body, acceptedAt, reasons }) => ({
    entry: {
      seriesId,
      sequence,
      previousHash,
      hash,
      body: atRest.bodies.open(entryPlace(seriesId, sequence), body),
    },
    acknowledgement: acknowledge(context, seriesId, { sequence, hash, acceptedAt, reasons }),
  }));
  context.metrics.count('ventanilla_entries_given_back_total', {}, entries.length);
  return { entries };
}
