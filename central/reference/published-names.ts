import { z } from 'zod';
import { referenceDataSchema } from '../../core/contract/schemas/reference.ts';
import type { ReferenceData } from '../../core/contract/schemas/reference.ts';
import type { CentreContext } from '../context.ts';
import { bytesSchema } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { referencePlace } from '../encryption/places.ts';

/** What entries are compared with. */
export type PublishedNames = Readonly<{ officers: ReadonlySet<string>; units: ReadonlySet<string> }>;

type Published = Readonly<{ version: number; data: ReferenceData; names: PublishedNames }>;

// Each version never changes once it is published, so the newest is parsed once in each instance.
const newestOf = new WeakMap<Database, Published>();

/** The newest published reference data, or null. */
export async function findPublished({ database, atRest }: CentreContext): Promise<Published | null> {
  const newest = await database.find(
    z.object({ version: z.int().nullable() }),
    sql`SELECT max(version) AS version FROM reference_version`,
  );
  const version = newest?.version ?? null;
  if (version === null) return null;
  const known = newestOf.get(database);
  if (known?.version === version) return known;
  const row = await database.find(
    z.object({ data: bytesSchema }),
    sql`SELECT data FROM reference_version WHERE version = ${version}`,
  );
  if (row === null) return null;
  const data = referenceDataSchema.parse(JSON.parse(atRest.columns.open(referencePlace(version), row.data)));
  const names = {
    officers: new Set(data.officers.map((officer) => officer.officerId)),
    units: new Set(data.units.map((unit) => unit.unitCode)),
  };
  const published = { version, data, names };
  newestOf.set(database, published);
  return published;
}

export async function findPublishedNames(context: CentreContext): Promise<PublishedNames | null> {
  return (await findPublished(context))?.names ?? null;
}
