import { z } from 'zod';
import { elaborationStateSchema, signatureLevelSchema } from '../../core/contract/schemas/common.ts';
import { paperNatureSchema } from '../../core/contract/schemas/attention.ts';
import { recordStateSchema } from '../../core/contract/schemas/record.ts';
import { documentMediaTypeSchema, documentVerdictSchema } from '../../core/contract/schemas/verification.ts';
import type { CentreContext } from '../context.ts';
import { bytesSchema } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { documentPlace, recordPlace } from '../encryption/places.ts';

const documentRowSchema = z.object({
  recordId: z.string(),
  documentId: z.string(),
  role: z.enum(['application', 'annex', 'consent', 'attestation', 'receipt']),
  title: bytesSchema,
  code: bytesSchema,
  eniId: z.string(),
  elaborationState: elaborationStateSchema,
  nature: paperNatureSchema.nullable(),
  pageCount: z.coerce.number().nullable(),
  createdAt: z.string(),
  mediaType: documentMediaTypeSchema,
  /** Of what the citizen brought: how its signatures stood when the office asked last; null for what is ours. */
  verdict: documentVerdictSchema.nullable(),
  verifiedAt: z.string().nullable(),
  signatureSha256: z.string().nullable(),
  recordNumber: z.string(),
  recordedAt: z.string(),
  presentedAt: z.string(),
  recordState: recordStateSchema,
  officeCode: z.string(),
  officeName: bytesSchema,
  bodyName: bytesSchema,
});

const versionRowSchema = z.object({
  position: z.int(),
  sha256: z.string(),
  byteLength: z.coerce.number(),
  signatureLevel: signatureLevelSchema.nullable(),
  createdAt: z.string(),
  hasArrived: z.boolean(),
});

const relatedRowSchema = documentRowSchema.pick({ documentId: true, role: true, title: true, code: true });

export type DocumentVersion = Readonly<z.infer<typeof versionRowSchema>>;
export type RelatedDocument = Readonly<{ role: DocumentRow['role']; title: string; code: string }>;
type DocumentRow = Readonly<z.infer<typeof documentRowSchema>>;
type SealedColumn = 'title' | 'code' | 'officeName' | 'bodyName';
export type FoundDocument = Omit<DocumentRow, SealedColumn> &
  Readonly<Record<SealedColumn, string>> &
  Readonly<{
    /** Oldest first; empty when the receipt is not made yet. */
    versions: readonly DocumentVersion[];
    /** The documents that a receipt lists; empty for any other. */
    related: readonly RelatedDocument[];
    /** Why an entry of its record waits in quarantine; empty when none does. */
    quarantineReasons: readonly string[];
  }>;

/** The document that a verification code (`keyOfCode`) opens, or null. Throws `stored.damaged`. */
export async function findDocument(context: CentreContext, codeKey: string): Promise<FoundDocument | null> {
  const { database, atRest } = context;
  const row = await database.find(
    documentRowSchema,
    sql`SELECT record_id AS "recordId", document_id AS "documentId", role, title, code, eni_id AS "eniId",
        elaboration_state AS "elaborationState", nature, page_count AS "pageCount", created_at AS "createdAt",
        media_type AS "mediaType", verdict, verified_at AS "verifiedAt", signature_sha256 AS "signatureSha256",
        record_number AS "recordNumber", recorded_at AS "recordedAt", presented_at AS "presentedAt",
        state AS "recordState", office_code AS "officeCode", office_name AS "officeName", body_name AS "bodyName"
      FROM document JOIN record USING (record_id) WHERE code_key = ${atRest.lookUpOf(codeKey)}`,
  );
  if (row === null) return null;
  const { recordId, documentId } = row;
  const versions = await database.list(
    versionRowSchema,
    sql`SELECT version.position, version.sha256, version.byte_length AS "byteLength",
        version.signature_level AS "signatureLevel", version.created_at AS "createdAt",
        blob.completed_at IS NOT NULL AS "hasArrived"
      FROM document_version AS version
      LEFT JOIN blob ON blob.sha256 = version.sha256 AND blob.office_code = ${row.officeCode}
      WHERE version.record_id = ${recordId} AND version.document_id = ${documentId} ORDER BY version.position`,
  );
  return {
    ...row,
    ...openNames(context, recordId, row),
    officeName: atRest.columns.open(recordPlace(recordId, 'office_name'), row.officeName),
    bodyName: atRest.columns.open(recordPlace(recordId, 'body_name'), row.bodyName),
    versions,
    related: row.role === 'receipt' ? await listRelated(context, recordId) : [],
    quarantineReasons: await listQuarantineReasons(context, recordId),
  };
}

/** Of the entry that brought the record, and of those that changed it afterwards. */
async function listQuarantineReasons({ database }: CentreContext, recordId: string): Promise<readonly string[]> {
  const rows = await database.list(
    z.object({ reason: z.string() }),
    sql`SELECT DISTINCT jsonb_array_elements_text(entry.quarantine_reasons) AS reason
      FROM (SELECT series_id, entry_sequence FROM record WHERE record_id = ${recordId}
        UNION SELECT series_id, entry_sequence FROM record_event WHERE record_id = ${recordId}) AS named
      JOIN entry ON entry.series_id = named.series_id AND entry.sequence = named.entry_sequence
      ORDER BY reason`,
  );
  return rows.map(({ reason }) => reason);
}

async function listRelated(context: CentreContext, recordId: string): Promise<readonly RelatedDocument[]> {
  const rows = await context.database.list(
    relatedRowSchema,
    sql`SELECT document_id AS "documentId", role, title, code FROM document
      WHERE record_id = ${recordId} AND role <> 'receipt' ORDER BY position`,
  );
  return rows.map((row) => ({ role: row.role, ...openNames(context, recordId, row) }));
}

function openNames(
  { atRest: { columns } }: CentreContext,
  recordId: string,
  { documentId, title, code }: Pick<DocumentRow, 'documentId' | 'title' | 'code'>,
): Readonly<{ title: string; code: string }> {
  return {
    title: columns.open(documentPlace(recordId, documentId, 'title'), title),
    code: columns.open(documentPlace(recordId, documentId, 'code'), code),
  };
}

export async function listCodePrefixes({ database }: CentreContext): Promise<readonly string[]> {
  const rows = await database.list(
    z.object({ prefix: z.string() }),
    sql`SELECT prefix FROM code_prefix ORDER BY length(prefix) DESC, prefix`,
  );
  return rows.map(({ prefix }) => prefix);
}
