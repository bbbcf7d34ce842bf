import { useEffect, useRef, useState } from 'react';
import type { AppError } from '../../../core/contract/errors.ts';
import type { MethodOutput } from '../../../core/contract/methods.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import controls from '../components/controls.module.css';
import { ModalDialog } from '../components/dialogs.tsx';
import { ErrorNotice, HiddenStatus, ProgressNotice } from '../components/notices.tsx';
import { codes, t } from '../i18n/i18n.ts';
import { followJob } from '../state/follow-job.ts';
import { useDesk } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import styles from './glass-look.module.css';

type Sizes = Omit<MethodOutput<'scan.takePreview'>, 'bytes'>;
type Source = MethodOutput<'catalogue.listScanProfiles'>['profiles'][number]['source'];

/** A look at what lies on the glass: it is shown and forgotten. */
export type GlassLook = Readonly<{
  isOpen: boolean;
  isRunning: boolean;
  error: AppError | null;
  picture: (Sizes & Readonly<{ url: string }>) | null;
  start: () => void;
  close: () => void;
}>;

/** Whether the scanner in use shows what lies on a source before it is scanned. */
export function useCanLook(wanted: Source | undefined): boolean {
  const sources = useDesk()?.status.scanner.sources ?? [];
  return sources.some(({ source, preview }) => source === wanted && preview);
}

export function useGlassLook(profileId: string): GlassLook {
  const bridge = useBridge();
  const [isOpen, setIsOpen] = useState(false);
  const [picture, setPicture] = useState<GlassLook['picture']>(null);
  const url = picture?.url;
  /** Ends the look that is going on, if there is one, also before its job has begun. */
  const ending = useRef(new AbortController());
  const action = useAction(async () => {
    const { signal } = (ending.current = new AbortController());
    setPicture(null);
    const job = await bridge.call('scan.preview', { profileId });
    const cancel = () => void bridge.call('jobs.cancel', job).catch(() => {});
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    await followJob(bridge, job.jobId);
    const { bytes, ...sizes } = await bridge.call('scan.takePreview', job);
    const blob = new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' });
    if (!signal.aborted) setPicture({ ...sizes, url: URL.createObjectURL(blob) });
  });
  useEffect(() => () => ending.current.abort(), []);
  useEffect(() => (url === undefined ? undefined : () => URL.revokeObjectURL(url)), [url]);

  return {
    isOpen,
    isRunning: action.isRunning,
    error: action.error,
    picture,
    start: () => {
      setIsOpen(true);
      void action.run();
    },
    close: () => {
      setIsOpen(false);
      setPicture(null);
      ending.current.abort();
    },
  };
}

export function GlassDialog({ look, onScan }: Readonly<{ look: GlassLook; onScan: () => void }>) {
  const scan = () => {
    look.close();
    onScan();
  };
  return (
    <ModalDialog title={t('glass.title')} isOpen={look.isOpen} onClose={look.close}>
      {look.isRunning ? (
        <ProgressNotice
          text={`${codes.jobPhase.lookingAtGlass}…`}
          label={codes.jobPhase.lookingAtGlass}
          share={null}
          onCancel={look.close}
        />
      ) : (
        <>
          <ErrorNotice error={look.error} />
          {look.picture === null ? null : <Picture picture={look.picture} />}
          <Choices look={look} onScan={scan} />
        </>
      )}
    </ModalDialog>
  );
}

function Choices({ look, onScan }: Readonly<{ look: GlassLook; onScan: () => void }>) {
  const next = useRef<HTMLButtonElement>(null);
  // The button that had the focus went away with the progress.
  useEffect(() => next.current?.focus(), []);
  return (
    <div className={controls['buttonRow']}>
      {look.picture === null ? null : (
        <Button kind="primary" ref={next} onPress={onScan}>
          {t('glass.scan')}
        </Button>
      )}
      <Button {...(look.picture === null ? { ref: next } : {})} onPress={look.start}>
        {t('glass.again')}
      </Button>
      <Button onPress={look.close}>{t('common.close')}</Button>
    </div>
  );
}

function Picture({ picture }: Readonly<{ picture: NonNullable<GlassLook['picture']> }>) {
  const { url, glassMm, scannedMm } = picture;
  const share = (part: number, whole: number) => `${Math.min(100, (part / whole) * 100)}%`;
  const scanned = { width: share(scannedMm.width, glassMm.width), height: share(scannedMm.height, glassMm.height) };
  return (
    <>
      <HiddenStatus>{t('glass.ready')}</HiddenStatus>
      <div className={styles['glass']}>
        <img src={url} alt={t('glass.picture')} draggable={false} />
        <span className={styles['scanned']} style={scanned} />
      </div>
      <p>
        {t('glass.hint')} {t('glass.notKept')}
      </p>
    </>
  );
}
