import type { RegisteredRecord } from '../../core/contract/schemas/record.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { AtRest } from '../encryption/at-rest.ts';
import { documentPlace, recordPlace } from '../encryption/places.ts';
import { keyOfCode, readCode } from '../verification/code-key.ts';
import type { QuarantineReason } from './quarantine-reasons.ts';
import { storable } from './storable.ts';
import type { SeriesRow } from './series-rows.ts';

/** Makes a record findable: itself, its documents with their codes, the registered versions. */
export async function addRecord(
  connection: Queries,
  atRest: AtRest,
  series: SeriesRow,
  entrySequence: number,
  record: RegisteredRecord,
): Promise<QuarantineReason[]> {
  const { recordId } = record;
  const officeName = atRest.columns.seal(recordPlace(recordId, 'office_name'), record.officeName);
  const bodyName = atRest.columns.seal(recordPlace(recordId, 'body_name'), record.bodyName);
  // The office is the series', whatever the record says: nobody puts a record into another office.
  const added = await connection.run(sql`INSERT INTO record
    (record_id, record_number, series_id, entry_sequence, office_code, office_name, body_name, direction, presented_at,
      recorded_at, unit_code, state) VALUES
    (${recordId}, ${storable(record.recordNumber)}, ${series.seriesId}, ${entrySequence}, ${series.officeCode},
      ${officeName}, ${bodyName}, ${record.direction}, ${record.presentedAt},
      ${record.recordedAt}, ${record.unitCode}, 'recorded') ON CONFLICT DO NOTHING`);
  if (added === 0) return ['record.duplicated'];
  const documents = listDocuments(record);
  const rows = documents.map((document) => toRow(atRest, recordId, document));
  const addedDocuments = await connection.run(sql`INSERT INTO document
    (record_id, document_id, position, role, title, code, code_key, eni_id, document_type, elaboration_state, nature,
      page_count, created_at, media_type, verdict, verified_at, signature_sha256)
    SELECT ${recordId}::uuid, document_id, position, role, decode(title, 'base64'), decode(code, 'base64'), code_key,
      eni_id, document_type, elaboration_state, nature, page_count, created_at, media_type, verdict,
      verified_at, signature_sha256
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS named (document_id text, position integer, role text,
      title text, code text, code_key text, eni_id text, document_type text, elaboration_state text, nature text,
      page_count bigint, created_at text, media_type text, verdict text, verified_at text,
      signature_sha256 text)
    ON CONFLICT DO NOTHING`);
  const versions = record.documents.map((document) => ({
    document_id: document.documentId,
    sha256: document.sha256,
    byte_length: document.byteLength,
    signature_level: document.signatureLevel,
    created_at: record.recordedAt,
  }));
  await connection.run(sql`INSERT INTO document_version
    (record_id, document_id, position, sha256, byte_length, signature_level, created_at)
    SELECT ${recordId}::uuid, document_id, 1, named.sha256, named.byte_length, named.signature_level, named.created_at
    FROM jsonb_to_recordset(${JSON.stringify(versions)}::jsonb) AS named (document_id text, sha256 text,
      byte_length bigint, signature_level text, created_at text)
    JOIN document USING (document_id) WHERE document.record_id = ${recordId}
    ON CONFLICT DO NOTHING`);
  for (const prefix of new Set(documents.flatMap((document) => readCode(document.code)?.prefix ?? []))) {
    await connection.run(sql`INSERT INTO code_prefix (prefix) VALUES (${prefix}) ON CONFLICT DO NOTHING`);
  }
  return addedDocuments === documents.length ? [] : ['document.taken'];
}

function listDocuments(record: RegisteredRecord) {
  const documents = record.documents.map((document, index) => ({
    document_id: document.documentId,
    position: index + 1,
    role: document.role,
    title: document.title,
    code: document.verificationCode,
    eni_id: storable(document.eniId),
    document_type: document.documentType,
    elaboration_state: document.elaborationState,
    nature: document.nature,
    page_count: document.pageCount,
    created_at: document.capturedAt,
    media_type: document.mediaType,
    verdict: document.verification?.verdict ?? null,
    verified_at: document.verification?.verifiedAt ?? null,
    signature_sha256: document.file?.signature?.sha256 ?? null,
  }));
  const receipt = {
    document_id: 'receipt',
    position: 0,
    role: 'receipt',
    title: 'Justificante de registro',
    code: record.receiptVerificationCode,
    eni_id: storable(record.receiptEniId),
    // TD07 is the ENI type of «acuse de recibo»; EE01, an original of its own.
    document_type: 'TD07',
    elaboration_state: 'EE01',
    nature: null,
    page_count: null,
    created_at: record.recordedAt,
    media_type: 'application/pdf',
    verdict: null,
    verified_at: null,
    signature_sha256: null,
  };
  return [receipt, ...documents];
}

function toRow(atRest: AtRest, recordId: string, document: ReturnType<typeof listDocuments>[number]) {
  const seal = (column: 'title' | 'code') =>
    Buffer.from(atRest.columns.seal(documentPlace(recordId, document.document_id, column), document[column])).toString(
      'base64',
    );
  return { ...document, title: seal('title'), code: seal('code'), code_key: atRest.lookUpOf(keyOfCode(document.code)) };
}
