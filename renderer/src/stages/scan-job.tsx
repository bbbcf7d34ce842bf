import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { DocumentView } from '../../../core/contract/schemas/attention.ts';
import type { MethodInput } from '../../../core/contract/methods.ts';
import type { JobProgress } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { ErrorNotice, JobNotice, Notice } from '../components/notices.tsx';
import { errorSentence, t } from '../i18n/i18n.ts';
import { putAttention, putJob, useJob, useRefusedProfiles, useScanProfiles } from '../state/queries.ts';
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
  /** The one that the officer chose, or else the one for that type of document; empty where there is none. */
  profileFor: (documentType: string) => string;
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
  const profileFor = (documentType: string): string =>
    (
      profiles.find(({ id }) => id === chosenId) ??
      profiles.find(({ documentTypes }) => documentTypes.includes(documentType)) ??
      profiles[0]
    )?.id ?? '';
  const { attentionId } = attention;
  const start = useAction(async (target: ScanTarget) => {
    const profileId = profileFor(documentTypeOf(target, attention.documents));
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
    profileFor,
    chooseProfile: (id) => {
      lastProfileId = id;
      setChosenId(id);
    },
  };
}

/** ENI type that what is scanned there has, or will have until the officer says another. */
export function documentTypeOf(target: ScanTarget, documents: readonly DocumentView[]): string {
  switch (target.kind) {
    case 'newDocument':
      return { application: 'TD14', annex: 'TD99', consent: 'TD05' }[target.role];
    case 'document':
      return documents.find(({ documentId }) => documentId === target.documentId)?.documentType ?? '';
    case 'replacePage':
      return documents.find(({ pages }) => pages.some(({ pageId }) => pageId === target.pageId))?.documentType ?? '';
  }
}

export function ScanNotice({ scanning }: Readonly<{ scanning: Scanning }>) {
  const refused = useRefusedProfiles();
  return (
    <>
      {refused === 0 ? null : (
        <Notice kind="warn">
          <p>{t('papers.profilesRefused', { count: refused })}</p>
        </Notice>
      )}
      <ErrorNotice error={scanning.start.error} />
      <JobNotice job={scanning.job} onCancel={scanning.stop} cancelLabel={t('papers.stop')} />
      {scanning.job?.state === 'cancelled' ? (
        <Notice kind="warn">
          <p role="status">{errorSentence({ code: 'scanner.cancelled', details: {} })}</p>
        </Notice>
      ) : null}
    </>
  );
}
