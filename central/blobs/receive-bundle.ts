import { z } from 'zod';
import { unpackFiles } from '../../core/contract/file-bundle.ts';
import type { BlobResponse } from '../../core/contract/sync-protocol.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { sql } from '../database/sql.ts';
import type { Sql } from '../database/sql.ts';
import type { EnrolledDesk } from '../desks/request-authentication.ts';
import { acknowledgeBlob } from './receive-blob.ts';
import type { NamedBlob } from './receive-blob.ts';

/**
 * Takes whole files, and answers for each in their order: acknowledged once all are stored durably, or asked for again when
 * its bytes are not what its name and its entry say. Throws `request.invalid`; `blob.notFound` when no entry of the office
 * names one of them: then none is taken.
 */
export async function receiveBundle(
  context: CentreContext,
  desk: EnrolledDesk,
  body: Uint8Array,
): Promise<readonly BlobResponse[]> {
  const files = unpackFiles(body);
  if (files === null) throw new CentreError('request.invalid');
  const digests = files.map(({ sha256 }) => sha256);
  const named = await findNamedBlobs(context, desk, digests);
  const uploads = files.map(({ sha256, content }) => {
    const blob = named.get(sha256);
    if (blob === undefined) throw new CentreError('blob.notFound');
    return { ...blob, content };
  });
  const fresh = uploads.filter(({ completedAt }) => completedAt === null);
  const stored = await context.blobs.putWhole(fresh);
  const completed = await complete(context, desk, [...stored]);
  // Once that is known: a part that comes from now on finds it out by itself.
  await context.blobs.discard(fresh.filter(({ sha256 }) => completed.has(sha256)));
  report(context, fresh, completed);
  return uploads.map((upload) => {
    const completedAt = upload.completedAt ?? completed.get(upload.sha256);
    return completedAt === undefined ? { state: 'partial', offset: 0 } : acknowledgeBlob(context, upload, completedAt);
  });
}

async function findNamedBlobs(
  { database }: CentreContext,
  { officeCode }: EnrolledDesk,
  digests: readonly string[],
): Promise<ReadonlyMap<string, NamedBlob>> {
  const rows = await database.list(
    z.object({ sha256: z.string(), byteLength: z.coerce.number(), completedAt: z.date().nullable() }),
    sql`SELECT sha256, byte_length AS "byteLength", completed_at AS "completedAt" FROM blob
      WHERE office_code = ${officeCode} AND sha256 = ${anyOf(digests)}`,
  );
  return new Map(rows.map((row) => [row.sha256, { officeCode, ...row }]));
}

/** When each of them was completed: now, unless somebody else was quicker. */
async function complete(
  { database, now }: CentreContext,
  { officeCode }: EnrolledDesk,
  digests: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  if (digests.length === 0) return new Map();
  const rows = await database.list(
    z.object({ sha256: z.string(), completedAt: z.date() }),
    sql`UPDATE blob SET completed_at = coalesce(completed_at, ${now()})
      WHERE office_code = ${officeCode} AND sha256 = ${anyOf(digests)} RETURNING sha256, completed_at AS "completedAt"`,
  );
  return new Map(rows.map(({ sha256, completedAt }) => [sha256, completedAt]));
}

function anyOf(digests: readonly string[]): Sql {
  return sql`ANY (ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(digests)}::jsonb)))`;
}

function report(
  { metrics, log }: CentreContext,
  fresh: readonly Readonly<{ sha256: string; content: Uint8Array }>[],
  completed: ReadonlyMap<string, Date>,
): void {
  for (const { sha256, content } of fresh) {
    metrics.count('ventanilla_blob_bytes_total', {}, content.length);
    if (completed.has(sha256)) {
      metrics.count('ventanilla_blobs_completed_total');
    } else {
      metrics.count('ventanilla_blobs_damaged_total');
      log.info('blob.damaged', { sha256 });
    }
  }
}
