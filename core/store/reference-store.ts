import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { referenceDataSchema } from '../contract/schemas/reference.ts';
import type { ReferenceData } from '../contract/schemas/reference.ts';
import type { Connection } from './database.ts';
import { sql } from './sql.ts';
import { write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';
import { jsonColumn } from './stored-shapes.ts';
import type { ScanProgress } from '../services/ports/store.ts';
import { scanProgressSchema } from './stored-shapes.ts';

export type Reference = Readonly<{ version: number; issuedAt: string; data: ReferenceData }>;

const referenceRowSchema: z.ZodType<Reference> = z.strictObject({
  version: z.int(),
  issuedAt: z.string(),
  data: jsonColumn(referenceDataSchema),
});

const signatureSchema = z.strictObject({ version: z.int(), signature: z.string() });
const valueSchema = z.strictObject({ value: z.string() });

/** Reads the current reference data; parsed once for each version, since every form on the screen asks for it. */
export function createReferenceReader(context: StoreContext): () => Reference | null {
  let known: Readonly<{ signature: string; reference: Reference }> | null = null;
  return () => {
    const current = context.connection.find(signatureSchema, sql`SELECT version, signature FROM reference_data`);
    if (current === null) return null;
    if (known?.signature === current.signature && known.reference.version === current.version) return known.reference;
    const statement = sql`SELECT version, issued_at AS issuedAt, data FROM reference_data`;
    const reference = context.connection.find(referenceRowSchema, statement);
    known = reference === null ? null : { signature: current.signature, reference };
    return reference;
  };
}

/** Signature verified by the caller. An older version never takes the place of a newer one, however well signed. */
export function putReference(context: StoreContext, reference: Reference & Readonly<{ signature: string }>): void {
  const { version, issuedAt, data, signature } = reference;
  write(context, () =>
    context.connection.run(sql`INSERT INTO reference_data (id, version, issued_at, data, signature)
      VALUES (1, ${version}, ${issuedAt}, ${canonicalJson(data)}, ${signature})
      ON CONFLICT (id) DO UPDATE SET version = excluded.version, issued_at = excluded.issued_at, data = excluded.data,
        signature = excluded.signature WHERE excluded.version >= reference_data.version`),
  );
}

export function findSetting({ connection }: StoreContext, name: string): string | null {
  return readSetting(connection, name);
}

export function readSetting(connection: Connection, name: string): string | null {
  return connection.find(valueSchema, sql`SELECT value FROM settings WHERE name = ${name}`)?.value ?? null;
}

const scanProgressSetting = 'scan.progress';

export function findScanProgress(context: StoreContext): ScanProgress | null {
  const text = findSetting(context, scanProgressSetting);
  return text === null ? null : scanProgressSchema.parse(JSON.parse(text));
}

export function putScanProgress(context: StoreContext, progress: ScanProgress): void {
  putSetting(context, scanProgressSetting, JSON.stringify(progress));
}

export function putSetting(context: StoreContext, name: string, value: string): void {
  write(context, () =>
    context.connection.run(sql`INSERT INTO settings (name, value) VALUES (${name}, ${value})
      ON CONFLICT (name) DO UPDATE SET value = excluded.value`),
  );
}
