import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeskStatus } from '../../core/contract/schemas/desk.ts';
import { checkPdfA } from '../../core/documents/pdf/pdfa-checker.ts';
import { serveCitizen } from './counter.ts';
import type { Served } from './counter.ts';
import { openDeskRig, readFolder } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';
import { checkWithQpdf, cutSignatures, readPdfsig, verifySignature } from './outside-validators.ts';
import { typeCode } from './public-page.ts';

/* One citizen served with the line cut; then the line comes back. The tests go on one from another. */

let rig: DeskRig;
let served: Served;
let registered: ReadonlyMap<string, Buffer>;

beforeAll(async () => {
  rig = await openDeskRig({ isOffline: true });
  await rig.openDesk();
  await rig.signIn();
  await rig.unlockSeal();
});
afterAll(() => rig.close());

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
const readRecord = () => rig.call('records.get', { recordId: served.record.record.recordId });
const readStatus = (): Promise<DeskStatus> => rig.call('desk.getStatus', {});

let folder = '';
async function exportRecord(): Promise<ReadonlyMap<string, Buffer>> {
  ({ folder } = await rig.call('records.export', { recordId: served.record.record.recordId }));
  const files = await readFolder(folder);
  return new Map([...files].filter(([name]) => name.endsWith('.pdf')));
}

async function syncUntil(isDone: (status: DeskStatus) => boolean): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    await rig.call('desk.syncNow', {});
    if (isDone(await readStatus())) return;
  }
  expect.unreachable('ten rounds of synchronisation were not enough');
}

test('without a line the citizen is served: signatures without time stamp, number and receipt final', async () => {
  served = await serveCitizen(rig, 'officer');
  const { record, state, syncState, evidence } = served.record;
  expect([state, syncState]).toEqual(['receipted', 'pending']);
  expect(record.sequence).toBe(1);
  expect(record.documents.map(({ signatureLevel }) => signatureLevel)).toEqual(['B-B', 'B-B', 'B-B', 'B-B']);
  expect(new Set(Object.values(evidence))).toEqual(new Set(['pending']));
  registered = await exportRecord();
  expect([...registered.keys()].toSorted()).toEqual([
    'application.pdf',
    'attestation.pdf',
    'consent/03-consentimiento-expreso.pdf',
    'copies/02-documento.pdf',
    'receipt.pdf',
  ]);
  for (const [name, pdf] of registered) {
    expect(readPdfsig(pdf), name).toMatchObject({ signatures: 1, valid: 1, lastCoversAll: true });
    expect(checkPdfA(pdf), name).toEqual([]);
  }
});

test('the window tells what waits, and a round without a line changes nothing', async () => {
  await rig.call('desk.syncNow', {});
  const { line } = await readStatus();
  expect(line.state).toBe('offline');
  expect(line.pendingRecords).toBe(1);
  expect(line.pendingEvidence).toBe(5);
  expect((await readRecord()).syncState).toBe('pending');
});

test('with the line back, records and files are acknowledged and the evidence is completed', async () => {
  await rig.office.actions.setLine('up');
  await syncUntil(({ line }) => line.pendingRecords === 0 && line.pendingBlobs === 0 && line.pendingEvidence === 0);
  const { line } = await readStatus();
  expect(line.state).toBe('online');
  const { syncState, evidence, versions, record } = await readRecord();
  expect(syncState).toBe('complete');
  expect(new Set(Object.values(evidence))).toEqual(new Set(['complete']));
  expect(record).toEqual(served.record.record);
  for (const { documentId, sha256: registeredDigest } of record.documents) {
    const all = versions[documentId] ?? [];
    expect(all[0]?.sha256).toBe(registeredDigest);
    expect(all.map(({ signatureLevel }) => signatureLevel)).toEqual(['B-B', 'B-LTA']);
  }
  expect(versions['receipt']?.at(-1)?.signatureLevel).toBe('B-LTA');
});

