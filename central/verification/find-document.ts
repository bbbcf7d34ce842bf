import { z } from 'zod';
import { elaborationStateSchema, signatureLevelSchema } from '../../core/contract/schemas/common.ts';
import { paperNatureSchema } from '../../core/contract/schemas/attention.ts';
import { recordStateSchema } from '../../core/contract/schemas/record.ts';
import type { CentreContext } from '../context.ts';
import { sql } from '../database/sql.ts';

const documentRowSchema = z.object({
  recordId: z.string(),
  documentId: z.string(),
  role: z.enum(['application', 'annex', 'consent', 'receipt']),
  title: z.string(),
  code: z.string(),
  eniId: z.string(),
  elaborationState: elaborationStateSchema,
  nature: paperNatureSchema.nullable(),
  pageCount: z.coerce.number().nullable(),
  createdAt: z.string(),
  recordNumber: z.string(),
  recordedAt: z.string(),
  presentedAt: z.string(),
  recordState: recordStateSchema,
  officeCode: z.string(),
  officeName: z.string(),
  bodyName: z.string(),
});

const versionRowSchema = z.object({
  position: z.int(),
  sha256: z.string(),
  byteLength: z.coerce.number(),
  signatureLevel: signatureLevelSchema,
  createdAt: z.string(),
  hasArrived: z.boolean(),
});

const relatedRowSchema = z.object({ role: documentRowSchema.shape.role, title: z.string(), code: z.string() });

export type DocumentVersion = Readonly<z.infer<typeof versionRowSchema>>;
export type RelatedDocument = Readonly<z.infer<typeof relatedRowSchema>>;
export type FoundDocument = Readonly<z.infer<typeof documentRowSchema>> &
  Readonly<{
    /** Oldest first; empty when the receipt is not made yet. */
    versions: readonly DocumentVersion[];
    /** The documents that a receipt lists; empty for any other. */
    related: readonly RelatedDocument[];
  }>;

/** The document that a verification code opens, or null. */
export async function findDocument({ database }: CentreContext, codeKey: string): Promise<FoundDocument | null> {
  const document = await database.find(
    documentRowSchema,
    sql`SELECT record_id AS "recordId", document_id AS "documentId", role, title, code, eni_id AS "eniId",
        elaboration_state AS "elaborationState", nature, page_count AS "pageCount", created_at AS "createdAt",
        record_number AS "recordNumber", recorded_at AS "recordedAt", presented_at AS "presentedAt",
        state AS "recordState", office_code AS "officeCode", office_name AS "officeName", body_name AS "bodyName"
      FROM document JOIN record USING (record_id) WHERE code_key = ${codeKey}`,
  );
  if (document === null) return null;
  const { recordId, documentId } = document;
  const versions = await database.list(
    versionRowSchema,
    sql`SELECT version.position, version.sha256, version.byte_length AS "byteLength",
        version.signature_level AS "signatureLevel", version.created_at AS "createdAt",
        blob.completed_at IS NOT NULL AS "hasArrived"
      FROM document_version AS version
      LEFT JOIN blob ON blob.sha256 = version.sha256 AND blob.office_code = ${document.officeCode}
      WHERE version.record_id = ${recordId} AND version.document_id = ${documentId} ORDER BY version.position`,
  );
  const related =
    document.role === 'receipt'
      ? await database.list(
          relatedRowSchema,
          sql`SELECT role, title, code FROM document
            WHERE record_id = ${recordId} AND role <> 'receipt' ORDER BY position`,
        )
      : [];
  return { ...document, versions, related };
}

export async function listCodePrefixes({ database }: CentreContext): Promise<readonly string[]> {
  const rows = await database.list(
    z.object({ prefix: z.string() }),
    sql`SELECT prefix FROM code_prefix ORDER BY length(prefix) DESC, prefix`,
  );
  return rows.map(({ prefix }) => prefix);
}
