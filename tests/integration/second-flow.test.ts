import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkPdfA } from '../../core/documents/pdf/pdfa-checker.ts';
import { extractJpegs, plainText } from '../../core/documents/testing/pdf-tools.ts';
import { stage } from './brought-files.ts';
import { collate, deliver, prepare, receiveCitizen, scan, signAndRegister } from './counter.ts';
import type { View } from './counter.ts';
import { openDeskRig } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';
import { pdfOfImages, photographPaper } from './paper-files.ts';

/* The person brings a file and its paper (ordinance art. 71.3): either may become the copy. */

let rig: DeskRig;
let view: View;
let annexId = '';
beforeAll(async () => {
  rig = await openDeskRig();
  await rig.openDesk();
  await rig.signIn();
});
afterAll(() => rig.close());
afterEach(async () => {
  await rig.office.feed.emptyFeeder();
  const { openAttentionId: attentionId } = await rig.call('desk.getStatus', {});
  if (attentionId === null) return;
  const { recordId } = await rig.call('attention.get', { attentionId });
  if (recordId === null) await rig.call('attention.abandon', { attentionId, reason: 'Fin de la prueba' });
  else await deliver(rig, { attentionId });
});

async function scanTwoPages(): Promise<void> {
  view = await receiveCitizen(rig, 'paper');
  await scan(rig, view, 'application', rig.pages.slice(0, 1));
  await scan(rig, view, 'annex', rig.pages.slice(1, 3));
  annexId = (await annex()).documentId;
}

async function annex(): Promise<View['documents'][number]> {
  const { documents } = await rig.call('attention.get', { attentionId: view.attentionId });
  return documents.find(({ role }) => role === 'annex') ?? expect.unreachable('no annex');
}

const photograph = (page: number, dpi = 300): Promise<Buffer> => photographPaper(rig.pages[page] ?? '', dpi);

async function compare(name: string, content: Buffer): Promise<string> {
  const { digest } = await stage(rig, name, content);
  const { jobId } = await rig.call('documents.compareFile', { documentId: annexId, digest });
  const { state, error } = await rig.waitForJob(jobId);
  return error?.code ?? state;
}

describe('a file of the quality of the profile', () => {
  test('is authenticated: its pages are the copy, and the attestation says so', async () => {
    await scanTwoPages();
    const scanned = await annex();
    const file = pdfOfImages([await photograph(1), await photograph(2)]);
    expect(await compare('título.pdf', file)).toBe('completed');
    const sha256 = createHash('sha256').update(file).digest('hex');
    const compared = await annex();
    expect(compared.comparedFile).toEqual({
      name: 'título.pdf',
      byteLength: file.length,
      sha256,
      pageCount: 2,
      isCopy: true,
      obstacles: [],
    });
    expect(compared.pages.map(({ capturePreview }) => capturePreview)).toEqual(
      scanned.pages.map(({ capturePreview }) => capturePreview),
    );
    for (const [index, page] of compared.pages.entries()) {
      expect(page.copyPreview).not.toBe(scanned.pages[index]?.copyPreview);
      expect([page.collation, page.flags, Math.abs(page.dpi - 300) <= 2]).toEqual(['pending', [], true]);
    }

    await rig.restart();
    await rig.openDesk();
    await rig.signIn();
    expect(await annex()).toEqual(compared);

    await collate(rig, view);
    await prepare(rig, view);
    await signAndRegister(rig, view);
    const { recordId } = await rig.call('attention.get', { attentionId: view.attentionId });
    const { record } = await rig.call('records.get', { recordId: recordId ?? '' });
    const [copy, attestation] = ['annex', 'attestation'].map((role) =>
      record.documents.find((document) => document.role === role),
    );
    expect(copy?.elaborationState).toBe('EE03');
    const { bytes } = await rig.call('blobs.read', { digest: copy?.sha256 ?? '' });
    expect(checkPdfA(bytes)).toEqual([]);
    const original = await sharp(await photograph(1))
      .greyscale()
      .raw()
      .toBuffer();
    const [jpeg] = extractJpegs(bytes, 2);
    const kept = await sharp(jpeg).greyscale().raw().toBuffer();
    expect(kept.length).toBe(original.length);
    let off = 0;
    for (const [index, value] of kept.entries()) off += Math.abs(value - (original[index] ?? 0)) / kept.length;
    expect(off).toBeLessThan(2);
    const words = plainText((await rig.call('blobs.read', { digest: attestation?.sha256 ?? '' })).bytes);
    expect(words.replaceAll(/\s+/gu, ' ')).toContain('Se autentica el fichero: las páginas de la copia son las suyas.');
    expect(words.replaceAll(/\s/gu, '')).toContain(sha256);
  });

  test('may give way to the scan and come back, each with its own answers; its pages are not moved', async () => {
    await scanTwoPages();
    const before = await annex();
    await compare('título.pdf', pdfOfImages([await photograph(1), await photograph(2)]));
    await collate(rig, view);
    const [first] = (await annex()).pages;
    const pageId = first?.pageId ?? '';
    expect(await rig.codeOf('pages.remove', { pageId })).toBe('file.standsForPaper');
    expect(await rig.codeOf('documents.splitAt', { pageId: (await annex()).pages[1]?.pageId })).toBe(
      'file.standsForPaper',
    );
    const target = { kind: 'replacePage' as const, pageId };
    expect((await scan(rig, view, target, rig.pages.slice(1, 2))).error?.code).toBe('file.standsForPaper');

    await rig.call('documents.chooseCopy', { documentId: annexId, copy: 'scan' });
    expect((await annex()).pages).toEqual(before.pages);
    await rig.call('documents.chooseCopy', { documentId: annexId, copy: 'file' });
    expect((await annex()).pages.map(({ collation }) => collation)).toEqual(['confirmed', 'confirmed']);

    await rig.call('documents.chooseCopy', { documentId: annexId, copy: 'scan' });
    await rig.call('pages.move', { pageId, documentId: annexId, position: 1 });
    expect(await rig.codeOf('documents.chooseCopy', { documentId: annexId, copy: 'file' })).toBe('file.mayNotStand');
  });
});

