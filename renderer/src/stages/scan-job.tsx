import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { MethodInput } from '../../../core/contract/methods.ts';
import type { JobProgress } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { ErrorNotice, JobNotice } from '../components/notices.tsx';
import { t } from '../i18n/i18n.ts';
import { putAttention, putJob, useJob, useScanProfiles } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import type { Action } from '../state/use-action.ts';
import { useView } from '../state/view-store.ts';
import { useAttentionWork } from './attention-context.tsx';

export type ScanTarget = MethodInput<'scan.start'>['target'];
export type Scanning = Readonly<{
  job: JobProgress | null;
  isRunning: boolean;
  start: Action<[ScanTarget]>;
  stop: () => void;
  profileId: string;
  chooseProfile: (profileId: string) => void;
}>;

// The profile stays chosen from one stage and one citizen to the next: an office scans alike all morning.
let lastProfileId = '';

/** The scanner's job in this attention: pages come as events while it runs. */
export function useScanning(): Scanning {
  const bridge = useBridge();
  const client = useQueryClient();
  const { attention } = useAttentionWork();
  const profiles = useScanProfiles();
  const { jobs, noteJob } = useView();
  const job = useJob(jobs.scan ?? null);
  const [chosenId, setChosenId] = useState(lastProfileId);
  const profileId = profiles.find(({ id }) => id === chosenId)?.id ?? profiles[0]?.id ?? '';
  const { attentionId } = attention;
  const start = useAction(async (target: ScanTarget) => {
    const { jobId } = await bridge.call('scan.start', { attentionId, profileId, target });
    noteJob('scan', jobId);
    // Known before this ends: the scan is never taken for ended before its first news.
    const progress = await bridge.call('jobs.get', { jobId }).catch(() => null);
    if (progress !== null) putJob(client, progress);
  });
  const isRunning = start.isRunning || job?.state === 'running';

  // A page is never missing because its event was: at the end the attention is read again.
  const wasRunning = useRef(false);
  useEffect(() => {
    const hasEnded = wasRunning.current && !isRunning;
    wasRunning.current = isRunning;
    if (hasEnded)
      void bridge.call('attention.get', { attentionId }).then(
        (fresh) => putAttention(client, fresh),
        () => {},
      );
  }, [isRunning, bridge, client, attentionId]);

  return {
    job,
    isRunning,
    start,
    stop: () => (job === null ? undefined : void bridge.call('jobs.cancel', { jobId: job.jobId }).catch(() => {})),
    profileId,
    chooseProfile: (id) => {
      lastProfileId = id;
      setChosenId(id);
    },
  };
}

export function ScanNotice({ scanning }: Readonly<{ scanning: Scanning }>) {
  return (
    <>
      <ErrorNotice error={scanning.start.error} />
      <JobNotice job={scanning.job} onCancel={scanning.stop} cancelLabel={t('papers.stop')} />
    </>
  );
}
