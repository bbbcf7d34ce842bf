import { parentPort, workerData } from 'node:worker_threads';
import type { FileExamination } from '../admission/examination.ts';
import { examineFile } from '../admission/examine-file.ts';
import type { DocumentVerification } from './document-verification.ts';
import { createWebNetwork } from './revocation-sources.ts';
import type { RevocationData } from './revocation-sources.ts';
import { createDocumentVerifier } from './sources.ts';
import type { TrustListState, VerificationCircumstances, VerificationSources } from './sources.ts';

export type VerificationJob =
  | Readonly<{
      kind: 'verify';
      document: Uint8Array;
      detached: Uint8Array | null;
      circumstances: Omit<VerificationCircumstances, 'onFetched'>;
    }>
  | Readonly<{ kind: 'examine'; document: Uint8Array; name: string }>;

export type VerificationAnswer =
  | Readonly<{
      kind: 'verified';
      verification: DocumentVerification;
      fetched: RevocationData;
      trustLists: readonly TrustListState[];
    }>
  | Readonly<{ kind: 'examined'; examination: FileExamination }>;

const sources = workerData as VerificationSources;
const verifier = createDocumentVerifier(sources, sources.isOnline ? createWebNetwork() : null);

parentPort?.on('message', (job: VerificationJob) => {
  void answer(job).then((message) => parentPort?.postMessage(message));
});

async function answer(job: VerificationJob): Promise<VerificationAnswer> {
  if (job.kind === 'examine') return { kind: 'examined', examination: examineFile(job.document, job.name) };
  let fetched: RevocationData = { ocsps: [], crls: [] };
  const verification = await verifier.verify(job.document, job.detached, {
    ...job.circumstances,
    onFetched: (answers) => (fetched = answers),
  });
  return { kind: 'verified', verification, fetched, trustLists: verifier.trustLists };
}
