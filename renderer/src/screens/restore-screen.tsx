import { useRef, useState } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { SelectField, TextField } from '../components/fields.tsx';
import { ErrorNotice, JobNotice } from '../components/notices.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import { SecretField } from '../components/secret-field.tsx';
import { t } from '../i18n/i18n.ts';
import { takePin } from '../state/pin.ts';
import { useJob } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import { useView } from '../state/view-store.ts';
import styles from './screens.module.css';

type Source = 'copy' | 'centre';

/** A machine without a desk gets one that broke. When that is done, the desk asks for its passphrase. */
export function RestoreScreen() {
  const bridge = useBridge();
  const [source, setSource] = useState<Source>('copy');
  const [place, setPlace] = useState('');
  const key = useRef<HTMLInputElement>(null);
  const passphrase = useRef<HTMLInputElement>(null);
  const noteJob = useView((view) => view.noteJob);
  const job = useJob(useView((view) => view.jobs.restore ?? null));
  const start = useAction(async (secrets: Readonly<{ recoveryKey: Uint8Array; passphrase: Uint8Array }>) => {
    try {
      const started =
        source === 'copy'
          ? bridge.call('desk.restore', { folder: place, ...secrets })
          : bridge.call('desk.enrolAgain', { enrolmentCode: place, ...secrets });
      noteJob('restore', (await started).jobId);
    } finally {
      secrets.recoveryKey.fill(0);
      secrets.passphrase.fill(0);
    }
  });
  const cancel = useAction((jobId: string) => bridge.call('desk.cancelRestore', { jobId }));

  function submit(): void {
    if (place === '' || key.current === null || passphrase.current === null) return;
    const empty = [key.current, passphrase.current].find((input) => input.value === '');
    if (empty === undefined)
      void start.run({ recoveryKey: takePin(key.current), passphrase: takePin(passphrase.current) });
    else empty.focus();
  }

  const label = source === 'copy' ? t('restore.from') : t('restore.code');
  const hint = source === 'copy' ? t('restore.fromHint') : t('restore.codeHint');
  return (
    <main className={styles['centre']}>
      <form
        className={styles['card']}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <ScreenHeading>{t('restore.title')}</ScreenHeading>
        <p className={styles['soft']}>{t('restore.intro')}</p>
        <SelectField
          label={t('restore.source')}
          value={source}
          options={[
            { value: 'copy', text: t('restore.fromCopy') },
            { value: 'centre', text: t('restore.fromCentre') },
          ]}
          onChange={(next) => {
            setSource(next);
            setPlace('');
          }}
          isFirst
        />
        <TextField label={label} value={place} onChange={setPlace} hint={hint} />
        <SecretField label={t('restore.recoveryKey')} hint={t('restore.recoveryKeyHint')} ref={key} isShown />
        <SecretField label={t('restore.passphrase')} hint={t('restore.passphraseHint')} ref={passphrase} />
        <ErrorNotice error={start.error} />
        <JobNotice
          job={job}
          onCancel={job === null || source === 'centre' ? undefined : () => void cancel.run(job.jobId)}
        />
        <div className={styles['buttons']}>
          <Button kind="primary" type="submit" shortcut="⏎" isPending={start.isRunning || job?.state === 'running'}>
            {t('restore.button')}
          </Button>
        </div>
        <p className={styles['soft']}>{source === 'copy' ? t('restore.after') : t('restore.centreAfter')}</p>
      </form>
    </main>
  );
}
