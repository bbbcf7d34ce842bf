import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { AppError } from '../contract/errors.ts';
import { attentionFormSchema, deliverySchema, stageSchema } from '../contract/schemas/attention.ts';
import type { AuditEntry, StoredAttention, StoredDocument, StoredPage } from '../services/ports/store.ts';
import { sql } from './sql.ts';
import type { Statement } from './sql.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';
import { jsonColumn, storedConsentSchema, storedDocumentSchema, storedPageSchema } from './stored-shapes.ts';

const attentionRowSchema: z.ZodType<StoredAttention> = z.strictObject({
  attentionId: z.string(),
  version: z.int(),
  officerId: z.string(),
  openedAt: z.string(),
  stage: stageSchema,
  form: jsonColumn(attentionFormSchema),
  consent: jsonColumn(storedConsentSchema).nullable(),
  delivery: jsonColumn(deliverySchema),
  recordId: z.string().nullable(),
  closedAt: z.string().nullable(),
  closedAs: z.enum(['delivered', 'abandoned']).nullable(),
});
const documentRowSchema = z.strictObject({ body: jsonColumn(storedDocumentSchema) });
const positionRowSchema = z.strictObject({ position: z.int() });
const pageRowSchema = z.strictObject({ body: jsonColumn(storedPageSchema) });

const attentionColumns = sql`SELECT attention_id AS attentionId, version, officer_id AS officerId, opened_at AS openedAt, stage,
  form, consent, delivery, record_id AS recordId, closed_at AS closedAt, closed_as AS closedAs FROM attentions`;

export function createAttention(context: StoreContext, attention: StoredAttention, entry: AuditEntry): void {
  const { attentionId, version, officerId, openedAt, stage, form, consent, delivery, recordId, closedAt, closedAs } =
    attention;
  write(context, () => {
    context.connection.run(sql`INSERT INTO attentions
      (attention_id, version, officer_id, opened_at, stage, form, consent, delivery, record_id, closed_at, closed_as)
      VALUES (${attentionId}, ${version}, ${officerId}, ${openedAt}, ${stage}, ${canonicalJson(form)},
        ${consent && canonicalJson(consent)}, ${canonicalJson(delivery)}, ${recordId}, ${closedAt}, ${closedAs})`);
    audit(context, entry);
  });
}

/** `attention.version` is the new version, above `expectedVersion`. A registered attention keeps its record. */
export function updateAttention(
  context: StoreContext,
  attention: StoredAttention,
  expectedVersion: number,
  entry: AuditEntry | null,
): void {
  const { attentionId, version, officerId, stage, form, consent, delivery, recordId, closedAt, closedAs } = attention;
  if (version <= expectedVersion) throw new AppError('internal.unexpected', { version, expectedVersion });
  write(context, () => {
    const changed = context.connection
      .run(sql`UPDATE attentions SET version = ${version}, officer_id = ${officerId}, stage = ${stage},
      form = ${canonicalJson(form)}, consent = ${consent && canonicalJson(consent)}, delivery = ${canonicalJson(delivery)},
      record_id = coalesce(record_id, ${recordId}), closed_at = ${closedAt}, closed_as = ${closedAs}
      WHERE attention_id = ${attentionId} AND version = ${expectedVersion}`);
    if (changed === 0) {
      const isKnown = findAttention(context, attentionId) !== null;
      throw new AppError(isKnown ? 'attention.changedSinceReview' : 'attention.notFound');
    }
    if (entry !== null) audit(context, entry);
  });
}

export function findAttention(context: StoreContext, attentionId: string): StoredAttention | null {
  return context.connection.find(attentionRowSchema, sql`${attentionColumns} WHERE attention_id = ${attentionId}`);
}

export function listOpenAttentions(context: StoreContext): readonly StoredAttention[] {
  return context.connection.list(attentionRowSchema, sql`${attentionColumns} WHERE closed_at IS NULL ORDER BY id DESC`);
}

export function putDocument(context: StoreContext, document: StoredDocument): void {
  const { documentId, attentionId, position } = document;
  const body = canonicalJson(document);
  write(context, () =>
    context.connection.run(sql`INSERT INTO documents (document_id, attention_id, position, body)
      VALUES (${documentId}, ${attentionId}, ${position}, ${body})
      ON CONFLICT (document_id) DO UPDATE SET attention_id = excluded.attention_id, position = excluded.position, body = excluded.body`),
  );
}

export function putPage(context: StoreContext, page: StoredPage): void {
  const { pageId, documentId, position } = page;
  const body = canonicalJson(page);
  write(context, () =>
    context.connection.run(sql`INSERT INTO pages (page_id, document_id, position, body)
      VALUES (${pageId}, ${documentId}, ${position}, ${body})
      ON CONFLICT (page_id) DO UPDATE SET document_id = excluded.document_id, position = excluded.position, body = excluded.body`),
  );
}

export function listDocuments(context: StoreContext, attentionId: string): readonly StoredDocument[] {
  const statement = sql`SELECT body FROM documents WHERE attention_id = ${attentionId} ORDER BY position, rowid`;
  return context.connection.list(documentRowSchema, statement).map((row) => row.body);
}

/** Pages of all documents of the attention, document by document in their order. */
export function listPages(context: StoreContext, attentionId: string): readonly StoredPage[] {
  const statement = sql`SELECT pages.body FROM documents JOIN pages USING (document_id) WHERE attention_id = ${attentionId}
    ORDER BY documents.position, documents.rowid, pages.position, pages.rowid`;
  return context.connection.list(pageRowSchema, statement).map((row) => row.body);
}

export function nextPagePosition(context: StoreContext, documentId: string): number {
  const statement = sql`SELECT coalesce(max(position), -1) + 1 AS position FROM pages WHERE document_id = ${documentId}`;
  return context.connection.find(positionRowSchema, statement)?.position ?? 0;
}

export function findDocument(context: StoreContext, documentId: string): StoredDocument | null {
  return findBody(context, documentRowSchema, sql`SELECT body FROM documents WHERE document_id = ${documentId}`);
}

export function findPage(context: StoreContext, pageId: string): StoredPage | null {
  return findBody(context, pageRowSchema, sql`SELECT body FROM pages WHERE page_id = ${pageId}`);
}

function findBody<Body>(context: StoreContext, schema: z.ZodType<{ body: Body }>, statement: Statement): Body | null {
  return context.connection.find(schema, statement)?.body ?? null;
}
