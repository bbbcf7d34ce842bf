import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createEmbeddedCentre } from '../../central/testing/embedded-centre.ts';
import type { Centre } from '../../central/centre.ts';
import { referenceFixture } from '../../central/testing/reference-fixture.ts';
import {
  answerHeader,
  answerSigningText,
  referenceResponseSchema,
  referenceSigningText,
  requestHeaders,
} from '../../core/contract/sync-protocol.ts';
import type { ReferenceData } from '../../core/contract/schemas/reference.ts';
import type { RegisteredRecord } from '../../core/contract/schemas/record.ts';
import { makeVerificationCode } from '../../core/documents/verification-code.ts';
import type { SignedInOfficer } from '../../core/services/context.ts';
import type { LineState, UploadProgress } from '../../core/services/desk-status.ts';
import { isLineMetered, setLineMetered, usualLineRules } from '../../core/services/line-rules.ts';
import { openConnection } from '../../core/store/database.ts';
import { deriveKey, unlockMasterKey } from '../../core/store/master-key.ts';
import { sql } from '../../core/store/sql.ts';
import { findRefusedReference } from '../../core/services/reference-refusal.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import {
  auditEntry,
  createDeskFixture,
  recordDocument,
  registerInput,
  storedAttention,
} from '../../core/store/store-fixture.ts';
import type { DeskFixture } from '../../core/store/store-fixture.ts';
import { createCentreClient } from '../../core/sync/centre-client.ts';
import { readIdentity } from '../../core/sync/desk-identity.ts';
import { enrolDesk } from '../../core/sync/enrol-desk.ts';
import { startSync } from '../../core/sync/sync-engine.ts';
import type { SyncEngine, SyncOptions } from '../../core/sync/sync-engine.ts';
import { openChaosLine } from '../faults/chaos-line.ts';
import { answer, openLine, pass } from '../faults/line.ts';
import { openSlowLine } from '../faults/slow-line.ts';

/* The desk's own store and synchronisation against the centre, over HTTP: nothing between them is a stand-in. */

const officeCode = 'O00009999';
let folder: string;
let centre: Centre;
let fixture: DeskFixture;
let desk: OpenDesk;
let deskCount = 10;
let sync: SyncEngine | null;
let line: LineState | null;
let uploads: UploadProgress[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-centre-'));
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
  sync = null;
  line = null;
  uploads = [];
});
afterEach(async () => {
  await sync?.close();
  await desk.store.close();
});

async function enrol(): Promise<void> {
  const deskNumber = String(deskCount);
  const enrolmentCode = await centre.issueEnrolmentCode(officeCode, deskNumber);
  const now = fixture.clock.now();
  await enrolDesk({ store: desk.store, centreUrl: centre.url, enrolmentCode, officeCode, deskNumber, now });
}

function start(options: Partial<SyncOptions> = {}): SyncEngine {
  sync = startSync({
    store: desk.store,
    blobs: desk.blobs,
    centreUrl: centre.url,
    clock: fixture.clock,
    log: { info: () => undefined, error: (_event, error) => expect.fail(String(error)) },
    onLineChanged: (next) => {
      line = next;
      if (next.upload !== null && next.upload !== uploads.at(-1)) uploads.push(next.upload);
    },
    onOnline: () => undefined,
    ...options,
  });
  return sync;
}

async function registerOne(byteLength = 100_000): Promise<RegisteredRecord> {
  const pdf = randomBytes(byteLength);
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

const syncStateOf = ({ recordId }: RegisteredRecord) => desk.store.findRecord(recordId)?.syncState;

/** In rounds, since each fault ends one. */
async function sendUntil(engine: SyncEngine, isDone: () => boolean): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    await engine.runNow();
    if (isDone()) return;
  }
  expect.unreachable('a hundred rounds were not enough');
}

