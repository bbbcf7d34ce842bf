import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { SeriesGrant } from '../contract/sync-protocol.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { sql } from './sql.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';

export type StoredSeries = SeriesGrant & {
  lastSequence: number;
  lastJournalSequence: number;
  acknowledgedSequence: number;
  isHalted: boolean;
  /** Since then it takes nothing: its head was found behind what it had been. */
  sealedAt: string | null;
};

const flag = z.int().transform((value) => value === 1);

const seriesRowSchema: z.ZodType<StoredSeries> = z.strictObject({
  seriesId: z.string(),
  officeCode: z.string(),
  deskNumber: z.string(),
  year: z.int(),
  direction: z.enum(['incoming', 'outgoing']),
  epoch: z.string(),
  template: z.string(),
  grantedAt: z.string(),
  deskId: z.string(),
  signature: z.string(),
  lastSequence: z.int(),
  lastJournalSequence: z.int(),
  acknowledgedSequence: z.int(),
  isHalted: flag,
  sealedAt: z.string().nullable(),
});

const hashSchema = z.strictObject({ hash: z.string() });
const seriesIdSchema = z.strictObject({ seriesId: z.string() });
const headSchema = z.strictObject({
  seriesId: z.string(),
  journalSequence: z.int().positive(),
  hash: z.string(),
  lastSequence: z.int().nonnegative().optional(),
});

export type SeriesHead = Readonly<z.infer<typeof headSchema>>;

const seriesColumns = sql`SELECT series_id AS seriesId, office_code AS officeCode, desk_number AS deskNumber, year, direction, epoch,
  template, granted_at AS grantedAt, desk_id AS deskId, signature, last_sequence AS lastSequence,
  last_journal_sequence AS lastJournalSequence, acknowledged_sequence AS acknowledgedSequence, is_halted AS isHalted,
  sealed_at AS sealedAt FROM series`;

/** A grant given again (same numbers) replaces its signature; one that changes what numbers look like, or of a series that was lost, is `sync.refused`. */
export function putSeries(context: StoreContext, grant: SeriesGrant): void {
  const { seriesId, officeCode, deskNumber, year, direction, epoch, template, grantedAt, deskId, signature } = grant;
  write(context, () => {
    const known = findSeries(context, seriesId);
    if (isLost(context, seriesId)) throw new AppError('sync.refused', { seriesId });
    if (known === null) {
      insertSeries(context, grant);
      return;
    }
    const isSame =
      known.officeCode === officeCode &&
      known.deskNumber === deskNumber &&
      known.year === year &&
      known.direction === direction &&
      known.epoch === epoch &&
      known.template === template &&
      known.deskId === deskId;
    if (!isSame) throw new AppError('sync.refused', { seriesId });
    context.connection.run(
      sql`UPDATE series SET granted_at = ${grantedAt}, signature = ${signature} WHERE series_id = ${seriesId}`,
    );
  });
}

export function listSeries({ connection }: Pick<StoreContext, 'connection'>): readonly StoredSeries[] {
  return connection.list(seriesRowSchema, sql`${seriesColumns} ORDER BY year, direction, epoch, series_id`);
}

export function findSeries(context: StoreContext, seriesId: string): StoredSeries | null {
  return context.connection.find(seriesRowSchema, sql`${seriesColumns} WHERE series_id = ${seriesId}`);
}

export function markSeriesHalted(context: StoreContext, seriesId: string): void {
  write(context, () => context.connection.run(sql`UPDATE series SET is_halted = 1 WHERE series_id = ${seriesId}`));
}

/** The newest open series of a direction, in which what belongs to a sealed one goes on; else the emergency book. */
export function findOpenSeries(context: StoreContext, direction: StoredSeries['direction']): StoredSeries | null {
  return context.connection.find(
    seriesRowSchema,
    sql`${seriesColumns} WHERE direction = ${direction} AND sealed_at IS NULL AND is_halted = 0
      ORDER BY epoch >= 'a', year DESC, epoch DESC LIMIT 1`,
  );
}

/** The series that numbers in an official year; null: none is granted, or none may number any more. */
export function findNumberingSeries(
  context: StoreContext,
  direction: StoredSeries['direction'],
  year: number,
): StoredSeries | null {
  return context.connection.find(
    seriesRowSchema,
    sql`${seriesColumns} WHERE direction = ${direction} AND year = ${year} AND epoch < 'a' AND sealed_at IS NULL
      AND is_halted = 0 ORDER BY epoch DESC LIMIT 1`,
  );
}

/** Why a series takes nothing any more: its head was further, a copy came back and nobody knows how far it was, or it was withdrawn. */
export type SealCause = 'anchor' | 'centre' | 'restored' | 'revoked';

/**
 * Seals a series whose head was further than it is here, or may have been; unknown here (a copy older than its grant), it is
 * kept among the lost ones. Sealed already: only the last number that is known of it.
 */
