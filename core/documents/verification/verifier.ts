import { Worker } from 'node:worker_threads';
import { summarize } from './document-verification.ts';
import type { DocumentVerification } from './document-verification.ts';
import { recognizeFormat } from './format.ts';
import { defaultLimits } from './limits.ts';
import type { VerificationLimits } from './limits.ts';
import type { TrustListState, VerificationSources } from './sources.ts';
import type { VerificationAnswer, VerificationJob } from './verification-worker.ts';

export type VerifierOptions = Readonly<{
  sources: VerificationSources;
  limits?: VerificationLimits;
  /** The bundled worker; from sources it is verification-worker.ts beside this file. */
  workerUrl?: URL;
}>;

/** Verifies documents one after the other in a thread of its own. */
export type Verifier = Readonly<{
  /** Always answers: what reaches a limit or breaks the thread is `indeterminate` with the reason `limitReached`. */
  verify(document: Uint8Array, detached?: Uint8Array | null): Promise<DocumentVerification>;
  /** What became of the trust lists; known after the first document. */
  trustLists(): readonly TrustListState[];
  close(): Promise<void>;
}>;

const memoryWatchMilliseconds = 100;
const megabyte = 1024 * 1024;

// Tells the format even of what could not be verified: its first bytes are enough.
function stopped(document: Uint8Array): DocumentVerification {
  return summarize(recognizeFormat(document).format, [], ['limitReached']);
}

/** Starts the thread with the first document; one that had to be stopped is replaced by the next. */
export function createVerifier(options: VerifierOptions): Verifier {
  const limits = options.limits ?? defaultLimits;
  const workerUrl = options.workerUrl ?? new URL('./verification-worker.ts', import.meta.url);
  let worker: Worker | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let trustLists: readonly TrustListState[] = [];

  const start = (): Worker => {
    const started = new Worker(workerUrl, {
      name: 'verification',
      workerData: options.sources,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMegabytes },
    });
    started.on('error', () => undefined);
    started.on('exit', () => {
      if (worker === started) worker = null;
    });
    return started;
  };

  const ask = (running: Worker, job: VerificationJob): Promise<DocumentVerification> =>
    new Promise((resolve) => {
      const memoryLimit = process.memoryUsage.rss() + limits.memoryMegabytes * megabyte;
      const settle = (answer: DocumentVerification): void => {
        clearTimeout(timer);
        clearInterval(watch);
        running.off('message', onMessage).off('exit', onExit);
        running.unref();
        resolve(answer);
      };
      const onMessage = (answer: VerificationAnswer): void => {
        ({ trustLists } = answer);
        settle(answer.verification);
      };
      const onExit = (): void => {
        settle(stopped(job.document));
      };
      const stop = (): void => {
        void running.terminate();
      };
      const timer = setTimeout(stop, limits.milliseconds);
      const watch = setInterval(() => {
        if (process.memoryUsage.rss() > memoryLimit) stop();
      }, memoryWatchMilliseconds);
      running.ref();
      running.on('message', onMessage).on('exit', onExit);
      running.postMessage(job);
    });

  return {
    verify(document, detached = null) {
      const answer = last.then(() => {
        if (isClosed || document.byteLength > limits.fileMegabytes * megabyte) return stopped(document);
        worker ??= start();
        return ask(worker, { document, detached });
      });
      last = answer;
      return answer;
    },
    trustLists: () => trustLists,
    async close() {
      isClosed = true;
      await worker?.terminate();
    },
  };
}
