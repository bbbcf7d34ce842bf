import { useQueryClient } from '@tanstack/react-query';
import { Activity, useEffect, useRef } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import { Frame } from '../frame/frame.tsx';
import { t } from '../i18n/i18n.ts';
import { useDesk } from '../state/queries.ts';
import { useView } from '../state/view-store.ts';
import { AttentionScreen } from '../stages/attention-screen.tsx';
import { HomeScreen } from './home-screen.tsx';
import { OpenDeskScreen } from './open-desk-screen.tsx';
import { RecordScreen } from './record-screen.tsx';
import { RecordsScreen } from './records-screen.tsx';
import { OriginalsScreen } from './originals-screen.tsx';
import { RefusalsScreen } from './refusals-screen.tsx';
import { RestoreScreen } from './restore-screen.tsx';
import { ScannerScreen } from './scanner-screen.tsx';
import { SealScreen } from './seal-screen.tsx';
import { SignInScreen } from './sign-in-screen.tsx';
import { VerifyScreen } from './verify-screen.tsx';
import styles from './screens.module.css';

/** Which screen the desk's state asks for. */
export function Shell() {
  const desk = useDesk();
  if (desk === undefined) {
    return (
      <main className={styles['alone']}>
        <p role="status">{t('app.starting')}</p>
      </main>
    );
  }
  return (
    <Frame desk={desk}>
      <Screens status={desk.status} />
    </Frame>
  );
}

function Screens({ status }: Readonly<{ status: DeskStatus }>) {
  const { isSealPostponed, reset, postponeSeal } = useView(
    useShallow(({ isSealPostponed, reset, postponeSeal }) => ({ isSealPostponed, reset, postponeSeal })),
  );
  const { state, officer } = status.session;
  useFreshDataAfterUnlock(state);
  useEffect(() => {
    if (state !== 'signedOut') return;
    reset();
    postponeSeal(false);
  }, [state, reset, postponeSeal]);

  if (status.phase === 'absent') return <RestoreScreen />;
  if (status.phase !== 'open') return <OpenDeskScreen isOpening={status.phase === 'opening'} />;
  if (state === 'signedOut' || officer === null) return <SignInScreen status={status} lockedOfficer={null} />;
  const isLocked = state === 'locked';
  const asksSeal = !isLocked && status.seal.state === 'locked' && officer.mayUnlockSeal && !isSealPostponed;
  return (
    <>
      {isLocked ? <SignInScreen status={status} lockedOfficer={officer} /> : null}
      {asksSeal ? <SealScreen /> : null}
      {/* Hidden, not gone: with the card back, the officer is where they were. */}
      <Activity mode={isLocked || asksSeal ? 'hidden' : 'visible'}>
        <Work status={status} />
      </Activity>
    </>
  );
}

function Work({ status }: Readonly<{ status: DeskStatus }>) {
  const place = useView((view) => view.place);
  const isAtWork = place.kind === 'work';
  return (
    <>
      {place.kind === 'records' ? (
        <RecordsScreen initialText={place.text} officialNow={status.clock.officialNow} />
      ) : null}
      {place.kind === 'record' ? <RecordScreen recordId={place.recordId} /> : null}
      {place.kind === 'refusals' ? <RefusalsScreen /> : null}
      {place.kind === 'originals' ? <OriginalsScreen /> : null}
      {place.kind === 'verify' ? <VerifyScreen /> : null}
      {place.kind === 'scanner' ? <ScannerScreen /> : null}
      {status.openAttentionId === null ? (
        isAtWork ? (
          <HomeScreen status={status} />
        ) : null
      ) : (
        <Activity mode={isAtWork ? 'visible' : 'hidden'}>
          <AttentionScreen key={status.openAttentionId} attentionId={status.openAttentionId} status={status} />
        </Activity>
      )}
    </>
  );
}

// What was asked while locked was refused; once the card is back it is asked again.
function useFreshDataAfterUnlock(state: DeskStatus['session']['state']): void {
  const client = useQueryClient();
  const previous = useRef(state);
  useEffect(() => {
    if (previous.current !== 'signedIn' && state === 'signedIn')
      void client.invalidateQueries({ predicate: (query) => query.state.status === 'error' });
    previous.current = state;
  }, [client, state]);
}
