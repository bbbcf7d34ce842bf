import { useRef, useState } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import controls from '../components/controls.module.css';
import { TextField } from '../components/fields.tsx';
import { ErrorNotice } from '../components/notices.tsx';
import { SecretField } from '../components/secret-field.tsx';
import { t } from '../i18n/i18n.ts';
import { sendPin, takePin } from '../state/pin.ts';
import { useAction } from '../state/use-action.ts';

/** A desk that the centre withdrew comes back, with its data, under a new key pair. */
export function RenewalForm() {
  const bridge = useBridge();
  const [enrolmentCode, setCode] = useState('');
  const key = useRef<HTMLInputElement>(null);
  const renew = useAction((typed: Uint8Array) =>
    sendPin(typed, (recoveryKey) => bridge.call('desk.renewEnrolment', { enrolmentCode, recoveryKey })),
  );
  return (
    <form
      className={controls['dialogBody']}
      onSubmit={(event) => {
        event.preventDefault();
        if (enrolmentCode !== '' && key.current !== null && key.current.value !== '')
          void renew.run(takePin(key.current));
      }}
    >
      <p>{t('renewal.intro')}</p>
      <TextField label={t('restore.code')} value={enrolmentCode} onChange={setCode} hint={t('restore.codeHint')} />
      <SecretField label={t('restore.recoveryKey')} hint={t('restore.recoveryKeyHint')} ref={key} isShown />
      <ErrorNotice error={renew.error} />
      <div className={controls['buttonRow']}>
        <Button type="submit" isPending={renew.isRunning}>
          {t('renewal.button')}
        </Button>
      </div>
    </form>
  );
}
