import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { deskStandingSigningText } from '../../core/contract/sync-protocol.ts';
import type { DeskStanding } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import type { CentreContext } from '../context.ts';
import { bytesSchema } from '../database/database.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { revocationPlace } from '../encryption/places.ts';
import type { EnrolledDesk } from './request-authentication.ts';

export type Withdrawal = Readonly<{ by: string; reason: string }>;

const deskSchema = z.object({ deskId: z.string(), officeCode: z.string() });
const seriesSchema = z.object({ officeCode: z.string() });
const seriesIdSchema = z.object({ seriesId: z.string() });
const rowSchema = z.object({
  revocationId: z.string(),
  deskNumber: z.string().nullable(),
  seriesId: z.string().nullable(),
  revokedAt: z.date(),
  by: bytesSchema,
  reason: bytesSchema,
});

/**
 * Withdraws a desk: every identity of that place that is in force. Nothing that it asks for is answered any more; what it
 * registered is still taken, into quarantine. A new enrolment gives the place a desk again. Returns how many were withdrawn.
 */
export function revokeDesk(
  context: CentreContext,
  { officeCode, deskNumber }: Readonly<{ officeCode: string; deskNumber: string }>,
  withdrawal: Withdrawal,
): Promise<number> {
  return context.database.transaction(async (connection) => {
    const now = context.now();
    const revoked = await connection.list(
      deskSchema,
      sql`UPDATE desk SET revoked_at = ${now} WHERE office_code = ${officeCode} AND desk_number = ${deskNumber}
        AND revoked_at IS NULL RETURNING desk_id AS "deskId", office_code AS "officeCode"`,
    );
    for (const { deskId } of revoked) {
      await note(connection, context, { officeCode, deskId, seriesId: null, now, ...withdrawal });
      context.log.info('desk.revoked', { deskId, officeCode, deskNumber });
    }
    return revoked.length;
  });
}

/** Withdraws one series: its desk gets the next epoch at its next connection. False: there is none in force. */
export function revokeSeries(context: CentreContext, seriesId: string, withdrawal: Withdrawal): Promise<boolean> {
  return context.database.transaction(async (connection) => {
    const now = context.now();
    const series = await connection.find(
      seriesSchema,
      sql`UPDATE series SET revoked_at = ${now} WHERE series_id = ${seriesId} AND revoked_at IS NULL
        RETURNING office_code AS "officeCode"`,
    );
    if (series === null) return false;
    await note(connection, context, { officeCode: series.officeCode, deskId: null, seriesId, now, ...withdrawal });
    context.log.info('series.revoked', { seriesId });
    return true;
  });
}

export type Revocation = Withdrawal & Readonly<{ deskNumber: string | null; seriesId: string | null; revokedAt: Date }>;

/** What was withdrawn of an office, oldest first. Throws `stored.damaged`. */
export async function listRevocations(
  { database, atRest }: CentreContext,
  officeCode: string,
): Promise<readonly Revocation[]> {
  const rows = await database.list(
    rowSchema,
    sql`SELECT revocation_id AS "revocationId", desk_number AS "deskNumber", series_id AS "seriesId",
      revocation.revoked_at AS "revokedAt", revoked_by AS by, reason FROM revocation LEFT JOIN desk USING (desk_id)
      WHERE revocation.office_code = ${officeCode} ORDER BY position`,
  );
  return rows.map(({ revocationId, by, reason, ...revocation }) => ({
    ...revocation,
    by: atRest.columns.open(revocationPlace(revocationId, 'revoked_by'), by),
    reason: atRest.columns.open(revocationPlace(revocationId, 'reason'), reason),
  }));
}

/** How a desk stands, signed: it closes its series on nobody else's word. */
export async function describeStanding({ database, key }: CentreContext, desk: EnrolledDesk): Promise<DeskStanding> {
  const revoked = await database.list(
    seriesIdSchema,
    sql`SELECT series_id AS "seriesId" FROM series WHERE desk_id = ${desk.deskId} AND revoked_at IS NOT NULL
      ORDER BY series_id`,
  );
  const standing = {
    deskId: desk.deskId,
    revokedAt: desk.revokedAt === null ? null : formatOfficialInstant(desk.revokedAt),
    revokedSeries: revoked.map(({ seriesId }) => seriesId),
  };
  return { ...standing, signature: key.sign(deskStandingSigningText(standing)) };
}

type Noted = Withdrawal & Readonly<{ officeCode: string; deskId: string | null; seriesId: string | null; now: Date }>;

async function note(connection: Queries, { atRest }: CentreContext, noted: Noted): Promise<void> {
  const { officeCode, deskId, seriesId, now, by, reason } = noted;
  const revocationId = randomUUID();
  const sealedBy = atRest.columns.seal(revocationPlace(revocationId, 'revoked_by'), by);
  const sealedReason = atRest.columns.seal(revocationPlace(revocationId, 'reason'), reason);
  await connection.run(sql`INSERT INTO revocation
    (revocation_id, office_code, desk_id, series_id, revoked_at, revoked_by, reason) VALUES
    (${revocationId}, ${officeCode}, ${deskId}, ${seriesId}, ${now}, ${sealedBy}, ${sealedReason})`);
}
