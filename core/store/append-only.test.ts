import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openConnection } from './database.ts';
import type { Connection } from './database.ts';
import { deriveKey, unlockMasterKey } from './master-key.ts';
import type { OpenDesk } from './open-desk.ts';
import { sql } from './sql.ts';
import { auditEntry, createDeskFixture, registerInput, seriesGrant, storedAttention } from './store-fixture.ts';
import type { DeskFixture } from './store-fixture.ts';
import { qualificationFixture } from './qualification-fixture.ts';
import { refusalFixture } from './refusal-fixture.ts';

const { seriesId } = seriesGrant();
let fixture: DeskFixture;
let desk: OpenDesk;
let intruder: Connection;

/** Another connection with the right key: what a fault in our own program could do at most. */
async function openIntruder(): Promise<Connection> {
  const masterKey = await unlockMasterKey(fixture.folder, fixture.secret);
  return openConnection({ path: join(fixture.folder, 'desk.db'), key: deriveKey(masterKey, 'database') });
}

async function openDeskWithRecords(): Promise<void> {
  fixture = await createDeskFixture();
  desk = await fixture.open();
  desk.store.putSeries(seriesGrant());
  for (let count = 0; count < 3; count += 1) {
    const attention = storedAttention();
    desk.store.createAttention(attention, auditEntry);
    const { recordId } = desk.store.register(registerInput(attention.attentionId, seriesId));
    const event = {
      type: 'annulled' as const,
      at: '2026-11-20T12:30:00+01:00',
      reason: 'duplicado',
      supervisorId: 'F-9',
    };
    desk.store.appendRecordEvent(recordId, event, [], auditEntry);
  }
  intruder = await openIntruder();
}

async function removeDesk(): Promise<void> {
  intruder.close();
  await desk.store.close();
  fixture.remove();
}

describe('what was written stays', () => {
  beforeAll(async () => {
    await openDeskWithRecords();
    desk.store.addRefusal(refusalFixture(), auditEntry);
    desk.store.addQualification(qualificationFixture(), auditEntry);
  });
  afterAll(removeDesk);

  test.each([
    ["UPDATE records SET summary = 'otro'", 'a record never changes'],
    ['DELETE FROM records', 'a record never changes'],
    ["UPDATE journal SET body = '{}'", 'append-only'],
    ['DELETE FROM journal WHERE sequence = 6', 'append-only'],
    ["UPDATE record_events SET type = 'delivered'", 'an event never changes'],
    ['DELETE FROM record_events', 'an event never changes'],
    ["UPDATE document_versions SET level = 'B-LTA'", 'a version never changes'],
    ['DELETE FROM document_versions', 'a version never changes'],
    ["UPDATE refusals SET body = '{}'", 'an incident never changes'],
    ['DELETE FROM refusals', 'an incident never changes'],
    ["UPDATE scanner_qualifications SET body = '{}'", 'a qualification never changes'],
    ['DELETE FROM scanner_qualifications', 'a qualification never changes'],
    ["UPDATE audit SET officer_id = 'F-2'", 'append-only'],
    ['DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)', 'append-only'],
    [
      "REPLACE INTO audit SELECT sequence, at, 'otra', officer_id, subject_id, details, previous_hash, hash FROM audit WHERE sequence = 2",
      'chain',
    ],
    [
      'REPLACE INTO journal SELECT id, series_id, sequence, previous_hash, hash, body FROM journal WHERE sequence = 2',
      'chain',
    ],
    [
      "INSERT INTO audit SELECT 1 + max(sequence), at, action, NULL, NULL, '{}', previous_hash, hash FROM audit",
      'chain',
    ],
    ['UPDATE series SET last_sequence = 1', 'counts by one'],
    ['UPDATE series SET last_sequence = last_sequence + 2', 'counts by one'],
    ['UPDATE series SET last_journal_sequence = 9', 'counts by one'],
    ['DELETE FROM series', 'a series stays'],
    ['UPDATE attentions SET record_id = NULL', 'keeps its record'],
    ["UPDATE attentions SET stage = 'other'", 'CHECK constraint'],
    ["INSERT INTO settings VALUES ('number', x'00')", 'cannot store BLOB value'],
    [
      `INSERT INTO document_versions SELECT record, document_id, 2, document_id, sha256, byte_length, level, at FROM document_versions LIMIT 1`,
      'extends the one before',
    ],
  ])('%s', (text, refusal) => {
    expect(() => intruder.run({ text, values: [] })).toThrow(refusal);
  });
});

describe('the audit chain', () => {
  beforeEach(openDeskWithRecords);
  afterEach(removeDesk);

  test('tells the first row that was altered by whoever got past the triggers', () => {
    expect(desk.verifyAudit()).toMatchObject({ result: 'intact', rows: 10, checkpoints: 0 });
    intruder.execute('DROP TRIGGER audit_unchanged');
    intruder.run(sql`UPDATE audit SET officer_id = 'F-2' WHERE sequence = 4`);
    expect(desk.verifyAudit()).toEqual({ result: 'broken', sequence: 4, reason: 'content' });
  });

  test('keeps a checkpoint of its head only, once, and the first word of the centre on it', () => {
    const head = desk.store.findUnsignedHead();
    if (head === null) throw new Error('the audit has rows');
    const { storeId, sequence, hash } = head;
    expect(head).toMatchObject({ sequence: 10, lastSignedAt: null });
    const signed = { storeId, deskId: 'd', deskKey: 'k', signedAt: '2026-11-20T14:00:00+01:00', signature: 'c2ln' };
    expect(() => desk.store.putCheckpoint({ ...signed, sequence, hash: '0'.repeat(64) })).toThrow('is of the chain');
    desk.store.putCheckpoint({ ...signed, sequence, hash });
    expect(() => desk.store.putCheckpoint({ ...signed, sequence, hash })).toThrow('UNIQUE');
    expect(desk.store.findUnsignedHead()).toBeNull();
    expect(desk.store.listUncountersigned('other', 10)).toEqual([]);
    expect(desk.store.listUncountersigned('d', 10)).toMatchObject([
      { storeId, sequence, hash, countersignature: null },
    ]);
    const word = { receivedAt: signed.signedAt, previousSequence: 0, previousHash: null, signature: 'c2ln' };
    expect(desk.store.putCountersignature(sequence, word)).toBe('continued');
    expect(desk.store.listUncountersigned('d', 10)).toEqual([]);
    for (const text of [
      "UPDATE audit_checkpoints SET countersignature = '{}'",
      "UPDATE audit_checkpoints SET hash = printf('%064d', 1)",
      'DELETE FROM audit_checkpoints',
    ])
      expect(() => intruder.run({ text, values: [] })).toThrow('a checkpoint never changes');
  });
});
