import { parentPort } from 'node:worker_threads';
import { AppError, toErrorMessage } from '../contract/errors.ts';
import type { ErrorMessage } from '../contract/errors.ts';
import type { SheetMeasurement } from '../contract/schemas/qualification.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import type { FilePage, FilePageImage, FilePageRequest } from '../services/ports/imaging.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { compareFilePage } from './file-comparison.ts';
import type { Kernels } from './kernels/kernels.ts';
import { openKernels } from './kernels/kernels.ts';
import type { OptimizedPageWithLegibility } from './optimize-page.ts';
import { optimizePage } from './optimize-page.ts';
import { measureTestSheet } from './qualification.ts';

/** What is wanted of a page: its copy, the figures of the scanner's test sheet, or whether it is the paper that was scanned. */
export type PageWork =
  | Readonly<{ kind: 'optimize'; profile: ScanProfile }>
  | Readonly<{ kind: 'measureSheet'; askedDpi: number }>
  | Readonly<{ kind: 'compareFile'; image: Omit<FilePageImage, 'page'>; request: FilePageRequest }>;
/** `cancelled[0]` becomes 1 when nobody waits for the page any more. */
export type PageJob = Readonly<{ page: RawPage; work: PageWork; cancelled: Int32Array<SharedArrayBuffer> }>;
export type PageAnswer =
  | Readonly<{ page: OptimizedPageWithLegibility }>
  | Readonly<{ filePage: FilePage }>
  | Readonly<{ measurement: SheetMeasurement | null }>
  | Readonly<{ error: ErrorMessage }>;

/** After a page as large as this the kernels' memory is given back: wasm memory never shrinks. */
const mostKeptBytes = 256 * 1024 * 1024;

let kernels: Kernels | null = null;

async function answer(job: PageJob): Promise<PageAnswer> {
  const { work } = job;
  try {
    if (work.kind === 'measureSheet') return { measurement: await measureTestSheet(job.page, work.askedDpi) };
    kernels ??= openKernels();
    if (work.kind === 'compareFile') {
      return { filePage: await compareFilePage(kernels, { page: job.page, ...work.image }, work.request) };
    }
    const page = await optimizePage(kernels, job.page, work.profile, () => {
      if (Atomics.load(job.cancelled, 0) === 1) throw new AppError('request.cancelled');
    });
    return { page };
  } catch (error) {
    if (error instanceof AppError) return { error: toErrorMessage(error) };
    // A trap may have left the kernels' memory in any state.
    kernels = null;
    return { error: toErrorMessage(new AppError('image.failed', { sequence: job.page.sequence }, { cause: error })) };
  } finally {
    if (kernels !== null && kernels.size() > mostKeptBytes) kernels = null;
  }
}

function buffersOf(reply: PageAnswer): ArrayBuffer[] {
  if (!('page' in reply)) return [];
  const { copy, capturePng, copyPreview, capturePreview, thumbnail } = reply.page;
  const buffers = [copy.data, capturePng, copyPreview, capturePreview, thumbnail].map((bytes) => bytes.buffer);
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}

parentPort?.on('message', (job: PageJob) => {
  void answer(job).then((reply) => parentPort?.postMessage(reply, buffersOf(reply)));
});
