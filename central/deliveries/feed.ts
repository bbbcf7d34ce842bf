import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { bytesSchema } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { entryPlace } from '../encryption/places.ts';

const itemRowSchema = z.object({
  position: z.coerce.number(),
  seriesId: z.string(),
  sequence: z.int(),
  hash: z.string(),
  acceptedAt: z.date(),
  quarantineReasons: z.array(z.string()),
  body: bytesSchema,
});

/** An entry of the office's journals, with its body as the desk wrote it: canonical JSON of a journalBody. */
export type FeedItem = Readonly<Omit<z.infer<typeof itemRowSchema>, 'body' | 'acceptedAt'>> &
  Readonly<{ acceptedAt: Date; body: string }>;

/** Bodies that one answer holds at most, beyond its first item. */
const mostBodyBytes = 8 * 1024 * 1024;

/**
 * The office's entries behind a position, in the order in which they were accepted. Positions count from 1 without a gap:
 * whoever has seen one has seen all before it. Throws `stored.damaged`.
 */
export async function listFeed(
  { database, atRest }: CentreContext,
  officeCode: string,
  after: number,
  limit: number,
): Promise<readonly FeedItem[]> {
  const rows = await database.list(
    itemRowSchema,
    sql`SELECT position, series_id AS "seriesId", sequence, hash, accepted_at AS "acceptedAt",
        quarantine_reasons AS "quarantineReasons", body
      FROM (SELECT item.position, entry.*, sum(octet_length(entry.body)) OVER (ORDER BY item.position) AS total
        FROM (SELECT * FROM feed_item WHERE office_code = ${officeCode} AND position > ${after}
          ORDER BY position LIMIT ${limit}) AS item
        JOIN entry ON entry.series_id = item.series_id AND entry.sequence = item.entry_sequence) AS due
      WHERE total <= ${mostBodyBytes} OR position = ${after}::bigint + 1 ORDER BY position`,
  );
  return rows.map((row) => ({ ...row, body: atRest.bodies.open(entryPlace(row.seriesId, row.sequence), row.body) }));
}

/** A secret for one back-office system of an office, told once; only its digest is kept. The same name takes the place of its old one. */
export async function issueFeedToken(
  { database, now }: CentreContext,
  officeCode: string,
  name: string,
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await database.run(sql`INSERT INTO feed_token (token_sha256, office_code, name, issued_at)
    VALUES (${digestOf(token)}, ${officeCode}, ${name}, ${now()})
    ON CONFLICT (office_code, name) DO UPDATE
      SET token_sha256 = excluded.token_sha256, issued_at = excluded.issued_at, revoked_at = NULL`);
  return token;
}

/** False when there is none in force. */
export async function revokeFeedToken(
  { database, now }: CentreContext,
  officeCode: string,
  name: string,
): Promise<boolean> {
  const revoked = await database.run(sql`UPDATE feed_token SET revoked_at = ${now()}
    WHERE office_code = ${officeCode} AND name = ${name} AND revoked_at IS NULL`);
  return revoked === 1;
}

/** The office whose token stands in the header `Authorization: Bearer …`, the word in any case (RFC 9110, 11.1). Throws `feed.token`. */
export async function identifyBackOffice({ database }: CentreContext, authorization: string): Promise<string> {
  const token = /^bearer +([A-Za-z0-9_-]{43})$/iu.exec(authorization)?.[1] ?? '';
  const row = await database.find(
    z.object({ officeCode: z.string() }),
    sql`SELECT office_code AS "officeCode" FROM feed_token
      WHERE token_sha256 = ${digestOf(token)} AND revoked_at IS NULL`,
  );
  if (row === null) throw new CentreError('feed.token');
  return row.officeCode;
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
