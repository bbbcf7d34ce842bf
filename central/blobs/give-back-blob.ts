import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import type { EnrolledDesk } from '../desks/request-authentication.ts';
import { isBlobComplete } from './receive-blob.ts';

/** At a slow line too it arrives within a desk's patience. */
const pieceBytes = 1024 * 1024;

/**
 * Bytes of a file that the desk's office sent, from an offset on; none at its end. Throws `blob.notFound`, also for what
 * only another office sent, `stored.damaged`.
 */
export async function giveBackBlob(
  context: CentreContext,
  { officeCode }: EnrolledDesk,
  { sha256, offset }: Readonly<{ sha256: string; offset: number }>,
): Promise<Uint8Array> {
  const isOwn = await isBlobComplete(context, officeCode, sha256);
  const piece = isOwn ? await context.blobs.readPiece(sha256, offset, pieceBytes) : null;
  if (piece === null) throw new CentreError('blob.notFound');
  context.metrics.count('ventanilla_blob_bytes_given_back_total', {}, piece.length);
  return piece;
}
