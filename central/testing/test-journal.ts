import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { canonicalJson } from '../../core/contract/canonical-json.ts';
import type { RecordEvent, RegisteredRecord } from '../../core/contract/schemas/record.ts';
import type { BlobReference, JournalEntry, SeriesGrant } from '../../core/contract/sync-protocol.ts';
import { formatRecordNumber } from '../../core/domain/numbering.ts';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import { recordDocumentFixture, recordFixture } from './record-fixture.ts';

export type TestFile = Readonly<{ content: Uint8Array; sha256: string }>;

export function testFile(content: Uint8Array = randomBytes(1_000)): TestFile {
  return { content, sha256: createHash('sha256').update(content).digest('hex') };
}

/** A desk's journal, built as core/store does, or by hand where a test wants it wrong. */
export type TestJournal = Readonly<{
  entries: readonly JournalEntry[];
  addRecord(change?: Partial<RegisteredRecord>, files?: Readonly<{ pdf: TestFile; eni: TestFile }>): RegisteredRecord;
  addEvent(record: RegisteredRecord, event: RecordEvent, blobs?: readonly BlobReference[]): JournalEntry;
  addBody(body: string): JournalEntry;
}>;

export function createTestJournal(series: SeriesGrant, now: Date): TestJournal {
  const entries: JournalEntry[] = [];
  let sequence = 0;

  function addBody(body: string): JournalEntry {
    const { seriesId } = series;
    const previousHash = entries.at(-1)?.hash ?? createHash('sha256').update(seriesId).digest('hex');
    const hash = createHash('sha256').update(Buffer.from(previousHash, 'hex')).update(body).digest('hex');
    const entry = { seriesId, sequence: entries.length + 1, previousHash, hash, body };
    entries.push(entry);
    return entry;
  }

  return {
    entries,
    addBody,
    addRecord(change = {}, files = { pdf: testFile(), eni: testFile() }) {
      sequence += 1;
      const number = formatRecordNumber(series, sequence);
      const { pdf, eni } = files;
      const document = recordDocumentFixture({
        sha256: pdf.sha256,
        byteLength: pdf.content.length,
        eniXmlSha256: eni.sha256,
      });
      const granted = {
        seriesId: series.seriesId,
        officeCode: series.officeCode,
        deskNumber: series.deskNumber,
        sequence,
        recordNumber: number.kind === 'number' ? number.recordNumber : '',
        recordedAt: formatOfficialInstant(now),
      };
      const record = recordFixture(granted, { documents: [document], ...change });
      const { documentId } = record.documents[0] ?? document;
      const blobs: BlobReference[] = [
        { ...referenceOf(pdf), mediaType: 'application/pdf', documentId, part: 'document' },
        { ...referenceOf(eni), mediaType: 'application/xml', documentId, part: 'eni' },
      ];
      addBody(canonicalJson({ kind: 'record', record, blobs }));
      return record;
    },
    addEvent({ recordId, recordNumber }, event, blobs = []) {
      return addBody(canonicalJson({ kind: 'event', eventId: randomUUID(), recordId, recordNumber, event, blobs }));
    },
  };
}

function referenceOf({ sha256, content }: TestFile): Readonly<{ sha256: string; byteLength: number }> {
  return { sha256, byteLength: content.length };
}
