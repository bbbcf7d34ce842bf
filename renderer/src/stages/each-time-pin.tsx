import { useEffect, useRef, useState } from 'react';
import type { CardCandidate, JobProgress } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { ErrorNotice } from '../components/notices.tsx';
import { PinField } from '../components/pin-field.tsx';
import type { PinFieldHandle } from '../components/pin-field.tsx';
import { t } from '../i18n/i18n.ts';
import { sendPin } from '../state/pin.ts';
import { useAction } from '../state/use-action.ts';
import styles from './signing.module.css';

type EachTimePinProps = Readonly<{
  jobId: string;
  asked: NonNullable<JobProgress['pinAsked']>;
  pinState: CardCandidate['pinState'] | null;
}>;

/** The next PIN of a card that wants it before each signature. */
export function EachTimePin({ jobId, asked, pinState }: EachTimePinProps) {
  const bridge = useBridge();
  const pinField = useRef<PinFieldHandle>(null);
  const [pinLength, setPinLength] = useState(0);
  const give = useAction((pin: Uint8Array) =>
    sendPin(pin, (bytes) => bridge.call('jobs.givePin', { jobId, pin: bytes })),
  );
  const { number, total, problem } = asked;
  useEffect(() => pinField.current?.focus(), [number, problem?.supportNumber]);

  return (
    <form
      className={styles['signBox']}
      onSubmit={(event) => {
        event.preventDefault();
        if (pinLength === 0 || pinField.current === null) pinField.current?.focus();
        else void give.run(pinField.current.take());
      }}
    >
      <div role="status">
        <h3>{t('signature.nextPin', { number, total })}</h3>
      </div>
      <ErrorNotice error={problem ?? give.error} />
      <PinField ref={pinField} label={t('signature.pin')} pinState={pinState} onLength={setPinLength} />
      <div>
        <Button kind="primary" type="submit" shortcut="⏎" isPending={give.isRunning}>
          {t('signature.goOn')}
        </Button>
      </div>
    </form>
  );
}
