import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button as PlainButton } from 'react-aria-components/Button';
import type { Refusal } from '../../../core/contract/schemas/verification.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { ErrorNotice } from '../components/notices.tsx';
import { PdfView } from '../components/pdf-view.tsx';
import { PrintControl } from '../components/print-control.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import tables from '../components/tables.module.css';
import { formatDateTime } from '../format/format.ts';
import { formatBytes, listReasons } from '../format/verification.ts';
import { t } from '../i18n/i18n.ts';
import { refusalSentences } from '../i18n/verification-sentences.ts';
import { toAppError } from '../state/to-app-error.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import styles from './records.module.css';

const mostListed = 200;

/** Incidents of art. 70: what was not admitted, why, and the paper that was given. */
export function RefusalsScreen() {
  const bridge = useBridge();
  const { goTo } = useView();
  const [shown, setShown] = useState<Refusal | null>(null);
  const { data, error } = useQuery({
    queryKey: ['refusals'],
    queryFn: () => bridge.call('refusals.list', { limit: mostListed }),
    staleTime: 0,
  });
  const goBack = () => goTo({ kind: 'records', text: '' });
  useShortcuts({ Escape: goBack });
  const refusals = data?.refusals ?? [];
  return (
    <main className={styles['detail']}>
      <div className={styles['facts']}>
        <div className={styles['head']}>
          <ScreenHeading>{t('refusal.listTitle')}</ScreenHeading>
          <Button onPress={goBack} shortcut="Esc">
            {t('refusal.back')}
          </Button>
        </div>
        <ErrorNotice error={toAppError(error)} />
        {data === undefined && error === null ? <p role="status">{t('common.loading')}</p> : null}
        {data === undefined ? null : refusals.length === 0 ? (
          <p className={styles['soft']}>{t('refusal.none')}</p>
        ) : (
          <RefusalTable refusals={refusals} onShow={setShown} />
        )}
      </div>
      <section className={styles['viewer']} aria-label={t('refusal.document')} tabIndex={0}>
        {shown === null ? (
          <p className={styles['soft']}>{refusals.length === 0 ? '' : t('refusal.choose')}</p>
        ) : (
          <>
            <PrintControl
              key={shown.refusalId}
              items={[{ label: t('refusal.print'), digest: shown.pdfDigest }]}
              doneText={t('refusal.printed')}
            />
            <PdfView key={shown.pdfDigest} digest={shown.pdfDigest} title={t('refusal.document')} />
          </>
        )}
      </section>
    </main>
  );
}

type RefusalTableProps = Readonly<{ refusals: readonly Refusal[]; onShow: (refusal: Refusal) => void }>;

function RefusalTable({ refusals, onShow }: RefusalTableProps) {
  return (
    <table className={tables['table']} aria-label={t('refusal.table')}>
      <thead>
        <tr>
          <th scope="col">{t('refusal.date')}</th>
          <th scope="col">{t('refusal.file')}</th>
          <th scope="col">{t('refusal.grounds')}</th>
        </tr>
      </thead>
      <tbody>
        {refusals.map((refusal) => (
          <tr key={refusal.refusalId}>
            <td>
              {formatDateTime(refusal.at)}
              <br />
              <span className={tables['soft']}>{refusal.officerName}</span>
            </td>
            <td className={styles['name']}>
              <PlainButton
                className={tables['link'] ?? ''}
                aria-label={t('refusal.view', { name: refusal.fileName })}
                onPress={() => onShow(refusal)}
              >
                {refusal.fileName}
              </PlainButton>
              <br />
              <span className={tables['soft']}>{formatBytes(refusal.byteLength)}</span>
            </td>
            <td>
              {refusalSentences[refusal.grounds].reason}
              {refusal.verification === null ? null : (
                <>
                  <br />
                  <span className={tables['soft']}>{listReasons(refusal.verification).join(' ')}</span>
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
