import type { AttentionView, DocumentView } from '../../../core/contract/schemas/attention.ts';
import { verdictIcons, verdictLooks } from '../components/verdict-line.tsx';
import verifications from '../components/verification.module.css';
import { personName } from '../format/person-name.ts';
import { codes, t } from '../i18n/i18n.ts';
import styles from './attention.module.css';

/** What will be signed and registered, growing under the officer's eyes. */
export function ManifestPanel({ attention }: Readonly<{ attention: AttentionView }>) {
  const documents = attention.documents.filter((document) => document.role !== 'consent');
  const name = personName(attention.form.presenter);
  const pages = documents.reduce((sum, document) => sum + (document.pageCount ?? 0), 0);
  const isTypedRoute = attention.form.route === 'officer' || attention.form.route === 'citizenCard';
  const isTyped = isTypedRoute && !documents.some((document) => document.role === 'application');
  const heading = attention.recordId === null ? t('attention.manifest') : t('attention.manifestDone');
  const isEmpty = documents.length === 0 && !isTyped && name === '';
  return (
    <aside className={styles['manifest']} aria-label={heading}>
      <h2>{heading}</h2>
      {isEmpty ? <p className={styles['soft']}>{t('attention.manifestEmpty')}</p> : null}
      {name === '' ? null : (
        <p className={styles['pair']}>
          <span className={styles['soft']}>{t('attention.forWhom')}</span>
          <span>{name}</span>
        </p>
      )}
      {attention.form.summary === '' ? null : (
        <p className={styles['pair']}>
          <span className={styles['soft']}>{t('application.summary')}</span>
          <span>{attention.form.summary}</span>
        </p>
      )}
      <ul className={styles['manifestList']}>
        {isTyped ? (
          <li className={styles['manifestItem']}>
            <span>{t('attention.typedApplication')}</span>
          </li>
        ) : null}
        {documents.map((document) => (
          <ManifestItem key={document.documentId} document={document} />
        ))}
        {attention.form.route === 'officer' && attention.consent !== null ? (
          <li className={styles['manifestItem']}>
            <span className={styles['full']}>
              {attention.consent.isScanned && !attention.consent.isOutdated
                ? `${t('attention.consentReady')} ✓`
                : t('attention.consentPending')}
            </span>
          </li>
        ) : null}
      </ul>
      {pages === 0 ? null : (
        <p>
          {t('common.documents', { count: documents.length })} · {t('common.pages', { count: pages })}
        </p>
      )}
    </aside>
  );
}

function ManifestItem({ document }: Readonly<{ document: DocumentView }>) {
  const confirmed = document.pages.filter((page) => page.collation === 'confirmed').length;
  const isMade = document.preparedDigest !== null || document.signedDigest !== null;
  const isReady =
    document.origin === 'typed'
      ? isMade
      : document.origin === 'scanned' && document.pages.length > 0 && confirmed === document.pages.length;
  const state =
    document.elaborationState === null
      ? t('attention.noNature')
      : `${document.elaborationState} ${codes.elaborationState[document.elaborationState]}`;
  return (
    <li className={styles['manifestItem']}>
      <span>{document.title}</span>
      <span>
        {document.pageCount === null || document.pageCount === 0
          ? ''
          : t('common.pagesShort', { count: document.pageCount })}
      </span>
      <span className={`${styles['soft'] ?? ''} ${styles['full'] ?? ''}`}>
        {state}
        {isReady ? ' ✓' : ''}
      </span>
      {document.origin === 'brought' ? (
        <span className={`${styles['soft'] ?? ''} ${styles['full'] ?? ''}`}>{t('brought.notSignedAgain')}</span>
      ) : null}
      {document.verification === null ? null : (
        <span className={styles['full']}>
          <span className={verifications[verdictLooks[document.verification.verdict]]} aria-hidden="true">
            {verdictIcons[document.verification.verdict]}
          </span>{' '}
          {t(`verdict.short.${document.verification.verdict}`)}
        </span>
      )}
    </li>
  );
}
