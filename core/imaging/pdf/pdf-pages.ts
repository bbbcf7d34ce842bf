import { Worker } from 'node:worker_threads';
import { AppError } from '../../contract/errors.ts';
import type { FilePages } from '../../services/ports/imaging.ts';
import type { PdfAnswer, PdfPageJob, PdfWorkerData } from './pdf-worker.ts';

/** What one file may cost. */
export type PdfLimits = Readonly<{
  /** For opening it, and then for each page. */
  milliseconds: number;
  /** Of PDFium, the file included. */
  memoryMegabytes: number;
  mostPixels: number;
}>;

/** A3 at 600 dots per inch has 70 million pixels, four bytes each while they are drawn. */
export const defaultPdfLimits: PdfLimits = { milliseconds: 60_000, memoryMegabytes: 1024, mostPixels: 72_000_000 };

/**
 * Opens a PDF in a thread of its own, which ends with `close`, with the first limit that is reached, and whenever the file breaks
 * PDFium.
 * @throws AppError `document.encrypted`, `file.notComparable`, `request.cancelled`; reading a page, `file.pageNotDrawn`
 * @param workerUrl the bundled worker
 */
export async function openPdfPages(
  content: Uint8Array,
  { limits = defaultPdfLimits, workerUrl }: Readonly<{ limits?: PdfLimits; workerUrl?: URL }> = {},
  signal?: AbortSignal,
): Promise<FilePages> {
  const isCancelled = (): boolean => signal?.aborted === true;
  if (isCancelled()) throw new AppError('request.cancelled');
  const { memoryMegabytes, mostPixels, milliseconds } = limits;
  const worker = new Worker(workerUrl ?? new URL('./pdf-worker.ts', import.meta.url), {
    name: 'pdf',
    workerData: { content, memoryMegabytes, mostPixels } satisfies PdfWorkerData,
    resourceLimits: { maxOldGenerationSizeMb: 128 },
  });
  let hasEnded = false;
  worker.on('error', () => undefined);
  worker.on('exit', () => (hasEnded = true));
  const close = async (): Promise<void> => void (await worker.terminate());

  /** Null: the thread ended before it answered. */
  const next = (job: PdfPageJob | null): Promise<PdfAnswer | null> =>
    new Promise((resolve) => {
      if (hasEnded) {
        resolve(null);
        return;
      }
      const stop = (): void => void worker.terminate();
      const settle = (answer: PdfAnswer | null): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        worker.off('message', settle).off('exit', onExit);
        resolve(answer);
      };
      const onExit = (): void => settle(null);
      const timer = setTimeout(stop, milliseconds);
      signal?.addEventListener('abort', stop, { once: true });
      worker.on('message', settle).on('exit', onExit);
      if (job !== null) worker.postMessage(job);
    });

  const opened = await next(null);
  if (opened?.kind !== 'opened') {
    await close();
    if (isCancelled()) throw new AppError('request.cancelled');
    const isEncrypted = opened?.kind === 'refused' && opened.reason === 'encrypted';
    throw new AppError(isEncrypted ? 'document.encrypted' : 'file.notComparable');
  }
  return {
    count: opened.pageCount,
    async read(index, paper) {
      const answer = await next({ index, paper });
      if (isCancelled()) throw new AppError('request.cancelled');
      if (answer?.kind !== 'page' || answer.image === null)
        throw new AppError('file.pageNotDrawn', { page: index + 1 });
      return answer.image;
    },
    close,
  };
}