async function readAudit() {
  const key = deriveKey(await unlockMasterKey(fixture.folder, fixture.secret), 'database');
  const reader = openConnection({ path: join(fixture.folder, 'desk.db'), key, readonly: true });
  try {
    const rowSchema = z.strictObject({ action: z.string(), officerId: z.string().nullable(), details: z.string() });
    return reader.list(rowSchema, sql`SELECT action, officer_id AS officerId, details FROM audit ORDER BY sequence`);
  } finally {
    reader.close();
  }
}

/** Of the only document of a record, as the centre says. */
async function reachedOffset({ documents }: RegisteredRecord): Promise<number> {
  const client = createCentreClient({
    centreUrl: centre.url,
    identity: readIdentity(desk.store),
    now: () => fixture.clock.now(),
  });
  const state = await client.getBlobState(documents[0]?.sha256 ?? '', new AbortController().signal);
  return state.state === 'partial' ? state.offset : state.byteLength;
}

test('an enrolled desk has reference data, and its record is complete with the last file', async () => {
  await enrol();
  const series = desk.store.listSeries().map(({ seriesId }) => seriesId);
  expect(series).toContain(`O00009999-26-i-${deskCount}-A`);
  expect(series).toContain(`O00009999-26-o-${deskCount}-A`);
  const { recordId, recordNumber } = await registerOne(9_000_000);
  expect(recordNumber).toBe(`O00009999e26${deskCount}A00001`);
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
  const ownNumber = String(deskCount);
  const enrolmentCode = await centre.issueEnrolmentCode(officeCode, ownNumber);
  const attempt = (deskNumber: string) =>
    enrolDesk({
      store: desk.store,
      centreUrl: centre.url,
      enrolmentCode,
      officeCode,
      deskNumber,
      now: fixture.clock.now(),
    });
  await expect(attempt('99')).rejects.toMatchObject({ code: 'sync.enrolmentCodeInvalid' });
  expect(desk.store.listSeries()).toEqual([]);
  await attempt(ownNumber);
  await expect(attempt(ownNumber)).rejects.toMatchObject({ code: 'sync.enrolmentCodeInvalid' });
});

