import { useState } from 'react';
import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import controls from '../components/controls.module.css';
import { Facts } from '../components/facts.tsx';
import { TextField } from '../components/fields.tsx';
import { ErrorNotice, JobNotice, Notice } from '../components/notices.tsx';
import { formatDateTime } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';
import { useJob } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import { useView } from '../state/view-store.ts';

/** How old the last copy is, and another one now; what a desk that came back got and lacks. */
export function BackupDiagnosis({ status }: Readonly<{ status: DeskStatus }>) {
  const { backup } = status;
  const schedule =
    backup.everyHours === null ? t('backup.byHand') : t('backup.everyHours', { count: backup.everyHours });
  return (
    <>
      <Facts
        rows={[
          [t('backup.last'), backup.lastAt === null ? t('desk.never') : formatDateTime(backup.lastAt)],
          ...(backup.folder === null ? [] : [[t('backup.lastFolder'), backup.folder] as const]),
          [t('backup.schedule'), schedule],
        ]}
      />
      {status.session.state === 'signedIn' ? (
        <BackupForm folder={backup.folder ?? ''} />
      ) : (
        <p className={controls['hint']}>{t('backup.signIn')}</p>
      )}
      {status.recovery === null ? null : <RecoveryFacts recovery={status.recovery} />}
    </>
  );
}

function BackupForm({ folder }: Readonly<{ folder: string }>) {
  const bridge = useBridge();
  const [target, setTarget] = useState(folder);
  const noteJob = useView((view) => view.noteJob);
  const job = useJob(useView((view) => view.jobs.backup ?? null));
  const start = useAction(async () => noteJob('backup', (await bridge.call('desk.backUp', { folder: target })).jobId));
  const cancel = useAction((jobId: string) => bridge.call('jobs.cancel', { jobId }));
  const isRunning = job?.state === 'running';
  return (
    <form
      className={controls['dialogBody']}
      onSubmit={(event) => {
        event.preventDefault();
        if (target !== '') void start.run();
      }}
    >
      <TextField label={t('backup.folder')} value={target} onChange={setTarget} hint={t('backup.folderHint')} />
      <ErrorNotice error={start.error} />
      <JobNotice job={job} onCancel={job === null ? undefined : () => void cancel.run(job.jobId)} />
      {job?.state === 'completed' ? (
        <Notice kind="fine">
          <p role="status">{t('backup.done')}</p>
        </Notice>
      ) : null}
      <div className={controls['buttonRow']}>
        <Button type="submit" isPending={isRunning || start.isRunning}>
          {t('backup.button')}
        </Button>
      </div>
    </form>
  );
}

function RecoveryFacts({ recovery }: Readonly<{ recovery: NonNullable<DeskStatus['recovery']> }>) {
  const { cause, copiedAt, entriesAt, finishedAt, lostNumberExamples: examples } = recovery;
  const date = copiedAt === null ? '' : formatDateTime(copiedAt);
  const more = recovery.lostNumbers > examples.length ? '…' : '';
  const lostNumbers = recovery.lostNumbers === 0 ? '0' : `${recovery.lostNumbers}: ${examples.join(', ')}${more}`;
  return (
    <section aria-label={t('recovery.title')}>
      <p>{t(`recovery.cause.${cause}`, { date })}</p>
      {entriesAt === null ? (
        <Notice kind="warn">
          <p>{t('recovery.entriesPending')}</p>
        </Notice>
      ) : null}
      {entriesAt !== null && finishedAt === null ? <p>{t('recovery.filesPending')}</p> : null}
      <Facts
        rows={[
          [t('recovery.records'), recovery.records],
          [t('recovery.events'), recovery.events],
          [t('recovery.files'), recovery.files],
          [t('recovery.lostFiles'), recovery.lostFiles],
          [t('recovery.lostNumbers'), lostNumbers],
        ]}
      />
      {recovery.lostNumbers + recovery.lostFiles > 0 ? (
        <p className={controls['hint']}>{t('recovery.lostHint')}</p>
      ) : null}
    </section>
  );
}
