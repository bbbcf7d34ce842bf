import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canonicalJson } from '../contract/canonical-json.ts';
import { journalEntrySchema } from '../contract/sync-protocol.ts';
import type { DeskStore } from '../services/ports/store.ts';
import type { OpenDesk } from './open-desk.ts';
import { acceptedForwardSetting } from './forward-jump.ts';
import { journalGenesis, journalHash } from './series-store.ts';
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

const seriesId = seriesGrant().seriesId;
let fixture: DeskFixture;
let desk: OpenDesk;
let store: DeskStore;

beforeEach(async () => {
  fixture = await createDeskFixture();
  desk = await fixture.open();
  store = desk.store;
  store.putSeries(seriesGrant());
});
afterEach(async () => {
  await store.close();
  fixture.remove();
});

function registerNew(change: Parameters<typeof registerInput>[2] = {}, series = seriesId) {
  const attention = storedAttention();
  store.createAttention(attention, auditEntry);
  return store.register(registerInput(attention.attentionId, series, change));
}

describe('registering', () => {
  test('gives number, time and place in the journal in one step', () => {
    const attention = storedAttention();
    store.createAttention(attention, auditEntry);
    const record = store.register(registerInput(attention.attentionId, seriesId));
    expect(record.recordNumber).toBe('O00009999e2603A00001');
    expect(record.recordedAt).toBe('2026-11-20T10:42:07+01:00');
    expect(store.findAttention(attention.attentionId)?.recordId).toBe(record.recordId);
    expect(store.listSeries()).toMatchObject([{ lastSequence: 1, lastJournalSequence: 1, isHalted: false }]);

    const stored = store.findRecord(record.recordId);
    expect(stored?.record).toEqual(record);
    expect(stored).toMatchObject({ state: 'recorded', syncState: 'pending', events: [] });
    expect(store.listAudit(record.recordId)).toMatchObject([{ action: 'record.registered', officerId: 'F-1' }]);
  });

  // As a file system that gives up: the journal of SQLite still takes the commit, and nothing else is taken.
  test('is not said when the disk takes no changes any more, though the commit went through: not then, nor at another try', async ({
    skip,
  }) => {
    const attention = storedAttention();
    store.createAttention(attention, auditEntry);
    const everything = { text: '', fromDate: null, toDate: null, cursor: null, limit: 10 };
    const database = join(fixture.folder, 'desk.db');
    const hold = (sign: '+' | '-') => spawnSync('chattr', [`${sign}i`, database]).status === 0;
    if (!hold('+')) skip('needs root, and a file system whose files can be held still');
    const damaged = expect.objectContaining({ code: 'desk.storeDamaged' });
    try {
      expect(() => store.register(registerInput(attention.attentionId, seriesId))).toThrowError(damaged);
      expect(() => store.findAttention(attention.attentionId)).toThrowError(damaged);
      await expect(store.searchRecords(everything)).rejects.toEqual(damaged);
    } finally {
      hold('-');
    }
    // A disk that takes changes again: what is found has been written anew, and counts.
    const recordId = store.findAttention(attention.attentionId)?.recordId ?? '';
    expect(store.findRecord(recordId)?.record.sequence).toBe(1);
  });

  test('keeps the originals that stay, by the day on which their time ends, for good', () => {
    registerNew({ documents: [recordDocument({ keptUntil: '2027-05-21' }), recordDocument()] });
    const first = registerNew({ documents: [recordDocument({ keptUntil: '2027-05-20' })] });
    expect(store.listKeptOriginals().map(({ record }) => record.sequence)).toEqual([2, 1]);
    expect(store.listKeptOriginals()[0]).toEqual({ documentId: first.documents[0]?.documentId, record: first });
  });

  test('chains the journal as the protocol says', () => {
    const records = [registerNew(), registerNew(), registerNew()];
    const entries = store.listUnacknowledgedEntries(seriesId, 10);
    expect(entries.map((entry) => entry.sequence)).toEqual([1, 2, 3]);
    let previousHash = sha256Hex(seriesId);
    expect(journalGenesis(seriesId)).toBe(previousHash);
    for (const [index, entry] of entries.entries()) {
      expect(() => journalEntrySchema.parse(entry)).not.toThrow();
      expect(entry.previousHash).toBe(previousHash);
      expect(entry.hash).toBe(journalHash(previousHash, entry.body));
      expect(JSON.parse(entry.body)).toMatchObject({ kind: 'record', record: { recordId: records[index]?.recordId } });
      expect(entry.body).toBe(canonicalJson(JSON.parse(entry.body)));
      previousHash = entry.hash;
    }
    expect(store.listEntriesAfter(seriesId, 2, 10)).toEqual(entries.slice(2));
  });

  test('one attention is one record', () => {
    const attention = storedAttention();
    store.createAttention(attention, auditEntry);
    store.register(registerInput(attention.attentionId, seriesId));
    expect(() => store.register(registerInput(attention.attentionId, seriesId))).toThrow('record.alreadyRegistered');
    expect(() => store.register(registerInput(randomUUID(), seriesId))).toThrow('attention.notFound');
    expect(store.listSeries()[0]?.lastSequence).toBe(1);
  });

  test('takes no number when the record cannot be made', () => {
    const attention = storedAttention();
    store.createAttention(attention, auditEntry);
    const input = registerInput(attention.attentionId, seriesId);
    const failing = {
      ...input,
      build: () => {
        throw new Error('no record');
      },
    };
    expect(() => store.register(failing)).toThrow('no record');
    expect(() => store.register({ ...input, build: (granted) => ({ ...input.build(granted), sequence: 7 }) })).toThrow(
      'internal.unexpected',
    );
    expect(() =>
      store.register({ ...input, build: (granted) => ({ ...input.build(granted), summary: '' }) }),
    ).toThrow();
    expect(store.listSeries()).toMatchObject([{ lastSequence: 0, lastJournalSequence: 0 }]);
    expect(store.listUnacknowledgedEntries(seriesId, 10)).toEqual([]);
    expect(store.register(input).sequence).toBe(1);
  });

  test('a series of another year, a halted and an unknown one take no more records', () => {
    store.putSeries(seriesGrant({ seriesId: 'next', year: 2027 }));
    expect(() => registerNew({}, 'next')).toThrow('record.seriesClosed');
    expect(() => registerNew({}, 'unknown')).toThrow('record.seriesClosed');
    fixture.clock.set('2026-12-31T22:59:59Z');
    store.putSetting(acceptedForwardSetting, '2027-02-01T00:00:00Z');
    expect(registerNew().recordNumber).toBe('O00009999e2603A00001');
    fixture.clock.set('2026-12-31T23:00:00Z');
    expect(() => registerNew()).toThrow('record.seriesClosed');
    expect(registerNew({}, 'next').recordNumber).toBe('O00009999e2703A00001');
    store.markSeriesHalted('next');
    expect(() => registerNew({}, 'next')).toThrow('record.seriesClosed');
  });

  test('a full series gives no number', () => {
    store.putSeries(seriesGrant({ seriesId: 'short', epoch: 'B', template: '{office}{epoch}{sequence1}' }));
    for (let count = 0; count < 9; count += 1) registerNew({}, 'short');
    expect(() => registerNew({}, 'short')).toThrow('record.numberUnavailable');
  });

  test('a grant given again changes nothing that numbers are made of', () => {
    registerNew();
    store.putSeries(seriesGrant({ signature: 'bmV3' }));
    expect(store.listSeries()).toMatchObject([{ signature: 'bmV3', lastSequence: 1 }]);
    expect(() => store.putSeries(seriesGrant({ template: '{year}/{sequence5}' }))).toThrow('sync.refused');
  });
});

