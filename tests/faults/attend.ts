import { randomBytes } from 'node:crypto';
import type { RecordDocument } from '../../core/contract/schemas/record.ts';
import { officialYear } from '../../core/domain/official-time.ts';
import { makeVerificationCode } from '../../core/documents/verification-code.ts';
import { findNumberingSeries } from '../../core/services/numbering-series.ts';
import type { ClockPort } from '../../core/services/ports/surroundings.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import {
  auditEntry,
  recordDocument,
  registerInput,
  storedAttention,
  storedDocument,
  storedPage,
} from '../../core/store/store-fixture.ts';
import type { Said } from './shown.ts';

/**
 * One attention at the counter, from its papers to the delivery: a captured page in the draft, one to three documents with
 * their files, the record, a receipt with its files, the note that it was handed over. `say` is called with each thing that
 * is durable by then.
 */
export async function attend(desk: OpenDesk, clock: ClockPort, say: (said: Said) => void): Promise<void> {
  const { store } = desk;
  const attention = storedAttention();
  store.createAttention(attention, auditEntry);
  const draft = storedDocument(attention.attentionId);
  store.putDocument(draft);
  store.putPage(storedPage(draft.documentId, { captureDigest: await putFile(desk, 1_000 + upTo(20_000)) }));
  const documents: RecordDocument[] = [];
  for (let left = 1 + upTo(3); left > 0; left -= 1) documents.push(await makeDocument(desk));
  const receiptVerificationCode = makeVerificationCode('VEN');
  const series = findNumberingSeries(store, officialYear(clock.now()));
  const record = store.register(
    registerInput(attention.attentionId, series?.seriesId ?? 'none', {
      ...(series === null ? {} : { officeCode: series.officeCode, deskNumber: series.deskNumber }),
      documents,
      receiptVerificationCode,
      receiptEniId: eniIdentifier(),
    }),
  );
  const { recordId, recordNumber, recordedAt } = record;
  say({
    said: 'record',
    record: {
      recordId,
      recordNumber,
      recordedAt,
      codes: [...documents.map(({ verificationCode }) => verificationCode), receiptVerificationCode],
      digests: documents.flatMap(({ sha256, eniXmlSha256 }) => [sha256, eniXmlSha256]),
    },
  });
  await addReceipt(desk, recordId, recordedAt);
  store.appendRecordEvent(
    recordId,
    { type: 'delivered', at: recordedAt, receiptHanded: true, consentCopyHanded: false, originalsReturned: true },
    [],
    auditEntry,
  );
  say({ said: 'delivered', recordId });
}

async function makeDocument(desk: OpenDesk): Promise<RecordDocument> {
  const byteLength = 2_000 + upTo(40_000);
  return recordDocument({
    byteLength,
    sha256: await putFile(desk, byteLength),
    eniXmlSha256: await putFile(desk, 2_000),
    verificationCode: makeVerificationCode('VEN'),
    eniId: eniIdentifier(),
  });
}

async function addReceipt(desk: OpenDesk, recordId: string, at: string): Promise<void> {
  const parts = [
    ['document', 'application/pdf', 9_000],
    ['eni', 'application/xml', 2_000],
    ['sicres', 'application/xml', 3_000],
  ] as const;
  const blobs = [];
  for (const [part, mediaType, byteLength] of parts) {
    blobs.push({ sha256: await putFile(desk, byteLength), byteLength, mediaType, documentId: 'receipt', part });
  }
  const [document, eni, sicres] = blobs.map(({ sha256 }) => sha256);
  desk.store.appendRecordEvent(
    recordId,
    {
      type: 'receipted',
      at,
      sha256: document ?? '',
      byteLength: parts[0][2],
      pageCount: 2,
      eniXmlSha256: eni ?? '',
      sicresXmlSha256: sicres ?? '',
      sealedBy: 'organSeal',
      signatureLevel: 'B-B',
    },
    blobs,
    auditEntry,
  );
}

function putFile({ blobs }: OpenDesk, byteLength: number): Promise<string> {
  return blobs.put(randomBytes(byteLength), 'application/octet-stream');
}

function upTo(limit: number): number {
  return randomBytes(4).readUInt32LE() % limit;
}

function eniIdentifier(): string {
  return `ES_L01502973_2026_${randomBytes(15).toString('hex')}`;
}
