import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { RegisteredRecord } from '../core/contract/schemas/record.ts';
import { officialYear } from '../core/domain/official-time.ts';
import { findNumberingSeries } from '../core/services/numbering-series.ts';
import { openConnection } from '../core/store/database.ts';
import { deriveKey, unlockMasterKey } from '../core/store/master-key.ts';
import type { OpenDesk } from '../core/store/open-desk.ts';
import { openDesk } from '../core/store/open-desk.ts';
import { sql } from '../core/store/sql.ts';
import type { Statement } from '../core/store/sql.ts';
import { auditEntry, createDeskFixture, registerInput, storedAttention } from '../core/store/store-fixture.ts';
import type { DeskFixture } from '../core/store/store-fixture.ts';
import { enrolDesk } from '../core/sync/enrol-desk.ts';
import { startSync } from '../core/sync/sync-engine.ts';
import { createEmbeddedCentre } from './testing/embedded-centre.ts';
import type { Centre } from './centre.ts';
import { referenceFixture } from './testing/reference-fixture.ts';

/* A real desk whose database, or whole folder, is taken back to an old copy, with and without a line to a real centre. */

let folder: string;
let centre: Centre;
let fixture: DeskFixture;
let desk: OpenDesk;
let deskCount = 10;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-rollback-'));
  centre = await createEmbeddedCentre({ dataFolder: join(folder, 'centre'), now: () => fixture.clock.now() });
  fixture = await createDeskFixture(folder);
  await centre.publishReference(referenceFixture());
});
afterAll(async () => {
  await centre.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  deskCount += 1;
  fixture = await createDeskFixture(folder);
  desk = await fixture.open();
  const place = { officeCode: 'O00009999', deskNumber: String(deskCount), now: fixture.clock.now() };
  const enrolmentCode = await centre.issueEnrolmentCode(place.officeCode, place.deskNumber);
  await enrolDesk({ store: desk.store, centreUrl: centre.url, enrolmentCode, ...place });
});
afterEach(() => desk.store.close());

/** `26A1`: the first incoming number of this desk in the epoch A of 2026. */
function number(short: string): string {
  const [, year = '', epoch = '', sequence = ''] = /^(\d\d)([A-Z])(\d+)$/u.exec(short) ?? [];
  return `O00009999e${year}${deskCount}${epoch}${sequence.padStart(5, '0')}`;
}

async function synchronise(): Promise<void> {
  const sync = startSync({
    store: desk.store,
    blobs: desk.blobs,
    centreUrl: centre.url,
    clock: fixture.clock,
    // The files of these records exist nowhere: what is tried here are numbers and entries.
    log: { info: () => undefined, error: () => undefined },
    onLineChanged: () => undefined,
    onOnline: () => undefined,
  });
  await sync.runNow();
  await sync.close();
}

/** Registers in the series that the services would take. */
function register(): RegisteredRecord {
  const attention = storedAttention();
  desk.store.createAttention(attention, auditEntry);
  const open = findNumberingSeries(desk.store, officialYear(fixture.clock.now()));
  return desk.store.register(registerInput(attention.attentionId, open?.seriesId ?? 'none'));
}

/** Closes the desk and takes a copy of its database, its log included. */
async function copyDatabase(): Promise<string> {
  await desk.store.close();
  const copy = join(folder, `old-${deskCount}.db`);
  copyFileSync(join(fixture.folder, 'desk.db'), copy);
  desk = await fixture.open();
  return copy;
}

async function bringBack(copy: string): Promise<void> {
  await desk.store.close();
  for (const name of ['desk.db-wal', 'desk.db-shm']) rmSync(join(fixture.folder, name), { force: true });
  copyFileSync(copy, join(fixture.folder, 'desk.db'));
  desk = await fixture.open();
}

const actions = () => readTexts(sql`SELECT action AS text FROM audit ORDER BY sequence`);

/** One for each acknowledged entry. */
const quarantineReasons = () => readTexts(sql`SELECT quarantine_reasons AS text FROM journal_acknowledgements`);

async function readTexts(statement: Statement): Promise<readonly string[]> {
  const masterKey = await unlockMasterKey(fixture.folder, fixture.secret);
  const key = deriveKey(masterKey, 'database');
  const reader = openConnection({ path: join(fixture.folder, 'desk.db'), key, readonly: true });
  try {
    return reader.list(z.strictObject({ text: z.string() }), statement).map(({ text }) => text);
  } finally {
    reader.close();
  }
}

test('an old database is known by its anchor without a line: no number twice, and a new epoch when the line is back', async () => {
  const first = register();
  expect(first.recordNumber).toBe(number('26A1'));
  const copy = await copyDatabase();
  expect(register().recordNumber).toBe(number('26A2'));
  await bringBack(copy);
  expect(await actions()).toContain('series.sealed');
  const event = { type: 'annulled' as const, at: '2026-11-20T12:30:00+01:00', reason: 'x', supervisorId: 'F-9' };
  // Another epoch of the direction is open for the year to come: what belongs to the sealed one goes on there.
  desk.store.appendRecordEvent(first.recordId, event, [], auditEntry);
  expect(desk.store.findRecord(first.recordId)).toMatchObject({ state: 'annulled', syncState: 'pending' });

  await synchronise();
  expect(register().recordNumber).toBe(number('26B1'));
  expect(desk.store.findRecord(first.recordId)).toMatchObject({ syncState: 'recordAcknowledged' });
  const pages = await desk.store.searchRecords({ text: '', fromDate: null, toDate: null, cursor: null, limit: 10 });
  expect(pages.records.map(({ recordNumber, syncState }) => [recordNumber, syncState])).toEqual([
    [number('26B1'), 'pending'],
    [number('26A1'), 'recordAcknowledged'],
  ]);

  // The same copy once more: the anchor has not come down to it.
  await bringBack(copy);
  expect(desk.store.listSealedSeries()).toContain(`O00009999-26-i-${deskCount}-B`);
  await synchronise();
  expect(register().recordNumber).toBe(number('26C1'));
});

