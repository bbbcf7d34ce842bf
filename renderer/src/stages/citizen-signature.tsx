import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { CardCandidate } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { CardChoice } from '../components/card-choice.tsx';
import { ErrorNotice, JobNotice } from '../components/notices.tsx';
import { PinField } from '../components/pin-field.tsx';
import type { PinFieldHandle } from '../components/pin-field.tsx';
import { PinPadNotice } from '../components/pin-pad-notice.tsx';
import { t } from '../i18n/i18n.ts';
import { cardsThere, usePreferredCandidate } from '../state/candidates.ts';
import { followJob } from '../state/follow-job.ts';
import { sendPin } from '../state/pin.ts';
import { useJob } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import { useView } from '../state/view-store.ts';
import { useAttentionWork } from './attention-context.tsx';
import styles from './signing.module.css';

/** The application signed with the citizen's own card (art. 71.2): their PIN, not the officer's. */
export function CitizenSignature() {
  const bridge = useBridge();
  const { attention, status, change } = useAttentionWork();
  const { attentionId } = attention;
  const { jobs, noteJob } = useView();
  const job = useJob(jobs.citizenSign ?? null);
  const cards = cardsThere(status);
  const { data, refetch } = useQuery({
    queryKey: ['citizenCards', attentionId, cards],
    queryFn: () => bridge.call('application.listCitizenCards', { attentionId }),
    staleTime: 0,
    gcTime: 0,
    // A card tells what it is a moment after it is there: the field would go away under the PIN that is being typed.
    placeholderData: (previous) => previous,
  });
  const candidates = data?.candidates ?? [];
  const [chosen, setChosen] = usePreferredCandidate(candidates);
  const pinField = useRef<PinFieldHandle>(null);
  const [pinLength, setPinLength] = useState(0);
  const sign = useAction(async (candidate: CardCandidate, pin: Uint8Array | null) => {
    const input = { attentionId, readerId: candidate.readerId, certificateId: candidate.certificateId };
    const { jobId } = await (pin === null
      ? bridge.call('application.signWithCitizenCard', { ...input, pin: null })
      : sendPin(pin, (bytes) => bridge.call('application.signWithCitizenCard', { ...input, pin: bytes })));
    noteJob('citizenSign', jobId);
    await followJob(bridge, jobId);
    await change(() => bridge.call('attention.get', { attentionId }));
  });

  async function submit(): Promise<void> {
    if (chosen === null) return;
    if (chosen.hasPinPad) {
      await sign.run(chosen, null);
      return;
    }
    if (pinLength === 0 || pinField.current === null) {
      pinField.current?.focus();
      return;
    }
    if (!(await sign.run(chosen, pinField.current.take()))) {
      void refetch();
      pinField.current?.focus();
    }
  }

  return (
    <form
      className={styles['signBox']}
      data-path="application"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2>{t('signature.citizenTitle')}</h2>
      <p>{t('signature.citizenIntro')}</p>
      {candidates.length > 0 ? (
        <CardChoice label={t('signIn.certificate')} candidates={candidates} chosen={chosen} onChoose={setChosen} />
      ) : (
        <p role="status">{t('signature.citizenInsert')}</p>
      )}
      {chosen === null ? null : chosen.hasPinPad ? (
        <PinPadNotice />
      ) : (
        <PinField
          ref={pinField}
          label={t('signature.citizenPin')}
          pinState={chosen.pinState}
          onLength={setPinLength}
          isFirst
        />
      )}
      <ErrorNotice error={sign.error} />
      <JobNotice job={job?.state === 'running' ? job : null} />
      <div>
        <Button kind="primary" type="submit" shortcut="⏎" isDisabled={chosen === null} isPending={sign.isRunning}>
          {t('signature.citizenButton')}
        </Button>
      </div>
    </form>
  );
}
