import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AttentionForm, ProblemCode } from '../../core/contract/schemas/attention.ts';
import { addMonths } from '../../core/domain/official-time.ts';
import { plainText } from '../../core/documents/testing/pdf-tools.ts';
import {
  citizenPerson,
  collate,
  confirmPages,
  deliver,
  gatherPapers,
  prepare,
  receiveCitizen,
  scan,
  serveCitizen,
  signAndRegister,
  signAsCitizen,
  typeForm,
} from './counter.ts';
import type { View } from './counter.ts';
import { openDeskRig, pinBytes, readFolder, secondOfficerName } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';
import { readPdfsig } from './outside-validators.ts';
import { drawBlankSide, drawSeparator } from './small-pages.ts';

/* What the counter refuses, warns of or takes back. */

let rig: DeskRig;
beforeAll(async () => {
  rig = await openDeskRig();
  await rig.openDesk();
  await rig.signIn();
});
afterAll(() => rig.close());
afterEach(async () => {
  await rig.office.feed.emptyFeeder();
  await rig.office.feed.simulate('none');
  const { openAttentionId: attentionId } = await rig.call('desk.getStatus', {});
  if (attentionId === null) return;
  const { recordId } = await rig.call('attention.get', { attentionId });
  if (recordId === null) await rig.call('attention.abandon', { attentionId, reason: 'Fin de la prueba' });
  else await deliver(rig, { attentionId });
});

const company: AttentionForm['presenter'] = {
  ...citizenPerson,
  personType: 'legal',
  identifierType: 'cif',
  identifier: 'B99999996',
  givenName: '',
  surname1: '',
  surname2: '',
  businessName: 'Reformas del Ebro, S. L.',
};

const codesOf = ({ problems }: View, severity: 'error' | 'warning'): ProblemCode[] =>
  problems.filter((problem) => problem.severity === severity).map(({ code }) => code);
const get = ({ attentionId }: Pick<View, 'attentionId'>): Promise<View> => rig.call('attention.get', { attentionId });
const jobOf = async (started: Promise<Readonly<{ jobId: string }>>) => rig.waitForJob((await started).jobId);

describe('who is in front', () => {
  test('an obliged person is warned, gets no art. 43, and is registered all the same', async () => {
    const { expectedControl } = await rig.call('identifiers.check', { identifierType: 'cif', identifier: 'B9999999' });
    const presenter = { ...company, identifier: `B9999999${expectedControl ?? ''}` };
    const onOfficersRoute = await receiveCitizen(rig, 'officer', { presenter, notificationChannel: 'electronic' });
    expect(codesOf(onOfficersRoute, 'warning')).toContain('electronicOnly');
    expect(codesOf(onOfficersRoute, 'error')).toContain('officerRouteForbidden');
    const { attentionId } = onOfficersRoute;
    expect(await rig.codeOf('consent.prepare', { attentionId })).toBe('consent.notOffered');
    const byLetter = await typeForm(rig, onOfficersRoute, { route: 'paper', notificationChannel: 'paper' });
    expect(codesOf(byLetter, 'error')).toContain('paperChannelForbidden');
    await rig.call('attention.abandon', { attentionId, reason: 'Otra vía' });
    const { record } = await serveCitizen(rig, 'paper', { presenter, notificationChannel: 'electronic' });
    expect(record.record.electronicOnlyReason).toBe('legalPerson');
    const receipt = record.versions['receipt']?.[0]?.sha256 ?? '';
    const { bytes } = await rig.call('blobs.read', { digest: receipt });
    expect(plainText(bytes)).toContain('68.4');
  });

  test('a wrong control letter keeps the person open, with the letter that fits', async () => {
    const checked = await rig.call('identifiers.check', { identifierType: 'nif', identifier: '12345678A' });
    expect(checked).toMatchObject({ state: 'invalid', expectedControl: 'Z' });
    const view = await receiveCitizen(rig, 'paper', { presenter: { ...citizenPerson, identifier: '12345678A' } });
    expect(view.problems).toContainEqual(
      expect.objectContaining({ field: 'presenter.identifier', code: 'identifierInvalid', severity: 'error' }),
    );
    const { attentionId } = view;
    expect(await rig.codeOf('attention.goTo', { attentionId, stage: 'application' })).toBe('attention.stageNotReady');
    const job = await jobOf(rig.call('documents.prepare', { attentionId }));
    expect(job.error).toMatchObject({ code: 'attention.incomplete', details: { stage: 'person' } });
    expect(await rig.codeOf('signing.getManifest', { attentionId })).toBe('attention.incomplete');
  });
});

