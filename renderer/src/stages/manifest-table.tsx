import { useState } from 'react';
import { Button as PlainButton } from 'react-aria-components/Button';
import type { Manifest } from '../../../core/contract/methods.ts';
import { BlobImage } from '../components/blob-image.tsx';
import tables from '../components/tables.module.css';
import { shortDigest } from '../format/format.ts';
import { codes, t } from '../i18n/i18n.ts';
import styles from './signing.module.css';

/** What is signed is what is here: the digest of all of it goes with the PIN. */
export function ManifestTable({ manifest }: Readonly<{ manifest: Manifest }>) {
  const [shown, setShown] = useState<string | null>(null);
  return (
    <>
      <dl className={styles['facts']}>
        <div>
          <dt>{t('signature.signer')}</dt>
          <dd>{manifest.signerName}</dd>
        </div>
        <div>
          <dt>{t('signature.citizen')}</dt>
          <dd>
            {manifest.citizenName} · {manifest.citizenIdentifier}
          </dd>
        </div>
        <div>
          <dt>{t('application.route')}</dt>
          <dd>
            {codes.route[manifest.route]}
            {manifest.consentId === null ? '' : ` · ${t('signature.consent')}`}
          </dd>
        </div>
      </dl>
      <table className={tables['table']} aria-label={t('signature.table')}>
        <thead>
          <tr>
            <td />
            <th scope="col">{t('signature.document')}</th>
            <th scope="col">{t('signature.pages')}</th>
            <th scope="col">{t('signature.digest')}</th>
          </tr>
        </thead>
        <tbody>
          {manifest.documents.map((document) => (
            <tr key={document.documentId}>
              <td>{document.thumbnail === null ? <span className={styles['noThumb']}>PDF</span> : <BlobImage digest={document.thumbnail} alt="" className={styles['thumb']} />}</td>
              <td>
                {document.title}
                <br />
                <span className={tables['soft']}>
                  {codes.documentRole[document.role]} · {document.fileName} · {document.elaborationState} {codes.elaborationState[document.elaborationState]}
                  {document.alreadySigned ? ` · ${t('signature.alreadySigned')}` : ''}
                </span>
              </td>
              <td>{document.pageCount}</td>
              <td>
                <PlainButton
                  className={`${tables['link'] ?? ''} ${styles['digest'] ?? ''}`}
                  aria-label={t('signature.showDigest', { title: document.title })}
                  aria-expanded={shown === document.documentId}
                  onPress={() => setShown(shown === document.documentId ? null : document.documentId)}
                >
                  {shown === document.documentId ? document.sha256 : shortDigest(document.sha256)}
                </PlainButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
