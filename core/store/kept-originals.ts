import { z } from 'zod';
import type { RegisteredRecord } from '../contract/schemas/record.ts';
import { journalBodySchema } from '../contract/sync-protocol.ts';
import { sql } from './sql.ts';
import type { StoreContext } from './store-context.ts';
import { jsonColumn } from './stored-shapes.ts';

const rowSchema = z.strictObject({ documentId: z.string(), body: jsonColumn(journalBodySchema) });

/** Notes the originals of a new record that stay; part of its transaction. */
export function addKeptOriginals(context: StoreContext, record: number, { documents }: RegisteredRecord): void {
  for (const { documentId, keptUntil } of documents) {
    if (keptUntil === null) continue;
    context.connection.run(sql`INSERT INTO kept_originals (record, document_id, kept_until)
      VALUES (${record}, ${documentId}, ${keptUntil})`);
  }
}

/** Records with the document whose original stays, the one whose time ends first at the head. */
export function listKeptOriginals(
  context: StoreContext,
): readonly Readonly<{ documentId: string; record: RegisteredRecord }>[] {
  return context.connection
    .list(
      rowSchema,
      sql`SELECT document_id AS documentId, body FROM kept_originals JOIN records ON records.id = kept_originals.record
        JOIN journal ON journal.series_id = records.series_id AND journal.sequence = records.journal_sequence
        ORDER BY kept_until, records.id, document_id`,
    )
    .flatMap(({ documentId, body }) => (body.kind === 'record' ? [{ documentId, record: body.record }] : []));
}
