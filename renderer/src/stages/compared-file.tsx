import { useState } from 'react';
import type { ComparedFile, DocumentView } from '../../../core/contract/schemas/attention.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { FilePicker } from '../components/file-picker.tsx';
import { Notice } from '../components/notices.tsx';
import { t } from '../i18n/i18n.ts';
import { stageFile } from '../state/file-checks.ts';
import type { DocumentChange } from './document-fields.tsx';
import styles from './papers.module.css';

type ComparedFileProps = Readonly<{ document: DocumentView; run: DocumentChange }>;

/** The second flow of art. 71.3: the person brings a file and its paper. */
export function CompareWithFile({ document: { documentId, title }, run }: ComparedFileProps) {
  const bridge = useBridge();
  const [isRunning, setIsRunning] = useState(false);
  const compare = async (file: File) => {
    setIsRunning(true);
    try {
      const { digest } = await stageFile(bridge, file);
      return await bridge.call('documents.compareFile', { documentId, digest });
    } finally {
      setIsRunning(false);
    }
  };
  if (isRunning) return <p role="status">{t('papers.compare.running')}</p>;
  return (
    <div>
      <FilePicker
        isSingle
        isSmall
        label={t('papers.compare.action')}
        spokenLabel={t('papers.compare.actionOf', { title })}
        onFiles={([file]) => (file === undefined ? undefined : run(() => compare(file)))}
      />
    </div>
  );
}

/** Whether the file or the scan is the copy, why, and the choice between them. */
export function ComparedFileNotice({ document: { documentId, comparedFile }, run }: ComparedFileProps) {
  const bridge = useBridge();
  if (comparedFile === null) return null;
  const { isCopy, obstacles } = comparedFile;
  const choose = (copy: 'file' | 'scan') => run(() => bridge.call('documents.chooseCopy', { documentId, copy }));
  return (
    <Notice kind={obstacles.length === 0 ? 'fine' : 'warn'}>
      <p>{sentenceOf(comparedFile)}</p>
      <div className={styles['choice']}>
        <Button isSmall isDisabled={isCopy || obstacles.length > 0} onPress={() => choose('file')}>
          {t('papers.compare.authenticate')}
        </Button>
        <Button isSmall isDisabled={!isCopy} onPress={() => choose('scan')}>
          {t('papers.compare.keepScan')}
        </Button>
      </div>
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
