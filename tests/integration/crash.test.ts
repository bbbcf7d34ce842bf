import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../core/contract/errors.ts';
import type { JobKind, JobProgress } from '../../core/contract/schemas/desk.ts';
import { collate, confirmPages, deliver, prepare, receiveCitizen, serveCitizen } from './counter.ts';
import type { View } from './counter.ts';
import { openDeskRig, pinBytes } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';
import { descendantsOf, isRunning } from './processes.ts';
import { readPdfsig } from './outside-validators.ts';

/*
 * kill -9 of the services in the middle of their work, at the moment that their own events tell; then they are started
 * again, and what had been shown is there. One attention is killed again and again on its way to its receipt.
 */

let rig: DeskRig;
let view: View;
beforeAll(async () => {
  rig = await openDeskRig({ isProcess: true });
  await rig.openDesk();
  await rig.signIn();
  await rig.unlockSeal();
});
afterAll(() => rig.close());

const get = (): Promise<View> => rig.call('attention.get', { attentionId: view.attentionId });

/** Starts a job and kills the services at the first of its events that is asked for. */
async function killAt(
  start: () => Promise<unknown>,
  isMoment: (job: JobProgress) => boolean,
  kill: () => Promise<void> = rig.kill,
): Promise<void> {
  const killed = Promise.withResolvers<void>();
  let isDone = false;
  rig.onEvent((event) => {
    if (isDone || event.event !== 'job.progress') return;
    if (!isMoment(event.payload)) {
      const { kind, state, error } = event.payload;
      if (state !== 'running') killed.reject(new Error(`${kind} ${state} ${error?.code ?? ''}`));
      return;
    }
    isDone = true;
    kill().then(killed.resolve, killed.reject);
  });
  // The answer to the question may never come: the services are dead by then.
  start().catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== 'internal.servicesGone') killed.reject(error);
  });
  await killed.promise;
}

/** Services, bridges and their helpers, as when the machine kills the whole group. */
async function killEverything(): Promise<void> {
  for (const pid of descendantsOf(rig.servicesPid() ?? 0)) process.kill(pid, 'SIGKILL');
  await rig.kill();
}

const phaseOf =
  (kind: JobKind, phase: JobProgress['phase'], done = 0) =>
  (job: JobProgress): boolean =>
    job.kind === kind && job.phase === phase && job.done >= done;

async function reopen(): Promise<View> {
  await rig.revive();
  await rig.openDesk();
  await rig.signIn();
  const { openAttentionId } = await rig.call('desk.getStatus', {});
  expect(openAttentionId).toBe(view.attentionId);
  return get();
}

/** Everything that a person had seen as done. */
const shown = ({ form, stage, documents, recordNumber }: View) => ({
  form,
  stage,
  recordNumber,
  documents: documents.map(({ documentId, title, nature, verificationCode, pages }) => ({
    documentId,
    title,
    nature,
    verificationCode,
    pages: pages.map(({ pageId, collation, copyPreview }) => ({ pageId, collation, copyPreview })),
  })),
});

async function sequences(): Promise<number[]> {
  const query = { text: '', fromDate: null, toDate: null, cursor: null, limit: 200 };
  const { records } = await rig.call('records.search', query);
  return records.map(({ recordNumber }) => Number(recordNumber.slice(-5))).toSorted((a, b) => a - b);
}

