import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { scannerQualificationSchema } from '../contract/schemas/qualification.ts';
import type { QualifiedDevice, ScannerQualification } from '../contract/schemas/qualification.ts';
import type { AuditEntry } from '../services/ports/store.ts';
import { sql } from './sql.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';
import { jsonColumn } from './stored-shapes.ts';

const rowSchema = z.strictObject({ body: jsonColumn(scannerQualificationSchema) });

/** Appended, with its audit row; it never changes. */
export function addQualification(context: StoreContext, qualification: ScannerQualification, entry: AuditEntry): void {
  write(context, () => {
    context.connection.run(sql`INSERT INTO scanner_qualifications (qualification_id, device_key, body)
      VALUES (${qualification.qualificationId}, ${keyOf(qualification.device)}, ${canonicalJson(qualification)})`);
    audit(context, entry);
  });
}

export function listQualifications(context: StoreContext, limit: number): readonly ScannerQualification[] {
  return context.connection
    .list(rowSchema, sql`SELECT body FROM scanner_qualifications ORDER BY id DESC LIMIT ${limit}`)
    .map(({ body }) => body);
}

export function findLastQualification(context: StoreContext, device: QualifiedDevice): ScannerQualification | null {
  const statement = sql`SELECT body FROM scanner_qualifications WHERE device_key = ${keyOf(device)}
    ORDER BY id DESC LIMIT 1`;
  return context.connection.find(rowSchema, statement)?.body ?? null;
}

export function findQualification(context: StoreContext, qualificationId: string): ScannerQualification | null {
  const statement = sql`SELECT body FROM scanner_qualifications WHERE qualification_id = ${qualificationId}`;
  return context.connection.find(rowSchema, statement)?.body ?? null;
}

export function findFailedOfModel(
  context: StoreContext,
  { driver, maker, model }: QualifiedDevice,
): ScannerQualification | null {
  const statement = sql`SELECT body FROM scanner_qualifications AS one
    WHERE body ->> '$.verdict' = 'failed' AND body ->> '$.device.serial' IS NULL AND body ->> '$.device.driver' = ${driver}
      AND body ->> '$.device.maker' = ${maker} AND body ->> '$.device.model' = ${model}
      AND id = (SELECT max(id) FROM scanner_qualifications WHERE device_key = one.device_key)
    ORDER BY id DESC LIMIT 1`;
  return context.connection.find(rowSchema, statement)?.body ?? null;
}

function keyOf({ driver, maker, model, serial, connection }: QualifiedDevice): string {
  return canonicalJson({ driver, maker, model, serial, connection });
}
