// The legacy build brings what engines older than this year's lack: a counter's Electron or Chromium may be one of them.
import type { PDFDocumentProxy } from 'pdfjs-dist';
import { getDocument, GlobalWorkerOptions } from 'pdfjs-dist/legacy/build/pdf.mjs';
import workerAddress from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url';

// Trusted Types refuse a plain string as a worker's address: the one that the build wrote goes through a policy.
type ScriptPolicy = Readonly<{ createScriptURL(address: string): URL }>;
type TrustedTypes = Readonly<{
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): ScriptPolicy;
}>;

function makeWorker(): Worker {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('ventanilla-pdf-worker', {
    createScriptURL: (address) => {
      if (address !== workerAddress) throw new TypeError('not the worker');
      return address;
    },
  });
  return new Worker(policy === undefined ? workerAddress : policy.createScriptURL(workerAddress), { type: 'module' });
}

let worker: Worker | null = null;

/** Opens a PDF from its bytes. No eval, no wasm, no fetch: the content policy allows none. */
export function openPdf(bytes: Uint8Array): { document: Promise<PDFDocumentProxy>; close: () => void } {
  worker ??= makeWorker();
  GlobalWorkerOptions.workerPort = worker;
  const task = getDocument({
    data: bytes,
    useWasm: false,
    useWorkerFetch: false,
    isOffscreenCanvasSupported: true,
    enableXfa: false,
  });
  return { document: task.promise, close: () => void task.destroy() };
}
