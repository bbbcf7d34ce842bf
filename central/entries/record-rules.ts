import type { RecordDocument, RegisteredRecord } from '../../core/contract/schemas/record.ts';
import type { BlobReference } from '../../core/contract/sync-protocol.ts';
import { formatRecordNumber, isEmergencyBook } from '../../core/domain/numbering.ts';
import { officialYear } from '../../core/domain/official-time.ts';
import { readCode } from '../verification/code-key.ts';
import type { PublishedNames } from '../reference/published-names.ts';
import type { QuarantineReason } from './quarantine-reasons.ts';
import type { SeriesRow } from './series-rows.ts';

const toleratedClockMs = 10 * 60_000;

/** What a record says that does not fit its series, the clock, the published reference data or its own files. */
export function checkRecord(
  record: RegisteredRecord,
  blobs: readonly BlobReference[],
  surroundings: Readonly<{ series: SeriesRow; names: PublishedNames | null; now: Date }>,
): Readonly<{ reasons: readonly QuarantineReason[]; isTimeSound: boolean }> {
  const { series, names, now } = surroundings;
  const reasons: QuarantineReason[] = [];
  const isOfSeries = record.seriesId === series.seriesId && record.direction === series.direction;
  if (!isOfSeries) reasons.push('record.seriesMismatch');
  if (record.officeCode !== series.officeCode || record.deskNumber !== series.deskNumber) {
    reasons.push('record.ownerMismatch');
  }
  if (record.sequence !== series.lastRecordSequence + 1) reasons.push('record.sequenceGap');
  const number = formatRecordNumber(series, record.sequence);
  if (number.kind !== 'number' || number.recordNumber !== record.recordNumber) reasons.push('record.numberMismatch');
  const timeReasons = checkTime(new Date(record.recordedAt), series, now);
  reasons.push(...timeReasons);
  if (names !== null && !names.officers.has(record.officer.officerId)) reasons.push('record.officerUnknown');
  if (names !== null && !names.units.has(record.unitCode)) reasons.push('record.unitUnknown');
  // Art. 43 of the ordinance: no signature for a citizen without the written consent.
  const hasConsent = record.consentId !== null && record.documents.some((document) => document.role === 'consent');
  if (record.route === 'officer' && !hasConsent) reasons.push('record.consentMissing');
  const codes = [record.receiptVerificationCode, ...record.documents.map((document) => document.verificationCode)];
  if (codes.some((code) => readCode(code) === null)) reasons.push('document.codeMalformed');
  const isSent = (sha256: string) => blobs.some((blob) => blob.sha256 === sha256);
  const areSent = record.documents.every((document) => filesOf(document).every(isSent));
  if (!areSent) reasons.push('document.fileMissing');
  return { reasons, isTimeSound: timeReasons.length === 0 };
}

/** Every file that belongs to a document as it was registered. */
function filesOf({ sha256, eniXmlSha256, file, verification }: RecordDocument): readonly string[] {
  const signature = file?.signature ?? null;
  const answers = (verification?.revocationAnswers ?? []).map((answer) => answer.sha256);
  return [sha256, eniXmlSha256, ...(signature === null ? [] : [signature.sha256]), ...answers];
}

function checkTime(recordedAt: Date, series: SeriesRow, now: Date): QuarantineReason[] {
  const reasons: QuarantineReason[] = [];
  if (!isEmergencyBook(series) && yearOf(recordedAt) !== series.year) reasons.push('record.yearMismatch');
  if (series.lastRecordedAt !== null && recordedAt < series.lastRecordedAt) reasons.push('record.timeWentBack');
  if (recordedAt.getTime() > now.getTime() + toleratedClockMs) reasons.push('record.timeInFuture');
  return reasons;
}

/** Null for a moment that no calendar of ours reaches. */
function yearOf(instant: Date): number | null {
  try {
    return officialYear(instant);
  } catch {
    return null;
  }
}
