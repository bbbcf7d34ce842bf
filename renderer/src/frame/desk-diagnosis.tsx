import { use } from 'react';
import { OverlayTriggerStateContext } from 'react-aria-components/Dialog';
import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import controls from '../components/controls.module.css';
import { Facts } from '../components/facts.tsx';
import { ErrorNotice, Notice, ProblemNotice } from '../components/notices.tsx';
import { pinSentence } from '../components/pin-field.tsx';
import { SealForm } from '../components/seal-form.tsx';
import { formatDateTime } from '../format/format.ts';
import { codes, errorSentence, t } from '../i18n/i18n.ts';
import { useAction } from '../state/use-action.ts';
import { useView } from '../state/view-store.ts';
import styles from './frame.module.css';

type DiagnosisProps = Readonly<{ status: DeskStatus }>;

export function CardDiagnosis({ status }: DiagnosisProps) {
  const { card } = status;
  const sentence =
    card.state === 'noReader'
      ? errorSentence({ code: 'card.readerAbsent', details: {} })
      : card.state === 'empty'
        ? t('signIn.insertCard')
        : pinSentence(card.pinState);
  return (
    <>
      {card.readers.length === 0 ? null : (
        <Facts
          rows={card.readers.map((reader) => [
            reader.readerName,
            `${reader.state === 'present' ? t('signIn.readerPresent') : reader.state === 'empty' ? t('signIn.readerEmpty') : t('signIn.readerUnreadable')}${reader.tokenLabel === null ? '' : ` (${reader.tokenLabel})`}`,
          ])}
        />
      )}
      {card.state === 'failed' ? <ProblemNotice code="card.failed" /> : <p>{sentence}</p>}
    </>
  );
}

export function ScannerDiagnosis({ status }: DiagnosisProps) {
  const { scanner } = status;
  const { qualification } = scanner;
  const goTo = useView((view) => view.goTo);
  const overlay = use(OverlayTriggerStateContext);
  const check = () => {
    overlay?.close();
    goTo({ kind: 'scanner' });
  };
  return (
    <>
      <Facts
        rows={[
          [t('desk.scannerDevice'), scanner.deviceName ?? t('desk.unknown')],
          [t('records.state'), codes.scannerState[scanner.state]],
          ...(qualification === null ? [] : [[t('desk.scannerCheck'), describeQualification(qualification)] as const]),
        ]}
      />
      {scanner.problem === null ? null : <ProblemNotice code={scanner.problem} />}
      {status.session.state === 'signedIn' ? (
        <div className={controls['buttonRow']}>
          <Button onPress={check}>{t('session.checkScanner')}</Button>
        </div>
      ) : null}
    </>
  );
}

function describeQualification({ standing, at }: NonNullable<DeskStatus['scanner']['qualification']>): string {
  const text = codes.qualificationStanding[standing];
  return at === null ? text : `${text}, ${formatDateTime(at)}`;
}

export function SealDiagnosis({ status }: DiagnosisProps) {
  const mayOpen = status.session.state === 'signedIn' && status.session.officer?.mayUnlockSeal === true;
  return (
    <>
      <p>{status.seal.state === 'unlocked' ? codes.sealState.unlocked : t('seal.laterHint')}</p>
      {status.seal.state === 'locked' && mayOpen ? <SealForm /> : null}
    </>
  );
}

export function ClockDiagnosis({ status }: DiagnosisProps) {
  const { clock } = status;
  const margin =
    clock.uncertaintyMs === null ? t('desk.unknown') : t('desk.uncertaintyValue', { ms: clock.uncertaintyMs });
  const offset = clock.offsetMs === null ? t('desk.unknown') : t('desk.offsetValue', { ms: clock.offsetMs });
  return (
    <>
      <Facts
        rows={[
          [t('desk.officialNow'), formatDateTime(clock.officialNow)],
          [t('desk.source'), codes.clockSource[clock.source]],
          [t('desk.uncertainty'), margin],
          [t('desk.offset'), offset],
          [
            t('desk.lastSynchronized'),
            clock.lastSynchronizedAt === null ? t('desk.never') : formatDateTime(clock.lastSynchronizedAt),
          ],
        ]}
      />
      {clock.jumpedFrom === null ? null : <ClockJump status={status} jumpedFrom={clock.jumpedFrom} />}
    </>
  );
}

function ClockJump({ status, jumpedFrom }: DiagnosisProps & Readonly<{ jumpedFrom: string }>) {
  const bridge = useBridge();
  const accept = useAction(() => bridge.call('desk.acceptClock', {}));
  const isSupervisor = status.session.state === 'signedIn' && status.session.officer?.isSupervisor === true;
  return (
    <>
      <Notice kind="warn">
        <p>{t('desk.clockJumped', { last: formatDateTime(jumpedFrom) })}</p>
      </Notice>
      <ErrorNotice error={accept.error} />
      {isSupervisor ? (
        <div className={controls['buttonRow']}>
          <Button onPress={() => void accept.run()} isPending={accept.isRunning}>
            {t('desk.acceptClock')}
          </Button>
        </div>
      ) : null}
    </>
  );
}

export function NoticesDiagnosis({ notices }: Readonly<{ notices: readonly string[] }>) {
  if (notices.length === 0) return <p>{t('desk.noNotices')}</p>;
  return (
    <ul className={styles['notices']}>
      {notices.map((notice) => (
        <li key={notice}>
          <Notice kind="warn">
            <p>{notice}</p>
          </Notice>
        </li>
      ))}
    </ul>
  );
}
