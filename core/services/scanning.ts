import { randomUUID } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import { publishAttention, readOpenContents } from './attention-view.ts';
import type { ServiceContext } from './context.ts';
import { diskStateOf, requireRoom } from './disk-room.ts';
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
  // What waits since the scan before is the paper that lay on top of this one.
  if ((await takeInArrivedPages(context)) > 0) publishAttention(context, input.attentionId);
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
          checkCapture(event.page, profile);
          await intake.take(event.page);
          if (isFirstOfTwo(event.page, profile)) break;
          intake.requireAllIn();
          // What is kept free is for the pages that have come; the next sheet stays in the feeder.
          if (diskStateOf(context.desk().blobs) === 'full') {
            await intake.settle();
            throw new AppError('scanner.diskFull');
          }
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

/** Of a sheet that is read from both sides the other one has gone through too, and nothing else will bring it. */
function isFirstOfTwo({ sequence }: RawPage, { source }: ScanProfile): boolean {
  return source === 'feederDuplex' && sequence % 2 === 1;
}

type Intake = Readonly<{
  /**
   * A page has arrived: it is kept as it is, and whatever happens it is there when this resolves; meanwhile it is optimised,
   * and goes into the draft after those before it. Rejects when it could be kept nowhere.
   */
  take(page: RawPage): Promise<void>;
  /** Throws what has kept a page out of the draft so far. */
  requireAllIn(): void;
  /** When all that was taken is in the draft; rejects when some of it waits in the spool for `takeInArrivedPages`. */
  settle(): Promise<void>;
  /** Pages in the draft. */
  stored(): number;
}>;

/** The next sheet moves when the one before it is safe, not when it is in the draft: a feeder does not wait for the program. */
function openIntake(context: ServiceContext, order: ScanOrder, target: ScanTarget, report: ReportJob): Intake {
  const { spool } = context.desk();
  const failures: unknown[] = [];
  let stored = 0;
  let isHeld = false;
  let last = Promise.resolve(true);
  let beforeLast = last;

  /** Whether it went in. In the order of the paper: behind a page that waits in the spool, this one waits there too. */
  async function putInDraft(
    arrived: ArrivedPage,
    pieces: Promise<readonly FinishedPiece[]>,
    previous: Promise<boolean>,
  ): Promise<boolean> {
    await previous;
    if (isHeld) return false;
    try {
      const finished = await pieces;
      await target.add(finished, arrived.pageId);
      stored += finished.length;
      await spool.remove(arrived);
      report({ phase: 'scanning', done: stored });
      publishAttention(context, order.input.attentionId);
      return true;
    } catch (error) {
      failures.push(hasCode(error, 'desk.diskFull') ? new AppError('scanner.diskFull', {}, { cause: error }) : error);
      if (hasNoImage(error)) await spool.remove(arrived).catch(() => undefined);
      else isHeld = true;
      return false;
    }
  }

  function requireAllIn(): void {
    if (failures.length > 0) throw failures[0];
  }

  return {
    async take(page) {
      const arrived: ArrivedPage = { pageId: randomUUID(), order, page };
      const pieces = finishPieces(context, order, page);
      // Whoever waits for its place in the draft is told.
      pieces.catch(() => undefined);
      const before = beforeLast;
      const inDraft = putInDraft(arrived, pieces, last);
      [beforeLast, last] = [last, inDraft];
      await spool.put(arrived).catch(async (error: unknown) => {
        // A disk without room for the page as it came may have some for what is made of it.
        if (!(await inDraft)) throw error;
      });
      report({ phase: 'optimizing', done: stored });
      // The spool has room for three, and for the other side of a sheet behind one that failed.
      await before;
    },
    requireAllIn,
    async settle() {
      await last;
      requireAllIn();
    },
    stored: () => stored,
  };
}

/**
 * Puts the pages that arrived and are in no draft yet into theirs, if that is still open: those of a program that was ended,
 * and those that a full disk kept out. At each opening, and before each scan, which needs their place in the spool. Returns
 * how many. Rejects where they cannot go in: with a failing disk (`desk.diskFull`, `desk.storeDamaged`) they wait on.
 */
export async function takeInArrivedPages(context: ServiceContext): Promise<number> {
  const { spool, store } = context.desk();
  let taken = 0;
  try {
    const pages = await spool.list();
    const [first] = pages;
    if (first === undefined) return taken;
    const { attentionId } = first.order.input;
    const isOpen = store.findAttention(attentionId)?.closedAt === null;
    const wanted = isOpen ? pages.filter(({ pageId }) => store.findPage(pageId) === null) : [];
    if (wanted.length > 0) {
      const target = openTarget(context, first.order, store.findScanProgress());
      for (const { pageId, order, page } of wanted) {
        try {
          await target.add(await finishPieces(context, order, page), pageId);
          taken += 1;
        } catch (error) {
          passWithoutImage(error);
          context.log.error('scan.arrivedPage', error);
        }
      }
      target.close();
      context.log.info('scan.arrivedPages', { attentionId, pages: taken });
    }
  } catch (error) {
    // Anything else would keep them out the next time too, and every other scan with them.
    if (!hasCode(error, 'desk.diskFull') && !hasCode(error, 'desk.storeDamaged')) await spool.clear();
    throw error;
  }
  await spool.clear();
  return taken;
}

/** A page of which no copy can be made, however often it is tried: its place stays empty, and those behind it pass. */
function hasNoImage(error: unknown): boolean {
  return hasCode(error, 'image.failed');
}

function passWithoutImage(error: unknown): void {
  if (!hasNoImage(error)) throw error;
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof AppError && error.code === code;
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
