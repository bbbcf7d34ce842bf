import { parentPort, workerData } from 'node:worker_threads';
import type { DocumentVerification } from './document-verification.ts';
import { createDocumentVerifier } from './sources.ts';
import type { VerificationSources } from './sources.ts';

export type VerificationJob = Readonly<{ document: Uint8Array; detached: Uint8Array | null }>;
export type VerificationAnswer = Readonly<{ verification: DocumentVerification }>;

const verify = createDocumentVerifier(workerData as VerificationSources);

parentPort?.on('message', (job: VerificationJob) => {
  void verify(job.document, job.detached).then((verification) => {
    parentPort?.postMessage({ verification } satisfies VerificationAnswer);
  });
});
