import { useRef } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { ErrorNotice } from '../components/notices.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import { SecretField } from '../components/secret-field.tsx';
import { t } from '../i18n/i18n.ts';
import { sendPin, takePin } from '../state/pin.ts';
import { useAction } from '../state/use-action.ts';
import styles from './screens.module.css';

/** The store waits for its passphrase: taken out of the field as bytes, like a PIN. */
export function OpenDeskScreen({ isOpening }: Readonly<{ isOpening: boolean }>) {
  const bridge = useBridge();
  const input = useRef<HTMLInputElement>(null);
  const open = useAction((passphrase: Uint8Array) =>
    sendPin(passphrase, (bytes) => bridge.call('desk.open', { passphrase: bytes })),
  );

  async function submit(): Promise<void> {
    if (input.current === null || input.current.value === '') {
      input.current?.focus();
      return;
    }
    const isDone = await open.run(takePin(input.current));
    if (!isDone) input.current?.focus();
  }

  const isBusy = isOpening || open.isRunning;
  return (
    <main className={styles['centre']}>
      <form
        className={styles['card']}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <ScreenHeading>{t('openDesk.title')}</ScreenHeading>
        <p className={styles['soft']}>{t('openDesk.intro')}</p>
        <SecretField label={t('openDesk.passphrase')} ref={input} isFirst />
        <ErrorNotice error={open.error} />
        <div className={styles['buttons']}>
          <Button kind="primary" type="submit" shortcut="⏎" isPending={isBusy}>
            {t('openDesk.button')}
          </Button>
        </div>
        {isBusy ? <p role="status">{t('openDesk.opening')}</p> : null}
      </form>
    </main>
  );
}
