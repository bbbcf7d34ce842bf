import { useQueryClient } from '@tanstack/react-query';
import type { DocumentRole, DocumentView } from '../../../core/contract/schemas/attention.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { optionsOf, SelectField } from '../components/fields.tsx';
import { FileFacts } from '../components/file-facts.tsx';
import { FileView, isShowable } from '../components/file-view.tsx';
import { ErrorNotice } from '../components/notices.tsx';
import { VerdictLine } from '../components/verdict-line.tsx';
import { VerificationButton } from '../components/verification-dialog.tsx';
import verifications from '../components/verification.module.css';
import { isWaiting } from '../format/verification.ts';
import { codes, t } from '../i18n/i18n.ts';
import { putAttention } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import { useAttentionWork } from './attention-context.tsx';
import { DocumentActions, documentTypeOptions, TitleField, useDocumentUpdate } from './document-fields.tsx';
import type { DocumentChange } from './document-fields.tsx';
import styles from './papers.module.css';

type BroughtGroupProps = Readonly<{
  document: DocumentView;
  number: number;
  count: number;
  isShown: boolean;
  run: DocumentChange;
  onShow: () => void;
  onRemoved: () => void;
}>;

/** A document as the person brought it: its name here, what it is, and what its signatures are worth. */
export function BroughtGroup({ document, number, count, isShown, run, onShow, onRemoved }: BroughtGroupProps) {
  const bridge = useBridge();
  const client = useQueryClient();
  const { form } = useAttentionWork();
  const update = useDocumentUpdate(document, run);
  const { documentId, title, file, verification } = document;
  // Not in the order of the other changes: it may take half a minute, and nobody waits for it.
  const again = useAction(async () => putAttention(client, await bridge.call('documents.verifyAgain', { documentId })));
  const roleOptions = optionsOf(codes.documentRole)
    .filter(({ value }) => value !== 'consent')
    .map((option) => ({
      ...option,
      isDisabled: option.value === 'application' && form.route !== 'broughtSigned' && document.role !== 'application',
    }));
  return (
    <div
      role="group"
      aria-label={t('papers.document', { number, title })}
      className={styles['document']}
      data-path={documentId}
      data-brought={file?.sha256}
    >
      <div className={styles['documentFields']}>
        <TitleField key={documentId} title={title} onCommit={(changed) => update({ title: changed })} />
        <SelectField<DocumentRole>
          label={t('papers.role')}
          value={document.role}
          options={roleOptions}
          onChange={(role) => update({ role })}
        />
        <SelectField
          label={t('papers.type')}
          value={document.documentType}
          options={documentTypeOptions(document.documentType)}
          onChange={(documentType) => update({ documentType })}
        />
      </div>
      {verification === null ? null : <VerdictLine verification={verification} />}
      <div className={styles['pagesRow']}>
        <div className={styles['broughtFacts']}>
          {file === null ? null : (
            <>
              <p className={verifications['soft']}>{file.name}</p>
              <FileFacts file={file} signatureName={file.signature?.name ?? null} />
            </>
          )}
          <p className={verifications['soft']}>{t('brought.notPaper')}</p>
          <div className={styles['actions']}>
            {file !== null && isShowable(file.mediaType) ? (
              <Button isSmall onPress={onShow} isDisabled={isShown}>
                {t('brought.show', { title })}
              </Button>
            ) : null}
            {verification === null ? null : <VerificationButton title={title} verification={verification} />}
            {verification !== null && isWaiting(verification) ? (
              <Button isSmall onPress={() => void again.run()} isPending={again.isRunning}>
                {t('brought.verifyAgain')}
              </Button>
            ) : null}
          </div>
          {again.isRunning ? <p role="status">{t('brought.verifying', { name: title })}</p> : null}
          <ErrorNotice error={again.error} />
        </div>
        <DocumentActions document={document} number={number} count={count} run={run} onRemoved={onRemoved} />
      </div>
    </div>
  );
}

/** The file itself, where this window can show it; others are only named. */
export function BroughtPreview({ document: { title, file } }: Readonly<{ document: DocumentView }>) {
  const label = t('brought.view', { title });
  return (
    <section className={styles['broughtPreview']} aria-label={label} tabIndex={0}>
      <FileView title={title} file={file} />
    </section>
  );
}
