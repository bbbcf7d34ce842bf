import { sql } from './sql.ts';

/*
 * What a record's events, acknowledgements and versions say of it: columns for any SELECT over `records`. Nothing of it is
 * stored in the record. What is not done yet is looked up among that alone, which is little: a page of the list would
 * otherwise decrypt a page of the database for each file of each record.
 */

export const recordStateColumn = sql`CASE
  WHEN EXISTS (SELECT 1 FROM record_events WHERE record = records.id AND type = 'annulled') THEN 'annulled'
  WHEN EXISTS (SELECT 1 FROM record_events WHERE record = records.id AND type = 'rectified') THEN 'rectified'
  WHEN EXISTS (SELECT 1 FROM record_events WHERE record = records.id AND type = 'receipted') THEN 'receipted'
  ELSE 'recorded' END`;

/** Complete: all its entries and all their files are acknowledged. Halted: some entry never will be, as things stand. */
export const syncStateColumn = sql`(SELECT CASE
    WHEN max(is_halted AND place > acknowledged_sequence) THEN 'halted'
    WHEN max(place > acknowledged_sequence AND is_record) THEN 'pending'
    WHEN max(place > acknowledged_sequence) THEN 'recordAcknowledged'
    WHEN EXISTS (SELECT 1 FROM blob_references CROSS JOIN blobs INDEXED BY blobs_unacknowledged USING (sha256)
      WHERE record = records.id AND acknowledged_at IS NULL) THEN 'recordAcknowledged'
    ELSE 'complete' END
  FROM (SELECT records.series_id, records.journal_sequence AS place, 1 AS is_record
    UNION ALL SELECT series_id, journal_sequence, 0 FROM record_events WHERE record = records.id) JOIN series USING (series_id))`;

export const evidenceStateColumn = sql`CASE
  WHEN EXISTS (SELECT 1 FROM document_evidence INDEXED BY evidence_problems
    WHERE record = records.id AND state = 'problem') THEN 'problem'
  WHEN EXISTS (SELECT 1 FROM document_evidence INDEXED BY evidence_queue
    WHERE record = records.id AND state = 'pending') THEN 'pending'
  ELSE 'complete' END`;
