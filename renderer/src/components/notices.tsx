import type { ReactNode } from 'react';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import type { AppError, ErrorCode, ErrorMessage } from '../../../core/contract/errors.ts';
import type { JobProgress } from '../../../core/contract/schemas/desk.ts';
import { codes, errorSentence, t } from '../i18n/i18n.ts';
import { Button } from './button.tsx';
import styles from './controls.module.css';

/** What failed and the next step, where it happened, with the support number in small print. */
export function ErrorNotice({
  error,
  children,
}: Readonly<{ error: AppError | ErrorMessage | null; children?: ReactNode }>) {
  if (error === null) return null;
  return (
    <div role="alert" className={styles['bad']}>
      <p>{errorSentence(error)}</p>
      {error.supportNumber === '' ? null : (
        <p className={styles['support']}>{t('support.number', { number: error.supportNumber })}</p>
      )}
      {children}
    </div>
  );
}

export function Notice({ kind, children }: Readonly<{ kind: 'warn' | 'fine'; children: ReactNode }>) {
  return <div className={styles[kind]}>{children}</div>;
}

/** A state that asks for a step, as a sentence. */
export function ProblemNotice({ code }: Readonly<{ code: ErrorCode }>) {
  return (
    <Notice kind="warn">
      <p>{errorSentence({ code, details: {} })}</p>
    </Notice>
  );
}

export function HiddenStatus({ children }: Readonly<{ children: ReactNode }>) {
  return (
    <p role="status" className={styles['hidden']}>
      {children}
    </p>
  );
}

type JobNoticeProps = Readonly<{ job: JobProgress | null; onCancel?: (() => void) | undefined; cancelLabel?: string }>;

/** A job while it runs, and how it failed. A completed one is seen in what it made. */
export function JobNotice({ job, onCancel, cancelLabel = t('progress.cancel') }: JobNoticeProps) {
  if (job === null) return null;
  if (job.state === 'failed') return <ErrorNotice error={job.error} />;
  if (job.state !== 'running') return null;
  const phase = codes.jobPhase[job.phase];
  const isKnown = job.total !== null && job.total > 0;
  const share = isKnown ? Math.min(100, Math.round((job.done / (job.total ?? 1)) * 100)) : 0;
  const count = isKnown
    ? t('progress.of', { done: job.done, total: job.total ?? 0 })
    : job.done > 0
      ? String(job.done)
      : '';
  return (
    <ProgressNotice
      text={`${phase}… ${count}`}
      label={phase}
      share={isKnown ? share : null}
      onCancel={onCancel}
      cancelLabel={cancelLabel}
    />
  );
}

type ProgressNoticeProps = Readonly<{
  text: string;
  label: string;
  /** Per cent; null: nobody knows how much is left. */
  share: number | null;
  onCancel?: (() => void) | undefined;
  cancelLabel?: string;
}>;

export function ProgressNotice({
  text,
  label,
  share,
  onCancel,
  cancelLabel = t('progress.cancel'),
}: ProgressNoticeProps) {
  return (
    <div className={styles['job']}>
      <div className={styles['jobRow']}>
        <p role="status">{text}</p>
        {onCancel === undefined ? null : (
          <Button isSmall onPress={onCancel}>
            {cancelLabel}
          </Button>
        )}
      </div>
      <ProgressBar
        aria-label={label}
        value={share ?? 0}
        isIndeterminate={share === null}
        className={styles['track'] ?? ''}
      >
        {share === null ? (
          <span className={styles['fillUnknown']} />
        ) : (
          <span className={styles['fill']} style={{ width: `${share}%` }} />
        )}
      </ProgressBar>
    </div>
  );
}
