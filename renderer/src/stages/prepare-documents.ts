import { useEffect, useRef } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { AttentionView } from '../../../core/contract/schemas/attention.ts';
import type { JobProgress } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { followJob } from '../state/follow-job.ts';
import { putAttention, useJob } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import type { Action } from '../state/use-action.ts';
import { useView } from '../state/view-store.ts';
import { useAttentionWork } from './attention-context.tsx';

/** True when every PDF of a step is made: the consent lists the others, and is signed with them. */
export function isPrepared(
  attention: Pick<AttentionView, 'documents' | 'form'>,
  step: 'consent' | 'signature',
): boolean {
  const documents = attention.documents.filter((document) => step === 'signature' || document.role !== 'consent');
  const hasApplication = documents.some((document) => document.role === 'application');
  return (
    hasApplication && documents.every((document) => document.preparedDigest !== null || document.signedDigest !== null)
  );
}

export type Preparation = Readonly<{
  action: Action<[]>;
  job: JobProgress | null;
  isReady: boolean;
  cancel: () => void;
}>;

/** Makes the PDFs of a step; those of the signature on arrival, when they are not made yet. */
export function usePreparation(step: 'consent' | 'signature'): Preparation {
  const bridge = useBridge();
  const client = useQueryClient();
  const { attention } = useAttentionWork();
  const { attentionId } = attention;
  const { jobs, noteJob } = useView();
  const job = useJob(jobs.prepare ?? null);
  const isReady = isPrepared(attention, step);
  const action = useAction(async () => {
    const { jobId } = await bridge.call('documents.prepare', { attentionId });
    noteJob('prepare', jobId);
    await followJob(bridge, jobId);
    putAttention(client, await bridge.call('attention.get', { attentionId }));
  });
  const hasBegun = useRef(false);
  const { run } = action;
  useEffect(() => {
    if (step === 'consent' || isReady || hasBegun.current) return;
    hasBegun.current = true;
    void run();
  }, [step, isReady, run]);
  return {
    action,
    job: job?.state === 'running' ? job : null,
    isReady,
    cancel: () => (job === null ? undefined : void bridge.call('jobs.cancel', { jobId: job.jobId }).catch(() => {})),
  };
}
