import { z } from 'zod';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { endPageTexts, endRecordTexts } from './page-text-store.ts';
import { evidenceStateColumn, syncStateColumn } from './record-states.ts';
import { sql } from './sql.ts';
import type { Statement } from './sql.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';

const closedSchema = z.strictObject({
  attentionId: z.string(),
  closedAt: z.string(),
  closedAs: z.enum(['delivered', 'abandoned']),
});
const textSchema = z.strictObject({ text: z.string() });
const digestPattern = /[0-9a-f]{64}/gu;
const attentionsPerRun = 200;

/** Of drafts, everything that may name a file: whatever field it stands in, its digest is found. */
const draftTexts = (of: Statement) => sql`SELECT body AS text FROM documents WHERE ${of}
  UNION ALL SELECT pages.body FROM documents JOIN pages USING (document_id) WHERE ${of}
  UNION ALL SELECT form || coalesce(consent, '') FROM attentions WHERE ${of}`;

/**
 * Ends what is left of attentions that were closed before these instants: form, pages, captures. A record, its documents and
 * whatever else something names stay. The files are noted, for `listEndedFiles`. Returns how many attentions ended.
 */
export function endDrafts(context: StoreContext, before: Readonly<{ abandoned: Date; delivered: Date }>): number {
  const { connection } = context;
  const ended = connection
    .list(
      closedSchema,
      sql`SELECT attention_id AS attentionId, closed_at AS closedAt, closed_as AS closedAs FROM attentions
        WHERE closed_at IS NOT NULL ORDER BY id`,
    )
    .filter(({ closedAt, closedAs }) => new Date(closedAt) < before[closedAs])
    .slice(0, attentionsPerRun);
  if (ended.length === 0) return 0;
  write(context, () => {
    const files = new Set<string>();
    for (const { attentionId } of ended) {
      for (const digest of digestsOf(context, draftTexts(sql`attention_id = ${attentionId}`))) files.add(digest);
      connection.run(sql`DELETE FROM pages WHERE document_id IN
        (SELECT document_id FROM documents WHERE attention_id = ${attentionId})`);
      connection.run(sql`DELETE FROM documents WHERE attention_id = ${attentionId}`);
      connection.run(sql`DELETE FROM attentions WHERE attention_id = ${attentionId}`);
    }
    for (const digest of files) {
      endPageTexts(context, digest);
      connection.run(sql`INSERT INTO ended_files SELECT ${digest}
        WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE sha256 = ${digest}) ON CONFLICT DO NOTHING`);
    }
    const details = { attentions: ended.length };
    audit(context, { action: 'drafts.ended', officerId: null, subjectId: null, details });
  });
  return ended.length;
}

/**
 * Notes files of records that the centre acknowledged before this instant: only with its signed word that it holds them
 * durably, only when everything else of their records is there too, and not while a signature or a verification still has to
 * be completed. Receipts stay: they are printed again, and the centre's seal may still come. Returns how many.
 */
export function endSentFiles(context: StoreContext, acknowledgedBefore: Date): number {
  const { connection } = context;
  const sent = connection.list(
    textSchema,
    sql`SELECT sha256 AS text FROM blobs WHERE is_durable = 1 AND ended_at IS NULL
        AND acknowledged_at < ${formatOfficialInstant(acknowledgedBefore)}
        AND NOT EXISTS (SELECT 1 FROM blob_references JOIN records ON records.id = blob_references.record
          WHERE blob_references.sha256 = blobs.sha256 AND (document_id = 'receipt' OR ${syncStateColumn} <> 'complete'
            OR ${evidenceStateColumn} = 'pending' OR EXISTS (SELECT 1 FROM document_verifications
              WHERE document_verifications.record = records.id AND verdict = 'indeterminate')))`,
  );
  if (sent.length === 0) return 0;
  const now = formatOfficialInstant(context.clock.now());
  write(context, () => {
    for (const { text: sha256 } of sent) {
      connection.run(sql`UPDATE blobs SET ended_at = ${now} WHERE sha256 = ${sha256}`);
      connection.run(sql`INSERT INTO ended_files VALUES (${sha256}) ON CONFLICT DO NOTHING`);
      endRecordTexts(context, sha256);
    }
    audit(context, { action: 'files.ended', officerId: null, subjectId: null, details: { files: sent.length } });
  });
  return sent.length;
}

/** The file was taken away here because the centre holds it. */
export function isAtCentre({ connection }: Pick<StoreContext, 'connection'>, sha256: string): boolean {
  const row = connection.find(
    textSchema,
    sql`SELECT sha256 AS text FROM blobs WHERE sha256 = ${sha256} AND ended_at IS NOT NULL`,
  );
  return row !== null;
}

/** Files that ended and that nothing names again since; those that something names are forgotten. */
export function listEndedFiles(context: StoreContext, limit: number): readonly string[] {
  const { connection } = context;
  for (;;) {
    const ended = connection.list(textSchema, sql`SELECT sha256 AS text FROM ended_files LIMIT ${limit}`);
    if (ended.length === 0) return [];
    const drafts = new Set(
      digestsOf(
        context,
        sql`${draftTexts(sql`TRUE`)} UNION ALL SELECT body FROM refusals
      UNION ALL SELECT body FROM scanner_qualifications UNION ALL SELECT value FROM settings`,
      ),
    );
    const free = ended.map(({ text }) => text).filter((digest) => !drafts.has(digest) && !isOfRecord(context, digest));
    if (free.length > 0) return free;
    forgetEndedFiles(
      context,
      ended.map(({ text }) => text),
    );
  }
}

function isOfRecord({ connection }: StoreContext, digest: string): boolean {
  const row = connection.find(
    textSchema,
    sql`SELECT sha256 AS text FROM blobs WHERE sha256 = ${digest} AND ended_at IS NULL`,
  );
  return row !== null;
}

export function forgetEndedFiles(context: StoreContext, digests: readonly string[]): void {
  write(context, () => {
    for (const digest of digests) context.connection.run(sql`DELETE FROM ended_files WHERE sha256 = ${digest}`);
  });
}

function digestsOf({ connection }: StoreContext, statement: Statement): readonly string[] {
  return connection.list(textSchema, statement).flatMap(({ text }) => text.match(digestPattern) ?? []);
}
