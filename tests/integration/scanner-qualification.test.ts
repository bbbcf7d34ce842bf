import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobProgress } from '../../core/contract/schemas/desk.ts';
import { plainText } from '../../core/documents/testing/pdf-tools.ts';
import type { HostSettings } from '../../core/host/settings.ts';
import { publicKeyOf } from '../../core/services/scan-profile-signature.ts';
import { collate, receiveCitizen, scan, serveCitizen } from './counter.ts';
import type { View } from './counter.ts';
import { openDeskRig } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';

/* The scanner is tried with the sheet that the program prints; what it comes to decides about authentic copies. */

let rig: DeskRig;
beforeAll(async () => {
  rig = await openDeskRig();
  await rig.openDesk();
  await rig.signIn();
  // The desk's printer, as the panel of the demonstration sees it: a tray of PDFs.
  const { digest } = await rig.call('qualification.makeSheet', {});
  const { bytes } = await rig.call('blobs.read', { digest });
  await writeFile(path.join(rig.paths.root, 'printer', '1.pdf'), bytes);
});
afterAll(() => rig.close());

/** The sheet that was printed, on a clean glass or a dirty one. */
async function qualify(papers: 'printed' | 'printedDirtyGlass'): Promise<JobProgress> {
  await rig.office.actions.loadPapers(papers);
  return startQualification();
}

async function startQualification(): Promise<JobProgress> {
  const { jobId } = await rig.call('qualification.start', { profileId: 'texto-color' });
  return rig.waitForJob(jobId);
}

const standing = async () => (await rig.call('desk.getStatus', {})).scanner.qualification?.standing;
const errorsOf = ({ problems }: View) =>
  problems.filter(({ severity }) => severity === 'error').map(({ code }) => code);

describe('a scanner and its test sheet', () => {
  test('is told to have never been tried, and is tried', async () => {
    expect(await standing()).toBe('never');
    expect(await qualify('printed')).toMatchObject({ state: 'completed' });
    expect(await standing()).toBe('passed');
    const [qualification, ...others] = (await rig.call('qualification.list', { limit: 10 })).qualifications;
    expect(others).toEqual([]);
    expect(qualification).toMatchObject({
      verdict: 'passed',
      officerName: 'ANA GARCÍA LÓPEZ',
      device: { driver: 'sane', maker: 'Ventanilla', model: 'Alimentador de demostración' },
      profile: { id: 'texto-color' },
      sheets: [{ side: 'front', measurement: { askedDpi: 300, deadLines: [] } }],
    });
    const measurement = qualification?.sheets[0]?.measurement;
    expect((measurement?.dpiAcross ?? 0) / 300).toBeCloseTo(1, 2);
    expect((measurement?.dpiAlong ?? 0) / 300).toBeCloseTo(1, 2);
  });

  test('what it measured stands in the attestation of the copies', async () => {
    const { record } = await serveCitizen(rig, 'paper');
    const attestation = record.record.documents.find(({ role }) => role === 'attestation');
    const [version] = record.versions[attestation?.documentId ?? ''] ?? [];
    const { bytes } = await rig.call('blobs.read', { digest: version?.sha256 ?? '' });
    expect(plainText(bytes)).toMatch(/Nominal 300 ppp; medida (?:299,\d|300(?:,\d)?) ppp/u);
  });

  test('another paper in its place is no test at all', async () => {
    const [paper = ''] = rig.pages;
    await rig.office.feed.loadFeeder([paper]);
    expect(await startQualification()).toMatchObject({
      state: 'failed',
      error: { code: 'qualification.sheetNotFound' },
    });
    expect((await rig.call('qualification.list', { limit: 10 })).qualifications).toHaveLength(1);
    expect(await standing()).toBe('passed');
  });

  test('with a dirty glass it fails, and makes no authentic copies until it passes again', async () => {
    expect(await qualify('printedDirtyGlass')).toMatchObject({ state: 'completed' });
    const [qualification] = (await rig.call('qualification.list', { limit: 1 })).qualifications;
    expect(qualification?.verdict).toBe('failed');
    const results = qualification?.sheets[0]?.results ?? [];
    expect(results.filter(({ isPassed }) => !isPassed).map(({ criterion }) => criterion)).toEqual(['lines']);
    expect(await standing()).toBe('failed');

    const [first = '', second = ''] = rig.pages;
    const view = await receiveCitizen(rig, 'paper');
    expect(await scan(rig, view, 'application', [first])).toMatchObject({ state: 'completed' });
    expect(errorsOf(await collate(rig, view, 'original'))).toContain('scannerNotQualified');
    expect(errorsOf(await collate(rig, view, 'photocopy'))).not.toContain('scannerNotQualified');

    const [document] = (await collate(rig, view, 'original')).documents;
    const pageId = document?.pages[0]?.pageId ?? '';
    expect(await scan(rig, view, { kind: 'replacePage', pageId }, [second])).toMatchObject({
      state: 'failed',
      error: { code: 'scanner.notQualified' },
    });
    expect(await rig.office.feed.pagesLeft()).toBe(1);
    await rig.office.feed.emptyFeeder();

    expect(await qualify('printed')).toMatchObject({ state: 'completed' });
    expect(await standing()).toBe('passed');
    expect(await scan(rig, view, { kind: 'replacePage', pageId }, [second])).toMatchObject({ state: 'completed' });
    expect(errorsOf(await collate(rig, view, 'original'))).not.toContain('scannerNotQualified');
    await rig.call('attention.abandon', { attentionId: view.attentionId, reason: 'Fin de la prueba' });
  });
});

