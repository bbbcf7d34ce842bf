import { Worker } from 'node:worker_threads';
import { summarize } from './document-verification.ts';
import type { DocumentVerification } from './document-verification.ts';
import { recognizeFormat } from './format.ts';
import { defaultLimits } from './limits.ts';
import type { VerificationLimits } from './limits.ts';
import type { FileExamination } from '../admission/examination.ts';
import type { RevocationData } from './revocation-sources.ts';
import type { TrustListState, VerificationCircumstances, VerificationSources } from './sources.ts';
import type { VerificationAnswer, VerificationJob } from './verification-worker.ts';

export type VerifierOptions = Readonly<{
  sources: VerificationSources;
  limits?: VerificationLimits;
  /** The bundled worker; from sources it is verification-worker.ts beside this file. */
  workerUrl?: URL;
}>;

export type VerifiedDocument = Readonly<{ verification: DocumentVerification; fetched: RevocationData }>;

/** Verifies documents one after the other in a thread of its own. */
export type Verifier = Readonly<{
  /** Always answers: what reaches a limit or breaks the thread is `indeterminate` with the reason `limitReached`. */
  verify(document: Uint8Array, detached?: Uint8Array | null): Promise<DocumentVerification>;
  /** The same, under its own circumstances and with the answers that the network gave. */
  verifyUnder(
    document: Uint8Array,
    detached: Uint8Array | null,
    circumstances: Omit<VerificationCircumstances, 'onFetched'>,
  ): Promise<VerifiedDocument>;
  /** Type and dangers of a file; null when the thread had to be stopped. */
  examine(document: Uint8Array, name: string): Promise<FileExamination | null>;
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

  // Null: the thread ended before it answered.
  const ask = (running: Worker, job: VerificationJob): Promise<VerificationAnswer | null> =>
    new Promise((resolve) => {
      const memoryLimit = process.memoryUsage.rss() + limits.memoryMegabytes * megabyte;
      const settle = (answer: VerificationAnswer | null): void => {
        clearTimeout(timer);
        clearInterval(watch);
        running.off('message', onMessage).off('exit', onExit);
        running.unref();
        resolve(answer);
      };
      const onMessage = (answer: VerificationAnswer): void => {
        if (answer.kind === 'verified') ({ trustLists } = answer);
        settle(answer);
      };
      const onExit = (): void => {
        settle(null);
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

  /** In turn; null for what could not be finished. */
  function enqueue(job: VerificationJob): Promise<VerificationAnswer | null> {
    const answer = last.then(() => {
      if (isClosed || job.document.byteLength > limits.fileMegabytes * megabyte) return null;
      worker ??= start();
      return ask(worker, job);
    });
    last = answer;
    return answer;
  }

  async function verifyUnder(
    document: Uint8Array,
    detached: Uint8Array | null,
    circumstances: Omit<VerificationCircumstances, 'onFetched'>,
  ): Promise<VerifiedDocument> {
    const answer = await enqueue({ kind: 'verify', document, detached, circumstances });
    return answer?.kind === 'verified'
      ? { verification: answer.verification, fetched: answer.fetched }
      : { verification: stopped(document), fetched: { ocsps: [], crls: [] } };
  }

  return {
    async verify(document, detached = null) {
      const { verification } = await verifyUnder(document, detached, {});
      return verification;
    },
    verifyUnder,
    async examine(document, name) {
      const answer = await enqueue({ kind: 'examine', document, name });
      return answer?.kind === 'examined' ? answer.examination : null;
    },
    trustLists: () => trustLists,
    async close() {
      isClosed = true;
      await worker?.terminate();
    },
  };
}
