import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { refusalSchema } from '../contract/schemas/verification.ts';
import type { Refusal } from '../contract/schemas/verification.ts';
import type { AuditEntry } from '../services/ports/store.ts';
import { sql } from './sql.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';
import { jsonColumn } from './stored-shapes.ts';

const rowSchema = z.strictObject({ body: jsonColumn(refusalSchema) });

/** Appended, with its audit row; it never changes. */
export function addRefusal(context: StoreContext, refusal: Refusal, entry: AuditEntry): void {
  write(context, () => {
    context.connection.run(sql`INSERT INTO refusals (refusal_id, body)
      VALUES (${refusal.refusalId}, ${canonicalJson(refusal)})`);
    audit(context, entry);
  });
}

export function listRefusals(context: StoreContext, limit: number): readonly Refusal[] {
  return context.connection
    .list(rowSchema, sql`SELECT body FROM refusals ORDER BY id DESC LIMIT ${limit}`)
    .map(({ body }) => body);
}

export function findRefusal(context: StoreContext, refusalId: string): Refusal | null {
  return (
    context.connection.find(rowSchema, sql`SELECT body FROM refusals WHERE refusal_id = ${refusalId}`)?.body ?? null
  );
}
