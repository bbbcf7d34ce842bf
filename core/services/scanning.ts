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
  let stored = 0;
  for await (const event of context.scanner.scan({ deviceId: device.deviceId, profile, signal })) {
    switch (event.type) {
      case 'pageStarted':
        report({ phase: 'scanning', done: stored, total: null });
        break;
      case 'page': {
        requireRoom(context.desk().blobs);
        checkCapture(event.page, profile);
        const onSafe = () => report({ phase: 'optimizing', done: stored });
        stored += await takeIn(context, order, target, event.page, onSafe);
        report({ phase: 'scanning', done: stored });
        publishAttention(context, input.attentionId);
        break;
      }
      case 'stopped':
        // Pages that had arrived stay; the officer reads why no more came.
        target.close();
        publishAttention(context, input.attentionId);
        throw new AppError(signal.aborted ? 'request.cancelled' : event.code, { pages: stored });
      case 'progress':
      case 'finished':
        break;
    }
  }
  target.close();
  publishAttention(context, input.attentionId);
  if (stored === 0 && !signal.aborted) throw new AppError('scanner.noDocuments');
}

/**
 * A page has arrived: kept as it is, optimised, put into the draft. Also when the scan is cancelled meanwhile: its paper is
 * through. `onSafe`: from now on it is there whatever happens. Returns how many pages it came to.
 */
async function takeIn(
  context: ServiceContext,
  order: ScanOrder,
  target: ScanTarget,
  page: RawPage,
  onSafe: () => void,
): Promise<number> {
  const { spool } = context.desk();
  const arrived: ArrivedPage = { pageId: randomUUID(), order, progress: target.progress(), page };
  try {
    const [pieces] = await Promise.all([finishPieces(context, order, page), spool.put(arrived).then(onSafe)]);
    await target.add(pieces, arrived.pageId);
    return pieces.length;
  } finally {
    await spool.clear();
  }
}

/** Puts a page that had arrived when the program was ended into its draft, if that is still open. At each opening. */
export async function takeInArrivedPage(context: ServiceContext): Promise<void> {
  const { spool, store } = context.desk();
  const arrived = await spool.get();
  if (arrived === null) return;
  const { pageId, order, progress, page } = arrived;
  try {
    const { attentionId } = order.input;
    const isWanted = store.findPage(pageId) === null && store.findAttention(attentionId)?.closedAt === null;
    if (!isWanted) return;
    const target = openTarget(context, order, progress);
    await target.add(await finishPieces(context, order, page), pageId);
    target.close();
    context.log.info('scan.arrivedPage', { attentionId });
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