describe('stages', () => {
  test('nothing that the law demands can be skipped', async () => {
    const { attentionId, stages } = await rig.call('attention.open', {});
    expect(stages.filter(({ state }) => state === 'blocked').length).toBe(stages.length - 1);
    for (const stage of ['application', 'papers', 'collation', 'signature', 'delivery'] as const)
      expect(await rig.codeOf('attention.goTo', { attentionId, stage }), stage).toBe('attention.stageNotReady');
    expect(await rig.codeOf('attention.setDelivery', { attentionId, delivery: allHanded })).toBe(
      'attention.stageNotReady',
    );
    expect(await rig.codeOf('attention.finish', { attentionId })).toBe('attention.stageNotReady');
    expect(await rig.codeOf('attention.open', {})).toBe('attention.alreadyOpen');
  });

  test('a page that is not confirmed, or sent back, keeps the signature away', async () => {
    const view = await receiveCitizen(rig, 'paper');
    await scan(rig, view, 'application', rig.pages.slice(0, 1));
    const { attentionId } = view;
    const collated = await collate(rig, view);
    await prepare(rig, view);
    expect(await rig.codeOf('signing.getManifest', { attentionId })).toBe('ok');
    const pageId = collated.documents[0]?.pages[0]?.pageId ?? '';
    for (const verdict of ['pending', 'rejected']) {
      await rig.codeOf('collation.decide', { pageId, verdict });
      expect(await rig.codeOf('signing.getManifest', { attentionId })).toBe('attention.incomplete');
      expect(await rig.codeOf('attention.goTo', { attentionId, stage: 'signature' })).toBe('attention.stageNotReady');
    }
  });

  test('what the machine points out is answered before its page is confirmed', async () => {
    const view = await receiveCitizen(rig, 'paper');
    const file = join(await mkdtemp(join(tmpdir(), 'blank-')), 'blank.png');
    await sharp({ create: { width: 620, height: 877, channels: 3, background: '#f4f4f2' } })
      .png()
      .toFile(file);
    await scan(rig, view, 'application', [file]);
    await rm(dirname(file), { recursive: true });
    const page = async () => (await get(view)).documents[0]?.pages[0] ?? expect.unreachable('no page');
    const { pageId, flags } = await page();
    const flag = flags.findIndex(({ kind }) => kind === 'blank');
    expect(flags[flag]).toEqual({ kind: 'blank', placeMm: null, text: '', answer: null });
    const confirm = () => rig.codeOf('collation.decide', { pageId, verdict: 'confirmed' });
    expect(await confirm()).toBe('collation.flagUnanswered');
    expect(await rig.codeOf('collation.answer', { pageId, flag, answer: 'readable' })).toBe('request.notAllowed');
    expect(await rig.codeOf('collation.answer', { pageId, flag: 99, answer: 'asOnPaper' })).toBe('request.notAllowed');
    await confirmPages(rig, view);
    expect(await page()).toMatchObject({ collation: 'confirmed' });
    await rig.call('collation.answer', { pageId, flag, answer: null });
    expect(await page()).toMatchObject({ collation: 'pending' });
    expect(await confirm()).toBe('collation.flagUnanswered');
    await rig.call('collation.answer', { pageId, flag, answer: 'rescan' });
    expect(await page()).toMatchObject({ collation: 'rejected' });
  });

  test('what changed since the review is not signed', async () => {
    const view = await receiveCitizen(rig, 'paper');
    await gatherPapers(rig, view);
    await prepare(rig, view);
    const { attentionId } = view;
    const { manifestDigest, documents } = await rig.call('signing.getManifest', { attentionId });
    const annex = documents.find(({ role }) => role === 'annex');
    await rig.call('documents.update', {
      documentId: annex?.documentId ?? '',
      title: 'Otro título',
      documentType: 'TD99',
      nature: 'original',
      role: 'annex',
    });
    await prepare(rig, view);
    const job = await jobOf(rig.call('signing.signAndRegister', { attentionId, manifestDigest, pin: pinBytes() }));
    expect(job.error?.code).toBe('attention.changedSinceReview');
    expect((await get(view)).recordId).toBeNull();
  });

  test('a form that somebody else saved meanwhile is not overwritten', async () => {
    const view = await receiveCitizen(rig, 'paper');
    const { attentionId, version, form } = view;
    await rig.call('attention.updateForm', { attentionId, version, form: { ...form, summary: 'Otro resumen' } });
    expect(await rig.codeOf('attention.updateForm', { attentionId, version, form })).toBe(
      'attention.changedSinceReview',
    );
    expect((await get(view)).form.summary).toBe('Otro resumen');
  });

  test('an abandoned attention takes nothing more, and the next citizen may come', async () => {
    const view = await receiveCitizen(rig, 'paper');
    const { attentionId, version, form } = view;
    await scan(rig, view, 'application', rig.pages.slice(0, 1));
    const [document] = (await get(view)).documents;
    await rig.call('attention.abandon', { attentionId, reason: 'La persona se ha ido' });
    const documentId = document?.documentId ?? '';
    const pageId = document?.pages[0]?.pageId ?? '';
    expect(await rig.codeOf('attention.updateForm', { attentionId, version, form })).toBe('attention.closed');
    expect(await rig.codeOf('documents.remove', { documentId })).toBe('attention.closed');
    expect(await rig.codeOf('collation.decide', { pageId, verdict: 'confirmed' })).toBe('attention.closed');
    expect(await rig.codeOf('attention.abandon', { attentionId, reason: 'Otra vez' })).toBe('attention.closed');
    expect(await rig.codeOf('signing.getManifest', { attentionId })).toBe('attention.closed');
    expect(await rig.codeOf('attention.open', {})).toBe('ok');
  });
});

