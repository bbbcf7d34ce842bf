import { useEffect, useState } from 'react';
import { t } from '../i18n/i18n.ts';
import { useDesk } from '../state/queries.ts';
import styles from './controls.module.css';

/**
 * Before: that the PIN goes into the reader's keys. While the reader waits: which one, and the seconds that are left. The
 * seconds are not read aloud one by one.
 */
export function PinPadNotice() {
  const desk = useDesk();
  const pinPad = desk?.status.card.pinPad ?? null;
  const secondsLeft = useSecondsLeft(pinPad === null ? null : (desk?.receivedAt ?? 0) + pinPad.secondsLeft * 1000);
  if (pinPad === null || secondsLeft === null) return <p>{t('pin.pinPad')}</p>;
  return (
    <div className={styles['warn']}>
      <p role="status">{t('pin.pinPadAsks', { reader: pinPad.readerName })}</p>
      <p role="timer">{t('pin.secondsLeft', { count: secondsLeft })}</p>
    </div>
  );
}

/** `endsAt`: on the clock of `performance.now()`. */
function useSecondsLeft(endsAt: number | null): number | null {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => {
    if (endsAt === null) return undefined;
    setNow(performance.now());
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, [endsAt === null]);
  return endsAt === null ? null : Math.max(0, Math.ceil((endsAt - now) / 1000));
}
