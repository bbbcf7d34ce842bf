import { parentPort, workerData } from 'node:worker_threads';
import type { DocumentVerification } from './document-verification.ts';
import { createWebNetwork } from './revocation-sources.ts';
import { createDocumentVerifier } from './sources.ts';
import type { TrustListState, VerificationSources } from './sources.ts';

export type VerificationJob = Readonly<{ document: Uint8Array; detached: Uint8Array | null }>;
export type VerificationAnswer = Readonly<{
  verification: DocumentVerification;
  trustLists: readonly TrustListState[];
}>;

const sources = workerData as VerificationSources;
const verifier = createDocumentVerifier(sources, sources.isOnline ? createWebNetwork() : null);

parentPort?.on('message', (job: VerificationJob) => {
  void verifier.verify(job.document, job.detached).then((verification) => {
    parentPort?.postMessage({ verification, trustLists: verifier.trustLists } satisfies VerificationAnswer);
  });
});