describe('a look at the glass', () => {
  const profileId = 'documento-identidad';
  const look = async () => rig.waitForJob((await rig.call('scan.preview', { profileId })).jobId);
  const everyFile = async () => (await readdir(rig.settings.dataFolder, { recursive: true })).toSorted();

  test('shows what lies there and where the profile will scan, and keeps nothing of it', async () => {
    expect((await rig.call('desk.getStatus', {})).scanner.sources).toContainEqual({ source: 'flatbed', preview: true });
    const [card = ''] = rig.pages;
    await rig.office.feed.loadFeeder([card]);
    const before = await everyFile();
    const { jobId, state } = await look();
    expect(state).toBe('completed');
    const { bytes, glassMm, scannedMm } = await rig.call('scan.takePreview', { jobId });
    const { format, width, height } = await sharp(bytes).metadata();
    expect(format).toBe('jpeg');
    expect(width / height).toBeCloseTo(glassMm.width / glassMm.height, 1);
    expect(scannedMm).toEqual({ width: 210, height: 297 });
    expect(await everyFile()).toEqual(before);
    expect(await rig.codeOf('scan.takePreview', { jobId })).toBe('job.notFound');
    expect(await rig.office.feed.pagesLeft()).toBe(1);
    await rig.office.feed.emptyFeeder();
  });

  test('is not offered of a feeder, which would draw the paper in', async () => {
    expect(await rig.codeOf('scan.preview', { profileId: 'texto-color' })).toBe('scanner.noPreview');
    expect((await rig.call('desk.getStatus', {})).scanner.sources).toContainEqual({ source: 'feeder', preview: false });
  });

  test('fails with the same words as a scan, can be cancelled, and has the scanner to itself', async () => {
    await rig.office.feed.simulate('coverOpen');
    expect(await look()).toMatchObject({ state: 'failed', error: { code: 'scanner.coverOpen' } });
    await rig.office.feed.simulate('none');
    const { jobId } = await rig.call('scan.preview', { profileId });
    expect(await rig.codeOf('qualification.start', { profileId })).toBe('scanner.busy');
    await rig.call('jobs.cancel', { jobId });
    expect(await rig.waitForJob(jobId)).toMatchObject({ state: 'cancelled', error: null });
    expect(await rig.codeOf('scan.takePreview', { jobId })).toBe('job.notFound');
  });
});

describe('a locked profile', () => {
  test('comes with the types of document that it is for', async () => {
    const { profiles, refusedCount } = await rig.call('catalogue.listScanProfiles', {});
    expect(refusedCount).toBe(0);
    expect(profiles.find(({ documentTypes }) => documentTypes.includes('TD09'))?.id).toBe('texto-negro');
  });

  test('that the administrator of this desk did not sign is not used', async () => {
    const settings = JSON.parse(await readFile(rig.office.settingsFile, 'utf8')) as HostSettings;
    const { publicKey } = generateKeyPairSync('ed25519');
    const desk = { ...settings.desk, profileAdministrators: [publicKeyOf(publicKey)] };
    await writeFile(rig.office.settingsFile, JSON.stringify({ ...settings, desk }));
    await rig.restart();
    await rig.openDesk();
    await rig.signIn();
    expect(await rig.call('catalogue.listScanProfiles', {})).toEqual({ profiles: [], refusedCount: 3 });
    expect(await rig.codeOf('qualification.start', { profileId: 'texto-color' })).toBe('profile.invalid');
    const { attentionId } = await receiveCitizen(rig, 'paper');
    const target = { kind: 'newDocument', role: 'annex' };
    expect(await rig.codeOf('scan.start', { attentionId, profileId: 'texto-color', target })).toBe('profile.invalid');
    // What had been found out about the scanner is still known.
    expect(await standing()).toBe('passed');
  });
});
