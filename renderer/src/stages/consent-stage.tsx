import { useState } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { BlobImage } from '../components/blob-image.tsx';
import { Button } from '../components/button.tsx';
import { ErrorNotice, JobNotice, Notice } from '../components/notices.tsx';
import { PdfView } from '../components/pdf-view.tsx';
import { PrintControl } from '../components/print-control.tsx';
import { formatTime } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';
import { useAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useAttentionWork } from './attention-context.tsx';
import { usePageDecisions } from './page-decisions.ts';
import { FlagBar } from './flag-bar.tsx';
import { describeFlags, findNextFlag, hasOpenFlag } from './page-flags.ts';
import { usePreparation } from './prepare-documents.ts';
import { ScanNotice, useScanning } from './scan-job.tsx';
import type { ScanTarget } from './scan-job.tsx';
import styles from './signing.module.css';
import { StageFrame } from './stage-frame.tsx';

/** Art. 43: written consent for this act and no other, signed by hand and scanned back. */
export function ConsentStage() {
  const bridge = useBridge();
  const { attention, change } = useAttentionWork();
  const { attentionId, consent } = attention;
  const preparation = usePreparation('consent');
  const scanning = useScanning();
  const isCurrent = consent !== null && !consent.isOutdated;
  const scanned =
    attention.documents.find((document) => document.role === 'consent' && document.pages.length > 0) ?? null;
  const decisions = usePageDecisions();
  const pages = isCurrent ? (scanned?.pages ?? []).map(decisions.withAnswer) : [];
  // Checked when all of its pages are there.
  const pending = scanning.isRunning ? null : (pages.find((page) => page.collation !== 'confirmed') ?? null);
  const isDone = isCurrent && consent.isScanned && pending === null && !scanning.isRunning;

  const prepare = useAction(async () => {
    if (!preparation.isReady && !(await preparation.action.run())) return;
    await change(() => bridge.call('consent.prepare', { attentionId }));
  });
  const scan = () => {
    if (!isCurrent || scanning.isRunning) return;
    const target: ScanTarget =
      pending !== null ? { kind: 'replacePage', pageId: pending.pageId } : { kind: 'newDocument', role: 'consent' };
    void scanning.start.run(target);
  };
  const [looked, setLooked] = useState<Readonly<{ pageId: string; flag: number }> | null>(null);
  const chosenFlag = looked !== null && looked.pageId === pending?.pageId ? looked.flag : null;
  const lookAtNext = () => {
    if (pending === null) return;
    const next = findNextFlag([pending], { page: 0, flag: chosenFlag });
    if (next !== null) setLooked({ pageId: pending.pageId, flag: next.flag });
  };
  const confirm = () => {
    if (pending === null) return;
    if (hasOpenFlag(pending)) lookAtNext();
    else decisions.decide(pending.pageId, 'confirmed');
  };
  const isPreparing = prepare.isRunning || preparation.action.isRunning;
  useShortcuts({
    F8: scan,
    ' ': confirm,
    ...(isCurrent ? {} : { Enter: () => void prepare.run() }),
  });

  return (
    <StageFrame isTight isNextPrimary={isDone}>
      <p>{t('consent.intro')}</p>
      <div className={styles['two']}>
        <div className={styles['column']}>
          <ol className={styles['steps']} aria-label={t('consent.steps')}>
            <li className={isCurrent ? styles['stepDone'] : styles['step']}>
              <h2>{t('consent.stepPrepare')}</h2>
              <p className={styles['soft']}>
                {isCurrent
                  ? t('consent.preparedAt', { time: formatTime(consent.preparedAt) })
                  : t('consent.stepPrepareText')}
              </p>
              <div>
                {consent !== null && consent.isOutdated ? (
                  <Notice kind="warn">
                    <p>{t('consent.outdated')}</p>
                  </Notice>
                ) : null}
                {isCurrent ? null : (
                  <Button kind="primary" shortcut="⏎" onPress={() => void prepare.run()} isPending={isPreparing}>
                    {consent === null ? t('consent.prepare') : t('consent.prepareAgain')}
                  </Button>
                )}
                <JobNotice job={preparation.job} onCancel={preparation.cancel} />
                <ErrorNotice error={prepare.error ?? preparation.action.error} />
              </div>
            </li>
            <li className={pages.length > 0 ? styles['stepDone'] : styles['step']}>
              <h2>{t('consent.stepPrint')}</h2>
              <p className={styles['soft']}>{t('consent.stepPrintText')}</p>
              {isCurrent ? (
                <PrintControl
                  items={[{ label: t('consent.print'), digest: consent.formDigest }]}
                  doneText={t('print.sent')}
                  kind={pages.length > 0 ? 'normal' : 'primary'}
                />
              ) : null}
            </li>
            <li className={isDone ? styles['stepDone'] : styles['step']}>
              <h2>{t('consent.stepScan')}</h2>
              <p className={styles['soft']}>{t('consent.stepScanText')}</p>
              {isCurrent ? (
                <div className={styles['column']}>
                  <div>
                    <Button shortcut="F8" onPress={scan} isPending={scanning.isRunning} isDisabled={isDone}>
                      {pages.length > 0 ? t('consent.scanAgain') : t('consent.scan')}
                    </Button>
                  </div>
                  <ScanNotice scanning={scanning} />
                  {pending === null || pending.flags.length === 0 ? null : (
                    <FlagBar
                      page={pending}
                      chosen={chosenFlag}
                      onNext={lookAtNext}
                      onAnswer={(flag, answer) => decisions.answer(pending.pageId, flag, answer)}
                    />
                  )}
                  {pending === null ? null : (
                    <div className={styles['facts']}>
                      <Button kind="primary" shortcut="Espacio" onPress={confirm}>
                        {t('collation.confirm')}
                      </Button>
                      <Button onPress={() => decisions.decide(pending.pageId, 'rejected')}>
                        {t('collation.sendBack')}
                      </Button>
                    </div>
                  )}
                  <ErrorNotice error={decisions.error} />
                </div>
              ) : null}
            </li>
          </ol>
          {isDone ? (
            <Notice kind="fine">
              <p role="status">{t('consent.ready')}</p>
            </Notice>
          ) : null}
        </div>
        <section
          className={styles['viewer']}
          aria-label={pages.length > 0 ? t('consent.viewScanned') : t('consent.view')}
          tabIndex={0}
        >
          {pages.map((page, index) => (
            <div key={page.pageId} data-path={page.pageId}>
              <BlobImage
                digest={page.copyPreview}
                alt={t('papers.pageOf', { number: index + 1, title: t('consent.viewScanned') })}
                width={page.widthPixels}
                height={page.heightPixels}
              />
              <p className={styles['soft']}>{describeFlags(page)}</p>
            </div>
          ))}
          {isCurrent ? null : <p className={styles['soft']}>{t('consent.viewEmpty')}</p>}
          {pages.length === 0 && isCurrent ? (
            <PdfView key={consent.formDigest} digest={consent.formDigest} title={t('consent.view')} />
          ) : null}
        </section>
      </div>
    </StageFrame>
  );
}
