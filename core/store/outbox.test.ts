import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Acknowledgement, JournalEntry } from '../contract/sync-protocol.ts';
import type { DeskStore } from '../services/ports/store.ts';
import {
  auditEntry,
  createDeskFixture,
  recordDocument,
  registerInput,
  seriesGrant,
  sha256Hex,
  storedAttention,
} from './store-fixture.ts';
import type { DeskFixture } from './store-fixture.ts';

const { seriesId } = seriesGrant();
let fixture: DeskFixture;
let store: DeskStore;

beforeEach(async () => {
  fixture = await createDeskFixture();
  store = (await fixture.open()).store;
  store.putSeries(seriesGrant());
});
afterEach(async () => {
  await store.close();
  fixture.remove();
});

function registerNew(byteLength = 40_000) {
  const attention = storedAttention();
  store.createAttention(attention, auditEntry);
  return store.register(
    registerInput(attention.attentionId, seriesId, { documents: [recordDocument({ byteLength })] }),
  );
}

function acknowledge(entries: readonly JournalEntry[]): readonly Acknowledgement[] {
  return entries.map((entry) => ({
    seriesId: entry.seriesId,
    sequence: entry.sequence,
    hash: entry.hash,
    acknowledgedAt: '2026-11-20T12:00:00+01:00',
    quarantineReasons: [],
    signature: 'c2ln',
  }));
}

function acknowledgeFile({ sha256 }: Readonly<{ sha256: string }>) {
  return { sha256, acknowledgedAt: '2026-11-20T12:00:00+01:00', isDurable: true, signature: 'c2ln' };
}

describe('the outbox', () => {
  test('a record goes first, its files after it, and it is complete with the last', () => {
    const { recordId } = registerNew();
    expect(store.countPending()).toEqual({ records: 1, blobs: 2, evidence: 1 });
    expect(store.listPendingBlobs(10)).toEqual([]);
    store.markEntriesAcknowledged(acknowledge(store.listUnacknowledgedEntries(seriesId, 10)));
    expect(store.findRecord(recordId)?.syncState).toBe('recordAcknowledged');
    expect(store.listUnacknowledgedEntries(seriesId, 10)).toEqual([]);
    store.markBlobsAcknowledged(store.listPendingBlobs(10).map(acknowledgeFile));
    expect(store.findRecord(recordId)?.syncState).toBe('complete');
    expect(store.countPending()).toEqual({ records: 0, blobs: 0, evidence: 1 });
  });

  test('small files go before large ones, with what they are', () => {
    registerNew(900_000);
    const record = registerNew(100);
    store.markEntriesAcknowledged(acknowledge(store.listUnacknowledgedEntries(seriesId, 10)));
    const pending = store.listPendingBlobs(10);
    expect(pending.map((blob) => blob.byteLength)).toEqual([100, 2_000, 2_000, 900_000]);
    const [document] = record.documents;
    expect(pending[0]).toEqual({
      sha256: document?.sha256,
      byteLength: 100,
      mediaType: 'application/pdf',
      documentId: document?.documentId,
      part: 'document',
    });
    expect(store.listPendingBlobs(1)).toHaveLength(1);
  });

  test('an event that follows makes the record wait again', () => {
    const { recordId } = registerNew();
    store.markEntriesAcknowledged(acknowledge(store.listUnacknowledgedEntries(seriesId, 10)));
    store.markBlobsAcknowledged(store.listPendingBlobs(10).map(acknowledgeFile));
    store.appendRecordEvent(
      recordId,
      { type: 'annulled', at: '2026-11-20T12:30:00+01:00', reason: 'duplicado', supervisorId: 'F-9' },
      [],
      auditEntry,
    );
    expect(store.findRecord(recordId)?.syncState).toBe('recordAcknowledged');
    expect(store.countPending().records).toBe(1);
    store.markEntriesAcknowledged(acknowledge(store.listUnacknowledgedEntries(seriesId, 10)));
    expect(store.findRecord(recordId)?.syncState).toBe('complete');
  });

  test('acknowledgements come twice, late and out of order', () => {
    for (let count = 0; count < 4; count += 1) registerNew();
    const all = acknowledge(store.listUnacknowledgedEntries(seriesId, 10));
    store.markEntriesAcknowledged(all.slice(2, 3));
    expect(store.listUnacknowledgedEntries(seriesId, 10).map((entry) => entry.sequence)).toEqual([1, 2, 3, 4]);
    store.markEntriesAcknowledged(all.slice(0, 2));
    store.markEntriesAcknowledged(all.slice(0, 2));
    expect(store.listUnacknowledgedEntries(seriesId, 10).map((entry) => entry.sequence)).toEqual([4]);
  });

  test('an acknowledgement of what this desk never wrote is a fork, and nothing of its batch stays', () => {
    registerNew();
    registerNew();
    const [first, second] = acknowledge(store.listUnacknowledgedEntries(seriesId, 10));
    if (first === undefined || second === undefined) throw new Error('two entries were written');
    expect(() => store.markEntriesAcknowledged([first, { ...second, hash: sha256Hex('another') }])).toThrow(
      'sync.forked',
    );
    expect(() => store.markEntriesAcknowledged([{ ...second, sequence: 3 }])).toThrow('sync.forked');
    expect(store.listUnacknowledgedEntries(seriesId, 10)).toHaveLength(2);
    store.markEntriesAcknowledged([first, second]);
    const files = [...store.listPendingBlobs(10), { sha256: sha256Hex('unknown') }].map(acknowledgeFile);
    expect(() => store.markBlobsAcknowledged(files)).toThrow('blob.notFound');
    expect(store.countPending().blobs).toBe(4);
  });

  test('a halted series says so of what it still holds', () => {
    const [first, second] = [registerNew(), registerNew()];
    store.markEntriesAcknowledged(acknowledge(store.listUnacknowledgedEntries(seriesId, 1)));
    store.markSeriesHalted(seriesId);
    expect(store.listSeries()).toMatchObject([{ isHalted: true }]);
    expect(store.findRecord(first.recordId)?.syncState).toBe('recordAcknowledged');
    expect(store.findRecord(second.recordId)?.syncState).toBe('halted');
  });
});