test('every completed version extends the registered bytes and is valid for the others too', async () => {
  const exported = await exportRecord();
  for (const [name, pdf] of registered) {
    const completed = exported.get(name.replace(/\.pdf$/u, '.completed.pdf')) ?? expect.unreachable(name);
    expect(exported.get(name)?.equals(pdf), name).toBe(true);
    expect(completed.length).toBeGreaterThan(pdf.length);
    expect(completed.subarray(0, pdf.length).equals(pdf), name).toBe(true);
    checkWithQpdf(completed);
    expect(checkPdfA(completed), name).toEqual([]);
    const cut = cutSignatures(completed);
    expect(
      cut.map(({ subFilter }) => subFilter),
      name,
    ).toEqual(['ETSI.CAdES.detached', 'ETSI.RFC3161']);
    // Poppler 22 knows no document time stamps: that one is OpenSSL's to judge.
    expect(readPdfsig(completed), name).toMatchObject({ signatures: 2, valid: 1, lastCoversAll: true });
    const trust = { root: join(folder, 'trust/root-1.pem'), chain: join(folder, 'trust/intermediate-1.pem') };
    for (const signature of cut) verifySignature(signature, trust);
  }
});

test('the public page opens the receipt by its code, lists the others and gives the very bytes', async () => {
  const { record } = await readRecord();
  const page = await typeCode(rig.office.verificationUrl, record.receiptVerificationCode.toLowerCase());
  expect(page.status).toBe(200);
  expect(page.text).toContain(record.recordNumber);
  for (const { verificationCode } of record.documents) expect(page.text).toContain(verificationCode);
  expect(sha256(await page.download(/Versión registrada/u))).toBe(sha256(registered.get('receipt.pdf') ?? Buffer.of()));
  for (const document of record.documents) {
    const own = await typeCode(rig.office.verificationUrl, document.verificationCode);
    expect(own.status).toBe(200);
    expect(own.text).toContain(document.sha256);
    expect(sha256(await own.download(/Versión registrada/u))).toBe(document.sha256);
  }
});

test('a mistyped code is told where to look', async () => {
  const { receiptVerificationCode } = served.record.record;
  const sign = receiptVerificationCode.at(5) === '2' ? '3' : '2';
  const mistyped = receiptVerificationCode.slice(0, 5) + sign + receiptVerificationCode.slice(6);
  const form = await fetch(rig.office.verificationUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ codigo: mistyped }).toString(),
  });
  expect(form.status).toBe(422);
  expect(await form.text()).toContain('Revise el grupo 1');
});

test('the code of a record that has not come is never called false, and opens once it has', async () => {
  await rig.office.actions.setLine('down');
  const { record } = await serveCitizen(rig, 'paper');
  const code = record.record.receiptVerificationCode;
  const unknown = await typeCode(rig.office.verificationUrl, code);
  expect(unknown.status).toBe(404);
  expect(unknown.text).toContain('todavía no se ha recibido o no existe');
  expect(unknown.text).toContain('no significa que el documento sea falso');
  await rig.office.actions.setLine('up');
  await syncUntil(({ line }) => line.pendingRecords === 0 && line.pendingBlobs === 0);
  expect((await typeCode(rig.office.verificationUrl, code)).status).toBe(200);
});

test('a time stamp authority that answers nonsense holds nobody up', async () => {
  for (const mode of ['error500', 'garbage'] as const) {
    await rig.office.actions.setTimestampAuthority(mode);
    const { record } = await serveCitizen(rig, 'citizenCard');
    expect(record.state).toBe('receipted');
    expect(record.record.documents.map(({ signatureLevel }) => signatureLevel)).toEqual(['B-B', 'B-B', 'B-B']);
  }
  await rig.office.actions.setTimestampAuthority('ok');
  await syncUntil(({ line }) => line.pendingEvidence === 0 && line.pendingBlobs === 0 && line.pendingRecords === 0);
});
