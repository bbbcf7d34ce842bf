import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { canonicalJson } from '../../core/contract/canonical-json.ts';
import type { RecordEvent, RegisteredRecord } from '../../core/contract/schemas/record.ts';
import type { BlobReference, JournalEntry, SeriesGrant } from '../../core/contract/sync-protocol.ts';
import { formatRecordNumber } from '../../core/domain/numbering.ts';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import { makeVerificationCode } from '../../core/documents/verification-code.ts';
import { recordDocument, registerInput } from '../../core/store/store-fixture.ts';

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
      const document = recordDocument({
        sha256: pdf.sha256,
        byteLength: pdf.content.length,
        eniXmlSha256: eni.sha256,
        verificationCode: makeVerificationCode('VEN'),
        eniId: makeTestEniId(),
      });
      const input = registerInput(randomUUID(), series.seriesId, {
        officeCode: series.officeCode,
        deskNumber: series.deskNumber,
        documents: [document],
        receiptVerificationCode: makeVerificationCode('VEN'),
        receiptEniId: makeTestEniId(),
        ...change,
      });
      const record = input.build({
        sequence,
        recordNumber: number.kind === 'number' ? number.recordNumber : '',
        recordedAt: formatOfficialInstant(now),
        clock: { source: 'system', lastSynchronizedAt: null, uncertaintyMs: null },
      });
      const blobs = input.blobs.map((blob) =>
        blob.sha256 === eni.sha256 ? { ...blob, byteLength: eni.content.length } : blob,
      );
      addBody(canonicalJson({ kind: 'record', record, blobs }));
      return record;
    },
    addEvent({ recordId, recordNumber }, event, blobs = []) {
      return addBody(canonicalJson({ kind: 'event', eventId: randomUUID(), recordId, recordNumber, event, blobs }));
    },
  };
}

export function makeTestEniId(): string {
  return `ES_L01502973_2026_${randomBytes(15).toString('hex')}`;
}
