import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecordView } from '../../core/contract/schemas/record.ts';
import { checkPdfA } from '../../core/documents/pdf/pdfa-checker.ts';
import { serveCitizen } from './counter.ts';
import type { Served } from './counter.ts';
import { openDeskRig, readFolder } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';
import { checkWithQpdf, cutSignatures, readPdfsig, verifySignature } from './outside-validators.ts';
import { typeCode } from './public-page.ts';

/* An office whose seal nobody has opened: the officer signs the receipt, and the centre's seal follows. */

let rig: DeskRig;
let served: Served;
let registered: Buffer = Buffer.alloc(0);

beforeAll(async () => {
  rig = await openDeskRig({ isOffline: true });
  await rig.openDesk();
  await rig.signIn();
});
afterAll(() => rig.close());

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
const readRecord = (): Promise<RecordView> => rig.call('records.get', { recordId: served.record.record.recordId });

async function exportReceipt(name: string): Promise<Readonly<{ folder: string; pdf: Buffer }>> {
  const { folder } = await rig.call('records.export', { recordId: served.record.record.recordId });
  return { folder, pdf: (await readFolder(folder)).get(name) ?? expect.unreachable(`${name} was not exported`) };
}

async function syncUntilQuiet(): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    await rig.call('desk.syncNow', {});
    const { line } = await rig.call('desk.getStatus', {});
    if (line.state === 'online' && line.pendingRecords + line.pendingBlobs + line.pendingEvidence === 0) return;
  }
  expect.unreachable('ten rounds of synchronization were not enough');
}

test('without a seal and without a line the officer signs the receipt, and it says what follows', async () => {
  served = await serveCitizen(rig, 'paper');
  ({ pdf: registered } = await exportReceipt('receipt.pdf'));
  expect(readPdfsig(registered)).toMatchObject({ signatures: 1, valid: 1, signers: [expect.stringMatching(/^ANA/u)] });
  expect((await readRecord()).versions['receipt']?.map(({ signatureLevel }) => signatureLevel)).toEqual(['B-B']);
});

test('at the first connection the receipt gets the seal of the centre, then its evidence', async () => {
  await rig.office.actions.setLine('up');
  await syncUntilQuiet();
  const { versions, evidence, state } = await readRecord();
  expect(state).toBe('receipted');
  expect(evidence['receipt']).toBe('complete');
  const receipt = versions['receipt'] ?? [];
  expect(receipt.map(({ signatureLevel }) => signatureLevel)).toEqual(['B-B', 'B-B', 'B-LTA']);
  expect(receipt[0]?.sha256).toBe(sha256(registered));
});

test('the sealed receipt extends the registered one and is valid for the others, PDF/A as before', async () => {
  const { folder, pdf } = await exportReceipt('receipt.completed.pdf');
  expect(pdf.subarray(0, registered.length).equals(registered)).toBe(true);
  expect(checkPdfA(pdf)).toEqual([]);
  checkWithQpdf(pdf);
  const report = readPdfsig(pdf);
  expect(report).toMatchObject({ signatures: 3, valid: 2, lastCoversAll: true });
  expect(report.signers.slice(0, 2)).toEqual([expect.stringMatching(/^ANA/u), 'SELLO DEL REGISTRO CENTRAL']);
  const cut = cutSignatures(pdf);
  expect(cut.map(({ subFilter }) => subFilter)).toEqual(['ETSI.CAdES.detached', 'ETSI.CAdES.detached', 'ETSI.RFC3161']);
  for (const signature of cut) {
    verifySignature(signature, {
      root: join(folder, 'trust/root-1.pem'),
      chain: join(folder, 'trust/intermediate-1.pem'),
    });
  }
});

test('the code is the same, and the public page tells of both signatures', async () => {
  const { record } = await readRecord();
  const page = await typeCode(rig.office.verificationUrl, record.receiptVerificationCode);
  expect(page.status).toBe(200);
  expect(page.text).toContain('SELLO DEL REGISTRO CENTRAL');
  expect(sha256(await page.download(/Versión registrada/u))).toBe(sha256(registered));
});

test('a receipt is sealed once, and the seal of the office is not asked for another one', async () => {
  await rig.call('desk.syncNow', {});
  expect((await readRecord()).versions['receipt']).toHaveLength(3);
  await rig.unlockSeal();
  served = await serveCitizen(rig, 'paper');
  await syncUntilQuiet();
  const { versions } = await readRecord();
  expect(versions['receipt']?.map(({ signatureLevel }) => signatureLevel)).toEqual(['B-T', 'B-LTA']);
});
