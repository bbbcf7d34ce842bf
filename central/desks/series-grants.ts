import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { SeriesGrant } from '../../core/contract/sync-protocol.ts';
import { grantSigningText } from '../../core/contract/sync-protocol.ts';
import type { Direction } from '../../core/contract/schemas/common.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreKey } from '../centre-key.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';

const numberTemplate = '{office}{direction}{year2}{desk}{epoch}{sequence5}';
const emergencyTemplate = 'E-{office}{direction}{desk}{epoch}{sequence4}';

export type SeriesOwner = Readonly<{ deskId: string; officeCode: string; deskNumber: string; grantedAt: string }>;

/**
 * Grants the next free epoch of each direction and year, and of the emergency book of each direction: a desk that lost what it had (a broken disk) goes on in a new
 * epoch, so that no number is ever given twice. To be called inside a transaction.
 */
export async function grantSeries(
  connection: Queries,
  key: CentreKey,
  owner: SeriesOwner,
  years: readonly number[],
): Promise<SeriesGrant[]> {
  const grants: SeriesGrant[] = [];
  for (const year of years) {
    for (const direction of ['incoming', 'outgoing'] as const) {
      grants.push(await grantNextEpoch(connection, key, owner, { year, direction, isEmergency: false }));
    }
  }
  for (const direction of ['incoming', 'outgoing'] as const) {
    const [year = 0] = years;
    grants.push(await grantNextEpoch(connection, key, owner, { year, direction, isEmergency: true }));
  }
  return grants;
}

export type SeriesPlace = Readonly<{ year: number; direction: Direction; isEmergency: boolean }>;

/** Throws `enrolment.epochs` when the alphabet is used up. To be called inside a transaction that locked the desk. */
export async function grantNextEpoch(
  connection: Queries,
  key: CentreKey,
  owner: SeriesOwner,
  place: SeriesPlace,
): Promise<SeriesGrant> {
  const { year, direction, isEmergency } = place;
  const epoch = await nextEpoch(connection, owner, place);
  const grant = {
    seriesId: seriesIdOf(owner, year, direction, epoch),
    officeCode: owner.officeCode,
    deskNumber: owner.deskNumber,
    year,
    direction,
    epoch,
    template: isEmergency ? emergencyTemplate : numberTemplate,
    grantedAt: owner.grantedAt,
    deskId: owner.deskId,
  };
  await connection.run(sql`INSERT INTO series
    (series_id, office_code, desk_number, year, direction, epoch, template, granted_at, desk_id, cursor_hash)
    VALUES (${grant.seriesId}, ${grant.officeCode}, ${grant.deskNumber}, ${year}, ${direction}, ${epoch},
      ${grant.template}, ${grant.grantedAt}, ${grant.deskId}, ${genesisHash(grant.seriesId)})`);
  return { ...grant, signature: key.sign(grantSigningText(grant)) };
}

/** Two requests for one desk at once must not find the same epoch free: until the transaction ends, one waits. */
export async function lockDeskNumbers(
  connection: Queries,
  { officeCode, deskNumber }: Pick<SeriesOwner, 'officeCode' | 'deskNumber'>,
): Promise<void> {
  const desk = `${officeCode} ${deskNumber}`;
  await connection.find(z.unknown(), sql`SELECT pg_advisory_xact_lock(hashtextextended(${desk}, 0))::text`);
}

async function nextEpoch(
  connection: Queries,
  { officeCode, deskNumber }: SeriesOwner,
  { year, direction, isEmergency }: SeriesPlace,
): Promise<string> {
  // The number of the emergency book does not name its year: its epochs run on through all of them.
  const last = await connection.find(
    z.object({ epoch: z.string().nullable() }),
    sql`SELECT max(epoch) AS epoch FROM series WHERE office_code = ${officeCode} AND desk_number = ${deskNumber}
      AND direction = ${direction}
      AND ${isEmergency ? sql`epoch BETWEEN 'a' AND 'z' COLLATE "C"` : sql`epoch BETWEEN 'A' AND 'Z' COLLATE "C" AND year = ${year}`}`,
  );
  if (last?.epoch === 'Z' || last?.epoch === 'z') throw new CentreError('enrolment.epochs');
  if (last === null || last.epoch === null) return isEmergency ? 'a' : 'A';
  return String.fromCodePoint((last.epoch.codePointAt(0) ?? 0) + 1);
}

/** `O00009999-26-i-03-A`. */
function seriesIdOf(
  { officeCode, deskNumber }: SeriesOwner,
  year: number,
  direction: Direction,
  epoch: string,
): string {
  const year2 = String(year % 100).padStart(2, '0');
  return `${officeCode}-${year2}-${direction === 'incoming' ? 'i' : 'o'}-${deskNumber}-${epoch}`;
}

/** previousHash of a series' first entry (core/contract/sync-protocol.ts). */
function genesisHash(seriesId: string): string {
  return createHash('sha256').update(seriesId).digest('hex');
}