describe('a file that may not be the copy', () => {
  test('is coarse, or of other pages: the scan stays, and the attestation says why', async () => {
    await scanTwoPages();
    const before = await annex();
    expect(await compare('bajo.pdf', pdfOfImages([await photograph(1), await photograph(2, 100)]))).toBe('completed');
    const coarse = await annex();
    expect(coarse.comparedFile?.isCopy).toBe(false);
    expect(coarse.comparedFile?.obstacles).toContainEqual({
      page: 2,
      kind: 'lowResolution',
      dpi: expect.closeTo(100, -0.7),
      profileDpi: expect.any(Number),
    });
    expect(coarse.comparedFile?.obstacles.filter(({ page }) => page === 1)).toEqual([]);
    expect(coarse.pages).toEqual(before.pages);
    expect(await rig.codeOf('documents.chooseCopy', { documentId: annexId, copy: 'file' })).toBe('file.mayNotStand');

    await collate(rig, view);
    await prepare(rig, view);
    await signAndRegister(rig, view);
    const { recordId } = await rig.call('attention.get', { attentionId: view.attentionId });
    const { record } = await rig.call('records.get', { recordId: recordId ?? '' });
    const digest = record.documents.find(({ role }) => role === 'attestation')?.sha256 ?? '';
    const words = plainText((await rig.call('blobs.read', { digest })).bytes).replaceAll(/\s+/gu, ' ');
    expect(words).toContain('No se autentica y se sustituye por la digitalización del papel.');
    expect(words).toContain('página 2: no llega a la resolución del perfil');
  });

  test('is told apart before anything is compared', async () => {
    await scanTwoPages();
    expect(await compare('una.jpg', await photograph(1))).toBe('file.pageCountDiffers');
    expect(await compare('texto.txt', Buffer.from('No es una imagen.\n'))).toBe('file.notComparable');
    const { digest } = await rig.call('qualification.makeSheet', {});
    const drawn = Buffer.from((await rig.call('blobs.read', { digest })).bytes);
    expect(await compare('dibujado.pdf', drawn)).toBe('file.pageCountDiffers');

    const { digest: fit } = await stage(rig, 'título.pdf', pdfOfImages([await photograph(1), await photograph(2)]));
    const { jobId } = await rig.call('documents.compareFile', { documentId: annexId, digest: fit });
    await rig.call('jobs.cancel', { jobId });
    expect((await rig.waitForJob(jobId)).state).toBe('cancelled');
    expect((await annex()).comparedFile).toBeNull();
  });
});