test('after a typed field; the bridges end with the services', async () => {
  view = await receiveCitizen(rig, 'officer');
  const before = shown(await get());
  const bridges = descendantsOf(rig.servicesPid() ?? 0);
  expect(bridges.length).toBeGreaterThan(1);
  await rig.kill();
  while (bridges.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(shown(await reopen())).toEqual(before);
});

// More than can arrive before the first one is in the draft.
const sheets = 5;

test('everything at once, with a page that had arrived and was being worked on: it is there, the rest is scanned behind it', async () => {
  await rig.office.feed.loadFeeder(rig.pages.slice(0, sheets));
  const { attentionId } = view;
  const target = { kind: 'newDocument', role: 'annex' } as const;
  let seen: ReturnType<typeof shown> | null = null;
  rig.onEvent((event) => {
    if (event.event === 'attention.changed' && event.payload.documents.some(({ role }) => role === 'annex'))
      seen ??= shown(event.payload);
  });
  await killAt(
    () => rig.call('scan.start', { attentionId, profileId: 'texto-color', target }),
    phaseOf('scan', 'optimizing', 1),
    killEverything,
  );
  const reopened = await reopen();
  const annex = annexOf(shown(reopened));
  expect(annex?.pages[0]?.pageId).toBe(annexOf(seen)?.pages[0]?.pageId);
  // What has left the feeder is in the draft, whole; at most one sheet was moving.
  const inDraft = annex?.pages.length ?? 0;
  const left = await rig.office.feed.pagesLeft();
  expect(inDraft).toBeGreaterThanOrEqual(2);
  // Where the stack stood is known again: what had arrived goes on in its document and opens none of its own.
  expect(reopened.documents.filter(({ pages }) => pages.length > 0)).toHaveLength(1);
  expect([0, 1]).toContain(sheets - left - inDraft);
  // The officer sees which one is missing, and lays it on the others.
  await rig.office.feed.emptyFeeder();
  await rig.office.feed.loadFeeder(rig.pages.slice(inDraft, sheets));
  for (const { copyPreview } of annex?.pages ?? [])
    expect((await rig.call('blobs.read', { digest: copyPreview })).bytes.length).toBeGreaterThan(0);
  const rest = { kind: 'document', documentId: annex?.documentId ?? '' } as const;
  await rig.finishJob(rig.call('scan.start', { attentionId, profileId: 'texto-color', target: rest }));
  const pages = annexOf(shown(await get()))?.pages ?? [];
  expect(pages).toHaveLength(sheets);
  expect(pages.slice(0, inDraft)).toEqual(annex?.pages);
});

function annexOf(seen: ReturnType<typeof shown> | null) {
  return seen?.documents.find(({ pages }) => pages.length > 0);
}

test('after the collation', async () => {
  const collated = await collate(rig, view);
  await rig.kill();
  const reopened = await reopen();
  expect(shown(reopened)).toEqual(shown(collated));
  expect(reopened.documents.flatMap(({ pages }) => pages).every(({ collation }) => collation === 'confirmed')).toBe(
    true,
  );
});

test('after the consent was made and its paper came back', async () => {
  const { attentionId } = view;
  const made = await rig.call('consent.prepare', { attentionId });
  await rig.office.feed.emptyFeeder();
  await rig.office.feed.loadFeeder(rig.pages.slice(sheets, sheets + 1));
  const target = { kind: 'newDocument', role: 'consent' } as const;
  await rig.finishJob(rig.call('scan.start', { attentionId, profileId: 'texto-color', target }));
  const scanned = await confirmPages(rig, view);
  await rig.kill();
  const reopened = await reopen();
  expect(shown(reopened)).toEqual(shown(scanned));
  expect(reopened.consent).toEqual({ ...made.consent, isScanned: true });
});

test('while the documents are being made', async () => {
  const { attentionId } = view;
  await killAt(() => rig.call('documents.prepare', { attentionId }), phaseOf('prepare', 'buildingDocuments'));
  await reopen();
  await prepare(rig, view);
  expect((await get()).documents.every(({ preparedDigest }) => preparedDigest !== null)).toBe(true);
});

let reviewed = '';
const start = () =>
  rig.call('signing.signAndRegister', {
    attentionId: view.attentionId,
    manifestDigest: reviewed,
    pin: pinBytes(),
  });
async function review(): Promise<number> {
  const { manifestDigest, documents } = await rig.call('signing.getManifest', { attentionId: view.attentionId });
  reviewed = manifestDigest;
  return documents.filter(({ alreadySigned }) => alreadySigned).length;
}

test('between two signatures: the first one holds and is not made again', async () => {
  expect(await review()).toBe(0);
  await killAt(start, phaseOf('signAndRegister', 'signing', 1));
  const reopened = await reopen();
  const signed = reopened.documents.filter(({ signedDigest }) => signedDigest !== null);
  expect(signed.length).toBeGreaterThan(0);
  const { bytes } = await rig.call('blobs.read', { digest: signed[0]?.signedDigest ?? '' });
  expect(readPdfsig(Buffer.from(bytes))).toMatchObject({ valid: 1, lastCoversAll: true });
  expect(await sequences()).toEqual(reopened.recordId === null ? [] : [1]);
});

test('after the signatures, before the number', async () => {
  const already = await review();
  expect(already).toBeGreaterThan(0);
  // Whatever wants a time stamp now waits for it: the receipt cannot be made before the signal arrives.
  await rig.office.actions.setTimestampAuthority('slow');
  await killAt(start, phaseOf('signAndRegister', 'registering'));
  const reopened = await reopen();
  expect(reopened.documents.every(({ signedDigest }) => signedDigest !== null)).toBe(true);
  // The kill may come before or after the number: with it or without it, never half.
  expect(await sequences()).toEqual(reopened.recordId === null ? [] : [1]);
});

test('after the number, before the receipt: the number stays, and the receipt comes with the seal', async () => {
  expect(await review()).toBe(3);
  await killAt(start, phaseOf('signAndRegister', 'makingReceipt'));
  await rig.office.actions.setTimestampAuthority('ok');
  const reopened = await reopen();
  expect(reopened.recordId).not.toBeNull();
  expect(await sequences()).toEqual([1]);
  const recordId = reopened.recordId ?? '';
  expect((await rig.call('records.get', { recordId })).state).toBe('recorded');
  expect((await rig.call('desk.getStatus', {})).seal.state).toBe('locked');
  await rig.unlockSeal();
  const { state, versions, record } = await rig.call('records.get', { recordId });
  expect(state).toBe('receipted');
  expect(record.recordNumber).toBe(reopened.recordNumber);
  expect((await get()).stage).toBe('delivery');
  const digest = versions['receipt']?.[0]?.sha256 ?? '';
  const first = await rig.call('blobs.read', { digest });
  expect(createHash('sha256').update(first.bytes).digest('hex')).toBe(digest);
  expect(readPdfsig(Buffer.from(first.bytes))).toMatchObject({ valid: 1, signers: [expect.stringMatching(/^SELLO/u)] });

  // Asked again: the same bytes.
  await review();
  await rig.finishJob(start());
  const again = await rig.call('records.get', { recordId });
  expect(again.versions['receipt']?.[0]?.sha256).toBe(digest);
  expect(await sequences()).toEqual([1]);
  receiptDigest = digest;
});

let receiptDigest = '';

test('at the delivery', async () => {
  const delivery = { receiptHanded: true, consentCopyHanded: false, originalsReturned: true };
  await rig.call('attention.setDelivery', { attentionId: view.attentionId, delivery });
  await rig.kill();
  const reopened = await reopen();
  expect(reopened.delivery).toEqual(delivery);
  const { versions } = await rig.call('records.get', { recordId: reopened.recordId ?? '' });
  expect(versions['receipt']?.[0]?.sha256).toBe(receiptDigest);
  await deliver(rig, view);
  await rig.kill();
  await rig.revive();
  await rig.openDesk();
  await rig.signIn();
  expect((await rig.call('desk.getStatus', {})).openAttentionId).toBeNull();
});

test('the next citizen gets the next number', async () => {
  await rig.unlockSeal();
  await serveCitizen(rig, 'citizenCard');
  expect(await sequences()).toEqual([1, 2]);
});
