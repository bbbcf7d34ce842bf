import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecordView } from '../../core/contract/schemas/record.ts';
import type { StagedFile } from '../../core/contract/schemas/verification.ts';
import { bring, makeCitizenFiles, stage } from './brought-files.ts';
import type { CitizenFiles } from './brought-files.ts';
import { collate, confirmPages, deliver, prepare, receiveCitizen, scan, signAndRegister } from './counter.ts';
import type { View } from './counter.ts';
import { openDeskRig } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';
import { typeCode } from './public-page.ts';

/*
 * What citizens bring while the line is cut: admitted, marked, verified again when it is back. The services die in between.
 * The tests go on one from another.
 */

let rig: DeskRig;
let files: CitizenFiles;
let opened: View;
let recordId = '';
let known: StagedFile;

beforeAll(async () => {
  rig = await openDeskRig({ isProcess: true });
  await rig.openDesk();
  await rig.signIn();
  await rig.unlockSeal();
  files = await makeCitizenFiles(rig);
  known = await stage(rig, 'conocida.pdf', files.good);
  await verifyKnown();
  await rig.office.actions.setLine('down');
  await rig.call('desk.syncNow', {});
});
afterAll(() => rig.close());

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
const verifyKnown = () => rig.call('verification.verifyStaged', { digest: known.digest, signatureDigest: null });
const readRecord = (): Promise<RecordView> => rig.call('records.get', { recordId });
const verdicts = ({ record, verifications }: RecordView) =>
  record.documents.map(({ documentId }) => verifications[documentId]?.verdict);

test('what an authority answered before still counts without a line', async () => {
  expect(await verifyKnown()).toMatchObject({ verdict: 'passed', wasOnline: false });
  await rig.call('files.discard', { digest: known.digest });
});

test('without a line an application is admitted and marked', async () => {
  opened = await receiveCitizen(rig, 'broughtSigned', { statement: '', petition: '' });
  await bring(rig, opened, 'application', 'solicitud.pdf', files.good);
  await bring(rig, opened, 'annex', 'antes.pdf', files.revokedBefore);
  const view = await bring(rig, opened, 'annex', 'alterado.pdf', files.tampered);
  expect(view.documents.map(({ verification }) => verification)).toEqual([
    expect.objectContaining({ verdict: 'indeterminate', subIndication: 'TRY_LATER', wasOnline: false }),
    expect.objectContaining({ verdict: 'indeterminate', subIndication: 'TRY_LATER', wasOnline: false }),
    // What a file says against itself needs no authority.
    expect.objectContaining({ verdict: 'failed', subIndication: 'HASH_FAILURE' }),
  ]);
  expect(view.problems).toContainEqual(
    expect.objectContaining({ code: 'signatureIndeterminate', severity: 'warning' }),
  );
  expect(view.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('kill -9: what was brought is there, what was only chosen is not', async () => {
  const { attentionId } = opened;
  const { documents } = await rig.call('attention.get', { attentionId });
  const { digest } = await stage(rig, 'a-medias.pdf', files.byAnother);
  await rig.kill();
  await rig.revive();
  await rig.openDesk();
  await rig.signIn();
  await rig.unlockSeal();
  expect((await rig.call('attention.get', { attentionId })).documents).toEqual(documents);
  expect(await rig.codeOf('verification.verifyStaged', { digest, signatureDigest: null })).toBe('file.notStaged');
});

test('it is registered as it came, with a receipt', async () => {
  await rig.call('desk.syncNow', {});
  await prepare(rig, opened);
  await signAndRegister(rig, opened);
  const view = await rig.call('attention.get', { attentionId: opened.attentionId });
  recordId = view.recordId ?? '';
  const record = await readRecord();
  expect(record.state).toBe('receipted');
  expect(verdicts(record)).toEqual(['indeterminate', 'indeterminate', 'failed']);
  expect(record.record.documents.map((document) => document.sha256)).toEqual(
    [files.good, files.revokedBefore, files.tampered].map(sha256),
  );
  await deliver(rig, opened);
});

test('with the line back each is verified again, and a failure found late is told while the record stays', async () => {
  await rig.office.actions.setLine('up');
  for (let round = 0; round < 10 && verdicts(await readRecord())[0] !== 'passed'; round += 1)
    await rig.call('desk.syncNow', {});
  const record = await readRecord();
  expect(verdicts(record)).toEqual(['passed', 'failed', 'failed']);
  const [application, annex] = record.record.documents;
  expect(application?.verification?.verdict).toBe('indeterminate');
  const found = record.verifications[annex?.documentId ?? ''];
  expect(found).toMatchObject({ subIndication: 'REVOKED', wasOnline: true });
  expect(found?.revocationAnswers.length).toBeGreaterThan(0);
  expect(record.state).toBe('receipted');
  const renewed = record.history.filter(({ action }) => action === 'document.verifiedAgain');
  expect(new Set(renewed.map(({ details }) => details['verdict']))).toEqual(new Set(['failed', 'passed']));
});

test('once is enough: a later round appends nothing, and all of it reaches the centre', async () => {
  for (let round = 0; round < 10 && (await readRecord()).syncState !== 'complete'; round += 1)
    await rig.call('desk.syncNow', {});
  const record = await readRecord();
  expect(record.syncState).toBe('complete');
  expect(record.history.filter(({ action }) => action === 'document.verifiedAgain').length).toBe(2);
  const [application, annex] = record.record.documents;
  const page = await typeCode(rig.office.verificationUrl, application?.verificationCode ?? '');
  expect(page.text).toContain('Firma válida');
  expect((await page.download(/Descargar: Versión registrada/u)).equals(files.good)).toBe(true);
  const failed = await typeCode(rig.office.verificationUrl, annex?.verificationCode ?? '');
  expect(failed.text).toContain('La firma no es válida');
});

test('a brought annex goes with an art. 43 application: the consent lists it, and nobody signs it', async () => {
  const { attentionId } = await receiveCitizen(rig, 'officer');
  const before = await bring(rig, { attentionId }, 'annex', 'informe.pdf', files.good);
  await collate(rig, before);
  await rig.call('consent.prepare', { attentionId });
  const [, , , consent = ''] = rig.pages;
  await scan(rig, before, 'consent', [consent]);
  await confirmPages(rig, before);
  await prepare(rig, before);
  const manifest = await signAndRegister(rig, before);
  const annex = manifest.documents.find(({ role }) => role === 'annex');
  expect(annex).toMatchObject({ sha256: sha256(files.good), alreadySigned: true, verdict: 'passed' });
  const view = await rig.call('attention.get', { attentionId });
  const { record } = await rig.call('records.get', { recordId: view.recordId ?? '' });
  expect(record.documents.map(({ role, signatureLevel }) => [role, signatureLevel])).toEqual(
    expect.arrayContaining([
      ['application', 'B-T'],
      ['annex', null],
      ['consent', 'B-T'],
    ]),
  );
  await deliver(rig, view);
});
