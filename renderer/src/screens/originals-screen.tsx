import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button as PlainButton } from 'react-aria-components/Button';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { ErrorNotice, Notice } from '../components/notices.tsx';
import { PdfView } from '../components/pdf-view.tsx';
import { PrintControl } from '../components/print-control.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import tables from '../components/tables.module.css';
import { formatDate } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';
import { toAppError } from '../state/to-app-error.ts';
import { useAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import styles from './records.module.css';

/** Originals that stay at the office, by the day on which their six months end; the list goes to the archive (art. 58). */
export function OriginalsScreen() {
  const bridge = useBridge();
  const { goTo } = useView();
  const { data, error } = useQuery({
    queryKey: ['originals'],
    queryFn: () => bridge.call('originals.list', {}),
    staleTime: 0,
  });
  const [folder, setFolder] = useState<string | null>(null);
  const save = useAction(async () => setFolder((await bridge.call('originals.export', {})).folder));
  const goBack = () => goTo({ kind: 'records', text: '' });
  useShortcuts({ Escape: goBack });
  const originals = data?.originals ?? [];
  const pdfDigest = data?.pdfDigest ?? null;
  return (
    <main className={styles['detail']}>
      <div className={styles['facts']}>
        <div className={styles['head']}>
          <ScreenHeading>{t('originals.title')}</ScreenHeading>
          <Button onPress={goBack} shortcut="Esc">
            {t('records.backToList')}
          </Button>
        </div>
        <p className={styles['soft']}>{t('originals.hint')}</p>
        <ErrorNotice error={toAppError(error)} />
        {data === undefined && error === null ? <p role="status">{t('common.loading')}</p> : null}
        {data !== undefined && originals.length === 0 ? <p className={styles['soft']}>{t('originals.none')}</p> : null}
        {originals.length === 0 ? null : (
          <>
            <table className={tables['table']} aria-label={t('originals.title')}>
              <thead>
                <tr>
                  <th scope="col">{t('originals.until')}</th>
                  <th scope="col">{t('originals.record')}</th>
                  <th scope="col">{t('originals.document')}</th>
                </tr>
              </thead>
              <tbody>
                {originals.map(({ recordId, recordNumber, title, pageCount, keptUntil, verificationCode }) => (
                  <tr key={verificationCode}>
                    <td>{formatDate(keptUntil)}</td>
                    <td>
                      <PlainButton className={tables['link'] ?? ''} onPress={() => goTo({ kind: 'record', recordId })}>
                        {recordNumber}
                      </PlainButton>
                    </td>
                    <td>
                      {title}
                      <br />
                      <span className={tables['soft']}>{t('common.pages', { count: pageCount })}</span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            <div>
              <Button onPress={() => void save.run()} isPending={save.isRunning}>
                {t('originals.export')}
              </Button>
            </div>
            <ErrorNotice error={save.error} />
            {folder === null ? null : (
              <Notice kind="fine">
                <p role="status">{t('records.exported', { folder })}</p>
              </Notice>
            )}
          </>
        )}
      </div>
      <section className={styles['viewer']} aria-label={t('originals.list')} tabIndex={0}>
        {pdfDigest === null ? null : (
          <>
            <PrintControl
              items={[{ label: t('originals.print'), digest: pdfDigest }]}
              doneText={t('refusal.printed')}
            />
            <PdfView key={pdfDigest} digest={pdfDigest} title={t('originals.list')} />
          </>
        )}
      </section>
    </main>
  );
}
