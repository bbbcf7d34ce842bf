import type { RecordDocument, RecordView } from '../../../core/contract/schemas/record.ts';
import type { DocumentVerification } from '../../../core/contract/schemas/verification.ts';
import { FileFacts } from '../components/file-facts.tsx';
import { VerdictLine } from '../components/verdict-line.tsx';
import { VerificationButton } from '../components/verification-dialog.tsx';
import styles from '../components/verification.module.css';
import { formatDateTime } from '../format/format.ts';
import { isWaiting } from '../format/verification.ts';
import { t } from '../i18n/i18n.ts';

/** A signature that failed when it was asked again after the registration must not be missed. */
export function LaterFailures({ view }: Readonly<{ view: RecordView }>) {
  const failed = view.record.documents.filter(({ documentId, verification }) => {
    return verification?.verdict !== 'failed' && view.verifications[documentId]?.verdict === 'failed';
  });
  return failed.map(({ documentId, title }) => (
    <div key={documentId} role="alert" className={styles['later']}>
      <p className={styles['name']}>{t('recordVerification.prominent', { title })}</p>
      <p>{t('recordVerification.nowFailed')}</p>
    </div>
  ));
}

type BroughtStateProps = Readonly<{ document: RecordDocument; newest: DocumentVerification | undefined }>;

/** How a brought document's signatures were found when it was registered, and the last time that they were asked. */
export function BroughtState({ document: { title, file, verification }, newest }: BroughtStateProps) {
  if (file === null || verification === null) return null;
  const later = newest !== undefined && newest.verifiedAt !== verification.verifiedAt ? newest : null;
  return (
    <div className={styles['list']}>
      <p className={styles['soft']}>{file.name}</p>
      <FileFacts file={file} signatureName={file.signature?.name ?? null} />
      <div>
        <p className={styles['soft']}>{t('recordVerification.atRegistration')}</p>
        <VerdictLine verification={verification} isPast />
      </div>
      {later === null ? null : (
        <div>
          <p className={styles['soft']}>{t('recordVerification.later', { time: formatDateTime(later.verifiedAt) })}</p>
          <VerdictLine verification={later} isPast />
        </div>
      )}
      {isWaiting(later ?? verification) ? <p>{t('recordVerification.pending')}</p> : null}
      <div>
        <VerificationButton title={title} verification={later ?? verification} />
      </div>
    </div>
  );
}