export function sealSeries(context: StoreContext, head: Omit<SeriesHead, 'hash'>, seenBy: SealCause): void {
  const { seriesId, journalSequence, lastSequence = 0 } = head;
  write(context, () => {
    const series = findSeries(context, seriesId);
    context.connection.run(sql`UPDATE series SET known_sequence = ${lastSequence}
      WHERE series_id = ${seriesId} AND known_sequence < ${lastSequence}`);
    if (isLost(context, seriesId) || (series !== null && series.sealedAt !== null)) return;
    const now = formatOfficialInstant(context.clock.now());
    if (series === null) context.connection.run(sql`INSERT INTO lost_series VALUES (${seriesId})`);
    else context.connection.run(sql`UPDATE series SET sealed_at = ${now} WHERE series_id = ${seriesId}`);
    audit(context, {
      action: 'series.sealed',
      officerId: null,
      subjectId: null,
      details: { seriesId, seenBy, ownSequence: series?.lastJournalSequence ?? 0, knownSequence: journalSequence },
    });
  });
}

/** What the centre is not to grant again. */
export function listSealedSeries(context: StoreContext): readonly string[] {
  return context.connection
    .list(
      seriesIdSchema,
      sql`SELECT series_id AS seriesId FROM series WHERE sealed_at IS NOT NULL UNION SELECT series_id FROM lost_series`,
    )
    .map(({ seriesId }) => seriesId);
}

/** Of each series with entries, its last one. */
export function listSeriesHeads({ connection }: Pick<StoreContext, 'connection'>): readonly SeriesHead[] {
  return connection.list(
    headSchema,
    sql`SELECT series_id AS seriesId, sequence AS journalSequence, hash, last_sequence AS lastSequence FROM series JOIN journal USING (series_id)
      WHERE sequence = last_journal_sequence ORDER BY series_id`,
  );
}

/** Null: the series has no entry in that place. */
export function findEntryHash({ connection }: StoreContext, seriesId: string, sequence: number): string | null {
  return (
    connection.find(hashSchema, sql`SELECT hash FROM journal WHERE series_id = ${seriesId} AND sequence = ${sequence}`)
      ?.hash ?? null
  );
}

/** A series of this desk that its database does not know (lost, or older than the grant): only what the centre has goes in. */
export function adoptSeries(context: StoreContext, grant: SeriesGrant): void {
  write(context, () => {
    if (findSeries(context, grant.seriesId) !== null) return;
    const now = formatOfficialInstant(context.clock.now());
    const { seriesId } = grant;
    insertSeries(context, grant);
    context.connection.run(sql`UPDATE series SET sealed_at = ${now} WHERE series_id = ${seriesId}`);
    const details = { seriesId, seenBy: 'centre', ownSequence: 0 };
    audit(context, { action: 'series.sealed', officerId: null, subjectId: null, details });
  });
}

function insertSeries({ connection }: StoreContext, grant: SeriesGrant): void {
  const { seriesId, officeCode, deskNumber, year, direction, epoch, template, grantedAt, deskId, signature } = grant;
  connection.run(sql`INSERT INTO series
    (series_id, office_code, desk_number, year, direction, epoch, template, granted_at, desk_id, signature) VALUES
    (${seriesId}, ${officeCode}, ${deskNumber}, ${year}, ${direction}, ${epoch}, ${template}, ${grantedAt}, ${deskId}, ${signature})`);
}

function isLost({ connection }: StoreContext, seriesId: string): boolean {
  return (
    connection.find(
      seriesIdSchema,
      sql`SELECT series_id AS seriesId FROM lost_series WHERE series_id = ${seriesId}`,
    ) !== null
  );
}

/** previousHash of a series' first journal entry. */
export function journalGenesis(seriesId: string): string {
  return createHash('sha256').update(seriesId).digest('hex');
}

/** SHA-256 over the 32 bytes of previousHash and the UTF-8 of the body (core/contract/sync-protocol.ts). */
export function journalHash(previousHash: string, body: string): string {
  return createHash('sha256').update(Buffer.from(previousHash, 'hex')).update(body).digest('hex');
}

/** Appends to the series' journal and counts it. To be called inside a transaction. Returns the entry's sequence. */
export function appendJournal(context: StoreContext, series: StoredSeries, body: string): number {
  const { connection } = context;
  const sequence = series.lastJournalSequence + 1;
  const previous = findEntryHash(context, series.seriesId, series.lastJournalSequence);
  if (previous === null && series.lastJournalSequence > 0)
    throw new AppError('desk.storeDamaged', { seriesId: series.seriesId });
  const previousHash = previous ?? journalGenesis(series.seriesId);
  connection.run(sql`UPDATE series SET last_journal_sequence = ${sequence} WHERE series_id = ${series.seriesId}`);
  connection.run(sql`INSERT INTO journal (series_id, sequence, previous_hash, hash, body)
    VALUES (${series.seriesId}, ${sequence}, ${previousHash}, ${journalHash(previousHash, body)}, ${body})`);
  return sequence;
}