const allHanded = { receiptHanded: true, consentCopyHanded: true, originalsReturned: true };

describe('papers', () => {
  test('a photocopy becomes EE99, an original EE03', async () => {
    const view = await receiveCitizen(rig, 'paper');
    await scan(rig, view, 'application', rig.pages.slice(0, 1));
    await collate(rig, view, 'original');
    await scan(rig, view, 'annex', rig.pages.slice(1, 2));
    const annex = (await get(view)).documents.find(({ role }) => role === 'annex');
    expect(annex?.elaborationState).toBeNull();
    await rig.call('documents.update', {
      documentId: annex?.documentId ?? '',
      title: 'Recibo de la tasa',
      documentType: 'TD99',
      nature: 'photocopy',
      role: 'annex',
      announcedSheets: 3,
      paperFate: 'kept',
    });
    expect(codesOf(await confirmPages(rig, view), 'error')).toContain('sheetCountDiffers');
    await rig.call('documents.update', {
      documentId: annex?.documentId ?? '',
      title: 'Recibo de la tasa',
      documentType: 'TD99',
      nature: 'photocopy',
      role: 'annex',
      announcedSheets: 1,
    });
    await prepare(rig, view);
    const { documents } = await signAndRegister(rig, view);
    expect(documents.map(({ elaborationState }) => elaborationState)).toEqual(['EE03', 'EE99']);

    const { recordId } = await get(view);
    const { record } = await rig.call('records.get', { recordId: recordId ?? '' });
    const until = addMonths(record.recordedAt.slice(0, 10), 6);
    expect(record.documents.map(({ keptUntil }) => keptUntil)).toEqual([null, until, null]);
    const { originals, pdfDigest } = await rig.call('originals.list', {});
    expect(originals).toMatchObject([{ recordId, recordNumber: record.recordNumber, keptUntil: until, pageCount: 1 }]);
    const { bytes } = await rig.call('blobs.read', { digest: pdfDigest ?? '' });
    expect(plainText(bytes)).toContain('Recibo de la tasa');
    const { folder } = await rig.call('originals.export', {});
    const files = await readFolder(folder);
    expect(files.get('originales.csv')?.toString()).toContain(`"${until}";"${record.recordNumber}"`);
  });

  test('split, move, reorder, remove and take back', async () => {
    const view = await receiveCitizen(rig, 'citizenCard');
    await scan(rig, view, 'annex', rig.pages.slice(0, 4));
    const whole = (await get(view)).documents.find(({ role }) => role === 'annex');
    const [first = '', second = '', third = '', fourth = ''] = whole?.pages.map(({ pageId }) => pageId) ?? [];
    const order = async (): Promise<string[][]> => {
      const { documents } = await get(view);
      return documents.filter(({ role }) => role === 'annex').map(({ pages }) => pages.map(({ pageId }) => pageId));
    };
    const annexes = async () => (await get(view)).documents.filter(({ role }) => role === 'annex');

    await rig.call('documents.splitAt', { pageId: third });
    expect(await order()).toEqual([
      [first, second],
      [third, fourth],
    ]);
    expect(await rig.codeOf('documents.splitAt', { pageId: first })).toBe('request.notAllowed');
    const [front, back] = await annexes();
    expect(new Set([front?.verificationCode, back?.verificationCode]).size).toBe(2);

    await rig.call('pages.move', { pageId: fourth, documentId: front?.documentId ?? '', position: 0 });
    expect(await order()).toEqual([[fourth, first, second], [third]]);
    await rig.call('documents.move', { documentId: back?.documentId ?? '', position: 1 });
    expect(await order()).toEqual([[third], [fourth, first, second]]);
    expect((await annexes()).map(({ fileName }) => fileName.slice(0, 2))).toEqual(['02', '03']);

    const { attentionId } = view;
    await rig.call('pages.remove', { pageId: first });
    await rig.call('pages.remove', { pageId: third });
    expect(await order()).toEqual([[fourth, second]]);
    await rig.call('papers.undoRemoval', { attentionId });
    expect(await order()).toEqual([[third], [fourth, second]]);
    await rig.call('papers.undoRemoval', { attentionId });
    expect(await order()).toEqual([[third], [fourth, first, second]]);
    await rig.call('documents.remove', { documentId: front?.documentId ?? '' });
    expect(await order()).toEqual([[third]]);
    await rig.call('papers.undoRemoval', { attentionId });
    expect(await order()).toEqual([[third], [fourth, first, second]]);
    await rig.call('pages.move', { pageId: third, documentId: front?.documentId ?? '', position: 1 });
    expect(await order()).toEqual([[fourth, third, first, second]]);

    const typed = (await get(view)).documents.find(({ origin }) => origin === 'typed');
    expect(await rig.codeOf('documents.remove', { documentId: typed?.documentId })).toBe('request.notAllowed');
  });

  test('a separator opens a document of its type, blank sides leave the stack, and both come back by one undo', async () => {
    const view = await receiveCitizen(rig, 'paper');
    const { attentionId } = view;
    const [first = '', second = ''] = rig.pages;
    const [blank, separator] = ['blank.png', 'separator.png'].map((name) => join(dirname(first), name));
    if (blank === undefined || separator === undefined) throw new Error('two names');
    await writeFile(blank, await drawBlankSide());
    await writeFile(separator, await drawSeparator('SEP-TD08-0001'));
    expect((await scan(rig, view, 'annex', [first, blank, separator, second])).state).toBe('completed');
    const scanned = await rig.call('attention.get', { attentionId });
    expect(scanned.documents.map(({ documentType, pages }) => [documentType, pages.length])).toEqual([
      ['TD99', 1],
      ['TD08', 1],
    ]);
    expect(scanned.laidAside).toEqual({ blank: 1, separator: 1 });
    const whole = await rig.call('papers.undoRemoval', { attentionId });
    expect(whole.documents.map(({ pages }) => pages.length)).toEqual([2, 2]);
    expect(whole.documents[0]?.pages[1]?.isBlank).toBe(true);
    expect(whole.documents[1]?.pages[0]?.flags).toMatchObject([{ kind: 'code', text: 'SEP-TD08-0001' }]);
    expect(whole.laidAside).toEqual({ blank: 0, separator: 0 });
    // A stack of nothing else is what the officer wanted to scan.
    expect((await scan(rig, view, 'annex', [separator])).state).toBe('completed');
    const alone = await rig.call('attention.get', { attentionId });
    expect(alone.documents.map(({ pages }) => pages.length)).toEqual([2, 2, 1]);
    expect(alone.laidAside).toEqual({ blank: 0, separator: 0 });
  });

  test('a page sent back is scanned again in its place', async () => {
    const view = await receiveCitizen(rig, 'paper');
    await scan(rig, view, 'application', rig.pages.slice(0, 3));
    const before = (await get(view)).documents[0]?.pages ?? [];
    const pageId = before[1]?.pageId ?? '';
    await rig.call('collation.decide', { pageId, verdict: 'rejected' });
    expect((await scan(rig, view, { kind: 'replacePage', pageId }, rig.pages.slice(4, 5))).state).toBe('completed');
    const after = (await get(view)).documents[0]?.pages ?? [];
    expect(after.map((page) => page.pageId)).toEqual([before[0]?.pageId, expect.any(String), before[2]?.pageId]);
    expect(after[1]?.pageId).not.toBe(pageId);
    expect(after[1]?.collation).toBe('pending');
    expect(after[1]?.copyPreview).not.toBe(before[1]?.copyPreview);
  });

  test('a change of papers after the citizen has signed takes the signature back', async () => {
    const view = await receiveCitizen(rig, 'citizenCard');
    await gatherPapers(rig, view);
    await prepare(rig, view);
    await signAsCitizen(rig, view);
    expect((await get(view)).documents[0]?.signedByCitizen).toBe(true);
    await typeForm(rig, view, { petition: 'Que se le conceda otra cosa.' });
    await prepare(rig, view);
    const changed = await get(view);
    expect(changed.documents[0]?.signedByCitizen).toBe(false);
    expect(codesOf(changed, 'error')).toContain('applicationNotSigned');
    const { attentionId } = view;
    const { manifestDigest } = await rig.call('signing.getManifest', { attentionId });
    const job = await jobOf(rig.call('signing.signAndRegister', { attentionId, manifestDigest, pin: pinBytes() }));
    expect(job.error?.code).toBe('attention.incomplete');
  });
});

