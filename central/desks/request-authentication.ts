import { createHash, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { requestHeaders, requestSigningText } from '../../core/contract/sync-protocol.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { sql } from '../database/sql.ts';
import { importDeskKey } from './desk-key.ts';
import { useNonce } from './nonces.ts';

export type EnrolledDesk = Readonly<{
  deskId: string;
  officeCode: string;
  deskNumber: string;
  publicKey: string;
  /** Base64 of the raw Ed25519 public key; null: enrolled without one. */
  recoveryKey: string | null;
  /** Null: in force. */
  revokedAt: Date | null;
}>;

const timeWindowMs = 10 * 60_000;

const signedHeadersSchema = z.object({
  [requestHeaders.desk]: z.uuid(),
  [requestHeaders.time]: z.iso.datetime({ offset: true }),
  [requestHeaders.nonce]: z.string().regex(/^[0-9a-f]{32}$/u),
  [requestHeaders.signature]: z.string().max(120),
});

const deskRowSchema = z.object({
  deskId: z.string(),
  officeCode: z.string(),
  deskNumber: z.string(),
  publicKey: z.string(),
  recoveryKey: z.string().nullable(),
  revokedAt: z.date().nullable(),
});

/** Before the body is read: the request names an enrolled desk and a time within the window. */
export async function identifyDesk(context: CentreContext, headers: IncomingHttpHeaders): Promise<EnrolledDesk> {
  const parsed = signedHeadersSchema.safeParse(headers);
  if (!parsed.success) throw new CentreError('authentication.missing');
  const time = Date.parse(parsed.data[requestHeaders.time]);
  if (Math.abs(context.now().getTime() - time) > timeWindowMs) throw new CentreError('authentication.time');
  const desk = await context.database.find(
    deskRowSchema,
    sql`SELECT desk_id AS "deskId", office_code AS "officeCode", desk_number AS "deskNumber", public_key AS "publicKey",
      recovery_key AS "recoveryKey", revoked_at AS "revokedAt" FROM desk WHERE desk_id = ${parsed.data[requestHeaders.desk]}`,
  );
  if (desk === null) throw new CentreError('authentication.deskUnknown');
  return desk;
}

/** With the body there: the desk's key signed exactly this request, and it comes for the first time. */
export async function authenticateRequest(
  context: CentreContext,
  desk: EnrolledDesk,
  request: Readonly<{ method: string; pathAndQuery: string; headers: IncomingHttpHeaders; body: Uint8Array }>,
): Promise<void> {
  const headers = signedHeadersSchema.parse(request.headers);
  const time = headers[requestHeaders.time];
  const nonce = headers[requestHeaders.nonce];
  const text = requestSigningText({
    method: request.method,
    pathAndQuery: request.pathAndQuery,
    time,
    nonce,
    bodySha256: createHash('sha256').update(request.body).digest('hex'),
  });
  const signature = Buffer.from(headers[requestHeaders.signature], 'base64');
  if (!verify(null, Buffer.from(text), importDeskKey(desk.publicKey), signature)) {
    throw new CentreError('authentication.signature');
  }
  // Kept until the time in the request has left the window on either side.
  const expiresAt = new Date(Date.parse(time) + timeWindowMs);
  if (!(await useNonce(context, `desk ${desk.deskId}`, nonce, expiresAt))) {
    throw new CentreError('authentication.replayed');
  }
}