describe('the clock', () => {
  test('never goes back', () => {
    registerNew();
    fixture.clock.set('2026-11-20T09:42:00Z');
    expect(() => registerNew()).toThrow('clock.wentBack');
    fixture.clock.set('2026-11-20T09:42:05.500Z');
    expect(registerNew().recordedAt).toBe('2026-11-20T10:42:07+01:00');
    expect(store.listSeries()[0]?.lastSequence).toBe(2);
  });

  test('a closed August passes, a longer jump waits for a supervisor', () => {
    registerNew();
    fixture.clock.set('2026-12-21T09:42:07Z');
    expect(registerNew().sequence).toBe(2);
    store.putSeries(seriesGrant({ seriesId: 'next', year: 2027 }));
    fixture.clock.set('2027-02-20T09:42:07Z');
    expect(() => registerNew({}, 'next')).toThrow('clock.jumpedForward');
    expect(store.findForwardJump()).toBe('2026-12-21T10:42:07+01:00');
    store.acceptForwardJump('F-9');
    expect(store.findForwardJump()).toBeNull();
    expect(registerNew({}, 'next').sequence).toBe(1);
    // The word was on that clock, and for that day.
    expect(() => store.acceptForwardJump('F-9')).toThrow('request.invalid');
    fixture.clock.set('2027-05-20T09:42:07Z');
    expect(() => registerNew({}, 'next')).toThrow('clock.jumpedForward');
  });
});

