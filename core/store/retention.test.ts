import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyRetention } from '../services/retention.ts';
import type { OpenDesk } from './open-desk.ts';
import {
  auditEntry,
  createDeskFixture,
  recordDocument,
  registerInput,
  seriesGrant,
  storedAttention,
  storedDocument,
  storedPage,
} from './store-fixture.ts';
import type { DeskFixture } from './store-fixture.ts';

const { seriesId } = seriesGrant();
let fixture: DeskFixture;
let desk: OpenDesk;

beforeEach(async () => {
  fixture = await createDeskFixture();
  desk = await fixture.open();
  desk.store.putSeries(seriesGrant());
});
afterEach(async () => {
  await desk.store.close();
  fixture.remove();
});

const put = (bytes = randomBytes(100)) => desk.blobs.put(new Uint8Array(bytes), 'image/png');

/** The desk opened again at another time, with the rules applied as they are at each opening. */
async function openAt(instant: string, keepSentDays: number | null = null): Promise<void> {
  await desk.store.close();
  fixture.clock.set(instant);
  desk = await fixture.open();
  const configuration = { keepSentDays } as Parameters<typeof applyRetention>[0]['configuration'];
  const log = { info: () => undefined, error: () => undefined };
  await applyRetention({ clock: fixture.clock, configuration, desk: () => desk, log });
}

/** An attention with one scanned page, closed or not. */
async function addDraft(closedAs: 'abandoned' | 'delivered' | null, shared?: string) {
  const attention = storedAttention();
  desk.store.createAttention(attention, auditEntry);
  const document = storedDocument(attention.attentionId);
  desk.store.putDocument(document);
  const files = { copyDigest: await put(), captureDigest: shared ?? (await put()), thumbnail: await put() };
  desk.store.putPage(storedPage(document.documentId, files));
  if (closedAs !== null) {
    const closed = { ...attention, version: 2, closedAs, closedAt: '2026-11-20T11:00:00+01:00' };
    desk.store.updateAttention(closed, 1, null);
  }
  return { attentionId: attention.attentionId, files };
}

async function registerOne() {
  const attention = storedAttention();
  desk.store.createAttention(attention, auditEntry);
  const [pdf, eni] = [randomBytes(3_000), randomBytes(900)];
  const document = recordDocument({
    sha256: await put(pdf),
    byteLength: pdf.length,
    eniXmlSha256: await put(eni),
    signatureLevel: 'B-LTA',
  });
  const record = desk.store.register(registerInput(attention.attentionId, seriesId, { documents: [document] }));
  const [entry] = desk.store.listUnacknowledgedEntries(seriesId, 1);
  return { record, document, entry };
}

test('an abandoned attention ends after a week with its captures, and nothing else does', async () => {
  const shared = await put();
  const abandoned = await addDraft('abandoned', shared);
  const open = await addDraft(null, shared);
  const delivered = await addDraft('delivered');
  await openAt('2026-11-27T09:59:59Z');
  expect(desk.store.findAttention(abandoned.attentionId)).not.toBeNull();
  await openAt('2026-11-27T10:00:01Z');
  expect(desk.store.findAttention(abandoned.attentionId)).toBeNull();
  expect(desk.store.listPages(abandoned.attentionId)).toEqual([]);
  const { copyDigest, thumbnail } = abandoned.files;
  expect([copyDigest, thumbnail, shared].map((digest) => desk.blobs.has(digest))).toEqual([false, false, true]);
  expect(Object.values(open.files).every((digest) => desk.blobs.has(digest))).toBe(true);
  expect(desk.store.listPages(delivered.attentionId)).toHaveLength(1);
  await openAt('2026-12-20T10:00:01Z');
  expect(desk.store.listPages(delivered.attentionId)).toEqual([]);
  expect(Object.values(delivered.files).some((digest) => desk.blobs.has(digest))).toBe(false);
  expect(desk.store.listPages(open.attentionId)).toHaveLength(1);
  expect(desk.verifyAudit()).toMatchObject({ result: 'intact' });
});

test('what a record names stays when its attention ends', async () => {
  const { record, document } = await registerOne();
  const attention = desk.store.listOpenAttentions()[0];
  if (attention === undefined) throw new Error('no attention');
  const draft = storedDocument(attention.attentionId, {
    signed: {
      digest: document.sha256,
      byteLength: document.byteLength,
      level: 'B-LTA',
      signedAt: '2026-11-20T10:43:00+01:00',
    },
  });
  desk.store.putDocument(draft);
  const closed = { ...attention, version: 2, recordId: record.recordId, closedAs: 'delivered' as const };
  desk.store.updateAttention({ ...closed, closedAt: '2026-11-20T11:00:00+01:00' }, 1, null);
  await openAt('2026-12-20T10:00:01Z');
  expect(desk.store.findAttention(attention.attentionId)).toBeNull();
  expect(desk.blobs.has(document.sha256)).toBe(true);
  expect(desk.store.findRecord(record.recordId)?.record).toEqual(record);
});

test.each<[string, number | null, boolean, boolean, boolean]>([
  ['durable, old enough, and everything of the record is there', 10, true, true, true],
  ['not durable', 10, false, true, false],
  ['another file of the record is not there', 10, true, false, false],
  ['not old enough', 60, true, true, false],
  ['nothing is to be ended', null, true, true, false],
])('a sent file is ended when the centre holds it: %s', async (...row) => {
  const [, keepSentDays, isDurable, isWhole, isEnded] = row;
  const { document, entry } = await registerOne();
  if (entry === undefined) throw new Error('no entry');
  const acknowledgedAt = '2026-11-20T10:45:00+01:00';
  const { sequence, hash } = entry;
  desk.store.markEntriesAcknowledged([
    { seriesId, sequence, hash, acknowledgedAt, quarantineReasons: [], signature: 'c2ln' },
  ]);
  const { sha256, eniXmlSha256 } = document;
  desk.store.markBlobsAcknowledged([{ sha256, acknowledgedAt, isDurable, signature: 'c2ln' }]);
  if (isWhole)
    desk.store.markBlobsAcknowledged([{ sha256: eniXmlSha256, acknowledgedAt, isDurable, signature: 'c2ln' }]);
  await openAt('2026-12-20T10:00:00Z', keepSentDays);
  expect(desk.blobs.has(sha256)).toBe(!isEnded);
  if (isEnded) await expect(desk.blobs.get(sha256)).rejects.toMatchObject({ code: 'blob.atCentre' });
  else expect((await desk.blobs.get(sha256)).length).toBe(3_000);
});

test('a clock that nobody vouched for ends nothing', async () => {
  const { attentionId } = await addDraft('abandoned');
  await registerOne();
  await openAt('2027-11-20T10:00:00Z');
  expect(desk.store.findAttention(attentionId)).not.toBeNull();
  desk.store.acceptForwardJump('F-9');
  await openAt('2027-11-20T10:00:00Z');
  expect(desk.store.findAttention(attentionId)).toBeNull();
});
