import { z } from 'zod';
import { blobSigningText } from '../../core/contract/sync-protocol.ts';
import type { BlobResponse } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { sql } from '../database/sql.ts';
import type { EnrolledDesk } from '../desks/request-authentication.ts';
import type { BlobUpload } from './blob-store.ts';

/** A file that an entry of the office names. */
export type NamedBlob = BlobUpload & Readonly<{ completedAt: Date | null }>;

/** How far a file has come, or its acknowledgement. Throws `blob.notFound` unless an entry of the office names it. */
export async function getBlobState(context: CentreContext, desk: EnrolledDesk, sha256: string): Promise<BlobResponse> {
  const blob = await getNamedBlob(context, desk, sha256);
  if (blob.completedAt !== null) return acknowledgeBlob(context, blob, blob.completedAt);
  return { state: 'partial', offset: await context.blobs.getOffset(blob) };
}

/** Takes bytes of a file; with the last one it is checked, stored durably and acknowledged. Throws `blob.notFound`. */
export async function receiveBlob(
  context: CentreContext,
  desk: EnrolledDesk,
  piece: Readonly<{ sha256: string; offset: number; content: Uint8Array }>,
): Promise<BlobResponse> {
  const blob = await getNamedBlob(context, desk, piece.sha256);
  if (blob.completedAt !== null) return acknowledgeBlob(context, blob, blob.completedAt);
  const progress = await context.blobs.append(blob, piece.offset, piece.content);
  context.metrics.count('ventanilla_blob_bytes_total', {}, piece.content.length);
  if (progress.state === 'partial') {
    const { completedAt } = await getNamedBlob(context, desk, piece.sha256);
    if (completedAt !== null) {
      // It came whole meanwhile, and nobody will go on from here.
      await context.blobs.discard([blob]);
      return acknowledgeBlob(context, blob, completedAt);
    }
    if (progress.offset === 0 && piece.offset > 0) {
      context.metrics.count('ventanilla_blobs_damaged_total');
      context.log.info('blob.damaged', { sha256: blob.sha256 });
    }
    return progress;
  }
  const completed = await context.database.find(
    z.object({ completedAt: z.date() }),
    sql`UPDATE blob SET completed_at = coalesce(completed_at, ${context.now()})
      WHERE office_code = ${desk.officeCode} AND sha256 = ${blob.sha256} RETURNING completed_at AS "completedAt"`,
  );
  if (completed === null) throw new CentreError('blob.notFound');
  context.metrics.count('ventanilla_blobs_completed_total');
  return acknowledgeBlob(context, blob, completed.completedAt);
}

/** True when an entry of the office names the file and the office sent all of it. */
export async function isBlobComplete(
  { database }: CentreContext,
  officeCode: string,
  sha256: string,
): Promise<boolean> {
  const row = await database.find(
    z.object({ isComplete: z.boolean() }),
    sql`SELECT completed_at IS NOT NULL AS "isComplete" FROM blob
      WHERE office_code = ${officeCode} AND sha256 = ${sha256}`,
  );
  return row?.isComplete ?? false;
}

async function getNamedBlob(
  { database }: CentreContext,
  { officeCode }: EnrolledDesk,
  sha256: string,
): Promise<NamedBlob> {
  const row = await database.find(
    z.object({ byteLength: z.coerce.number(), completedAt: z.date().nullable() }),
    sql`SELECT byte_length AS "byteLength", completed_at AS "completedAt" FROM blob
      WHERE office_code = ${officeCode} AND sha256 = ${sha256}`,
  );
  if (row === null) throw new CentreError('blob.notFound');
  return { officeCode, sha256, ...row };
}

/** The centre's signed word that it has the file, durably if its database is. */
export function acknowledgeBlob({ key, database }: CentreContext, blob: NamedBlob, completedAt: Date): BlobResponse {
  const { sha256, byteLength } = blob;
  const { isDurable } = database;
  const acknowledgedAt = formatOfficialInstant(completedAt);
  const signature = key.sign(blobSigningText({ sha256, byteLength, acknowledgedAt, isDurable }));
  return { state: 'complete', byteLength, acknowledgedAt, isDurable, signature };
}
