import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Delivery } from '../../../core/contract/schemas/attention.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { CheckField } from '../components/fields.tsx';
import { ErrorNotice, Notice } from '../components/notices.tsx';
import { PdfView } from '../components/pdf-view.tsx';
import { PrintControl } from '../components/print-control.tsx';
import { formatDate, formatDateTime } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';
import { keys } from '../state/queries.ts';
import { toAppError } from '../state/to-app-error.ts';
import { useAction, useEveryAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import { useAttentionWork } from './attention-context.tsx';
import styles from './signing.module.css';
import { StageFrame } from './stage-frame.tsx';

/** The number, the receipt, and the last list with ticks before the next person. */
export function DeliveryStage() {
  const bridge = useBridge();
  const { reset } = useView();
  const { attention, form, change, flush } = useAttentionWork();
  const { attentionId, recordId } = attention;
  const { data, error } = useQuery({
    queryKey: keys.record(recordId ?? ''),
    queryFn: () => bridge.call('records.get', { recordId: recordId ?? '' }),
    enabled: recordId !== null,
  });
  const [folder, setFolder] = useState<string | null>(null);
  const exportRecord = useAction(async () => {
    if (recordId !== null) setFolder((await bridge.call('records.export', { recordId })).folder);
  });
  const [ticks, setTicks] = useState(attention.delivery);
  const save = useEveryAction((delivery: Delivery) =>
    change(() => bridge.call('attention.setDelivery', { attentionId, delivery })),
  );
  const tick = (changed: Partial<Delivery>) => {
    const delivery = { ...ticks, ...changed };
    setTicks(delivery);
    void save.run(delivery);
  };
  const finish = useAction(async () => {
    await flush();
    await bridge.call('attention.finish', { attentionId });
    reset();
  });
  useShortcuts({ Enter: () => void finish.run() });

  const receiptDigest = data?.versions['receipt']?.at(-1)?.sha256 ?? null;
  const consent = data?.record.documents.find((document) => document.role === 'consent');
  const consentDigest =
    consent === undefined ? null : (data?.versions[consent.documentId]?.at(-1)?.sha256 ?? consent.sha256);
  const hasConsent = form.route === 'officer';
  // The signed consent stays at the office; any other paper goes back.
  const papers = attention.documents.filter(({ origin, role }) => origin === 'scanned' && role !== 'consent');
  const kept = (data?.record.documents ?? []).flatMap(({ title, keptUntil }) =>
    keptUntil === null ? [] : [{ title, date: formatDate(keptUntil) }],
  );
  const returned = papers.filter(({ paperFate }) => paperFate === 'returned');
  const hasPaper = returned.length > 0;
  const isComplete =
    ticks.receiptHanded && (!hasPaper || ticks.originalsReturned) && (!hasConsent || ticks.consentCopyHanded);
  return (
    <StageFrame
      isTight
      primary={
        <>
          <Button kind="primary" shortcut="⏎" onPress={() => void finish.run()} isPending={finish.isRunning}>
            {t('delivery.next')}
          </Button>
        </>
      }
    >
      <div className={styles['deliveryHead']}>
        <div>
          <p className={styles['soft']}>{t('delivery.number')}</p>
          <p className={styles['number']} data-testid="record-number">
            {attention.recordNumber ?? ''}
          </p>
        </div>
        <div>
          <p className={styles['soft']}>{t('delivery.code')}</p>
          <p className={styles['code']} data-testid="verification-code">
            {data?.record.receiptVerificationCode ?? ''}
          </p>
          <p className={styles['soft']}>
            {data === undefined ? '' : t('delivery.presented', { date: formatDateTime(data.record.presentedAt) })}
          </p>
        </div>
      </div>
      <ErrorNotice error={toAppError(error)} />
      <div className={styles['two']}>
        <div className={styles['column']}>
          <PrintControl
            items={[
              { label: t('delivery.print'), digest: receiptDigest },
              ...(consentDigest === null ? [] : [{ label: t('delivery.printConsent'), digest: consentDigest }]),
            ]}
            doneText={t('delivery.printed')}
          />
          <div>
            <Button
              onPress={() => void exportRecord.run()}
              isPending={exportRecord.isRunning}
              isDisabled={receiptDigest === null}
            >
              {t('delivery.save')}
            </Button>
          </div>
          <ErrorNotice error={exportRecord.error} />
          {folder === null ? null : (
            <Notice kind="fine">
              <p role="status">{t('delivery.saved', { folder })}</p>
            </Notice>
          )}
          <div role="group" aria-label={t('delivery.list')} className={styles['ticks']}>
            <h2>{t('delivery.list')}</h2>
            <CheckField
              label={t('delivery.receiptHanded')}
              isSelected={ticks.receiptHanded}
              onChange={(receiptHanded) => tick({ receiptHanded })}
            />
            {hasConsent ? (
              <CheckField
                label={t('delivery.consentHanded')}
                isSelected={ticks.consentCopyHanded}
                onChange={(consentCopyHanded) => tick({ consentCopyHanded })}
              />
            ) : null}
            {hasPaper ? (
              <CheckField
                label={t('delivery.originalsReturned')}
                isSelected={ticks.originalsReturned}
                onChange={(originalsReturned) => tick({ originalsReturned })}
              />
            ) : null}
            {hasPaper && kept.length > 0 ? (
              <p className={styles['soft']}>
                {t('delivery.returnedTitles', { titles: returned.map(({ title }) => title).join(', ') })}
              </p>
            ) : null}
            {kept.map(({ title, date }) => (
              <p key={title}>{t('delivery.kept', { title, date })}</p>
            ))}
            {isComplete ? null : <p className={styles['soft']}>{t('delivery.pending')}</p>}
          </div>
          <ErrorNotice error={save.error ?? finish.error} />
        </div>
        <section className={styles['viewer']} aria-label={t('delivery.receipt')} tabIndex={0}>
          {receiptDigest === null ? (
            <p role="status">{t('delivery.receiptWaiting')}</p>
          ) : (
            <PdfView key={receiptDigest} digest={receiptDigest} title={t('delivery.receipt')} />
          )}
        </section>
      </div>
    </StageFrame>
  );
}
