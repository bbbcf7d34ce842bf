import { createPrivateKey } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobProgress } from '../../core/contract/schemas/desk.ts';
import type { HostSettings } from '../../core/host/settings.ts';
import { demonstrationPin } from '../../demo/credentials.ts';
import { acquireVirtualReaders } from '../../demo/card/pcscd.ts';
import type { VirtualReaders } from '../../demo/card/pcscd.ts';
import { createVirtualCard, firstReaderPort } from '../../demo/card/virtual-card.ts';
import type { VirtualCard } from '../../demo/card/virtual-card.ts';
import { collate, gatherPapers, prepare, receiveCitizen, scan } from './counter.ts';
import type { View } from './counter.ts';
import { officerName, openDeskRig, pinBytes, readFolder } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';
import { readPdfsig } from './outside-validators.ts';

/*
 * An officer whose key wants the PIN before every signature, as the DNIe's does: slot 9C of the virtual card, which
 * refuses to sign unless the PIN came just before. The seal is closed, so that the receipt needs the card too.
 */

const openSc = '/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so';
let readers: VirtualReaders;
let card: VirtualCard;
let rig: DeskRig;
let view: View;

beforeAll(async () => {
  readers = await acquireVirtualReaders();
  if (!readers.available) throw new Error(`no virtual readers: ${readers.reason}`);
  rig = await openDeskRig();
  const issued = (name: string): Promise<Buffer> => readFile(path.join(rig.paths.pki, name));
  const certificate = Buffer.from(
    (await issued('officer.pem')).toString('latin1').replaceAll(/-----[^-]+-----|\s/gu, ''),
    'base64',
  );
  card = createVirtualCard({
    port: firstReaderPort,
    pin: demonstrationPin,
    puk: '87654321',
    label: 'GARCIA LOPEZ ANA (DNIe)',
    slots: [{ slot: '9C', privateKey: createPrivateKey(await issued('officer.key')), certificate }],
  });
  await card.insert();
  const settings = JSON.parse(await readFile(rig.office.settingsFile, 'utf8')) as HostSettings;
  const cardModules: HostSettings['cardModules'] = [
    {
      path: openSc,
      environment: { XDG_CACHE_HOME: path.join(rig.paths.root, 'cache') },
      watch: 'readers',
    },
    ...(settings.cardModules ?? []),
  ];
  await writeFile(rig.office.settingsFile, JSON.stringify({ ...settings, cardModules }));
  await rig.restart();
  await rig.openDesk();
}, 600_000);
afterAll(async () => {
  await rig.close();
  await card.close();
  if (readers.available) await readers.release();
});

