import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RegisteredRecord } from '../core/contract/schemas/record.ts';
import { AppError } from '../core/contract/errors.ts';
import { makeVerificationCode } from '../core/documents/verification-code.ts';
import type { LineState } from '../core/services/desk-status.ts';
import type { OpenDesk } from '../core/store/open-desk.ts';
import {
  auditEntry,
  createDeskFixture,
  recordDocument,
  registerInput,
  storedAttention,
} from '../core/store/store-fixture.ts';
import type { DeskFixture } from '../core/store/store-fixture.ts';
import { enrolDesk } from '../core/sync/enrol-desk.ts';
import { startSync } from '../core/sync/sync-engine.ts';
import type { SyncEngine } from '../core/sync/sync-engine.ts';

import { createCentre } from './centre.ts';
import type { Centre } from './centre.ts';
import { referenceFixture } from './testing/reference-fixture.ts';

/* The desk's own store and synchronisation against the centre, over HTTP: nothing between them is a stand-in. */

const officeCode = 'O00009999';
let folder: string;
let centre: Centre;
let fixture: DeskFixture;
let desk: OpenDesk;
let sync: SyncEngine | null;
let line: LineState | null;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-centre-'));
  fixture = await createDeskFixture();
  fixture.clock.set('2026-11-20T09:42:07Z');
  centre = await createCentre({ dataFolder: folder, now: () => fixture.clock.now() });
  await centre.publishReference(referenceFixture());
  desk = await fixture.open();
  sync = null;
  line = null;
});
afterEach(async () => {
  await sync?.close();
  await desk.store.close();
  await centre.close();
  fixture.remove();
  rmSync(folder, { recursive: true });
});

async function enrol(): Promise<void> {
  const enrolmentCode = await centre.issueEnrolmentCode(officeCode, '03');
  const now = fixture.clock.now();
  await enrolDesk({ store: desk.store, centreUrl: centre.url, enrolmentCode, officeCode, deskNumber: '03', now });
}

function start(): SyncEngine {
  sync = startSync({
    store: desk.store,
    blobs: desk.blobs,
    centreUrl: centre.url,
    clock: fixture.clock,
    log: { info: () => undefined, error: (_event, error) => expect.fail(String(error)) },
    onLineChanged: (next) => {
      line = next;
    },
    onOnline: () => undefined,
  });
  return sync;
}

async function registerOne(): Promise<RegisteredRecord> {
  const pdf = randomBytes(9_000_000);
  const xml = randomBytes(2_000);
  const document = recordDocument({
    byteLength: pdf.length,
    sha256: await desk.blobs.put(pdf, 'application/pdf'),
    eniXmlSha256: await desk.blobs.put(xml, 'application/xml'),
    verificationCode: makeVerificationCode('VEN'),
    eniId: `ES_L01502973_2026_${randomBytes(15).toString('hex')}`,
  });
  const attention = storedAttention();
  desk.store.createAttention(attention, auditEntry);
  const series = desk.store.listSeries().find(({ direction, year }) => direction === 'incoming' && year === 2026);
  return desk.store.register(
    registerInput(attention.attentionId, series?.seriesId ?? '', {
      documents: [document],
      receiptVerificationCode: makeVerificationCode('VEN'),
      receiptEniId: `ES_L01502973_2026_${randomBytes(15).toString('hex')}`,
    }),
  );
}

test('an enrolled desk has reference data, and its record is complete with the last file', async () => {
  await enrol();
  const series = desk.store.listSeries().map(({ seriesId }) => seriesId);
  expect(series).toContain('O00009999-26-i-03-A');
  expect(series).toContain('O00009999-26-o-03-A');
  const { recordId, recordNumber } = await registerOne();
  expect(recordNumber).toBe('O00009999e2603A00001');
  await start().runNow();
  expect(line).toMatchObject({ state: 'online', problem: null, isCentreDurable: false });
  expect(desk.store.getReference()?.version).toBe(1);
  expect(desk.store.findRecord(recordId)?.syncState).toBe('complete');
});

test('a receipt that follows goes after its record', async () => {
  await enrol();
  const { recordId } = await registerOne();
  await start().runNow();
  const receipt = randomBytes(50_000);
  const [eni, sicres] = [randomBytes(2_000), randomBytes(3_000)];
  const sha256 = await desk.blobs.put(receipt, 'application/pdf');
  const eniXmlSha256 = await desk.blobs.put(eni, 'application/xml');
  const sicresXmlSha256 = await desk.blobs.put(sicres, 'application/xml');
  const blobs = [
    { sha256, byteLength: receipt.length, mediaType: 'application/pdf', documentId: 'receipt', part: 'document' },
    { sha256: eniXmlSha256, byteLength: 2_000, mediaType: 'application/xml', documentId: 'receipt', part: 'eni' },
    { sha256: sicresXmlSha256, byteLength: 3_000, mediaType: 'application/xml', documentId: 'receipt', part: 'sicres' },
  ] as const;
  const at = '2026-11-20T10:45:00+01:00';
  desk.store.appendRecordEvent(
    recordId,
    {
      type: 'receipted',
      at,
      sha256,
      byteLength: receipt.length,
      pageCount: 2,
      eniXmlSha256,
      sicresXmlSha256,
      sealedBy: 'officer',
      signatureLevel: 'B-B',
    },
    blobs,
    auditEntry,
  );
  expect(desk.store.findRecord(recordId)?.syncState).not.toBe('complete');
  await sync?.runNow();
  expect(desk.store.findRecord(recordId)?.syncState).toBe('complete');
  expect(createHash('sha256').update(receipt).digest('hex')).toBe(sha256);
});

test('a code serves one desk, once', async () => {
  const enrolmentCode = await centre.issueEnrolmentCode(officeCode, '03');
  const attempt = (deskNumber: string) =>
    enrolDesk({
      store: desk.store,
      centreUrl: centre.url,
      enrolmentCode,
      officeCode,
      deskNumber,
      now: fixture.clock.now(),
    });
  await expect(attempt('04')).rejects.toMatchObject({ code: 'sync.refused' });
  expect(desk.store.listSeries()).toEqual([]);
  await attempt('03');
  await expect(attempt('03')).rejects.toBeInstanceOf(AppError);
});
