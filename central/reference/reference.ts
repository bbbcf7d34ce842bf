import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../core/contract/canonical-json.ts';
import { referenceDataSchema } from '../../core/contract/schemas/reference.ts';
import type { ReferenceData } from '../../core/contract/schemas/reference.ts';
import { referenceSigningText } from '../../core/contract/sync-protocol.ts';
import type { ReferenceDelta, ReferenceRefusal, ReferenceResponse } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import { compareReference } from '../../core/domain/reference-delta.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { bytesSchema } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { referencePlace } from '../encryption/places.ts';

const versionRowSchema = z.object({
  version: z.int().positive(),
  issuedAt: z.string(),
  data: bytesSchema,
  dataSha256: z.string(),
});

const newestVersion = sql`SELECT version, issued_at AS "issuedAt", data, data_sha256 AS "dataSha256"
  FROM reference_version ORDER BY version DESC LIMIT 1`;
const publicationLock = 7_264_502;

/** Publishes reference data and gives their version; the same data as the newest ones give the same version. */
export async function publishReference(context: CentreContext, data: ReferenceData): Promise<number> {
  const text = canonicalJson(referenceDataSchema.parse(data));
  const dataSha256 = createHash('sha256').update(text).digest('hex');
  return context.database.transaction(async (connection) => {
    await connection.find(z.unknown(), sql`SELECT pg_advisory_xact_lock(${publicationLock}::int)::text`);
    const newest = await connection.find(versionRowSchema, newestVersion);
    if (newest?.dataSha256 === dataSha256) return newest.version;
    const version = (newest?.version ?? 0) + 1;
    const sealedData = context.atRest.columns.seal(referencePlace(version), text);
    await connection.run(sql`INSERT INTO reference_version (version, issued_at, data, data_sha256)
      VALUES (${version}, ${formatOfficialInstant(context.now())}, ${sealedData}, ${dataSha256})`);
    context.log.info('reference.published', { version });
    return version;
  });
}

export async function getReferenceVersion({ database }: CentreContext): Promise<number> {
  const row = await database.find(
    z.object({ version: z.int() }),
    sql`SELECT coalesce(max(version), 0) AS version FROM reference_version`,
  );
  return row?.version ?? 0;
}

/** Deltas to the newest version by the version that they start from, kept while that one is the newest. */
const deltasOf = new WeakMap<Database, Readonly<{ version: number; deltas: Map<number, ReferenceDelta | null> }>>();

/**
 * What leads from a version to the newest; null when it is the newest. Throws `reference.noDelta` where that version is unknown
 * here or the whole is no longer than the changes: then the desk asks for the whole.
 */
export async function findReferenceDelta(context: CentreContext, fromVersion: number): Promise<ReferenceDelta | null> {
  const version = await getReferenceVersion(context);
  if (version <= fromVersion) return null;
  const known = deltasOf.get(context.database);
  const deltas = known?.version === version ? known.deltas : new Map<number, ReferenceDelta | null>();
  deltasOf.set(context.database, { version, deltas });
  let delta = deltas.get(fromVersion);
  if (delta === undefined) {
    delta = await makeDelta(context, fromVersion, version);
    deltas.set(fromVersion, delta);
  }
  if (delta === null) throw new CentreError('reference.noDelta');
  return delta;
}

async function makeDelta(context: CentreContext, fromVersion: number, version: number): Promise<ReferenceDelta | null> {
  const [from, to] = [await findVersion(context, fromVersion), await findVersion(context, version)];
  if (from === null || to === null) return null;
  const changes = compareReference(parseReference(from.text), parseReference(to.text));
  if (changes === null || canonicalJson(changes).length >= to.text.length) return null;
  const { issuedAt, dataSha256 } = to;
  const signature = context.key.sign(referenceSigningText({ version, dataSha256 }));
  return { fromVersion, version, issuedAt, changes, dataSha256, signature };
}

async function findVersion({ database, atRest }: CentreContext, version: number) {
  const row = await database.find(
    versionRowSchema,
    sql`SELECT version, issued_at AS "issuedAt", data, data_sha256 AS "dataSha256"
      FROM reference_version WHERE version = ${version}`,
  );
  return row === null ? null : { ...row, text: atRest.columns.open(referencePlace(version), row.data) };
}

const parseReference = (text: string): ReferenceData => referenceDataSchema.parse(JSON.parse(text));

/** A desk did not take a version that this centre signed: somebody is to look at it. */
export function noteReferenceRefusal({ metrics, log }: CentreContext, deskId: string, refusal: ReferenceRefusal): void {
  const { version, reason } = refusal;
  metrics.count('ventanilla_reference_refusals_total', { reason });
  log.info('reference.refused', { deskId, version, reason });
}

/** The newest data, signed, when they are newer than the desk's; otherwise null. */
export async function findReferenceAfter(context: CentreContext, version: number): Promise<ReferenceResponse | null> {
  const newest = await context.database.find(versionRowSchema, newestVersion);
  if (newest === null || newest.version <= version) return null;
  const { issuedAt, dataSha256 } = newest;
  const data = context.atRest.columns.open(referencePlace(newest.version), newest.data);
  const signature = context.key.sign(referenceSigningText({ version: newest.version, dataSha256 }));
  return { version: newest.version, issuedAt, data, signature };
}
