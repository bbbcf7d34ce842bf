import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { t } from '../i18n/i18n.ts';
import { sendPin } from '../state/pin.ts';
import { useAction } from '../state/use-action.ts';
import { Button } from './button.tsx';
import controls from './controls.module.css';
import { ErrorNotice } from './notices.tsx';
import { PinField } from './pin-field.tsx';
import type { PinFieldHandle } from './pin-field.tsx';

/** The seal's PIN, at opening or later from the desk bar. */
export function SealForm({ children }: Readonly<{ children?: ReactNode }>) {
  const bridge = useBridge();
  const pinField = useRef<PinFieldHandle>(null);
  const [pinLength, setPinLength] = useState(0);
  const unlock = useAction((pin: Uint8Array) =>
    sendPin(pin, (bytes) => bridge.call('desk.unlockSeal', { pin: bytes })),
  );

  async function submit(): Promise<void> {
    if (pinField.current === null || pinLength === 0) {
      pinField.current?.focus();
      return;
    }
    const isDone = await unlock.run(pinField.current.take());
    if (!isDone) pinField.current?.focus();
  }

  return (
    <form
      className={controls['dialogBody']}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <PinField ref={pinField} label={t('seal.pin')} pinState={null} onLength={setPinLength} isFirst />
      <ErrorNotice error={unlock.error} />
      <div className={controls['buttonRow']}>
        <Button kind="primary" type="submit" shortcut="⏎" isPending={unlock.isRunning}>
          {t('seal.button')}
        </Button>
        {children}
      </div>
    </form>
  );
}
