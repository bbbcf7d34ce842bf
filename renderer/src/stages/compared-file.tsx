import { useQueryClient } from '@tanstack/react-query';
import type { ComparedFile, DocumentView } from '../../../core/contract/schemas/attention.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { FilePicker } from '../components/file-picker.tsx';
import { ErrorNotice, JobNotice, Notice } from '../components/notices.tsx';
import { t } from '../i18n/i18n.ts';
import { stageFile } from '../state/file-checks.ts';
import { putJob, useJob } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import { useView } from '../state/view-store.ts';
import type { DocumentChange } from './document-fields.tsx';
import styles from './papers.module.css';

/** The second flow of art. 71.3: the person brings a file and its paper. */
export function CompareWithFile({ document: { documentId, title } }: Readonly<{ document: DocumentView }>) {
  const bridge = useBridge();
  const client = useQueryClient();
  const { jobs, noteJob } = useView();
  const job = useJob(jobs.compare ?? null);
  const compare = useAction(async (file: File) => {
    const { digest } = await stageFile(bridge, file);
    const { jobId } = await bridge.call('documents.compareFile', { documentId, digest });
    noteJob('compare', jobId);
    putJob(client, await bridge.call('jobs.get', { jobId }));
  });
  const own = job?.subject === documentId ? job : null;
  if (compare.isRunning) return <p role="status">{t('papers.compare.reading')}</p>;
  return (
    <div>
      <ErrorNotice error={compare.error} />
      <JobNotice job={own} onCancel={() => void bridge.call('jobs.cancel', { jobId: own?.jobId ?? '' })} />
      {job?.state === 'running' ? null : (
        <FilePicker
          isSingle
          isSmall
          label={t('papers.compare.action')}
          spokenLabel={t('papers.compare.actionOf', { title })}
          onFiles={([file]) => (file === undefined ? undefined : void compare.run(file))}
        />
      )}
    </div>
  );
}

type ComparedFileProps = Readonly<{ document: DocumentView; run: DocumentChange }>;

/** Whether the file or the scan is the copy, why, and the choice between them. */
export function ComparedFileNotice({ document: { documentId, comparedFile }, run }: ComparedFileProps) {
  const bridge = useBridge();
  if (comparedFile === null) return null;
  const { isCopy, obstacles } = comparedFile;
  const choose = (copy: 'file' | 'scan') => run(() => bridge.call('documents.chooseCopy', { documentId, copy }));
  return (
    <Notice kind={obstacles.length === 0 ? 'fine' : 'warn'}>
      <p>{sentenceOf(comparedFile)}</p>
      {obstacles.length > 0 ? null : (
        <div className={styles['choice']}>
          <Button isSmall isDisabled={isCopy} onPress={() => choose('file')}>
            {t('papers.compare.authenticate')}
          </Button>
          <Button isSmall isDisabled={!isCopy} onPress={() => choose('scan')}>
            {t('papers.compare.keepScan')}
          </Button>
        </div>
      )}
    </Notice>
  );
}

function sentenceOf({ name, isCopy, obstacles }: ComparedFile): string {
  if (isCopy) return t('papers.compare.isCopy', { name });
  if (obstacles.length === 0) return t('papers.compare.isScan', { name });
  const reasons = obstacles.map(({ kind, page, dpi, profileDpi }) =>
    t(`papers.compare.obstacle.${kind}`, { page, dpi, profileDpi }),
  );
  return t('papers.compare.mayNot', { name, reasons: reasons.join('; ') });
}
