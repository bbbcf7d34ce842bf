import { z } from 'zod';
import type { CentreContext } from '../context.ts';
import { sql } from '../database/sql.ts';
import { keyOfCode } from './code-key.ts';
import { findDocument, listCodePrefixes } from './find-document.ts';
import type { FoundDocument } from './find-document.ts';
import { readTypedCode } from './typed-code.ts';

const accessKindSchema = z.enum(['shown', 'file', 'signature']);

export type DocumentAccess = Readonly<{ kind: z.infer<typeof accessKindSchema>; accessedAt: Date }>;

const mostListed = 1_000;

/** Notes that somebody saw a document or took its file: what and when, nothing of who. */
export async function noteAccess(
  { database, now }: CentreContext,
  { recordId, documentId }: FoundDocument,
  kind: DocumentAccess['kind'],
): Promise<void> {
  await database.run(sql`INSERT INTO document_access (record_id, document_id, kind, accessed_at)
    VALUES (${recordId}, ${documentId}, ${kind}, ${now()})`);
}

/** The newest thousand accesses to the document of a verification code, newest first; null when there is no such document. */
export async function listAccesses(context: CentreContext, code: string): Promise<readonly DocumentAccess[] | null> {
  const typed = readTypedCode(code, await listCodePrefixes(context));
  const document = await findDocument(context, typed.kind === 'code' ? typed.key : keyOfCode(code));
  if (document === null) return null;
  return context.database.list(
    z.object({ kind: accessKindSchema, accessedAt: z.date() }),
    sql`SELECT kind, accessed_at AS "accessedAt" FROM document_access
      WHERE record_id = ${document.recordId} AND document_id = ${document.documentId}
      ORDER BY accessed_at DESC LIMIT ${mostListed}`,
  );
}