test('without a series that may number, the emergency book goes on, and its records get ordinary numbers afterwards', async () => {
  const copy = await copyDatabase();
  expect(register().recordNumber).toBe(number('26A1'));
  await bringBack(copy);
  const emergency = register();
  expect(emergency.recordNumber).toBe(`E-O00009999e${deskCount}a0001`);
  expect(register().recordNumber).toBe(`E-O00009999e${deskCount}a0002`);
  expect(desk.store.numberEmergencyRecords()).toBe(0);
  fixture.clock.set('2026-11-21T08:00:00Z');
  await synchronise();
  const stored = desk.store.findRecord(emergency.recordId);
  expect(stored?.record).toMatchObject({ recordNumber: emergency.recordNumber, recordedAt: emergency.recordedAt });
  expect(stored?.events).toMatchObject([
    { type: 'numbered', recordNumber: number('26B1'), sequence: 1, at: '2026-11-21T09:00:00+01:00' },
  ]);
  expect(stored?.syncState).toBe('recordAcknowledged');
  expect(desk.store.numberEmergencyRecords()).toBe(0);
  // The book is closed while a series numbers, and the series goes on after the numbers that it gave.
  const attention = storedAttention();
  desk.store.createAttention(attention, auditEntry);
  const book = registerInput(attention.attentionId, emergency.seriesId);
  expect(() => desk.store.register(book)).toThrow('record.seriesClosed');
  expect(register().recordNumber).toBe(number('26B3'));
  await synchronise();
  const reasons = await quarantineReasons();
  expect(reasons.length).toBe(5);
  for (const reason of [
    'record.sequenceGap',
    'record.numberMismatch',
    'record.yearMismatch',
    'event.numberMismatch',
    'event.recordUnknown',
    'event.duplicated',
    'body.schema',
  ])
    expect(reasons.join(' ')).not.toContain(reason);
});

test('after years without a line the emergency book is what numbers', () => {
  fixture.clock.set('2027-12-31T22:59:59Z');
  expect(register().recordNumber).toBe(number('27A1'));
  fixture.clock.set('2027-12-31T23:00:00Z');
  expect(register()).toMatchObject({
    recordNumber: `E-O00009999e${deskCount}a0001`,
    recordedAt: '2028-01-01T00:00:00+01:00',
  });
});

test('a whole folder that was taken back is known by the cursor of the centre', async () => {
  register();
  await desk.store.close();
  const old = join(folder, 'old');
  cpSync(fixture.folder, old, { recursive: true });
  desk = await fixture.open();
  register();
  await synchronise();
  await desk.store.close();
  desk = await openDesk({ folder: old, secret: fixture.secret, clock: fixture.clock });
  await synchronise();
  expect(desk.store.listSealedSeries()).toEqual([`O00009999-26-i-${deskCount}-A`]);
  expect(register().recordNumber).toBe(number('26B1'));
});

test('a copy from before a series was granted does not get that series again', async () => {
  const copy = await copyDatabase();
  fixture.clock.set('2027-06-01T09:00:00Z');
  await synchronise();
  fixture.clock.set('2028-06-01T09:00:00Z');
  await synchronise();
  expect(register().recordNumber).toBe(number('28A1'));
  await bringBack(copy);
  expect(desk.store.listSealedSeries()).toEqual([`O00009999-28-i-${deskCount}-A`]);
  await synchronise();
  expect(register().recordNumber).toBe(number('28B1'));
});

test('the year changes at the official midnight, and the series of the year after comes by itself', async () => {
  fixture.clock.set('2026-12-31T22:59:59Z');
  expect(register().recordNumber).toBe(number('26A1'));
  const old = `O00009999-26-i-${deskCount}-A`;
  fixture.clock.set('2026-12-31T23:00:00Z');
  const attention = storedAttention();
  desk.store.createAttention(attention, auditEntry);
  expect(() => desk.store.register(registerInput(attention.attentionId, old))).toThrow('record.seriesClosed');
  const next = desk.store.register(registerInput(attention.attentionId, `O00009999-27-i-${deskCount}-A`));
  expect(next).toMatchObject({ recordNumber: number('27A1'), recordedAt: '2027-01-01T00:00:00+01:00' });
  await synchronise();
  const years = desk.store.listSeries().map(({ year }) => year);
  expect(years.filter((year) => year === 2028)).toHaveLength(2);
  await synchronise();
  expect(desk.store.listSeries()).toHaveLength(years.length);
});

test('an anchor that does not prove itself counts for nothing and is told', async () => {
  register();
  await desk.store.close();
  const path = join(fixture.folder, 'anchor.json');
  const anchor = readFileSync(path, 'utf8');
  expect(anchor).toContain('"journalSequence":1');
  writeFileSync(path, anchor.replace('"journalSequence":1', '"journalSequence":9'));
  desk = await fixture.open();
  expect(register().recordNumber).toBe(number('26A2'));
  expect(await actions()).toContain('anchor.refused');
});
