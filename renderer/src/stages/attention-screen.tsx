import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { AttentionView } from '../../../core/contract/schemas/attention.ts';
import type { DeskStatus, JobProgress } from '../../../core/contract/schemas/desk.ts';
import { ErrorNotice } from '../components/notices.tsx';
import { t } from '../i18n/i18n.ts';
import { keys, useAttention } from '../state/queries.ts';
import { toAppError } from '../state/to-app-error.ts';
import { useView } from '../state/view-store.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { ApplicationStage } from './application-stage.tsx';
import { AttentionProvider, useMakeAttentionWork } from './attention-context.tsx';
import styles from './attention.module.css';
import { CollationStage } from './collation-stage.tsx';
import { ConsentStage } from './consent-stage.tsx';
import { DeliveryStage } from './delivery-stage.tsx';
import { ManifestPanel } from './manifest-panel.tsx';
import { PapersStage } from './papers-stage.tsx';
import { PersonStage } from './person-stage.tsx';
import { SignatureStage } from './signature-stage.tsx';
import { StageList } from './stage-list.tsx';

/** One citizen's attention: stages on the left, the work, and what will be registered on the right. */
export function AttentionScreen({ attentionId, status }: Readonly<{ attentionId: string; status: DeskStatus }>) {
  const attention = useAttention(attentionId);
  const client = useQueryClient();
  if (attention === undefined) {
    const { error } = client.getQueryState(keys.attention(attentionId)) ?? { error: null };
    return (
      <main className={styles['body']}>
        {error === null ? <p role="status">{t('common.loading')}</p> : <ErrorNotice error={toAppError(error)} />}
      </main>
    );
  }
  return <AttentionInWork attention={attention} status={status} />;
}

function AttentionInWork({ attention, status }: Readonly<{ attention: AttentionView; status: DeskStatus }>) {
  const work = useMakeAttentionWork(attention, status);
  useShortcuts({ Escape: work.back });
  useForgetEndedJobs(attention.stage);
  return (
    <AttentionProvider value={work}>
      <div className={styles['attention']}>
        <StageList />
        <StageWork key={attention.stage} attention={attention} />
        <ManifestPanel attention={attention} />
      </div>
    </AttentionProvider>
  );
}

// How a job ended is told in its stage; in the next one it would be old news. A screen that was only locked meanwhile still
// tells it.
function useForgetEndedJobs(stage: AttentionView['stage']): void {
  const client = useQueryClient();
  const shown = useRef<AttentionView['stage'] | null>(null);
  useEffect(() => {
    if (shown.current === stage) return;
    shown.current = stage;
    const { jobs, forgetJob } = useView.getState();
    for (const kind of ['scan', 'prepare', 'signAndRegister', 'citizenSign'] as const) {
      const jobId = jobs[kind];
      if (jobId !== undefined && client.getQueryData<JobProgress>(keys.job(jobId))?.state !== 'running')
        forgetJob(kind);
    }
  }, [stage, client]);
}

function StageWork({ attention }: Readonly<{ attention: AttentionView }>) {
  switch (attention.stage) {
    case 'person':
      return <PersonStage />;
    case 'application':
      return <ApplicationStage />;
    case 'papers':
      return <PapersStage />;
    case 'collation':
      return <CollationStage />;
    case 'consent':
      return <ConsentStage />;
    case 'signature':
      return <SignatureStage />;
    case 'delivery':
      return <DeliveryStage />;
  }
}
