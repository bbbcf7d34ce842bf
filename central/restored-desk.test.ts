import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RegisteredRecord } from '../core/contract/schemas/record.ts';
import { makeVerificationCode } from '../core/documents/verification-code.ts';
import { officialYear } from '../core/domain/official-time.ts';
import type { RecoveryIdentity } from '../core/services/ports/backup.ts';
import { findNumberingSeries } from '../core/services/numbering-series.ts';
import { restoreDesk } from '../core/store/backup/restore-desk.ts';
import { createDesk, openDesk } from '../core/store/open-desk.ts';
import type { OpenDesk } from '../core/store/open-desk.ts';
import {
  auditEntry,
  createDeskFixture,
  recordDocument,
  registerInput,
  storedAttention,
  testKeyWrapper,
} from '../core/store/store-fixture.ts';
import type { DeskFixture } from '../core/store/store-fixture.ts';
import { openRecoveryIdentity } from '../core/store/recovery-identity.ts';
import { enrolDesk } from '../core/sync/enrol-desk.ts';
import { startSync } from '../core/sync/sync-engine.ts';
import { createEmbeddedCentre } from './testing/embedded-centre.ts';
import type { Centre } from './centre.ts';
import { referenceFixture } from './testing/reference-fixture.ts';

/* A real desk whose disk breaks, made again on another machine, with a real centre that has more than the copy. */

const restoredSecret = { kind: 'keyWrapper' as const, keyWrapper: testKeyWrapper() };
const place = { officeCode: 'O00009999', deskNumber: '03' };
let folder: string;
let centre: Centre;
let fixture: DeskFixture;
let problem: unknown = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-restored-'));
  fixture = await createDeskFixture(folder);
  centre = await createEmbeddedCentre({ dataFolder: join(folder, 'centre'), now: () => fixture.clock.now() });
  await centre.publishReference(referenceFixture());
});
afterAll(async () => {
  await centre.close();
  rmSync(folder, { recursive: true });
});

async function enrol(desk: OpenDesk, recovery?: RecoveryIdentity): Promise<void> {
  const enrolmentCode = await centre.issueEnrolmentCode(place.officeCode, place.deskNumber);
  const now = fixture.clock.now();
  await enrolDesk({
    store: desk.store,
    centreUrl: centre.url,
    enrolmentCode,
    ...place,
    now,
    ...(recovery === undefined ? {} : { recovery }),
  });
}

async function synchronise(desk: OpenDesk, expected: string | null = null): Promise<void> {
  const sync = startSync({
    ...desk,
    centreUrl: centre.url,
    clock: fixture.clock,
    log: { info: () => undefined, error: (_event, error) => (problem = error) },
    onLineChanged: (line) => (problem = line.problem),
    onOnline: () => undefined,
  });
  await sync.runNow();
  await sync.close();
  expect(problem).toBe(expected);
}

async function register(desk: OpenDesk, byteLength = 70_000): Promise<RegisteredRecord> {
  const attention = storedAttention();
  desk.store.createAttention(attention, auditEntry);
  const document = recordDocument({
    byteLength,
    sha256: await desk.blobs.put(randomBytes(byteLength), 'application/pdf'),
    eniXmlSha256: await desk.blobs.put(randomBytes(2_000), 'application/xml'),
    verificationCode: makeVerificationCode('VEN'),
    eniId: `ES_L01502973_2026_${randomBytes(15).toString('hex')}`,
  });
  const series = findNumberingSeries(desk.store, officialYear(fixture.clock.now()));
  return desk.store.register(
    registerInput(attention.attentionId, series?.seriesId ?? 'none', {
      documents: [document],
      receiptVerificationCode: makeVerificationCode('VEN'),
      receiptEniId: `ES_L01502973_2026_${randomBytes(15).toString('hex')}`,
    }),
  );
}

function annul(desk: OpenDesk, { recordId }: RegisteredRecord): void {
  const event = { type: 'annulled' as const, at: '2026-11-20T12:30:00+01:00', reason: 'x', supervisorId: 'F-9' };
  desk.store.appendRecordEvent(recordId, event, [], auditEntry);
}

async function listNumbers(desk: OpenDesk): Promise<readonly (readonly [string, string, string])[]> {
  const page = await desk.store.searchRecords({ text: '', fromDate: null, toDate: null, cursor: null, limit: 50 });
  return page.records.map(({ recordNumber, state, syncState }) => [recordNumber.slice(-8), state, syncState]);
}

const quiet = { signal: new AbortController().signal, report: () => undefined };

test('a copy restored on another machine gets back what the centre has, tells what nobody has, and goes on numbering', async () => {
  const broken = await fixture.open();
  await enrol(broken);
  const first = await register(broken);
  await synchronise(broken);
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  await broken.backUp({ folder: disk, ...quiet });
  // After the copy: one that the centre has whole, an event, and one that never left.
  fixture.clock.set('2026-11-20T10:42:07Z');
  const second = await register(broken, 1_500_000);
  annul(broken, first);
  await synchronise(broken);
  await register(broken);
  await broken.store.close();

  const to = join(folder, 'another-machine');
  mkdirSync(to);
  // What could still be read of the broken disk.
  copyFileSync(join(fixture.folder, 'anchor.json'), join(to, 'anchor.json'));
  const { recoveryKey, clock } = fixture;
  await restoreDesk({ folder: disk, to, recoveryKey, secret: restoredSecret, clock, ...quiet });
  const desk = await openDesk({ folder: to, secret: restoredSecret, clock });
  expect(await listNumbers(desk)).toEqual([['03A00001', 'recorded', 'complete']]);
  // Nobody knows which numbers were given: none is, before the centre was asked.
  await expect(register(desk)).rejects.toMatchObject({ code: 'record.seriesClosed' });

  await synchronise(desk);
  expect(await listNumbers(desk)).toEqual([
    ['03A00002', 'recorded', 'complete'],
    ['03A00001', 'annulled', 'complete'],
  ]);
  expect(await desk.blobs.get(second.documents[0]?.sha256 ?? '')).toHaveLength(1_500_000);
  expect(desk.store.findRecord(second.recordId)?.record).toEqual(second);
  expect(desk.store.findRecovery()).toMatchObject({ records: 1, events: 1, files: 2, lostFiles: 0, lostNumbers: 1 });
  expect(desk.store.findRecovery()?.finishedAt).not.toBeNull();
  expect(desk.store.listLostNumbers(10)).toEqual(['O00009999e2603A00003']);
  const next = await register(desk);
  expect(next.recordNumber).toBe('O00009999e2603B00001');
  await synchronise(desk);
  expect((await listNumbers(desk))[0]).toEqual(['03B00001', 'recorded', 'complete']);
  expect(desk.verifyAudit()).toMatchObject({ result: 'intact' });
  await desk.store.close();
});

