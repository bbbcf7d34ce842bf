import { z } from 'zod';
import { directionSchema } from '../../core/contract/schemas/common.ts';
import { grantSigningText } from '../../core/contract/sync-protocol.ts';
import type { OwnSeriesResponse } from '../../core/contract/sync-protocol.ts';
import type { CentreContext } from '../context.ts';
import { sql } from '../database/sql.ts';
import type { EnrolledDesk } from './request-authentication.ts';
import { identitiesOf } from './same-desk.ts';

const rowSchema = z.object({
  seriesId: z.string(),
  officeCode: z.string(),
  deskNumber: z.string(),
  year: z.int(),
  direction: directionSchema,
  epoch: z.string(),
  template: z.string(),
  grantedAt: z.string(),
  deskId: z.string(),
  cursor: z.int(),
});

/** Every series of a desk, under whichever identity it was granted, with how far the centre has it; oldest first. */
export async function listOwnSeries(
  { database, key }: CentreContext,
  desk: EnrolledDesk,
): Promise<OwnSeriesResponse['series']> {
  const rows = await database.list(
    rowSchema,
    sql`SELECT series_id AS "seriesId", office_code AS "officeCode", desk_number AS "deskNumber", year, direction, epoch,
      template, granted_at AS "grantedAt", desk_id AS "deskId", cursor_sequence AS cursor
      FROM series WHERE desk_id IN ${identitiesOf(desk)} ORDER BY year, series_id`,
  );
  return rows.map(({ cursor, ...grant }) => ({
    grant: { ...grant, signature: key.sign(grantSigningText(grant)) },
    cursor,
  }));
}
