import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { CardCandidate, DeskStatus, SessionOfficer } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { ErrorNotice } from '../components/notices.tsx';
import { PinField } from '../components/pin-field.tsx';
import type { PinFieldHandle } from '../components/pin-field.tsx';
import { PinPadNotice } from '../components/pin-pad-notice.tsx';
import { CardChoice } from '../components/card-choice.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import { t } from '../i18n/i18n.ts';
import { cardsThere, usePreferredCandidate } from '../state/candidates.ts';
import { sendPin } from '../state/pin.ts';
import { useAction } from '../state/use-action.ts';
import styles from './screens.module.css';

type SignInScreenProps = Readonly<{
  status: DeskStatus;
  /** The officer whose session is locked; null: nobody has signed in. */
  lockedOfficer: SessionOfficer | null;
}>;

/** The card opens the session, and opens it again after it was pulled. */
export function SignInScreen({ status, lockedOfficer }: SignInScreenProps) {
  const bridge = useBridge();
  const candidates = useCandidates(status);
  const [chosen, setChosen] = usePreferredCandidate(candidates);
  const pinField = useRef<PinFieldHandle>(null);
  const [pinLength, setPinLength] = useState(0);
  const signIn = useAction((candidate: CardCandidate, pin: Uint8Array | null) => {
    const { readerId, certificateId } = candidate;
    if (pin === null) return bridge.call('session.signIn', { readerId, certificateId, pin: null });
    return sendPin(pin, (bytes) => bridge.call('session.signIn', { readerId, certificateId, pin: bytes }));
  });
  const signOut = useAction(() => bridge.call('session.signOut', {}));
  const canUse = chosen !== null && chosen.pinState.level !== 'locked' && chosen.pinState.level !== 'notInitialized';

  // The card came in: the next thing to do is typing the PIN.
  const { clear } = signIn;
  useEffect(() => {
    if (chosen === null) clear();
    else pinField.current?.focus();
  }, [chosen === null, clear]);

  async function submit(): Promise<void> {
    if (chosen === null || !canUse) return;
    if (chosen.hasPinPad) {
      await signIn.run(chosen, null);
      return;
    }
    if (pinLength === 0 || pinField.current === null) {
      pinField.current?.focus();
      return;
    }
    const isDone = await signIn.run(chosen, pinField.current.take());
    if (!isDone) pinField.current?.focus();
  }

  const isLocked = lockedOfficer !== null;
  return (
    <main className={styles['centre']}>
      <form
        className={styles['card']}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <ScreenHeading>{isLocked ? t('signIn.lockedTitle') : t('signIn.title')}</ScreenHeading>
        <p className={styles['soft']}>
          {isLocked ? t('signIn.lockedIntro', { name: lockedOfficer.fullName }) : t('signIn.intro')}
        </p>
        <Readers status={status} />
        {candidates.length > 0 ? (
          <CardChoice label={t('signIn.certificate')} candidates={candidates} chosen={chosen} onChoose={setChosen} />
        ) : null}
        {chosen === null ? (
          <p role="status">{waitingSentence(status, candidates)}</p>
        ) : chosen.hasPinPad ? (
          <PinPadNotice />
        ) : (
          <PinField ref={pinField} label={t('signIn.pin')} pinState={chosen.pinState} onLength={setPinLength} isFirst />
        )}
        <ErrorNotice error={signIn.error ?? signOut.error} />
        <div className={styles['buttons']}>
          <Button kind="primary" type="submit" shortcut="⏎" isDisabled={!canUse} isPending={signIn.isRunning}>
            {isLocked ? t('signIn.unlock') : t('signIn.button')}
          </Button>
          {isLocked ? <Button onPress={() => void signOut.run()}>{t('signIn.signOut')}</Button> : null}
        </div>
      </form>
    </main>
  );
}

function Readers({ status }: Readonly<{ status: DeskStatus }>) {
  const { readers } = status.card;
  if (readers.length === 0) return <p role="status">{t('signIn.noReader')}</p>;
  return (
    <ul className={styles['readers']} aria-label={t('signIn.readers')}>
      {readers.map((reader) => (
        <li key={reader.readerId} className={styles['reader']}>
          <span>{reader.readerName}</span>
          <span>
            {reader.state === 'present'
              ? t('signIn.readerPresent')
              : reader.state === 'empty'
                ? t('signIn.readerEmpty')
                : t('signIn.readerUnreadable')}
          </span>
        </li>
      ))}
    </ul>
  );
}

function waitingSentence(status: DeskStatus, candidates: readonly CardCandidate[]): string {
  if (status.card.readers.length === 0) return '';
  if (candidates.length > 0) return t('signIn.noneUsable');
  return status.card.state === 'present' ? t('signIn.looking') : t('signIn.insertCard');
}

function useCandidates(status: DeskStatus): readonly CardCandidate[] {
  const bridge = useBridge();
  const cards = cardsThere(status);
  const tries = `${status.card.pinState?.level ?? ''}${status.card.pinState?.triesLeft ?? ''}`;
  const { data } = useQuery({
    queryKey: ['candidates', cards, tries],
    queryFn: () => bridge.call('session.listCandidates', {}),
    staleTime: 0,
    gcTime: 0,
    placeholderData: (previous) => (status.card.state === 'present' ? previous : undefined),
  });
  return data?.candidates ?? [];
}
