import { randomUUID } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import { publishAttention, readOpenContents } from './attention-view.ts';
import type { ServiceContext } from './context.ts';
import { requireRoom } from './disk-room.ts';
import type { JobReport } from './jobs.ts';
import type { Piece } from './ports/imaging.ts';
import type { RawPage } from './ports/scanner.ts';
import type { ArrivedPage, ScanOrder } from './ports/store.ts';
import { getProfileInForce } from './scan-profiles.ts';
import { openTarget } from './scan-target.ts';
import type { FinishedPiece, ScanTarget } from './scan-target.ts';
import { checkCapture, describePageScanner, findScanner, requireFreeScanner } from './scanner-device.ts';

/** Scans with a locked profile until the feeder is empty; pages appear, optimised, as they arrive. */
export function startScan(context: ServiceContext, input: MethodInput<'scan.start'>): string {
  context.officer();
  readOpenContents(context, input.attentionId);
  requireRoom(context.desk().blobs);
  const profile = getProfileInForce(context, input.profileId);
  requireFreeScanner(context);
  return context.jobs.start('scan', 'scanner', async ({ signal, report }) => {
    context.statusChanged();
    try {
      await scan(context, input, profile, signal, report);
    } finally {
      context.statusChanged();
    }
  });
}

type ReportJob = (report: JobReport) => void;

async function scan(
  context: ServiceContext,
  input: MethodInput<'scan.start'>,
  profile: ScanProfile,
  signal: AbortSignal,
  report: ReportJob,
): Promise<void> {
  report({ phase: 'waitingForScanner' });
  const device = await findScanner(context);
  const order: ScanOrder = { input, profile, scanner: describePageScanner(context, device, profile) };
  const target = openTarget(context, order);
  const intake = openIntake(context, order, target, report);
  try {
    for await (const event of context.scanner.scan({ deviceId: device.deviceId, profile, signal })) {
      switch (event.type) {
        case 'pageStarted':
          report({ phase: 'scanning', done: intake.stored(), total: null });
          break;
        case 'page':
          requireRoom(context.desk().blobs);
          checkCapture(event.page, profile);
          await intake.take(event.page);
          break;
        case 'stopped':
          // Pages that had arrived stay; the officer reads why no more came.
          await intake.settle();
          throw new AppError(signal.aborted ? 'request.cancelled' : event.code, { pages: intake.stored() });
        case 'progress':
        case 'finished':
          break;
      }
    }
    await intake.settle();
  } finally {
    // Whatever ended the scan: the paper of what is on its way is through.
    await intake.settle().catch(() => undefined);
    target.close();
    publishAttention(context, input.attentionId);
  }
  if (intake.stored() === 0 && !signal.aborted) throw new AppError('scanner.noDocuments');
}

type Intake = Readonly<{
  /**
   * A page has arrived: it is kept as it is, and whatever happens it is there when this resolves; meanwhile it is optimised,
   * and goes into the draft after those before it. Rejects when one of these could not.
   */
  take(page: RawPage): Promise<void>;
  /** When all that was taken is in the draft. */
  settle(): Promise<void>;
  /** Pages in the draft. */
  stored(): number;
}>;

/** The next sheet moves when the one before it is safe, not when it is in the draft: a feeder does not wait for the program. */
function openIntake(context: ServiceContext, order: ScanOrder, target: ScanTarget, report: ReportJob): Intake {
  const { spool } = context.desk();
  let stored = 0;
  let last = Promise.resolve();
  let beforeLast = last;

  async function putInDraft(
    arrived: ArrivedPage,
    pieces: Promise<readonly FinishedPiece[]>,
    previous: Promise<void>,
  ): Promise<void> {
    try {
      const finished = await pieces;
      await previous.catch(() => undefined);
      await target.add(finished, arrived.pageId);
      stored += finished.length;
    } finally {
      await spool.remove(arrived);
    }
    report({ phase: 'scanning', done: stored });
    publishAttention(context, order.input.attentionId);
  }

  return {
    async take(page) {
      const pieces = finishPieces(context, order, page);
      // Whoever waits for its place in the draft is told.
      pieces.catch(() => undefined);
      // The spool has room for two.
      await beforeLast;
      const arrived: ArrivedPage = { pageId: randomUUID(), order, page };
      await spool.put(arrived);
      report({ phase: 'optimizing', done: stored });
      beforeLast = last;
      last = putInDraft(arrived, pieces, last);
      last.catch(() => undefined);
    },
    async settle() {
      await beforeLast;
      await last;
    },
    stored: () => stored,
  };
}

/** Puts the pages that had arrived when the program was ended into their draft, if that is still open. At each opening. */
export async function takeInArrivedPages(context: ServiceContext): Promise<void> {
  const { spool, store } = context.desk();
  try {
    const pages = await spool.list();
    const [first] = pages;
    if (first === undefined) return;
    const { attentionId } = first.order.input;
    const isOpen = store.findAttention(attentionId)?.closedAt === null;
    const wanted = isOpen ? pages.filter(({ pageId }) => store.findPage(pageId) === null) : [];
    if (wanted.length === 0) return;
    const target = openTarget(context, first.order, store.findScanProgress());
    for (const { pageId, order, page } of wanted) await target.add(await finishPieces(context, order, page), pageId);
    target.close();
    context.log.info('scan.arrivedPages', { attentionId, pages: wanted.length });
  } finally {
    await spool.clear();
  }
}

async function finishPieces(
  context: ServiceContext,
  order: ScanOrder,
  page: RawPage,
): Promise<readonly FinishedPiece[]> {
  const finished: FinishedPiece[] = [];
  for (const { page: raw, operation } of piecesOf(context, order, page)) {
    const optimized = await context.imaging.optimize(raw, order.profile);
    const operations = operation === null ? optimized.operations : [operation, ...optimized.operations];
    finished.push({ raw, optimized: { ...optimized, operations } });
  }
  return finished;
}

/** Several pieces on the glass are several pages. What replaces one page is one, however it lies. */
function piecesOf(context: ServiceContext, { input, profile }: ScanOrder, page: RawPage): readonly Piece[] {
  const isCut = profile.source === 'flatbed' && profile.image.crop && input.target.kind !== 'replacePage';
  return isCut ? context.imaging.findPieces(page) : [{ page, operation: null }];
}