describe('what is appended to a record', () => {
  const at = '2026-11-20T10:45:00+01:00';

  function receipt(sha256: string) {
    return {
      type: 'receipted' as const,
      at,
      sha256,
      byteLength: 30_000,
      pageCount: 1,
      eniXmlSha256: sha256Hex('receipt eni'),
      sicresXmlSha256: sha256Hex('sicres'),
      sealedBy: 'officer' as const,
      signatureLevel: 'B-T' as const,
    };
  }

  test('the receipt comes once, with its files, and gives its state', () => {
    const record = registerNew();
    const event = receipt(sha256Hex('receipt'));
    const blob = {
      sha256: event.sha256,
      byteLength: 30_000,
      mediaType: 'application/pdf',
      documentId: 'receipt',
      part: 'document' as const,
    };
    store.appendRecordEvent(record.recordId, event, [blob], auditEntry);
    store.appendRecordEvent(record.recordId, event, [blob], auditEntry);
    expect(() => store.appendRecordEvent(record.recordId, receipt(sha256Hex('another')), [], auditEntry)).toThrow(
      'record.alreadyRegistered',
    );
    const stored = store.findRecord(record.recordId);
    expect(stored).toMatchObject({ state: 'receipted', events: [event] });
    expect(stored?.versions.filter((version) => version.documentId === 'receipt')).toEqual([
      { documentId: 'receipt', sha256: event.sha256, byteLength: 30_000, level: 'B-T', at },
    ]);
    const [, entry] = store.listUnacknowledgedEntries(seriesId, 10);
    expect(JSON.parse(entry?.body ?? '')).toMatchObject({
      kind: 'event',
      recordId: record.recordId,
      recordNumber: record.recordNumber,
      event,
      blobs: [blob],
    });
  });

  test('versions extend one another and complete the evidence', () => {
    const document = recordDocument();
    const record = registerNew({ documents: [document] });
    const { recordId } = record;
    expect(store.listPendingEvidence(10)).toEqual([
      { recordId, documentId: document.documentId, sha256: document.sha256, level: 'B-B' },
    ]);
    const version = {
      type: 'versionAdded' as const,
      at,
      documentId: document.documentId,
      extendsSha256: document.sha256,
      sha256: sha256Hex('longer'),
      byteLength: 60_000,
      signatureLevel: 'B-T' as const,
    };
    store.appendRecordEvent(recordId, version, [], auditEntry);
    expect(store.listPendingEvidence(10)).toMatchObject([{ sha256: version.sha256, level: 'B-T' }]);
    expect(() => store.appendRecordEvent(recordId, version, [], auditEntry)).toThrow('internal.unexpected');
    store.appendRecordEvent(
      recordId,
      { ...version, extendsSha256: version.sha256, sha256: sha256Hex('longest'), signatureLevel: 'B-LTA' },
      [],
      auditEntry,
    );
    expect(store.evidenceStates(recordId)).toEqual({ [document.documentId]: 'complete' });
    expect(store.listPendingEvidence(10)).toEqual([]);
    expect(store.findRecord(recordId)?.versions.map((stored) => stored.level)).toEqual(['B-B', 'B-T', 'B-LTA']);
  });

  test('a revoked certificate is told and not tried again; an unknown status is', () => {
    const document = recordDocument();
    const { recordId } = registerNew({ documents: [document] });
    const problem = { type: 'evidenceProblem' as const, at, documentId: document.documentId };
    store.appendRecordEvent(recordId, { ...problem, problem: 'statusUnknown' }, [], auditEntry);
    expect(store.evidenceStates(recordId)).toEqual({ [document.documentId]: 'pending' });
    store.appendRecordEvent(recordId, { ...problem, problem: 'certificateRevoked' }, [], auditEntry);
    expect(store.evidenceStates(recordId)).toEqual({ [document.documentId]: 'problem' });
    expect(store.countPending()).toMatchObject({ evidence: 0 });
  });

  test('annulment outlasts rectification, and needs a record', () => {
    const { recordId } = registerNew();
    store.appendRecordEvent(
      recordId,
      { type: 'rectified', at, rectifiedByRecordId: randomUUID(), reason: 'error en el asunto' },
      [],
      auditEntry,
    );
    expect(store.findRecord(recordId)?.state).toBe('rectified');
    store.appendRecordEvent(
      recordId,
      { type: 'annulled', at, reason: 'asiento duplicado', supervisorId: 'F-9' },
      [],
      auditEntry,
    );
    expect(store.findRecord(recordId)?.state).toBe('annulled');
    expect(() =>
      store.appendRecordEvent(randomUUID(), { type: 'annulled', at, reason: 'x', supervisorId: 'F-9' }, [], auditEntry),
    ).toThrow('record.notFound');
    expect(store.findRecord(randomUUID())).toBeNull();
  });
});
