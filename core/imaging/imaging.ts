import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { AppError, fromErrorMessage } from '../contract/errors.ts';
import type { SheetMeasurement } from '../contract/schemas/qualification.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import type { ImagingPort } from '../services/ports/imaging.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { encodeGlass } from './codecs.ts';
import type { OptimizedPageWithLegibility } from './optimize-page.ts';
import type { PageAnswer, PageJob, PageWork } from './page-worker.ts';
import { openPdfPages } from './pdf/pdf-pages.ts';
import { findPieces } from './pieces.ts';
import { openImagePages } from './raw-page-from-image.ts';
import { checkRawPage } from './raw-page.ts';

export type ImagingOptions = Readonly<{
  /** Pages at the same time; by default one less than there are processors. */
  workers?: number;
  /** The bundled worker; from sources it is page-worker.ts beside this file. */
  workerUrl?: URL;
  /** The bundled pdf-worker.ts. */
  pdfWorkerUrl?: URL;
}>;

/** The port, with the measured sharpness of each page. */
export type Imaging = Readonly<{
  optimize(page: RawPage, profile: ScanProfile, signal?: AbortSignal): Promise<OptimizedPageWithLegibility>;
  measureSheet(page: RawPage, askedDpi: number, signal?: AbortSignal): Promise<SheetMeasurement | null>;
  findPieces: ImagingPort['findPieces'];
  showGlass: ImagingPort['showGlass'];
  openFile: ImagingPort['openFile'];
  compareFilePage: ImagingPort['compareFilePage'];
  close: ImagingPort['close'];
}>;

type Waiting = Readonly<{
  page: RawPage;
  work: PageWork;
  cancelled: Int32Array<SharedArrayBuffer>;
  settle: (answer: PageAnswer) => void;
}>;

/** `samples`: where the page that the lane works on stands; the next page's come into the same memory. */
type Lane = { worker: Worker; job: Waiting | null; samples: SharedArrayBuffer };

/** A3 in colour at 300 dots per inch is 52 MB: the memory of what is larger is not kept. */
const mostKeptBytes = 64 * 1024 * 1024;

/**
 * Starts a pool of worker threads that optimise pages in the order in which they were asked for. Workers start with the
 * first page that needs them. A page's samples are copied when its turn comes: the caller keeps its page.
 */
export function createImaging(options: ImagingOptions = {}): Imaging {
  const most = Math.max(1, options.workers ?? availableParallelism() - 1);
  const { pdfWorkerUrl } = options;
  const workerUrl = options.workerUrl ?? new URL('./page-worker.ts', import.meta.url);
  const lanes: Lane[] = [];
  const queue: Waiting[] = [];
  let isClosed = false;

  const startLane = (): Lane => {
    const worker = new Worker(workerUrl, { name: 'imaging' });
    const lane: Lane = { worker, job: null, samples: new SharedArrayBuffer(0) };
    lanes.push(lane);
    worker.on('message', (answer: PageAnswer) => {
      finish(lane, answer);
      advance();
    });
    // 'error' is followed by 'exit'; a worker that ends for whatever reason leaves the pool, the next page starts another.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      lanes.splice(lanes.indexOf(lane), 1);
      const { job } = lane;
      if (job !== null) finish(lane, { error: failed(job.page) });
      advance();
    });
    return lane;
  };

  const finish = (lane: Lane, answer: PageAnswer): void => {
    const { job } = lane;
    lane.job = null;
    if (lane.samples.byteLength > mostKeptBytes) lane.samples = new SharedArrayBuffer(0);
    lane.worker.unref();
    job?.settle(answer);
  };

  const advance = (): void => {
    while (!isClosed && queue.length > 0) {
      const lane = lanes.find((candidate) => candidate.job === null) ?? (lanes.length < most ? startLane() : null);
      const next = lane === null ? undefined : queue.shift();
      if (lane === null || next === undefined) return;
      lane.job = next;
      lane.worker.ref();
      const { samples, ...page } = next.page;
      if (lane.samples.byteLength < samples.byteLength) lane.samples = new SharedArrayBuffer(samples.byteLength);
      const copied = new Uint8Array(lane.samples, 0, samples.byteLength);
      copied.set(samples);
      const message: PageJob = { page: { ...page, samples: copied }, work: next.work, cancelled: next.cancelled };
      lane.worker.postMessage(message);
    }
  };

  const ask = (page: RawPage, work: PageWork, signal: AbortSignal | undefined): Promise<PageAnswer> =>
    new Promise((resolve, reject) => {
      checkRawPage(page);
      if (isClosed || signal?.aborted === true) throw new AppError('request.cancelled');
      const cancelled = new Int32Array(new SharedArrayBuffer(4));
      const onAbort = (): void => {
        Atomics.store(cancelled, 0, 1);
        const index = queue.indexOf(job);
        if (index >= 0) queue.splice(index, 1);
        job.settle({ error: { ...failed(page), code: 'request.cancelled' } });
      };
      const job: Waiting = {
        page,
        work,
        cancelled,
        settle(answer) {
          signal?.removeEventListener('abort', onAbort);
          if ('error' in answer) reject(fromErrorMessage(answer.error));
          else resolve(answer);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      queue.push(job);
      advance();
    });

  return {
    findPieces,
    showGlass: ({ samples: data, widthPixels: width, heightPixels: height, colorMode }) =>
      encodeGlass({ data, width, height, channels: colorMode === 'color' ? 3 : 1 }),
    async optimize(page, profile, signal) {
      const answer = await ask(page, { kind: 'optimize', profile }, signal);
      if (!('page' in answer)) throw new AppError('image.failed', { sequence: page.sequence });
      return answer.page;
    },
    async measureSheet(page, askedDpi, signal) {
      const answer = await ask(page, { kind: 'measureSheet', askedDpi }, signal);
      if (!('measurement' in answer)) throw new AppError('image.failed', { sequence: page.sequence });
      return answer.measurement;
    },
    async openFile(bytes, mediaType, signal) {
      if (mediaType === 'application/pdf')
        return openPdfPages(bytes, pdfWorkerUrl === undefined ? {} : { workerUrl: pdfWorkerUrl }, signal);
      if (mediaType?.startsWith('image/') !== true) throw new AppError('file.notComparable');
      return openImagePages(bytes);
    },
    async compareFilePage({ page, ...image }, request, signal) {
      const answer = await ask(page, { kind: 'compareFile', image, request }, signal);
      if (!('filePage' in answer)) throw new AppError('image.failed', { sequence: page.sequence });
      return answer.filePage;
    },
    async close() {
      isClosed = true;
      for (const job of queue.splice(0)) job.settle({ error: { ...failed(job.page), code: 'request.cancelled' } });
      const running = [...lanes];
      for (const lane of running) {
        if (lane.job === null) continue;
        Atomics.store(lane.job.cancelled, 0, 1);
        finish(lane, { error: { ...failed(lane.job.page), code: 'request.cancelled' } });
      }
      await Promise.all(running.map((lane) => lane.worker.terminate()));
    },
  };
}

function failed(page: RawPage): Extract<PageAnswer, { error: unknown }>['error'] {
  const { code, details, supportNumber } = new AppError('image.failed', { sequence: page.sequence });
  return { code, details, supportNumber };
}
