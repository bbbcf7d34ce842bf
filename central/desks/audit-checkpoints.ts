import { verify } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../core/contract/canonical-json.ts';
import { auditCheckpointSigningText, auditCountersigningText } from '../../core/contract/sync-protocol.ts';
import type { AuditCheckpoint, AuditCountersignature } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { importDeskKey } from './desk-key.ts';
import type { EnrolledDesk } from './request-authentication.ts';

const seenSchema = z.object({
  receivedAt: z.string(),
  previousSequence: z.int(),
  previousHash: z.string().nullable(),
});
const headSchema = z.object({ sequence: z.int(), hash: z.string(), officeCode: z.string(), deskNumber: z.string() });
const rowSchema = seenSchema.extend({
  storeId: z.string(),
  deskId: z.string(),
  deskKey: z.string(),
  sequence: z.int(),
  hash: z.string(),
  signedAt: z.string(),
  signature: z.string(),
});

/**
 * Keeps a checkpoint and countersigns it, once it is committed, together with the one of the same store that came before.
 * A chain that went back is countersigned as well: what it was is then told to everybody who verifies it, and counted here.
 * The same checkpoint again gets the same answer. Throws `audit.signature`, `audit.otherDesk`.
 */
export async function countersignCheckpoint(
  context: CentreContext,
  desk: EnrolledDesk,
  checkpoint: AuditCheckpoint,
): Promise<AuditCountersignature> {
  const { deskId } = desk;
  const { storeId, sequence, hash, signedAt, signature } = checkpoint;
  const text = auditCheckpointSigningText({ storeId, deskId, sequence, hash, signedAt });
  if (!verify(null, Buffer.from(text), importDeskKey(desk.publicKey), Buffer.from(signature, 'base64'))) {
    throw new CentreError('audit.signature');
  }
  const { seen, hasBranched } = await context.database.transaction(async (connection) => {
    // Two instances must not both take their checkpoint for the next one.
    await connection.find(z.unknown(), sql`SELECT pg_advisory_xact_lock(hashtextextended(${storeId}, 1))::text`);
    const known = await connection.find(
      seenSchema,
      sql`SELECT received_at AS "receivedAt", previous_sequence AS "previousSequence", previous_hash AS "previousHash"
        FROM audit_checkpoint WHERE store_id = ${storeId} AND desk_id = ${deskId} AND signature = ${signature}`,
    );
    if (known !== null) return { seen: known, hasBranched: false };
    const head = await findHead(connection, storeId);
    if (head !== null && (head.officeCode !== desk.officeCode || head.deskNumber !== desk.deskNumber)) {
      throw new CentreError('audit.otherDesk');
    }
    const next = {
      receivedAt: formatOfficialInstant(context.now()),
      previousSequence: head?.sequence ?? 0,
      previousHash: head?.hash ?? null,
    };
    await connection.run(sql`INSERT INTO audit_checkpoint
      (store_id, desk_id, sequence, hash, signed_at, signature, received_at, previous_sequence, previous_hash) VALUES
      (${storeId}, ${deskId}, ${sequence}, ${hash}, ${signedAt}, ${signature}, ${next.receivedAt},
        ${next.previousSequence}, ${next.previousHash})`);
    const isBehind = head !== null && (sequence < head.sequence || (sequence === head.sequence && hash !== head.hash));
    return { seen: next, hasBranched: isBehind };
  });
  context.metrics.count('ventanilla_audit_checkpoints_total');
  if (hasBranched) {
    context.metrics.count('ventanilla_audit_branches_total');
    context.log.error('audit.branched', null, { storeId, sequence, previousSequence: seen.previousSequence });
  }
  return countersign(context, { ...checkpoint, deskId, deskKey: desk.publicKey }, seen);
}

/**
 * What the centre has of a desk, whichever stores it had, in the order of arrival: for whoever audits it, one
 * `{"checkpoint":…}` a line as `npm run audit -- verify --checkpoints` reads it.
 */
export async function listCheckpointLines(
  context: CentreContext,
  officeCode: string,
  deskNumber: string,
): Promise<readonly string[]> {
  const rows = await context.database.list(
    rowSchema,
    sql`SELECT store_id AS "storeId", desk_id AS "deskId", public_key AS "deskKey", sequence, hash, signed_at AS "signedAt",
      signature, received_at AS "receivedAt", previous_sequence AS "previousSequence", previous_hash AS "previousHash"
      FROM audit_checkpoint JOIN desk USING (desk_id)
      WHERE office_code = ${officeCode} AND desk_number = ${deskNumber} ORDER BY position`,
  );
  return rows.map(({ receivedAt, previousSequence, previousHash, ...checkpoint }) => {
    const countersignature = countersign(context, checkpoint, { receivedAt, previousSequence, previousHash });
    return canonicalJson({ checkpoint: { ...checkpoint, countersignature } });
  });
}

function findHead(connection: Queries, storeId: string): Promise<z.infer<typeof headSchema> | null> {
  return connection.find(
    headSchema,
    sql`SELECT sequence, hash, office_code AS "officeCode", desk_number AS "deskNumber"
      FROM audit_checkpoint JOIN desk USING (desk_id) WHERE store_id = ${storeId} ORDER BY position DESC LIMIT 1`,
  );
}

function countersign(
  { key }: CentreContext,
  checkpoint: AuditCheckpoint & Readonly<{ deskId: string; deskKey: string }>,
  seen: Omit<AuditCountersignature, 'signature'>,
): AuditCountersignature {
  return { ...seen, signature: key.sign(auditCountersigningText(checkpoint, seen)) };
}
