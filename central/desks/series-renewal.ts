import { z } from 'zod';
import type { Direction } from '../../core/contract/schemas/common.ts';
import { grantSigningText } from '../../core/contract/sync-protocol.ts';
import type { SeriesGrant, SeriesRequest } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant, officialYear } from '../../core/domain/official-time.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { EnrolledDesk } from './request-authentication.ts';
import { grantNextEpoch, lockDeskNumbers } from './series-grants.ts';

const unusedSchema = z.object({
  seriesId: z.string(),
  epoch: z.string(),
  template: z.string(),
  grantedAt: z.string(),
});

/**
 * Series of an enrolled desk where it has none that may number. What it sealed is granted to nobody again. A grant whose
 * answer was lost is given again as long as nothing came in it; for everything else the next epoch. Throws
 * `enrolment.year` (neither this year nor the next), `enrolment.epochs`.
 */
export async function renewSeries(
  context: CentreContext,
  desk: EnrolledDesk,
  request: SeriesRequest,
): Promise<readonly SeriesGrant[]> {
  const now = context.now();
  const current = officialYear(now);
  if (request.years.some((year) => year !== current && year !== current + 1)) throw new CentreError('enrolment.year');
  const grants = await context.database.transaction(async (connection) => {
    await lockDeskNumbers(connection, desk);
    for (const seriesId of request.sealed) {
      await connection.run(sql`UPDATE series SET sealed_at = ${now} WHERE series_id = ${seriesId}
        AND office_code = ${desk.officeCode} AND desk_number = ${desk.deskNumber} AND sealed_at IS NULL`);
    }
    const made: SeriesGrant[] = [];
    for (const year of new Set(request.years)) {
      for (const direction of ['incoming', 'outgoing'] as const) {
        if (await hasOpen(connection, desk, { year, direction, named: request.open })) continue;
        const unused = await findUnused(context, connection, desk, { year, direction });
        const { deskId, officeCode, deskNumber } = desk;
        const owner = { deskId, officeCode, deskNumber, grantedAt: formatOfficialInstant(now) };
        made.push(unused ?? (await grantNextEpoch(connection, context.key, owner, { year, direction })));
      }
    }
    return made;
  });
  if (request.sealed.length > 0) {
    context.log.info('series.sealed', { deskId: desk.deskId, seriesIds: request.sealed.join(' ') });
  }
  context.log.info('series.granted', {
    deskId: desk.deskId,
    seriesIds: grants.map(({ seriesId }) => seriesId).join(' '),
  });
  return grants;
}

type Wanted = Readonly<{ year: number; direction: Direction }>;

/** The desk names one that it may number in, and here too nothing speaks against it. */
async function hasOpen(
  connection: Queries,
  { deskId }: EnrolledDesk,
  { year, direction, named }: Wanted & Readonly<{ named: readonly string[] }>,
): Promise<boolean> {
  const open = await connection.list(
    z.object({ seriesId: z.string() }),
    sql`SELECT series_id AS "seriesId" FROM series WHERE desk_id = ${deskId} AND year = ${year}
      AND direction = ${direction} AND sealed_at IS NULL AND halted_at IS NULL`,
  );
  return open.some(({ seriesId }) => named.includes(seriesId));
}

async function findUnused(
  { key }: CentreContext,
  connection: Queries,
  { deskId, officeCode, deskNumber }: EnrolledDesk,
  { year, direction }: Wanted,
): Promise<SeriesGrant | null> {
  const unused = await connection.find(
    unusedSchema,
    sql`SELECT series_id AS "seriesId", epoch, template, granted_at AS "grantedAt" FROM series
      WHERE desk_id = ${deskId} AND year = ${year} AND direction = ${direction} AND sealed_at IS NULL
        AND halted_at IS NULL AND cursor_sequence = 0 ORDER BY epoch DESC LIMIT 1`,
  );
  if (unused === null) return null;
  const grant = { ...unused, officeCode, deskNumber, year, direction, deskId };
  return { ...grant, signature: key.sign(grantSigningText(grant)) };
}
