import { z } from 'zod';
import type { RegisteredRecord } from '../../core/contract/schemas/record.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { AtRest } from '../encryption/at-rest.ts';
import { documentPlace, recordPlace } from '../encryption/places.ts';
import { keyOfCode, readCode } from '../verification/code-key.ts';
import type { QuarantineReason } from './quarantine-reasons.ts';
import { storable } from './storable.ts';
import type { SeriesRow } from './series-rows.ts';

/** `sequence`: of the entry that brings it. */
type NewRecord = Readonly<{ sequence: number; record: RegisteredRecord }>;

/**
 * Makes records findable: themselves, their documents with their codes, the registered versions. Gives what is wrong with
 * those that were there before, or of which a document was, by the sequence of their entries.
 */
export async function addRecords(
  connection: Queries,
  atRest: AtRest,
  series: SeriesRow,
  records: readonly NewRecord[],
): Promise<ReadonlyMap<number, readonly QuarantineReason[]>> {
  if (records.length === 0) return new Map();
  const addedSequences = await addRows(connection, atRest, series, records);
  const added = records.filter(({ sequence }) => addedSequences.has(sequence));
  const documents = added.flatMap(({ record }) => listDocuments(record));
  const addedDocuments = await addDocuments(connection, atRest, documents);
  await addVersions(connection, added);
  const prefixes = new Set(documents.flatMap(({ code }) => readCode(code)?.prefix ?? []));
  await connection.run(sql`INSERT INTO code_prefix (prefix)
    SELECT jsonb_array_elements_text(${JSON.stringify([...prefixes])}::jsonb) ON CONFLICT DO NOTHING`);
  const isWhole = ({ recordId, documents: { length } }: RegisteredRecord) =>
    // The receipt is one more.
    addedDocuments.get(recordId.toLowerCase()) === length + 1;
  return new Map(
    records.map(({ sequence, record }) => [
      sequence,
      !addedSequences.has(sequence) ? ['record.duplicated'] : isWhole(record) ? [] : ['document.taken'],
    ]),
  );
}

/** The entries whose records were not there. */
async function addRows(
  connection: Queries,
  atRest: AtRest,
  series: SeriesRow,
  records: readonly NewRecord[],
): Promise<ReadonlySet<number>> {
  const rows = records.map(({ sequence, record }) => {
    const seal = (column: 'office_name' | 'body_name', text: string) =>
      toBase64(atRest.columns.seal(recordPlace(record.recordId, column), text));
    return {
      record_id: record.recordId,
      record_number: storable(record.recordNumber),
      entry_sequence: sequence,
      office_name: seal('office_name', record.officeName),
      body_name: seal('body_name', record.bodyName),
      direction: record.direction,
      presented_at: record.presentedAt,
      recorded_at: record.recordedAt,
      unit_code: record.unitCode,
    };
  });
  // The office is the series', whatever the record says: nobody puts a record into another office.
  const added = await connection.list(
    z.object({ sequence: z.int() }),
    sql`INSERT INTO record
      (record_id, record_number, series_id, entry_sequence, office_code, office_name, body_name, direction, presented_at,
        recorded_at, unit_code, state)
      SELECT record_id, record_number, ${series.seriesId}, entry_sequence, ${series.officeCode},
        decode(office_name, 'base64'), decode(body_name, 'base64'), direction, presented_at, recorded_at, unit_code, 'recorded'
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS named (record_id uuid, record_number text,
        entry_sequence integer, office_name text, body_name text, direction text, presented_at text, recorded_at text,
        unit_code text)
      ON CONFLICT DO NOTHING RETURNING entry_sequence AS sequence`,
  );
  return new Set(added.map(({ sequence }) => sequence));
}

type NewDocument = ReturnType<typeof listDocuments>[number];

/** How many of each record were not there, under its identifier as PostgreSQL writes it. */
async function addDocuments(
  connection: Queries,
  atRest: AtRest,
  documents: readonly NewDocument[],
): Promise<ReadonlyMap<string, number>> {
  const rows = documents.map((document) => toRow(atRest, document));
  const added = await connection.list(
    z.object({ recordId: z.string() }),
    sql`INSERT INTO document
      (record_id, document_id, position, role, title, code, code_key, eni_id, document_type, elaboration_state, nature,
        page_count, created_at, media_type, verdict, verified_at, signature_sha256)
      SELECT record_id, document_id, position, role, decode(title, 'base64'), decode(code, 'base64'), code_key,
        eni_id, document_type, elaboration_state, nature, page_count, created_at, media_type, verdict,
        verified_at, signature_sha256
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS named (record_id uuid, document_id text, position integer,
        role text, title text, code text, code_key text, eni_id text, document_type text, elaboration_state text, nature text,
        page_count bigint, created_at text, media_type text, verdict text, verified_at text,
        signature_sha256 text)
      ON CONFLICT DO NOTHING RETURNING record_id AS "recordId"`,
  );
  const counts = new Map<string, number>();
  for (const { recordId } of added) counts.set(recordId, (counts.get(recordId) ?? 0) + 1);
  return counts;
}

async function addVersions(connection: Queries, records: readonly NewRecord[]): Promise<void> {
  const versions = records.flatMap(({ record }) =>
    record.documents.map((document) => ({
      record_id: record.recordId,
      document_id: document.documentId,
      sha256: document.sha256,
      byte_length: document.byteLength,
      signature_level: document.signatureLevel,
      created_at: record.recordedAt,
    })),
  );
  await connection.run(sql`INSERT INTO document_version
    (record_id, document_id, position, sha256, byte_length, signature_level, created_at)
    SELECT record_id, document_id, 1, named.sha256, named.byte_length, named.signature_level, named.created_at
    FROM jsonb_to_recordset(${JSON.stringify(versions)}::jsonb) AS named (record_id uuid, document_id text, sha256 text,
      byte_length bigint, signature_level text, created_at text)
    JOIN document USING (record_id, document_id)
    ON CONFLICT DO NOTHING`);
}

function listDocuments(record: RegisteredRecord) {
  const { recordId } = record;
  const documents = record.documents.map((document, index) => ({
    record_id: recordId,
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
    record_id: recordId,
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

function toRow(atRest: AtRest, document: NewDocument) {
  const seal = (column: 'title' | 'code') =>
    toBase64(atRest.columns.seal(documentPlace(document.record_id, document.document_id, column), document[column]));
  return { ...document, title: seal('title'), code: seal('code'), code_key: atRest.lookUpOf(keyOfCode(document.code)) };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