describe('a poor line', () => {
  /** Of somebody who loses patience long before such a line has carried the first part. */
  const patience = {
    silenceMs: 800,
    partSizes: { smallest: 16_384, first: 262_144, largest: 4_194_304, seconds: 0.1 },
  };
  const bytesPerSecond = 150_000;
  const byteLength = 900_000;
  const isUnderWay = ({ current }: UploadProgress) => current?.byteLength === byteLength && current.sentBytes > 0;

  test('parts shrink until they get through; a record goes between them; after a cut only what is missing is sent', async () => {
    const slow = await openSlowLine({ target: () => centre.url, bytesPerSecond });
    try {
      await enrol();
      const large = await registerOne(byteLength);
      const engine = start({ centreUrl: slow.url, patience });
      let isCut = false;
      let later: RegisteredRecord | null = null;
      const sending = sendUntil(engine, () => isCut);
      while (!uploads.some(isUnderWay)) await pause(10);
      later = await registerOne(3_000);
      engine.wanted();
      while (syncStateOf(later) === 'pending') await pause(10);
      expect(syncStateOf(large)).toBe('recordAcknowledged');
      isCut = true;
      slow.cut();
      await sending;
      const offset = await reachedOffset(large);
      expect(offset).toBeGreaterThan(0);
      const before = slow.carried();
      await sendUntil(engine, () => syncStateOf(large) === 'complete' && syncStateOf(later) === 'complete');
      // With all headers, what is sent once more, and the other record, less than the file alone.
      expect(slow.carried() - before).toBeLessThan(byteLength);
      expect(slow.carried() - before).toBeGreaterThan(byteLength - offset);
    } finally {
      await sync?.close();
      await slow.close();
    }
    expect(uploads.find(isUnderWay)).toMatchObject({ current: { recordNumber: `O00009999e26${deskCount}A00001` } });
    for (const { sentBytes, totalBytes, current } of uploads) {
      expect(sentBytes).toBeLessThanOrEqual(totalBytes);
      expect(current?.sentBytes ?? 0).toBeLessThanOrEqual(sentBytes);
    }
    expect(line?.upload).toBeNull();
  });

  test('that fails as well lets everything through in the end, once', async () => {
    let seed = 20_261;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const chaos = await openChaosLine({ centreUrl: () => centre.url, random, share: 0.2 });
    const slow = await openSlowLine({ target: () => chaos.url, bytesPerSecond: 2_000_000 });
    try {
      await enrol();
      const records = [await registerOne(300_000), await registerOne(60_000)];
      const partSizes = { ...patience.partSizes, first: 32_768, seconds: 0.02 };
      const log = { info: () => undefined, error: () => undefined };
      const engine = start({ centreUrl: slow.url, patience: { silenceMs: 5_000, partSizes }, log });
      await sendUntil(engine, () => records.every((record) => syncStateOf(record) === 'complete'));
      expect(chaos.counts.size).toBeGreaterThan(3);
    } finally {
      await sync?.close();
      await slow.close();
      await chaos.close();
    }
  });

  test('an administrator may hold uploads to so many kilobits', async () => {
    await enrol();
    const record = await registerOne(byteLength / 9);
    const engine = start({ rules: { ...usualLineRules, uploadKbps: 400 } });
    const begin = performance.now();
    await engine.runNow();
    expect(syncStateOf(record)).toBe('complete');
    // 102,000 bytes at 50,000 in a second; slower is no fault of theirs.
    expect(performance.now() - begin).toBeGreaterThan(2_000);
  });

  test('on a line whose use is metered records and small files go, and what waits is told', async () => {
    await enrol();
    const large = await registerOne(byteLength);
    const { documentId, sha256 } = large.documents[0] ?? expect.unreachable();
    const engine = start();
    const context = {
      officer: () => ({ officer: { officerId: 'F-1' } }) as SignedInOfficer,
      desk: () => desk,
      statusChanged: () => undefined,
      syncWanted: () => undefined,
    };
    setLineMetered(context, true);
    await engine.runNow();
    expect(isLineMetered(desk.store)).toBe(true);
    expect(syncStateOf(large)).toBe('recordAcknowledged');
    const limit = usualLineRules.meteredFileBytes;
    expect(desk.store.measureWaitingFiles(limit)).toEqual({
      files: 1,
      bytes: byteLength,
      largeFiles: 1,
      largeBytes: byteLength,
    });
    expect(desk.store.findFileOwner(sha256)).toEqual({
      recordNumber: large.recordNumber,
      title: large.documents.find((document) => document.documentId === documentId)?.title,
    });
    setLineMetered(context, false);
    await engine.runNow();
    expect(syncStateOf(large)).toBe('complete');
    expect((await readAudit()).filter(({ action }) => action === 'line.metered')).toEqual([
      { action: 'line.metered', officerId: 'F-1', details: '{"isMetered":true}' },
      { action: 'line.metered', officerId: 'F-1', details: '{"isMetered":false}' },
    ]);
  });
});

