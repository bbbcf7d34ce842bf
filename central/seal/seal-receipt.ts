import { createHash } from 'node:crypto';
import { z } from 'zod';
import { journalBodySchema } from '../../core/contract/sync-protocol.ts';
import type { SealRequest, SealResponse } from '../../core/contract/sync-protocol.ts';
import { encodeSignedAttributes } from '../../core/documents/signing/cms.ts';
import {
  decodeObjectIdentifier,
  decodeOctetString,
  derChild,
  derChildren,
  derTag,
  expectDer,
  readDer,
} from '../../core/documents/signing/der.ts';
import { oid } from '../../core/documents/signing/oids.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { bytesSchema } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { EnrolledDesk } from '../desks/request-authentication.ts';
import { entryPlace } from '../encryption/places.ts';
import { describeSeal, getSeal } from './centre-seal.ts';
import type { CentreSeal } from './centre-seal.ts';

const sha256Bytes = 32;

/**
 * Signs with the organ seal what a desk prepared for a receipt of its office. Only for a receipt that was accepted here,
 * that its officer signed for want of a seal, and only the signed attributes of a document signature: nobody gets the seal
 * on bytes of another meaning. Each use is noted before the signature leaves. Throws `seal.absent`, `seal.notDue`,
 * `seal.attributes`.
 */
export async function sealReceipt(
  context: CentreContext,
  desk: EnrolledDesk,
  request: SealRequest,
): Promise<SealResponse> {
  const seal = getSeal(context);
  const attributes = Buffer.from(request.signedAttributes, 'base64');
  if (!areOfThisSeal(attributes, seal)) throw new CentreError('seal.attributes');
  if (!(await isDue(context, desk, request))) throw new CentreError('seal.notDue');
  await context.database.run(sql`INSERT INTO seal_use
    (record_id, receipt_sha256, attributes_sha256, certificate_serial, desk_id, used_at) VALUES
    (${request.recordId}, ${request.receiptSha256}, ${createHash('sha256').update(attributes).digest('hex')},
      ${seal.certificate.serialHex}, ${desk.deskId}, ${context.now()}) ON CONFLICT DO NOTHING`);
  context.metrics.count('ventanilla_receipts_sealed_total');
  return { ...describeSeal(context), signature: seal.sign(attributes).toString('base64') };
}

/** The attributes are, byte for byte, those that this program writes for some SHA-256 digest and this certificate. */
function areOfThisSeal(attributes: Buffer, seal: CentreSeal): boolean {
  try {
    const digest = derChildren(expectDer(readDer(attributes), derTag.set)).find(
      (attribute) => decodeObjectIdentifier(derChild(attribute, 0)) === oid.messageDigest,
    );
    const content = decodeOctetString(derChild(derChild(expectDer(digest), 1), 0));
    if (content.length !== sha256Bytes) return false;
    return attributes.equals(encodeSignedAttributes(content, seal.certificate, 'sha256'));
  } catch {
    return false;
  }
}

async function isDue(
  context: CentreContext,
  desk: EnrolledDesk,
  { recordId, receiptSha256 }: SealRequest,
): Promise<boolean> {
  const accepted = await context.database.find(
    z.object({ seriesId: z.string(), sequence: z.int(), body: bytesSchema }),
    sql`SELECT entry.series_id AS "seriesId", entry.sequence, entry.body FROM record
      JOIN record_event ON record_event.record_id = record.record_id AND record_event.type = 'receipted'
      JOIN entry ON entry.series_id = record_event.series_id AND entry.sequence = record_event.entry_sequence
      JOIN document_version ON document_version.record_id = record.record_id
        AND document_version.document_id = 'receipt' AND document_version.position = 1
      WHERE record.record_id = ${recordId} AND record.office_code = ${desk.officeCode}
        AND document_version.sha256 = ${receiptSha256}
      ORDER BY entry.sequence LIMIT 1`,
  );
  if (accepted === null) return false;
  const { seriesId, sequence } = accepted;
  const text = context.atRest.bodies.open(entryPlace(seriesId, sequence), accepted.body);
  const body = journalBodySchema.parse(JSON.parse(text));
  return (
    body.kind === 'event' &&
    body.event.type === 'receipted' &&
    body.event.sha256 === receiptSha256 &&
    body.event.sealedBy === 'officer'
  );
}