test('a desk whose disk broke without a copy is enrolled again with its recovery key and gets back all that it sent', async () => {
  const { clock, recoveryKey } = fixture;
  clock.set('2026-11-21T09:00:00Z');
  const lost = await openDesk({ folder: join(folder, 'another-machine'), secret: restoredSecret, clock });
  await register(lost);
  await synchronise(lost);
  await register(lost);
  await lost.store.close();

  const to = join(folder, 'new-disk');
  const secret = { kind: 'keyWrapper' as const, keyWrapper: testKeyWrapper() };
  await createDesk({ folder: to, secret, clock, recoveryKey });
  const desk = await openDesk({ folder: to, secret, clock });
  // The code alone opens nothing of what was: somebody else's key proves nothing, a claim without a proof neither.
  await expect(enrol(desk)).rejects.toMatchObject({ code: 'sync.refused' });
  const other = await createDeskFixture(folder);
  const forged = { ...openRecoveryIdentity(other.recoveryKey), publicKey: openRecoveryIdentity(recoveryKey).publicKey };
  await expect(enrol(desk, forged)).rejects.toMatchObject({ code: 'sync.refused' });
  const another = openRecoveryIdentity(other.recoveryKey);
  await expect(enrol(desk, another)).rejects.toMatchObject({ code: 'desk.recoveryKeyIncorrect' });
  await enrol(desk, openRecoveryIdentity(recoveryKey));
  desk.store.beginRecovery('enrolledAgain', null);
  await synchronise(desk);
  expect(await listNumbers(desk)).toEqual([
    ['03B00002', 'recorded', 'complete'],
    ['03B00001', 'recorded', 'complete'],
    ['03A00002', 'recorded', 'complete'],
    ['03A00001', 'annulled', 'complete'],
  ]);
  expect(desk.store.findRecovery()).toMatchObject({
    cause: 'enrolledAgain',
    records: 4,
    events: 1,
    files: 8,
    lostFiles: 0,
  });
  // The number that never came is not known to anybody here; the series that gave it gives none any more.
  expect((await register(desk)).recordNumber).toBe('O00009999e2603C00001');
  await synchronise(desk);
  expect((await listNumbers(desk))[0]).toEqual(['03C00001', 'recorded', 'complete']);
  await desk.store.close();
});

test('a desk that was withdrawn goes on in the emergency book, is taken into quarantine, and comes back with its data', async () => {
  const { clock, recoveryKey } = fixture;
  clock.set('2026-11-22T09:00:00Z');
  const desk = await openDesk({ folder: join(folder, 'another-machine'), secret: restoredSecret, clock });
  const fourth = await register(desk);
  expect(fourth.recordNumber).toBe('O00009999e2603B00004');
  const withdrawal = { by: 'Administradora', reason: 'Puesto sustraído' };
  expect(await centre.revokeDesk(place.officeCode, place.deskNumber, withdrawal)).toBe(2);
  expect(await centre.revokeDesk(place.officeCode, place.deskNumber, withdrawal)).toBe(0);
  const audited = await centre.listRevocations(place.officeCode);
  expect(audited.map(({ deskNumber, by, reason }) => ({ deskNumber, by, reason }))).toEqual(
    [1, 2].map(() => ({ deskNumber: '03', ...withdrawal })),
  );
  await synchronise(desk, 'desk.revoked');
  // What was registered is taken, with the reason.
  expect(desk.store.findRecord(fourth.recordId)?.syncState).toBe('complete');
  const emergency = await register(desk);
  expect(emergency.recordNumber).toBe('E-O00009999e03b0001');
  await synchronise(desk, 'desk.revoked');
  expect(desk.store.findRecord(emergency.recordId)?.syncState).toBe('complete');

  await enrol(desk, openRecoveryIdentity(recoveryKey));
  await synchronise(desk);
  const next = await register(desk);
  expect(next.recordNumber).toBe('O00009999e2603D00002');
  expect(desk.store.findRecord(emergency.recordId)?.events).toMatchObject([
    { type: 'numbered', recordNumber: 'O00009999e2603D00001' },
  ]);

  // One series, and not the desk.
  expect(await centre.revokeSeries(next.seriesId, withdrawal)).toBe(true);
  expect(await centre.revokeSeries(next.seriesId, withdrawal)).toBe(false);
  await synchronise(desk);
  expect((await register(desk)).recordNumber).toBe('O00009999e2603E00001');
  await synchronise(desk);
  expect((await listNumbers(desk))[0]).toEqual(['03E00001', 'recorded', 'complete']);
  await desk.store.close();
});