async function findCard() {
  const { candidates } = await rig.call('session.listCandidates', {});
  return candidates.find(({ holderName, asksPinEachTime }) => holderName === officerName && asksPinEachTime);
}
async function waitForCard(): Promise<void> {
  while ((await findCard()) === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
}
async function waitForState(state: 'locked'): Promise<void> {
  while ((await rig.call('desk.getStatus', {})).session.state !== state)
    await new Promise((resolve) => setTimeout(resolve, 50));
}
async function signInWithCard(): Promise<void> {
  const { readerId, certificateId } = (await findCard()) ?? expect.unreachable('the card is not there');
  const pin = pinBytes();
  await rig.call('session.signIn', { readerId, certificateId, pin });
  expect([...pin]).toEqual([0, 0, 0, 0, 0, 0]);
}

test('the officer signs in with the card, and the candidate says that it asks each time', async () => {
  await waitForCard();
  await signInWithCard();
  view = await receiveCitizen(rig, 'paper');
  await gatherPapers(rig, view);
  expect(await scan(rig, view, 'annex', rig.pages.slice(4, 5))).toMatchObject({ state: 'completed' });
  await collate(rig, view);
  await prepare(rig, view);
});

test('the manifest says so before the PIN, and how often: three documents, their attestation and the receipt', async () => {
  const manifest = await rig.call('signing.getManifest', { attentionId: view.attentionId });
  expect(manifest.card).toMatchObject({ holderName: officerName, asksPinEachTime: true });
  expect(manifest.pinCount).toBe(5);
  expect(manifest.attestation).toBe('toSign');
  expect(manifest.documents.every(({ alreadySigned }) => !alreadySigned)).toBe(true);
});

test('a wrong PIN costs one try, whatever waits to be signed, and its bytes are wiped', async () => {
  const { manifestDigest } = await rig.call('signing.getManifest', { attentionId: view.attentionId });
  const pin = pinBytes('000000');
  const { jobId } = await rig.call('signing.signAndRegister', { attentionId: view.attentionId, manifestDigest, pin });
  const job = await rig.waitForJob(jobId);
  expect(job).toMatchObject({ state: 'failed', error: { code: 'card.pinIncorrect', details: { triesLeft: 2 } } });
  expect(card.triesLeft()).toBe(2);
  expect([...pin]).toEqual([0, 0, 0, 0, 0, 0]);
});

type PinAsked = NonNullable<JobProgress['pinAsked']>;

/** Starts signing with the first PIN. */
async function start(): Promise<string> {
  const { manifestDigest } = await rig.call('signing.getManifest', { attentionId: view.attentionId });
  const pin = new Uint8Array(pinBytes());
  const { jobId } = await rig.call('signing.signAndRegister', { attentionId: view.attentionId, manifestDigest, pin });
  return jobId;
}

/** The PIN that the job asks for next; null when it has ended. */
async function nextPin(jobId: string): Promise<PinAsked | null> {
  for (;;) {
    const { state, pinAsked } = await rig.call('jobs.get', { jobId });
    if (pinAsked !== null) return pinAsked;
    if (state !== 'running') return null;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function give(jobId: string, secret?: string): Promise<void> {
  const pin = new Uint8Array(pinBytes(secret));
  await rig.call('jobs.givePin', { jobId, pin });
}

const readSigned = async (): Promise<boolean[]> =>
  (await rig.call('signing.getManifest', { attentionId: view.attentionId })).documents.map(
    ({ alreadySigned }) => alreadySigned,
  );

const readRecordId = async (): Promise<string | null> =>
  (await rig.call('attention.get', { attentionId: view.attentionId })).recordId;

async function comeBack(): Promise<void> {
  await card.insert();
  await waitForCard();
  await signInWithCard();
}

test('the card is pulled while the second PIN is awaited: told, one document is signed, nothing is registered', async () => {
  const jobId = await start();
  expect(await nextPin(jobId)).toEqual({ number: 2, total: 5, problem: null });
  await card.remove();
  expect(await rig.waitForJob(jobId)).toMatchObject({
    state: 'failed',
    error: { code: 'card.removed' },
    pinAsked: null,
  });
  await waitForState('locked');
  const pin = new Uint8Array(pinBytes());
  expect(await rig.codeOf('jobs.givePin', { jobId, pin })).toBe('session.locked');
  expect([...pin]).toEqual([0, 0, 0, 0, 0, 0]);
  await comeBack();
  expect(await readSigned()).toEqual([true, false, false]);
  expect(await readRecordId()).toBeNull();
});

test('a wrong PIN in the middle is asked again; given up then: two are signed, nothing is registered', async () => {
  const jobId = await start();
  expect(await nextPin(jobId)).toEqual({ number: 2, total: 4, problem: null });
  await give(jobId, '000000');
  expect(await nextPin(jobId)).toMatchObject({
    number: 2,
    total: 4,
    problem: { code: 'card.pinIncorrect', details: { triesLeft: 2 } },
  });
  await rig.call('jobs.cancel', { jobId });
  expect(await rig.waitForJob(jobId)).toMatchObject({ state: 'cancelled', pinAsked: null });
  expect(await readSigned()).toEqual([true, true, false]);
  expect(await readRecordId()).toBeNull();
  const pin = new Uint8Array(pinBytes());
  await expect(rig.call('jobs.givePin', { jobId, pin })).rejects.toMatchObject({ code: 'request.notAllowed' });
  expect([...pin]).toEqual([0, 0, 0, 0, 0, 0]);
});

test('the card is pulled between the number and the receipt: the number stands, and the next PIN makes the receipt', async () => {
  const jobId = await start();
  expect(await nextPin(jobId)).toEqual({ number: 2, total: 3, problem: null });
  await give(jobId);
  expect(await nextPin(jobId)).toEqual({ number: 3, total: 3, problem: null });
  await card.remove();
  expect(await rig.waitForJob(jobId)).toMatchObject({ state: 'failed', error: { code: 'card.removed' } });
  await waitForState('locked');
  await comeBack();
  const recordId = (await readRecordId()) ?? expect.unreachable('no record');
  const last = await start();
  expect(await rig.waitForJob(last)).toMatchObject({ state: 'completed' });
  expect(await readRecordId()).toBe(recordId);
  const { folder } = await rig.call('records.export', { recordId });
  const pdfs = [...(await readFolder(folder))].filter(([name]) => name.endsWith('.pdf') && !/completed/u.test(name));
  expect(pdfs).toHaveLength(5);
  for (const [name, pdf] of pdfs) {
    expect(readPdfsig(pdf), name).toMatchObject({ signatures: 1, valid: 1, signers: [expect.stringMatching(/^ANA/u)] });
  }
  expect(card.triesLeft()).toBe(3);
});

test('nothing that the desk wrote holds the PIN', async () => {
  const files = await readFolder(rig.settings.logFolder);
  expect(files.size).toBeGreaterThan(0);
  // Times and digests may hold the same digits among others.
  const alone = new RegExp(`(?<![0-9a-f])${demonstrationPin}(?![0-9a-f])`, 'u');
  for (const [name, content] of files) expect(content.toString('latin1'), name).not.toMatch(alone);
});
