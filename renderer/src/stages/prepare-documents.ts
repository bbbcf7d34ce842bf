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

/** True when every PDF that will be signed is made. */
export function isPrepared(attention: Pick<AttentionView, 'documents' | 'form'>): boolean {
  const documents = attention.documents.filter((document) => document.role !== 'consent');
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

/** Makes the PDFs; with `isAutomatic`, on arrival when they are not made yet. */
export function usePreparation(isAutomatic: boolean): Preparation {
  const bridge = useBridge();
  const client = useQueryClient();
  const { attention } = useAttentionWork();
  const { attentionId } = attention;
  const { jobs, noteJob } = useView();
  const job = useJob(jobs.prepare ?? null);
  const isReady = isPrepared(attention);
  const action = useAction(async () => {
    const { jobId } = await bridge.call('documents.prepare', { attentionId });
    noteJob('prepare', jobId);
    await followJob(bridge, jobId);
    putAttention(client, await bridge.call('attention.get', { attentionId }));
  });
  const hasBegun = useRef(false);
  const { run } = action;
  useEffect(() => {
    if (!isAutomatic || isReady || hasBegun.current) return;
    hasBegun.current = true;
    void run();
  }, [isAutomatic, isReady, run]);
  return {
    action,
    job: job?.state === 'running' ? job : null,
    isReady,
    cancel: () => (job === null ? undefined : void bridge.call('jobs.cancel', { jobId: job.jobId }).catch(() => {})),
  };
}