describe('reference data', () => {
  const withTitle = (title: string): ReferenceData => {
    const procedure = {
      procedureId: 'P-1',
      siaCode: null,
      title,
      unitCode: 'L01502973',
      isElectronicOnly: false,
      requiredDocuments: [],
      deadline: null,
      silence: 'none' as const,
    };
    return { ...referenceFixture(), procedures: [procedure] };
  };
  const centreKey = () => createPrivateKey(readFileSync(join(folder, 'centre', 'centre-key.pem')));
  /** Between desk and centre; its answers are signed with the centre's own key, whatever it made of them. */
  async function openForger(forge: (path: string, body: string) => string) {
    const key = centreKey();
    const asked: string[] = [];
    const forger = await openLine(async (taken, outgoing) => {
      asked.push(`${taken.method} ${taken.path}`);
      const honest = await pass(centre.url, taken);
      const body = Buffer.from(forge(taken.path, honest.body.toString()));
      const bodySha256 = createHash('sha256').update(body).digest('hex');
      const nonce = String(taken.headers[requestHeaders.nonce]);
      const text = answerSigningText({ nonce, status: honest.status, bodySha256 });
      const signature = sign(null, Buffer.from(text), key).toString('base64');
      answer(outgoing, { ...honest, headers: { ...honest.headers, [answerHeader]: signature }, body });
    });
    return { ...forger, asked };
  }
  const referenceOf = ({ store }: OpenDesk) => store.getReference();

  test('come down whole once, then as changes; where these do not fit, whole again', async () => {
    await enrol();
    let isBent = false;
    const forger = await openForger((path, body) =>
      isBent && path.includes('/delta') ? body.replace('Vado permanente', 'Vado temporal') : body,
    );
    try {
      const version = await centre.publishReference(withTitle('Vado'));
      const engine = start({ centreUrl: forger.url });
      await engine.runNow();
      expect(referenceOf(desk)?.version).toBe(version);
      forger.asked.length = 0;
      await centre.publishReference(withTitle('Vado permanente'));
      await engine.runNow();
      expect(referenceOf(desk)).toMatchObject({ version: version + 1, data: withTitle('Vado permanente') });
      const isWhole = (asked: string) => asked.includes('/reference?');
      expect(forger.asked.filter(isWhole)).toEqual([]);
      expect(forger.asked).toContain(`GET /api/v1/reference/delta?from=${version}`);

      isBent = true;
      await centre.publishReference(withTitle('Vado permanente, renovación'));
      await engine.runNow();
      expect(forger.asked.filter(isWhole)).toHaveLength(1);
      expect(referenceOf(desk)).toMatchObject({ version: version + 2, data: withTitle('Vado permanente, renovación') });
    } finally {
      await sync?.close();
      await forger.close();
    }
  });

  /** As a centre of a later version would send them. */
  function addKind(path: string, body: string): string {
    if (path.includes('/delta')) return body.replace('"changes":{', '"changes":{"ships":[],');
    const reference = referenceResponseSchema.parse(JSON.parse(body));
    const data = reference.data.replace('{', '{"ships":[],');
    const dataSha256 = createHash('sha256').update(data).digest('hex');
    const text = referenceSigningText({ version: reference.version, dataSha256 });
    return JSON.stringify({
      ...reference,
      data,
      signature: sign(null, Buffer.from(text), centreKey()).toString('base64'),
    });
  }
  const bendSignature = (_path: string, body: string) =>
    body.replace(/"signature":"(?<first>.)/u, (_, first) => `"signature":"${first === 'A' ? 'B' : 'A'}`);

  test.for([
    ['signature', bendSignature],
    ['content', addKind],
  ] as const)('that are refused for their %s are told, and records go all the same', async ([reason, forge]) => {
    await enrol();
    const version = await centre.publishReference(withTitle(`Antes: ${reason}`));
    await start().runNow();
    await sync?.close();
    const forger = await openForger((path, body) =>
      /\/reference(?:\?|\/delta)/u.test(path) ? forge(path, body) : body,
    );
    try {
      await centre.publishReference(withTitle(`Después: ${reason}`));
      const record = await registerOne(3_000);
      const engine = start({ centreUrl: forger.url });
      await engine.runNow();
      await engine.runNow();
      expect(syncStateOf(record)).toBe('complete');
      expect(line).toMatchObject({ state: 'online', problem: null });
      expect(referenceOf(desk)).toMatchObject({ version, data: withTitle(`Antes: ${reason}`) });
      expect(findRefusedReference(desk.store)).toMatchObject({ version: version + 1, reason });
      expect((await readAudit()).filter(({ action }) => action === 'reference.refused')).toHaveLength(1);
      expect(await (await fetch(`${centre.url}/metrics`)).text()).toContain(
        `ventanilla_reference_refusals_total{reason="${reason}"} 1`,
      );
      // An hour later it is asked for again.
      await sync?.close();
      fixture.clock.set('2026-11-20T11:00:00Z');
      await start().runNow();
      expect(referenceOf(desk)?.version).toBe(version + 1);
      expect(findRefusedReference(desk.store)).toBeNull();
    } finally {
      await sync?.close();
      await forger.close();
    }
  });
});
