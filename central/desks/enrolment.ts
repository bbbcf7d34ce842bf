import { createHash, randomBytes, verify } from 'node:crypto';
import { z } from 'zod';
import { recoverySigningText } from '../../core/contract/sync-protocol.ts';
import type { EnrolmentRequest, EnrolmentResponse } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant, officialYear } from '../../core/domain/official-time.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { importDeskKey } from './desk-key.ts';
import { grantSeries, lockDeskNumbers } from './series-grants.ts';

const codeLifetimeMs = 3 * 86_400_000;
// Read aloud over the telephone: nothing that is taken for another sign.
const alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A code that enrols one desk, once, within three days. Only its digest is kept. */
export async function issueEnrolmentCode(
  context: CentreContext,
  officeCode: string,
  deskNumber: string,
): Promise<string> {
  const code = makeCode();
  const expiresAt = new Date(context.now().getTime() + codeLifetimeMs);
  await context.database.run(sql`INSERT INTO enrolment_code (code_sha256, office_code, desk_number, expires_at)
    VALUES (${digestOfCode(code)}, ${officeCode}, ${deskNumber}, ${expiresAt})`);
  return code;
}

/**
 * Enrols a desk and grants its series of the year and of the next one, so that an office without a line at New Year goes on
 * counting. Throws `enrolment.code`, `enrolment.year`, `enrolment.deskKnown`, `enrolment.recovery`,
 * `enrolment.epochs`, `request.invalid`.
 */
export async function enrolDesk(context: CentreContext, request: EnrolmentRequest): Promise<EnrolmentResponse> {
  const { database, key } = context;
  const now = context.now();
  importDeskKey(request.publicKey);
  if (request.year !== officialYear(now) && request.year !== officialYear(now) + 1) {
    throw new CentreError('enrolment.year');
  }
  const { deskId, officeCode, deskNumber } = request;
  const series = await database.transaction(async (connection) => {
    await lockDeskNumbers(connection, { officeCode, deskNumber });
    const used = await connection.run(sql`UPDATE enrolment_code SET used_at = ${now}
      WHERE code_sha256 = ${digestOfCode(request.enrolmentCode)} AND office_code = ${officeCode}
        AND desk_number = ${deskNumber} AND used_at IS NULL AND expires_at > ${now}`);
    if (used === 0) throw new CentreError('enrolment.code');
    const recoveryKey = await provenRecoveryKey(connection, request);
    const added = await connection.run(sql`INSERT INTO desk
      (desk_id, office_code, desk_number, public_key, enrolled_at, recovery_key) VALUES
      (${deskId}, ${officeCode}, ${deskNumber}, ${request.publicKey}, ${now}, ${recoveryKey}) ON CONFLICT DO NOTHING`);
    if (added === 0) throw new CentreError('enrolment.deskKnown');
    const owner = { deskId, officeCode, deskNumber, grantedAt: formatOfficialInstant(now) };
    return grantSeries(connection, key, owner, [request.year, request.year + 1]);
  });
  context.metrics.count('ventanilla_enrolments_total');
  context.log.info('desk.enrolled', { deskId, officeCode, deskNumber });
  return {
    centrePublicKey: key.publicKey,
    centreName: context.centreName,
    isDurable: database.isDurable,
    series,
  };
}

/**
 * Whoever names a recovery key that a desk has proves that he holds it: with it goes everything that the desk ever sent. One
 * that nobody has is taken at its word, because a desk that is new does not keep its recovery key.
 */
async function provenRecoveryKey(connection: Queries, request: EnrolmentRequest): Promise<string | null> {
  const { recovery } = request;
  if (recovery === null) return null;
  const { publicKey, signature } = recovery;
  const key = importDeskKey(publicKey);
  if (signature !== null) {
    const text = Buffer.from(recoverySigningText(request));
    if (!verify(null, text, key, Buffer.from(signature, 'base64'))) throw new CentreError('enrolment.recovery');
    return publicKey;
  }
  const known = await connection.find(z.unknown(), sql`SELECT 1 FROM desk WHERE recovery_key = ${publicKey} LIMIT 1`);
  if (known !== null) throw new CentreError('enrolment.recovery');
  return publicKey;
}

function makeCode(): string {
  const signs: string[] = [];
  while (signs.length < 20) {
    // 240 is the greatest multiple of 30 below 256: each sign is as likely as any other.
    for (const byte of randomBytes(32)) if (byte < 240 && signs.length < 20) signs.push(alphabet[byte % 30] ?? '');
  }
  return [0, 5, 10, 15].map((start) => signs.slice(start, start + 5).join('')).join('-');
}

function digestOfCode(code: string): string {
  return createHash('sha256')
    .update(code.toUpperCase().replaceAll(/[^0-9A-Z]/gu, ''))
    .digest('hex');
}
