import { useEffect, useRef } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { FileCheckProgress } from '../components/file-check-progress.tsx';
import { FileFacts } from '../components/file-facts.tsx';
import { FilePicker, focusFilePicker, useFileDrop } from '../components/file-picker.tsx';
import { RefusalPanel } from '../components/refusal-panel.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import { VerificationDetail } from '../components/verification-detail.tsx';
import styles from '../components/verification.module.css';
import { t } from '../i18n/i18n.ts';
import { refusalSentences } from '../i18n/verification-sentences.ts';
import {
  addFiles,
  completeCheck,
  forgetCheck,
  removeCheck,
  removeChecksOf,
  useFileChecks,
} from '../state/file-checks.ts';
import type { FileCheck } from '../state/file-checks.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';

/** Who signed a file and whether it holds, without attending anybody: nothing is registered or kept. */
export function VerifyScreen() {
  const bridge = useBridge();
  const { goTo } = useView();
  const checks = useFileChecks(null);
  // Another choice takes the place of the one before.
  const choose = (files: readonly File[]) => {
    removeChecksOf(bridge, null);
    addFiles(bridge, null, files);
  };
  // What one person showed is not there for the next.
  useEffect(() => () => removeChecksOf(bridge, null), [bridge]);
  const isOver = useFileDrop(choose);
  useShortcuts({ Escape: () => goTo({ kind: 'work' }) });
  const result = useRef<HTMLDivElement>(null);
  const isSettled = checks.length > 0 && checks.every(({ state }) => state === 'done' || state === 'failed');
  useEffect(() => {
    if (isSettled) result.current?.focus({ preventScroll: true });
  }, [isSettled]);
  return (
    <main className={`${styles['screen'] ?? ''} ${isOver ? (styles['dropOver'] ?? '') : ''}`}>
      <ScreenHeading>{t('verify.title')}</ScreenHeading>
      {checks.length === 0 ? (
        <>
          <p>{t('verify.intro')}</p>
          <div className={styles['drop']} data-choose-file="">
            <p>{t('verify.drop')}</p>
            <FilePicker kind="primary" shortcut="F2" label={t('brought.choose')} onFiles={choose} />
          </div>
        </>
      ) : (
        <>
          <div className={styles['row']} data-choose-file="">
            <FilePicker
              kind={isSettled ? 'primary' : 'normal'}
              shortcut="F2"
              label={t('verify.another')}
              onFiles={choose}
            />
          </div>
          <div ref={result} tabIndex={-1} className={styles['list']} role="group" aria-label={t('verify.result')}>
            {checks.map((check) => (
              <CheckedFile key={check.id} check={check} />
            ))}
          </div>
        </>
      )}
    </main>
  );
}

function CheckedFile({ check }: Readonly<{ check: FileCheck }>) {
  const bridge = useBridge();
  const { id, name, file, signature, verification, state, refusal } = check;
  const grounds = refusal?.grounds ?? file?.refusal ?? null;
  const signatureRefusal = signature?.file?.refusal ?? null;
  const leave = (work: () => void) => () => {
    work();
    focusFilePicker();
  };
  const lacksData = verification?.reasons.includes('signedDataMissing') === true;
  return (
    <section
      className={grounds === null ? styles['panel'] : styles['refused']}
      aria-label={t('brought.file', { name })}
    >
      <h2 className={styles['name']}>{grounds === null ? name : t('refusal.title', { name })}</h2>
      {file === null ? null : <FileFacts file={file} signatureName={signature?.name ?? null} />}
      <FileCheckProgress check={check} />
      {signatureRefusal === null ? null : (
        <p>{t('brought.signatureRefused', { reason: refusalSentences[signatureRefusal].reason })}</p>
      )}
      {grounds === null ? null : (
        <RefusalPanel check={check} grounds={grounds} onDone={leave(() => forgetCheck(id))}>
          <Button onPress={leave(() => removeCheck(bridge, id))}>{t('brought.discard')}</Button>
        </RefusalPanel>
      )}
      {verification === null || refusal !== null ? null : <VerificationDetail verification={verification} />}
      {state === 'done' && signature === null && (lacksData || verification?.verdict === 'no-signature') ? (
        <div>
          <FilePicker
            isSmall
            isSingle
            label={t(lacksData ? 'brought.addData' : 'brought.addSignature')}
            onFiles={([added]) =>
              added === undefined ? undefined : completeCheck(bridge, id, lacksData ? 'data' : 'signature', added)
            }
          />
        </div>
      ) : null}
    </section>
  );
}
