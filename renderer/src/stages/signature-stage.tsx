import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Manifest } from '../../../core/contract/methods.ts';
import type { JobProgress } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { ErrorNotice, JobNotice, Notice } from '../components/notices.tsx';
import { PinField } from '../components/pin-field.tsx';
import type { PinFieldHandle } from '../components/pin-field.tsx';
import { PinPadNotice } from '../components/pin-pad-notice.tsx';
import { t } from '../i18n/i18n.ts';
import { cardsThere } from '../state/candidates.ts';
import { sendPin } from '../state/pin.ts';
import { putAttention, useJob } from '../state/queries.ts';
import { toAppError } from '../state/to-app-error.ts';
import { useAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import { useAttentionWork } from './attention-context.tsx';
import { CitizenSignature } from './citizen-signature.tsx';
import { EachTimePin } from './each-time-pin.tsx';
import { ManifestTable } from './manifest-table.tsx';
import { usePreparation } from './prepare-documents.ts';
import styles from './signing.module.css';
import { StageFrame } from './stage-frame.tsx';

/** Names, pages, digests and thumbnails of everything; for whom; then one PIN. */
export function SignatureStage() {
  const { attention } = useAttentionWork();
  const preparation = usePreparation('signature');
  const waitsForCitizen =
    attention.form.route === 'citizenCard' &&
    !attention.documents.some((document) => document.role === 'application' && document.signedByCitizen);
  const manifest = useManifest(preparation.isReady, waitsForCitizen);
  return (
    <StageFrame primary={null}>
      <p>{t(introOf(manifest.data?.pinCount ?? 1))}</p>
      {preparation.action.isRunning && preparation.job === null ? (
        <p role="status">{t('signature.preparing')}</p>
      ) : null}
      <JobNotice job={preparation.job} onCancel={preparation.cancel} />
      {preparation.isReady || preparation.action.isRunning || preparation.action.error !== null ? null : (
        <div>
          <Button onPress={() => void preparation.action.run()}>{t('signature.prepare')}</Button>
        </div>
      )}
      <ErrorNotice error={preparation.action.error}>
        <Button isSmall onPress={() => void preparation.action.run()}>
          {t('common.retry')}
        </Button>
      </ErrorNotice>
      <ErrorNotice error={toAppError(manifest.error)}>
        <Button isSmall onPress={() => void manifest.refetch()}>
          {t('signature.review')}
        </Button>
      </ErrorNotice>
      {manifest.isLoading ? <p role="status">{t('common.loading')}</p> : null}
      {manifest.data === undefined ? null : <ManifestTable manifest={manifest.data} />}
      {preparation.isReady && waitsForCitizen ? <CitizenSignature /> : null}
      {manifest.data === undefined || waitsForCitizen ? null : (
        <OfficerSignature
          manifest={manifest.data}
          isCurrent={!manifest.isPlaceholderData}
          onReview={() => void manifest.refetch()}
        />
      )}
    </StageFrame>
  );
}

function introOf(pinCount: number) {
  if (pinCount === 0) return 'signature.introNothing';
  return pinCount === 1 ? 'signature.intro' : 'signature.introEachTime';
}

function useManifest(isReady: boolean, waitsForCitizen: boolean) {
  const bridge = useBridge();
  const { attention, status } = useAttentionWork();
  const { attentionId, version } = attention;
  const cards = cardsThere(status);
  return useQuery({
    // The citizen's signature changes the application's digest, and nothing else of the attention.
    queryKey: ['manifest', attentionId, version, waitsForCitizen, cards],
    queryFn: () => bridge.call('signing.getManifest', { attentionId }),
    enabled: isReady && attention.recordId === null,
    gcTime: 0,
    staleTime: 0,
    placeholderData: (previous) => previous,
  });
}

/** The job of signing and registering; when it ends well, the services are at the delivery. */
function useRegistration(onFailed: () => void) {
  const bridge = useBridge();
  const client = useQueryClient();
  const { attention } = useAttentionWork();
  const { jobs, noteJob } = useView();
  const job = useJob(jobs.signAndRegister ?? null);
  const { attentionId } = attention;
  const latest = useRef(onFailed);
  latest.current = onFailed;
  const state = job?.state ?? null;
  useEffect(() => {
    if (state === 'failed' || state === 'cancelled') latest.current();
    if (state !== 'completed') return;
    const arrive = async () => {
      let fresh = await bridge.call('attention.get', { attentionId });
      if (fresh.recordId !== null && fresh.stage !== 'delivery')
        fresh = await bridge.call('attention.goTo', { attentionId, stage: 'delivery' });
      putAttention(client, fresh);
    };
    void arrive().catch(() => {});
  }, [state, bridge, client, attentionId]);
  return { job, noteJob };
}

type OfficerSignatureProps = Readonly<{
  manifest: Manifest;
  /** False while a newer one is on its way: what is shown is not what would be signed. */
  isCurrent: boolean;
  onReview: () => void;
}>;

function OfficerSignature({ manifest, isCurrent, onReview }: OfficerSignatureProps) {
  const bridge = useBridge();
  const { attention, missing } = useAttentionWork();
  const pinField = useRef<PinFieldHandle>(null);
  const [pinLength, setPinLength] = useState(0);
  const { card, manifestDigest } = manifest;
  const { job, noteJob } = useRegistration(() => {
    onReview();
    pinField.current?.focus();
  });
  const isRunning = job?.state === 'running';
  const { pinCount } = manifest;
  const needsPin = card !== null && !card.hasPinPad && pinCount > 0;
  const sign = useAction(async (pin: Uint8Array | null) => {
    const input = { attentionId: attention.attentionId, manifestDigest };
    const { jobId } = await (pin === null
      ? bridge.call('signing.signAndRegister', { ...input, pin: null })
      : sendPin(pin, (bytes) => bridge.call('signing.signAndRegister', { ...input, pin: bytes })));
    noteJob('signAndRegister', jobId);
  });
  const isLocked = card !== null && (card.pinState.level === 'locked' || card.pinState.level === 'notInitialized');
  const canSign = card !== null && !isLocked && missing.length === 0 && !isRunning && isCurrent;

  async function submit(): Promise<void> {
    if (!canSign) return;
    if (!needsPin) {
      await sign.run(null);
      return;
    }
    if (pinLength === 0 || pinField.current === null) {
      pinField.current?.focus();
      return;
    }
    if (!(await sign.run(pinField.current.take()))) {
      onReview();
      pinField.current?.focus();
    }
  }

  // While the card signs, Enter belongs to the field of its next PIN.
  useShortcuts({ Enter: isRunning ? undefined : () => void submit() });
  // The card is ready: the PIN is the next thing.
  const isAsked = needsPin && !isRunning;
  useEffect(() => {
    if (isAsked) pinField.current?.focus();
  }, [isAsked]);

  return (
    <>
      {isRunning && job.pinAsked !== null ? (
        <EachTimePin jobId={job.jobId} asked={job.pinAsked} pinState={card?.pinState ?? null} />
      ) : null}
      <form
        className={styles['signBox']}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h2>{t('signature.officerTitle')}</h2>
        {card === null ? (
          <p role="status">{t('signature.insertCard')}</p>
        ) : isRunning ? null : needsPin ? (
          <PinField ref={pinField} label={t('signature.pin')} pinState={card.pinState} onLength={setPinLength} />
        ) : null}
        {card?.hasPinPad === true && pinCount > 0 ? <PinPadNotice /> : null}
        {card?.asksPinEachTime === true && pinCount > 0 && !isRunning ? (
          <p>{t('signature.pinCount', { count: pinCount })}</p>
        ) : null}
        <ErrorNotice error={sign.error} />
        <JobNotice
          job={job}
          onCancel={
            canStop(job)
              ? () => void bridge.call('jobs.cancel', { jobId: job?.jobId ?? '' }).catch(() => {})
              : undefined
          }
          cancelLabel={t('signature.cancel')}
        />
        {job?.state === 'cancelled' ? (
          <Notice kind="warn">
            <p>{t('signature.cancelled')}</p>
          </Notice>
        ) : null}
        {isRunning ? null : (
          <div>
            <Button kind="primary" type="submit" shortcut="⏎" isDisabled={!canSign} isPending={sign.isRunning}>
              {t('signature.button')}
            </Button>
          </div>
        )}
      </form>
    </>
  );
}

// Once the number is being given there is no way back: what follows is annulment, not cancelling.
function canStop(job: JobProgress | null): boolean {
  return (
    job !== null &&
    (job.phase === 'starting' ||
      job.phase === 'buildingDocuments' ||
      job.phase === 'signing' ||
      job.phase === 'timestamping')
  );
}
