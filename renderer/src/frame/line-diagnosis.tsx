import { ProgressBar } from 'react-aria-components/ProgressBar';
import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import controls from '../components/controls.module.css';
import { Facts } from '../components/facts.tsx';
import { CheckField } from '../components/fields.tsx';
import { ErrorNotice, Notice, ProblemNotice } from '../components/notices.tsx';
import { formatDateTime } from '../format/format.ts';
import { describeCatalogues, describeRefusedCatalogues } from './catalogues.ts';
import { formatBytes } from '../format/verification.ts';
import { codes, t } from '../i18n/i18n.ts';
import { useAction } from '../state/use-action.ts';
import { RenewalForm } from './renewal-form.tsx';

type LineProps = Readonly<{ status: DeskStatus }>;

/** What waits for the line and what is on its way; whether its use costs; how old the catalogues are. */
export function LineDiagnosis({ status }: LineProps) {
  const bridge = useBridge();
  const send = useAction(() => bridge.call('desk.syncNow', {}));
  const { line } = status;
  const refused = describeRefusedCatalogues(status);
  return (
    <>
      <Facts
        rows={[
          [t('records.state'), codes.lineState[line.state]],
          [t('desk.pendingRecords'), line.pendingRecords],
          [t('desk.pendingBlobs'), line.pendingBlobs],
          ...(line.pendingBytes === 0 ? [] : [[t('line.pendingBytes'), formatBytes(line.pendingBytes)] as const]),
          [t('desk.pendingEvidence'), line.pendingEvidence],
          [t('desk.lastSync'), line.lastSyncAt === null ? t('desk.never') : formatDateTime(line.lastSyncAt)],
          [t('line.catalogues'), describeCatalogues(status)],
        ]}
      />
      {line.upload === null ? null : <UploadNotice upload={line.upload} />}
      {refused === null ? null : (
        <Notice kind="warn">
          <p>{refused}</p>
        </Notice>
      )}
      {/* What the attempt just made says by itself is not said twice. */}
      {line.problem === null || line.problem === send.error?.code ? null : <ProblemNotice code={line.problem} />}
      {line.problem === 'desk.revoked' && status.session.state === 'signedIn' ? <RenewalForm /> : null}
      {line.isCentreDurable === false ? <p className={controls['hint']}>{t('desk.centreNotDurable')}</p> : null}
      <MeteredChoice status={status} />
      <ErrorNotice error={send.error} />
      <div className={controls['buttonRow']}>
        <Button onPress={() => void send.run()} isPending={send.isRunning} isDisabled={status.phase !== 'open'}>
          {t('desk.sendNow')}
        </Button>
        {send.isRunning ? <span role="status">{t('desk.synchronizing')}</span> : null}
      </div>
    </>
  );
}

function MeteredChoice({ status }: LineProps) {
  const bridge = useBridge();
  const { isMetered, heldBlobs, heldBytes } = status.line;
  const change = useAction((next: boolean) => bridge.call('desk.setLineMetered', { isMetered: next }));
  const isSignedIn = status.session.state === 'signedIn';
  const held =
    heldBlobs === 0 ? t('line.heldNone') : t('line.held', { count: heldBlobs, size: formatBytes(heldBytes) });
  return (
    <>
      <CheckField
        label={t('line.metered')}
        isSelected={isMetered}
        isDisabled={!isSignedIn}
        onChange={(next) => void change.run(next)}
        hint={isSignedIn ? t('line.meteredHint') : t('line.meteredSignIn')}
      />
      {isMetered ? <p>{held}</p> : null}
      <ErrorNotice error={change.error} />
    </>
  );
}

/** Said by the progress bar to whoever goes there: what changes every second is not announced. */
function UploadNotice({ upload }: Readonly<{ upload: NonNullable<DeskStatus['line']['upload']> }>) {
  const { current, sentBytes, totalBytes } = upload;
  const share = totalBytes === 0 ? 0 : Math.min(100, Math.floor((sentBytes / totalBytes) * 100));
  const whole = [
    t('line.whole', { sent: formatBytes(sentBytes), total: formatBytes(totalBytes) }),
    describeLeft(upload.secondsLeft),
  ];
  const text = whole.filter((part) => part !== '').join(' ');
  return (
    <div className={controls['job']}>
      {current === null ? null : (
        <p>
          {t('line.file', {
            title: current.title ?? t('line.receipt'),
            number: current.recordNumber,
            sent: formatBytes(current.sentBytes),
            total: formatBytes(current.byteLength),
          })}
        </p>
      )}
      <ProgressBar aria-label={t('line.upload')} value={share} valueLabel={text} className={controls['track'] ?? ''}>
        <span className={controls['fill']} style={{ width: `${share}%` }} />
      </ProgressBar>
      <p>{text}</p>
    </div>
  );
}

function describeLeft(seconds: number | null): string {
  if (seconds === null) return '';
  if (seconds < 60) return t('line.left.moment');
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return t('line.left.minutes', { count: minutes });
  return t('line.left.hours', { count: Math.round(minutes / 60) });
}
