import { z } from 'zod';
import type { DocumentVerdict } from '../contract/schemas/verification.ts';
import { sql } from './sql.ts';
import type { StoreContext } from './store-context.ts';

const rowSchema = z.strictObject({ recordId: z.string(), documentId: z.string() });

/** How the signatures of a brought document stand now, inside the caller's transaction. */
export function setVerdict(context: StoreContext, record: number, documentId: string, verdict: DocumentVerdict): void {
  context.connection.run(sql`INSERT INTO document_verifications (record, document_id, verdict)
    VALUES (${record}, ${documentId}, ${verdict}) ON CONFLICT (record, document_id) DO UPDATE SET verdict = excluded.verdict`);
}

export function listIndeterminate(
  context: StoreContext,
): readonly Readonly<{ recordId: string; documentId: string }>[] {
  return context.connection.list(
    rowSchema,
    sql`SELECT record_id AS recordId, document_id AS documentId
      FROM document_verifications JOIN records ON records.id = document_verifications.record
      WHERE verdict = 'indeterminate' ORDER BY document_verifications.record, document_id`,
  );
}
