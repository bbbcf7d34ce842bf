import { z } from 'zod';
import { grantSigningText } from '../../core/contract/sync-protocol.ts';
import type { SeriesGrant, SeriesRequest } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant, officialYear } from '../../core/domain/official-time.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { EnrolledDesk } from './request-authentication.ts';
import { grantNextEpoch, lockDeskNumbers } from './series-grants.ts';
import type { SeriesPlace } from './series-grants.ts';

const openSchema = z.object({
  seriesId: z.string(),
  year: z.int(),
  epoch: z.string(),
  template: z.string(),
  grantedAt: z.string(),
  cursor: z.int(),
});
type OpenSeries = Readonly<z.infer<typeof openSchema>>;

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
    const { deskId, officeCode, deskNumber } = desk;
    const owner = { deskId, officeCode, deskNumber, grantedAt: formatOfficialInstant(now) };
    for (const place of placesOf(request.years, current)) {
      const open = await listOpen(connection, desk, place);
      if (open.some(({ seriesId }) => request.open.includes(seriesId))) continue;
      const unused = open.filter(({ cursor }) => cursor === 0).at(-1);
      made.push(
        unused === undefined
          ? await grantNextEpoch(connection, context.key, owner, place)
          : grantAgain(context, desk, place, unused),
      );
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

function placesOf(years: readonly number[], current: number): SeriesPlace[] {
  return (['incoming', 'outgoing'] as const).flatMap((direction) => [
    ...[...new Set(years)].map((year) => ({ year, direction, isEmergency: false })),
    { year: current, direction, isEmergency: true },
  ]);
}

/** Against which nothing speaks here, oldest epoch first. */
function listOpen(
  connection: Queries,
  { deskId }: EnrolledDesk,
  { year, direction, isEmergency }: SeriesPlace,
): Promise<readonly OpenSeries[]> {
  const place = isEmergency
    ? sql`epoch BETWEEN 'a' AND 'z' COLLATE "C"`
    : sql`epoch BETWEEN 'A' AND 'Z' COLLATE "C" AND year = ${year}`;
  return connection.list(
    openSchema,
    sql`SELECT series_id AS "seriesId", year, epoch, template, granted_at AS "grantedAt", cursor_sequence AS cursor
      FROM series WHERE desk_id = ${deskId} AND direction = ${direction} AND ${place} AND sealed_at IS NULL
        AND halted_at IS NULL AND revoked_at IS NULL ORDER BY epoch`,
  );
}

function grantAgain(
  { key }: CentreContext,
  { deskId, officeCode, deskNumber }: EnrolledDesk,
  { direction }: SeriesPlace,
  { cursor: _cursor, ...granted }: OpenSeries,
): SeriesGrant {
  const grant = { ...granted, officeCode, deskNumber, direction, deskId };
  return { ...grant, signature: key.sign(grantSigningText(grant)) };
}
