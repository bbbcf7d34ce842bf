import { useState } from 'react';
import { Button as PlainButton } from 'react-aria-components/Button';
import type { Manifest } from '../../../core/contract/methods.ts';
import { BlobImage } from '../components/blob-image.tsx';
import { Button } from '../components/button.tsx';
import { ModalDialog } from '../components/dialogs.tsx';
import { FileView } from '../components/file-view.tsx';
import { PdfView } from '../components/pdf-view.tsx';
import tables from '../components/tables.module.css';
import { verdictIcons, verdictLooks } from '../components/verdict-line.tsx';
import verifications from '../components/verification.module.css';
import { shortDigest } from '../format/format.ts';
import { codes, t } from '../i18n/i18n.ts';
import { useAttentionWork } from './attention-context.tsx';
import styles from './signing.module.css';

/** What is signed is what is here: the digest of all of it goes with the PIN. */
export function ManifestTable({ manifest }: Readonly<{ manifest: Manifest }>) {
  const { attention } = useAttentionWork();
  const [shown, setShown] = useState<string | null>(null);
  const [viewed, setViewed] = useState<string | null>(null);
  const digestText = ({ documentId, sha256 }: Manifest['documents'][number]) =>
    shown === documentId ? sha256 : shortDigest(sha256);
  const document = attention.documents.find(({ documentId }) => documentId === viewed);
  const digest = document?.signedDigest ?? document?.preparedDigest ?? document?.file?.sha256 ?? null;
  const broughtFile = (documentId: string) =>
    attention.documents.find((known) => known.documentId === documentId)?.file ?? null;
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
              <td>
                {document.thumbnail === null ? (
                  <span className={styles['noThumb']}>{extensionOf(document.fileName)}</span>
                ) : (
                  <BlobImage digest={document.thumbnail} alt="" className={styles['thumb']} />
                )}
              </td>
              <td>
                <PlainButton
                  className={tables['link'] ?? ''}
                  aria-label={t('records.view', { title: document.title })}
                  onPress={() => setViewed(document.documentId)}
                >
                  {document.title}
                </PlainButton>
                <br />
                <span className={tables['soft']}>
                  {codes.documentRole[document.role]} · {document.fileName} · {document.elaborationState}{' '}
                  {codes.elaborationState[document.elaborationState]}
                  {broughtFile(document.documentId) !== null
                    ? ` · ${t('brought.notSignedAgain')}`
                    : document.alreadySigned
                      ? ` · ${t('signature.alreadySigned')}`
                      : ''}
                </span>
                {document.verdict === null ? null : (
                  <p>
                    <span className={verifications[verdictLooks[document.verdict]]}>
                      <span aria-hidden="true">{verdictIcons[document.verdict]}</span>{' '}
                      {t(`verdict.short.${document.verdict}`)}
                    </span>
                  </p>
                )}
              </td>
              <td>{document.pageCount}</td>
              <td>
                <PlainButton
                  className={`${tables['link'] ?? ''} ${styles['digest'] ?? ''}`}
                  aria-label={`${digestText(document)}. ${t('signature.showDigest', { title: document.title })}`}
                  aria-expanded={shown === document.documentId}
                  onPress={() => setShown(shown === document.documentId ? null : document.documentId)}
                >
                  {digestText(document)}
                </PlainButton>
              </td>
            </tr>
          ))}
          {manifest.attestation === 'none' ? null : (
            <tr>
              <td>
                <span className={styles['noThumb']}>PDF</span>
              </td>
              <td colSpan={3}>
                {t('signature.attestation')}
                <br />
                <span className={tables['soft']}>
                  {manifest.attestation === 'signed' ? t('signature.alreadySigned') : t('signature.attestationToSign')}
                </span>
              </td>
            </tr>
          )}
        </tbody>
      </table>
      {document === undefined || digest === null ? null : (
        <ModalDialog title={document.title} isOpen isWide onClose={() => setViewed(null)}>
          {document.file === null ? (
            <PdfView digest={digest} title={document.title} />
          ) : (
            <FileView title={document.title} file={document.file} />
          )}
          <div>
            <Button shortcut="Esc" onPress={() => setViewed(null)}>
              {t('common.close')}
            </Button>
          </div>
        </ModalDialog>
      )}
    </>
  );
}

/** What stands where no picture is: `PDF`, `XML`. */
function extensionOf(fileName: string): string {
  return (/\.(?<extension>[^.]{1,5})$/u.exec(fileName)?.groups?.['extension'] ?? '').toUpperCase();
}
