import { z } from 'zod';
import { directionSchema } from '../../core/contract/schemas/common.ts';
import { CentreError } from '../centre-error.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { Sql } from '../database/sql.ts';
import { identitiesOf } from '../desks/same-desk.ts';
import type { EnrolledDesk } from '../desks/request-authentication.ts';

const seriesRowSchema = z.object({
  seriesId: z.string(),
  officeCode: z.string(),
  deskNumber: z.string(),
  year: z.int(),
  direction: directionSchema,
  epoch: z.string(),
  template: z.string(),
  deskId: z.string(),
  cursor: z.int(),
  cursorHash: z.string(),
  lastRecordSequence: z.coerce.number(),
  lastRecordedAt: z.date().nullable(),
  isHalted: z.boolean(),
  isRevoked: z.boolean(),
  isDeskRevoked: z.boolean(),
});

export type SeriesRow = Readonly<z.infer<typeof seriesRowSchema>>;

/** The series of the desk's office. Throws `series.notFound`, also for another office's: it learns nothing of them. */
export async function getSeries(connection: Queries, desk: EnrolledDesk, seriesId: string): Promise<SeriesRow> {
  return findSeries(connection, desk, selectSeries(seriesId));
}

/**
 * The series, locked until the transaction ends, for its own desk, under this or a former identity: what it registered before
 * it was enrolled again still comes. Throws `series.notFound`, `series.otherDesk`.
 */
export async function lockSeries(connection: Queries, desk: EnrolledDesk, seriesId: string): Promise<SeriesRow> {
  const series = await findSeries(connection, desk, sql`${selectSeries(seriesId)} FOR UPDATE`);
  const isOwn =
    series.deskId === desk.deskId ||
    (await connection.find(z.unknown(), sql`SELECT 1 WHERE ${series.deskId}::uuid IN ${identitiesOf(desk)}`)) !== null;
  if (!isOwn) throw new CentreError('series.otherDesk');
  return series;
}

async function findSeries(connection: Queries, desk: EnrolledDesk, statement: Sql): Promise<SeriesRow> {
  const series = await connection.find(seriesRowSchema, statement);
  if (series === null || series.officeCode !== desk.officeCode) throw new CentreError('series.notFound');
  return series;
}

function selectSeries(seriesId: string): Sql {
  return sql`SELECT series_id AS "seriesId", office_code AS "officeCode", desk_number AS "deskNumber", year, direction,
    epoch, template, desk_id AS "deskId", cursor_sequence AS cursor, cursor_hash AS "cursorHash",
    last_record_sequence AS "lastRecordSequence", last_recorded_at AS "lastRecordedAt",
    halted_at IS NOT NULL AS "isHalted", revoked_at IS NOT NULL AS "isRevoked",
    (SELECT revoked_at IS NOT NULL FROM desk WHERE desk.desk_id = series.desk_id) AS "isDeskRevoked" FROM series WHERE series_id = ${seriesId}`;
}
