import { createPrivateKey } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HostSettings } from '../../core/host/settings.ts';
import { demonstrationPin } from '../../demo/credentials.ts';
import { acquireVirtualReaders } from '../../demo/card/pcscd.ts';
import type { VirtualReaders } from '../../demo/card/pcscd.ts';
import { createVirtualCard, firstReaderPort } from '../../demo/card/virtual-card.ts';
import type { VirtualCard } from '../../demo/card/virtual-card.ts';
import { gatherPapers, prepare, receiveCitizen } from './counter.ts';
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

test('the officer signs in with the card, and the candidate says that it asks each time', async () => {
  const { candidates } = await rig.call('session.listCandidates', {});
  const own = candidates.find(({ holderName, asksPinEachTime }) => holderName === officerName && asksPinEachTime);
  const { readerId, certificateId } = own ?? expect.unreachable('the card is not there');
  const pin = pinBytes();
  await rig.call('session.signIn', { readerId, certificateId, pin });
  expect([...pin]).toEqual([0, 0, 0, 0, 0, 0]);
  view = await receiveCitizen(rig, 'paper');
  await gatherPapers(rig, view);
  await prepare(rig, view);
});

test('the manifest says so before the PIN', async () => {
  const manifest = await rig.call('signing.getManifest', { attentionId: view.attentionId });
  expect(manifest.card).toMatchObject({ holderName: officerName, asksPinEachTime: true });
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

test('with the right one every document and the receipt are signed, the PIN presented for each', async () => {
  const { manifestDigest } = await rig.call('signing.getManifest', { attentionId: view.attentionId });
  const pin = new Uint8Array(pinBytes());
  await rig.finishJob(rig.call('signing.signAndRegister', { attentionId: view.attentionId, manifestDigest, pin }));
  expect([...pin]).toEqual([0, 0, 0, 0, 0, 0]);
  const { recordId } = await rig.call('attention.get', { attentionId: view.attentionId });
  const { folder } = await rig.call('records.export', { recordId: recordId ?? '' });
  const pdfs = [...(await readFolder(folder))].filter(([name]) => name.endsWith('.pdf') && !/completed/u.test(name));
  expect(pdfs).toHaveLength(3);
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