describe('scanner', () => {
  test('an empty feeder', async () => {
    const view = await receiveCitizen(rig, 'paper');
    expect((await scan(rig, view, 'application', [])).error?.code).toBe('scanner.noDocuments');
    expect((await get(view)).documents).toEqual([]);
  });

  test.each([
    ['jam', 'scanner.jam'],
    ['coverOpen', 'scanner.coverOpen'],
    ['ioError', 'scanner.failed'],
  ] as const)('%s: the page that had arrived stays, and the rest goes on behind it', async (condition, code) => {
    const view = await receiveCitizen(rig, 'paper');
    await rig.office.feed.simulate(condition, 1);
    const job = await scan(rig, view, 'application', rig.pages.slice(0, 2));
    expect(job.error).toMatchObject({ code, details: { pages: 1 } });
    const [document] = (await get(view)).documents;
    expect(document?.pages.length).toBe(1);
    await rig.office.feed.simulate('none');
    const target = { kind: 'document', documentId: document?.documentId ?? '' } as const;
    expect((await scan(rig, view, target, [])).state).toBe('completed');
    expect((await get(view)).documents.map(({ pages }) => pages.length)).toEqual([2]);
  });

  test('a cable that is pulled', async () => {
    const view = await receiveCitizen(rig, 'paper');
    await rig.office.feed.loadFeeder(rig.pages.slice(0, 1));
    await rig.office.feed.unplug();
    const pulled = await scan(rig, view, 'application', []);
    expect(['scanner.absent', 'scanner.disconnected', 'scanner.offline']).toContain(pulled.error?.code);
    await rig.office.feed.plug();
    expect((await scan(rig, view, 'application', [])).state).toBe('completed');
    expect((await get(view)).documents[0]?.pages.length).toBe(1);
  });

  test('a cancelled scan keeps what had come', async () => {
    const view = await receiveCitizen(rig, 'paper');
    await rig.office.feed.loadFeeder(rig.pages);
    const { jobId } = await rig.call('scan.start', {
      attentionId: view.attentionId,
      profileId: 'texto-color',
      target: { kind: 'newDocument', role: 'application' },
    });
    const other = {
      attentionId: view.attentionId,
      profileId: 'texto-color',
      target: { kind: 'newDocument', role: 'annex' },
    };
    expect(await rig.codeOf('scan.start', other)).toBe('scanner.busy');
    while ((await rig.call('jobs.get', { jobId })).done === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await rig.call('jobs.cancel', { jobId });
    expect((await rig.waitForJob(jobId)).state).toBe('cancelled');
    const pages = (await get(view)).documents[0]?.pages.length ?? 0;
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThan(6);
  });

  test('no such profile, page, document or attention', async () => {
    const { attentionId } = await receiveCitizen(rig, 'paper');
    const nobody = '00000000-0000-4000-8000-000000000000';
    const target = { kind: 'newDocument', role: 'annex' };
    expect(await rig.codeOf('scan.start', { attentionId, profileId: 'a-mano', target })).toBe('profile.invalid');
    expect(await rig.codeOf('scan.start', { attentionId: nobody, profileId: 'texto-color', target })).toBe(
      'attention.notFound',
    );
    expect(await rig.codeOf('pages.remove', { pageId: nobody })).toBe('page.notFound');
    expect(await rig.codeOf('documents.remove', { documentId: nobody })).toBe('document.notFound');
    expect(await rig.codeOf('records.get', { recordId: nobody })).toBe('record.notFound');
    expect(await rig.codeOf('blobs.read', { digest: '0'.repeat(64) })).toBe('blob.notFound');
    expect(await rig.codeOf('jobs.get', { jobId: nobody })).toBe('job.notFound');
  });
});

describe('consent (art. 43)', () => {
  test('without its paper, or with one for other documents, nothing is signed', async () => {
    const view = await receiveCitizen(rig, 'officer');
    const { attentionId } = view;
    await scan(rig, view, 'annex', rig.pages.slice(0, 1));
    await collate(rig, view);
    await prepare(rig, view);
    expect(await rig.codeOf('signing.getManifest', { attentionId })).toBe('consent.missing');
    const prepared = await rig.call('consent.prepare', { attentionId });
    expect(prepared.consent).toMatchObject({ isOutdated: false, isScanned: false });
    expect(await rig.codeOf('signing.getManifest', { attentionId })).toBe('consent.missing');
    const { bytes } = await rig.call('blobs.read', { digest: prepared.consent?.formDigest ?? '' });
    const form = plainText(bytes).replaceAll(/\s/gu, '');
    for (const { role, preparedDigest, verificationCode } of prepared.documents) {
      if (role === 'consent') continue;
      expect(form).toContain(preparedDigest);
      expect(form).toContain(verificationCode);
    }
    expect(form).toContain('12345678Z');

    await scan(rig, view, 'consent', rig.pages.slice(3, 4));
    await collate(rig, view);
    await prepare(rig, view);
    expect(await rig.codeOf('signing.getManifest', { attentionId })).toBe('ok');

    // One more paper: the citizen has not consented to that one.
    await scan(rig, view, 'annex', rig.pages.slice(1, 2));
    await collate(rig, view);
    await prepare(rig, view);
    expect((await get(view)).consent?.isOutdated).toBe(true);
    expect(await rig.codeOf('signing.getManifest', { attentionId })).toBe('consent.outdated');
    const again = await rig.call('consent.prepare', { attentionId });
    expect(again.consent).toMatchObject({ isOutdated: false, isScanned: false });
    expect(again.consent?.formDigest).not.toBe(prepared.consent?.formDigest);
  });

  test('a change of what is asked for makes it outdated too', async () => {
    const view = await receiveCitizen(rig, 'officer');
    await gatherPapers(rig, view);
    await typeForm(rig, view, { petition: 'Que se le conceda otra cosa.' });
    await prepare(rig, view);
    expect(await rig.codeOf('signing.getManifest', { attentionId: view.attentionId })).toBe('consent.outdated');
  });
});

describe('cards and seal', () => {
  test('a wrong PIN signs nothing and registers nothing; the right one goes on', async () => {
    const view = await receiveCitizen(rig, 'paper');
    await gatherPapers(rig, view);
    await prepare(rig, view);
    const { attentionId } = view;
    const { manifestDigest } = await rig.call('signing.getManifest', { attentionId });
    for (const [pin, code] of [
      ['654321', 'card.pinIncorrect'],
      ['1', 'card.pinLength'],
    ] as const) {
      const job = await jobOf(rig.call('signing.signAndRegister', { attentionId, manifestDigest, pin: pinBytes(pin) }));
      expect(job.error?.code).toBe(code);
    }
    const waiting = await get(view);
    expect(waiting.recordId).toBeNull();
    expect(waiting.documents.map(({ signedDigest }) => signedDigest)).toEqual([null, null]);
    const before = (await allRecords()).length;
    await signAndRegister(rig, view);
    expect((await allRecords()).length).toBe(before + 1);
  });

  test('with the seal locked the officer signs the receipt, which says that the seal will follow', async () => {
    expect((await rig.call('desk.getStatus', {})).seal.state).toBe('locked');
    const { record } = await serveCitizen(rig, 'paper');
    const digest = record.versions['receipt']?.[0]?.sha256 ?? '';
    const { bytes } = await rig.call('blobs.read', { digest });
    expect(readPdfsig(Buffer.from(bytes))).toMatchObject({ valid: 1, signers: [expect.stringMatching(/^ANA/u)] });
    expect(plainText(bytes)).toContain('sello');
  });

  test('a wrong PIN of the seal leaves it locked', async () => {
    expect(await rig.codeOf('desk.unlockSeal', { pin: pinBytes('654321') })).toBe('card.pinIncorrect');
    expect((await rig.call('desk.getStatus', {})).seal.state).toBe('locked');
  });

  test('numbers follow one another without a gap, whatever failed in between', async () => {
    const sequences = (await allRecords())
      .map(({ recordNumber }) => Number(recordNumber.slice(-5)))
      .toSorted((a, b) => a - b);
    expect(sequences.length).toBeGreaterThan(2);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  });
});

async function allRecords() {
  const query = { text: '', fromDate: null, toDate: null, cursor: null, limit: 200 };
  return (await rig.call('records.search', query)).records;
}

// Last: another officer sits at the desk.
describe('an officer without permissions', () => {
  test('may not unlock the seal, act for citizens nor make authentic copies', async () => {
    await rig.call('session.signOut', {});
    await rig.signIn(secondOfficerName);
    expect(await rig.codeOf('desk.unlockSeal', { pin: pinBytes() })).toBe('request.notAllowed');
    const view = await receiveCitizen(rig, 'officer');
    expect(codesOf(view, 'error')).toContain('officerNotEnabled');
    await scan(rig, view, 'annex', rig.pages.slice(0, 1));
    expect(codesOf(await collate(rig, view, 'original'), 'error')).toContain('officerMayNotCopy');
    expect(codesOf(await collate(rig, view, 'photocopy'), 'error')).not.toContain('officerMayNotCopy');
    expect(await rig.codeOf('consent.prepare', { attentionId: view.attentionId })).toBe('attention.incomplete');
  });

  test('does not inherit the permissions of who opened the attention', async () => {
    await rig.call('session.signOut', {});
    await rig.signIn();
    const view = await receiveCitizen(rig, 'officer');
    await gatherPapers(rig, view);
    await prepare(rig, view);
    const { attentionId } = view;
    expect(await rig.codeOf('signing.getManifest', { attentionId })).toBe('ok');
    await rig.call('session.signOut', {});
    await rig.signIn(secondOfficerName);
    expect(codesOf(await get(view), 'error')).toEqual(
      expect.arrayContaining(['officerNotEnabled', 'officerMayNotCopy']),
    );
    expect(await rig.codeOf('signing.getManifest', { attentionId })).toBe('attention.incomplete');
  });

  test('behind a locked screen only the same officer comes back', async () => {
    await rig.call('session.lock', {});
    await expect(rig.signIn()).rejects.toMatchObject({ code: 'session.otherOfficer' });
    await rig.signIn(secondOfficerName);
    expect((await rig.call('desk.getStatus', {})).session.state).toBe('signedIn');
  });
});
