import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { Refusal } from '../../../core/contract/schemas/verification.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { listReasons } from '../format/verification.ts';
import { t } from '../i18n/i18n.ts';
import { refusalSentences } from '../i18n/verification-sentences.ts';
import { changeCheck } from '../state/file-checks.ts';
import type { FileCheck } from '../state/file-checks.ts';
import { useAction } from '../state/use-action.ts';
import { Button } from './button.tsx';
import { ErrorNotice } from './notices.tsx';
import { PdfView } from './pdf-view.tsx';
import { PrintControl } from './print-control.tsx';
import styles from './verification.module.css';

type RefusalPanelProps = Readonly<{
  check: FileCheck;
  grounds: Refusal['grounds'];
  /** What else can be done before the paper is made. */
  children?: ReactNode;
  onDone: () => void;
}>;

/** A file that is not admitted (art. 70): what happened, why, what to do, and the paper that says so. */
export function RefusalPanel({ check, grounds, children, onDone }: RefusalPanelProps) {
  const bridge = useBridge();
  const { id, attentionId, file, signature, verification, refusal } = check;
  const make = useAction(async () => {
    if (file === null) return;
    const made = await bridge.call('refusals.create', {
      attentionId,
      digest: file.digest,
      signatureDigest: signature?.file?.digest ?? null,
    });
    changeCheck(id, { refusal: made });
  });
  const { reason, remedy } = refusalSentences[grounds];
  const found = grounds === 'signatureFailed' && verification !== null ? listReasons(verification) : [];
  return (
    <>
      <dl className={styles['pair']}>
        <dt>{t('refusal.why')}</dt>
        <dd>
          {reason} {found.join(' ')}
        </dd>
        <dt>{t('refusal.next')}</dt>
        <dd>{remedy}</dd>
      </dl>
      <ErrorNotice error={make.error} />
      {refusal === null ? (
        <div className={styles['row']}>
          <Button kind="primary" onPress={() => void make.run()} isPending={make.isRunning}>
            {t('refusal.make')}
          </Button>
          {children}
        </div>
      ) : (
        <RefusalPaper refusal={refusal} onDone={onDone} />
      )}
    </>
  );
}

function RefusalPaper({ refusal, onDone }: Readonly<{ refusal: Refusal; onDone: () => void }>) {
  const paper = useRef<HTMLDivElement>(null);
  // The button that made it is gone.
  useEffect(() => paper.current?.focus({ preventScroll: true }), []);
  return (
    <div ref={paper} tabIndex={-1} role="group" aria-label={t('refusal.ready')} className={styles['list']}>
      <p role="status">
        {t('refusal.made')} {refusal.sealedBy === 'nobody' ? t('refusal.unsealed') : ''}
      </p>
      <div className={styles['row']}>
        <PrintControl
          kind="primary"
          items={[{ label: t('refusal.print'), digest: refusal.pdfDigest }]}
          doneText={t('refusal.printed')}
        />
        <Button onPress={onDone}>{t('refusal.goOn')}</Button>
      </div>
      <section className={styles['paper']} aria-label={t('refusal.document')} tabIndex={0}>
        <PdfView key={refusal.pdfDigest} digest={refusal.pdfDigest} title={t('refusal.document')} />
      </section>
    </div>
  );
}
