import { Worker } from 'node:worker_threads';
import type { PdfVerification } from '../../core/documents/signing/verification-model.ts';
import type { CentreContext } from '../context.ts';
import { findPublished } from '../reference/published-names.ts';

/** Null: the file could not be verified now. */
export type SignatureState = PdfVerification | null;

export type SignatureVerifier = Readonly<{ verify(sha256: string): Promise<SignatureState> }>;

const timeLimitMs = 20_000;
const memoryLimitMegabytes = 512;
const freshMs = 60_000;
const mostRemembered = 200;
const mostAtOnce = 2;

/** Verifies stored PDFs against the published trust anchors, a few at a time, each answer good for a minute. */
export function createSignatureVerifier(context: CentreContext, workerUrl: URL): SignatureVerifier {
  const remembered = new Map<string, { at: number; state: Promise<SignatureState> }>();
  const waiting: (() => void)[] = [];
  let running = 0;

  async function inTurn(work: () => Promise<SignatureState>): Promise<SignatureState> {
    if (running >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  }

  async function verifyNow(sha256: string): Promise<SignatureState> {
    const pdf = await context.blobs.read(sha256);
    if (pdf === null) return null;
    const anchors = (await findPublished(context))?.data.trustAnchors ?? [];
    const trustAnchors = anchors.flatMap(readPem);
    try {
      return await runWorker(workerUrl, { pdf, trustAnchors, at: context.now() });
    } catch (error) {
      context.log.error('verification.failed', error, { sha256 });
      return null;
    }
  }

  return {
    verify(sha256) {
      const at = context.now().getTime();
      const known = remembered.get(sha256);
      if (known !== undefined && at - known.at < freshMs) return known.state;
      const state = inTurn(() => verifyNow(sha256));
      remembered.delete(sha256);
      remembered.set(sha256, { at, state });
      if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value ?? '');
      return state;
    },
  };
}

type Task = Readonly<{ pdf: Uint8Array; trustAnchors: readonly Uint8Array[]; at: Date }>;

async function runWorker(workerUrl: URL, task: Task): Promise<PdfVerification> {
  const worker = new Worker(workerUrl, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: memoryLimitMegabytes },
  });
  try {
    return await new Promise<PdfVerification>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('time limit')), timeLimitMs);
      worker.once('message', (verification: PdfVerification) => {
        clearTimeout(timer);
        resolve(verification);
      });
      worker.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      worker.once('exit', () => {
        clearTimeout(timer);
        reject(new Error('ended without an answer'));
      });
    });
  } finally {
    await worker.terminate();
  }
}

/** Certificates of a PEM text, as DER. */
function readPem(text: string): readonly Uint8Array[] {
  const blocks = text.matchAll(/-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/gu);
  return [...blocks].map(([, base64]) => Buffer.from(base64 ?? '', 'base64'));
}
