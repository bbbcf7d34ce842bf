import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Delivery } from '../../../core/contract/schemas/attention.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { CheckField } from '../components/fields.tsx';
import { ErrorNotice, Notice } from '../components/notices.tsx';
import { PdfView } from '../components/pdf-view.tsx';
import { PrintControl } from '../components/print-control.tsx';
import { formatDateTime } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';
import { keys } from '../state/queries.ts';
import { toAppError } from '../state/to-app-error.ts';
import { useAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import { useAttentionWork } from './attention-context.tsx';
import styles from './signing.module.css';
import { StageFrame } from './stage-frame.tsx';

/** The number, the receipt, and the last list with ticks before the next person. */
export function DeliveryStage() {
  const bridge = useBridge();
  const { reset } = useView();
  const { attention, form, change } = useAttentionWork();
  const { attentionId, recordId, delivery } = attention;
  const { data, error } = useQuery({
    queryKey: keys.record(recordId ?? ''),
    queryFn: () => bridge.call('records.get', { recordId: recordId ?? '' }),
    enabled: recordId !== null,
  });
  const [folder, setFolder] = useState<string | null>(null);
  const save = useAction(async () => {
    if (recordId !== null) setFolder((await bridge.call('records.export', { recordId })).folder);
  });
  const tick = useAction((changed: Partial<Delivery>) => change(() => bridge.call('attention.setDelivery', { attentionId, delivery: { ...delivery, ...changed } })));
  const finish = useAction(async () => {
    await bridge.call('attention.finish', { attentionId });
    reset();
  });
  useShortcuts({ Enter: () => void finish.run() });

  const receiptDigest = data?.versions['receipt']?.at(-1)?.sha256 ?? null;
  const consent = data?.record.documents.find((document) => document.role === 'consent');
  const consentDigest = consent === undefined ? null : (data?.versions[consent.documentId]?.at(-1)?.sha256 ?? consent.sha256);
  const hasConsent = form.route === 'officer';
  const isComplete = delivery.receiptHanded && delivery.originalsReturned && (!hasConsent || delivery.consentCopyHanded);
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
          <p className={styles['soft']}>{data === undefined ? '' : t('delivery.presented', { date: formatDateTime(data.record.presentedAt) })}</p>
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
            <Button onPress={() => void save.run()} isPending={save.isRunning} isDisabled={receiptDigest === null}>
              {t('delivery.save')}
            </Button>
          </div>
          <ErrorNotice error={save.error} />
          {folder === null ? null : (
            <Notice kind="fine">
              <p role="status">{t('delivery.saved', { folder })}</p>
            </Notice>
          )}
          <div role="group" aria-label={t('delivery.list')} className={styles['ticks']}>
            <h2>{t('delivery.list')}</h2>
            <CheckField label={t('delivery.receiptHanded')} isSelected={delivery.receiptHanded} onChange={(receiptHanded) => void tick.run({ receiptHanded })} />
            {hasConsent ? <CheckField label={t('delivery.consentHanded')} isSelected={delivery.consentCopyHanded} onChange={(consentCopyHanded) => void tick.run({ consentCopyHanded })} /> : null}
            <CheckField label={t('delivery.originalsReturned')} isSelected={delivery.originalsReturned} onChange={(originalsReturned) => void tick.run({ originalsReturned })} />
            {isComplete ? null : <p className={styles['soft']}>{t('delivery.pending')}</p>}
          </div>
          <ErrorNotice error={tick.error ?? finish.error} />
        </div>
        <section className={styles['viewer']} aria-label={t('delivery.receipt')}>
          {receiptDigest === null ? <p role="status">{t('delivery.receiptWaiting')}</p> : <PdfView key={receiptDigest} digest={receiptDigest} title={t('delivery.receipt')} />}
        </section>
      </div>
    </StageFrame>
  );
}
