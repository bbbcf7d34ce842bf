import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { AppError } from '../contract/errors.ts';
import { pageTextSchema } from '../contract/schemas/page-text.ts';
import type { PageText } from '../contract/schemas/page-text.ts';
import { joinHyphens, plainTextOf } from '../domain/recognized-text.ts';
import type { DocumentText, UnreadPage } from '../services/ports/store.ts';
import { addPaperWords, removePaperWords } from './record-search.ts';
import { findRegistered } from './record-store.ts';
import { sql } from './sql.ts';
import type { Statement } from './sql.ts';
import { write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';
import { jsonColumn } from './stored-shapes.ts';

const documentTextsSchema: z.ZodType<readonly DocumentText[]> = z.array(
  z.strictObject({ documentId: z.string(), pages: z.array(z.string().nullable()) }),
);
const textRowSchema = z.strictObject({ body: jsonColumn(pageTextSchema).nullable() });
const textsRowSchema = z.strictObject({ body: jsonColumn(documentTextsSchema) });
const attentionSchema = z.strictObject({ attentionId: z.string(), recordId: z.string().nullable() });
const countSchema = z.strictObject({ count: z.int() });
const pageSchema = z.strictObject({
  documentId: z.string(),
  imageSha256: z.string(),
  previewSha256: z.string(),
  dpi: z.int(),
  isRead: z.int(),
});

type DraftPage = z.infer<typeof pageSchema>;

/** Attentions with pages that wait to be read, or with a record that waits for its text; what is on the counter first. */
const waitingAttentions = (
  condition: Statement,
) => sql`SELECT attentions.attention_id AS attentionId, attentions.record_id AS recordId
  FROM attentions LEFT JOIN records USING (record_id)
  WHERE closed_as IS NOT 'abandoned' AND ${condition}
    AND NOT EXISTS (SELECT 1 FROM record_texts WHERE record = records.id)
  ORDER BY closed_at IS NOT NULL, attentions.id`;

/** Scanned pages in their order, without what was removed. */
function listScannedPages({ connection }: StoreContext, attentionId: string): readonly DraftPage[] {
  return connection.list(
    pageSchema,
    sql`SELECT documents.document_id AS documentId, pages.body ->> '$.copyDigest' AS imageSha256,
        pages.body ->> '$.copyPreview' AS previewSha256, pages.body ->> '$.dpi' AS dpi,
        EXISTS (SELECT 1 FROM page_texts WHERE image_sha256 = pages.body ->> '$.copyDigest') AS isRead
      FROM documents JOIN pages USING (document_id) WHERE attention_id = ${attentionId}
        AND documents.body ->> '$.removedAt' IS NULL AND pages.body ->> '$.removedAt' IS NULL
      ORDER BY documents.position, documents.rowid, pages.position, pages.rowid`,
  );
}

/** The next page that nothing was read on yet: of the attention on the counter, else of the oldest record. */
export function findUnreadPage(context: StoreContext): UnreadPage | null {
  for (const { attentionId } of context.connection.list(attentionSchema, waitingAttentions(sql`TRUE`))) {
    const unread = listScannedPages(context, attentionId).find(({ isRead }) => isRead === 0);
    if (unread === undefined) continue;
    const { imageSha256, previewSha256, dpi } = unread;
    return { imageSha256, previewSha256, dpi };
  }
  return null;
}

/** Null: it cannot be read. What was known of the image before is replaced. */
export function putPageText(context: StoreContext, imageSha256: string, text: PageText | null): void {
  write(context, () =>
    context.connection.run(sql`INSERT INTO page_texts (image_sha256, body)
      VALUES (${imageSha256}, ${text && canonicalJson(text)})
      ON CONFLICT (image_sha256) DO UPDATE SET body = excluded.body`),
  );
}

/** Null while it was not read, or when it could not be. */
export function findPageText({ connection }: StoreContext, imageSha256: string): PageText | null {
  return (
    connection.find(textRowSchema, sql`SELECT body FROM page_texts WHERE image_sha256 = ${imageSha256}`)?.body ?? null
  );
}

/**
 * Keeps the text of records whose pages were all read, by document, and makes them findable by its words; one transaction a
 * record. Returns which.
 */
export function settleRecordTexts(context: StoreContext, limit: number): readonly string[] {
  const { connection } = context;
  const settled: string[] = [];
  const registered = connection.list(attentionSchema, waitingAttentions(sql`attentions.record_id IS NOT NULL`));
  for (const { attentionId, recordId } of registered) {
    if (settled.length >= limit) break;
    const pages = listScannedPages(context, attentionId);
    if (recordId === null || pages.some(({ isRead }) => isRead === 0)) continue;
    const texts = toDocumentTexts(context, pages);
    const row = findRegistered(context, recordId);
    if (row === null) throw new AppError('desk.storeDamaged', { recordId });
    write(context, () => {
      connection.run(sql`INSERT INTO record_texts (record, body) VALUES (${row.id}, ${canonicalJson(texts)})`);
      const words = texts.flatMap((document) => document.pages.map((page) => joinHyphens(page ?? '')));
      if (words.some((text) => text !== '')) addPaperWords(context, row.id, row.record, words);
    });
    settled.push(recordId);
  }
  return settled;
}

function toDocumentTexts(context: StoreContext, pages: readonly DraftPage[]): readonly DocumentText[] {
  const documents = new Map<string, (string | null)[]>();
  for (const { documentId, imageSha256 } of pages) {
    const text = findPageText(context, imageSha256);
    const known = documents.get(documentId) ?? [];
    known.push(text === null ? null : plainTextOf(text));
    documents.set(documentId, known);
  }
  return [...documents].map(([documentId, read]) => ({ documentId, pages: read }));
}

/** By document; `pending`: pages wait to be read. */
export function findRecordTexts(context: StoreContext, recordId: string): readonly DocumentText[] | 'pending' {
  const { connection } = context;
  const kept = connection.find(
    textsRowSchema,
    sql`SELECT body FROM record_texts JOIN records ON records.id = record WHERE record_id = ${recordId}`,
  );
  if (kept !== null) return kept.body;
  const drafts = connection.find(
    countSchema,
    sql`SELECT count(*) AS count FROM attentions WHERE record_id = ${recordId}`,
  );
  return drafts === null || drafts.count === 0 ? [] : 'pending';
}

/** With the drafts whose images they were read on. */
export function endPageTexts({ connection }: StoreContext, imageSha256: string): void {
  connection.run(sql`DELETE FROM page_texts WHERE image_sha256 = ${imageSha256}`);
}

/** With the files of its documents: what the centre alone has is found by its papers there alone. */
export function endRecordTexts(context: StoreContext, documentSha256: string): void {
  const { connection } = context;
  const records = connection.list(
    z.strictObject({ record: z.int() }),
    sql`SELECT DISTINCT record FROM blob_references WHERE sha256 = ${documentSha256} AND part = 'document'`,
  );
  for (const { record } of records) {
    connection.run(sql`INSERT INTO record_texts (record, body) VALUES (${record}, '[]')
      ON CONFLICT (record) DO UPDATE SET body = excluded.body`);
    removePaperWords(context, record);
  }
}
