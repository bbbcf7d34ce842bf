import { randomUUID } from 'node:crypto';
import { AppError, toErrorMessage } from '../contract/errors.ts';
import type { JobKind, JobProgress } from '../contract/schemas/desk.ts';
import type { EventBus } from './event-bus.ts';

export type JobReport = Readonly<{ phase: JobProgress['phase']; done?: number; total?: number | null }>;
export type PinRequest = NonNullable<JobProgress['pinAsked']>;
/**
 * Waits for a PIN that the window gives with `givePin`; whoever gets it wipes it. Rejects with `request.cancelled` when
 * the job is, and with the reason of `gone` when what it was wanted for has gone.
 */
export type AskPin = (request: PinRequest, gone: AbortSignal) => Promise<Uint8Array>;
export type JobWork = (
  job: Readonly<{ signal: AbortSignal; report: (report: JobReport) => void; askPin: AskPin }>,
) => Promise<void>;

/** Long work that tells its progress and can be cancelled. Finished jobs are kept for a while, so that a late window can ask. */
export type Jobs = Readonly<{
  /** `subject`: what the job works on, once at a time; a second start throws `attention.stageNotReady`. */
  start(kind: JobKind, subject: string, work: JobWork): string;
  get(jobId: string): JobProgress;
  cancel(jobId: string): void;
  /** The PIN that the job waits for. Throws `request.notAllowed`, the bytes wiped, where it waits for none. */
  givePin(jobId: string, pin: Uint8Array): void;
  isRunning(kind: JobKind): boolean;
  /** Cancels everything and waits for it to end. */
  close(): Promise<void>;
}>;

const keptJobs = 100;

/** `onBusyChanged`: called when the first of several jobs begins and when the last one has ended. */
export function createJobs(
  events: EventBus,
  onUnexpected: (error: unknown) => void,
  onBusyChanged: (isBusy: boolean) => void,
): Jobs {
  const progress = new Map<string, JobProgress>();
  const running = new Map<
    string,
    { kind: JobKind; subject: string; controller: AbortController; ended: Promise<void> }
  >();
  const pinTakers = new Map<string, (pin: Uint8Array) => void>();

  function publish(next: JobProgress): void {
    progress.set(next.jobId, next);
    const oldest = progress.keys().next().value;
    if (progress.size > keptJobs && oldest !== undefined && !running.has(oldest)) progress.delete(oldest);
    events.publish('job.progress', next);
  }

  function getJob(jobId: string): JobProgress {
    const job = progress.get(jobId);
    if (job === undefined) throw new AppError('job.notFound');
    return job;
  }

  async function askPin(
    jobId: string,
    request: PinRequest,
    cancelled: AbortSignal,
    gone: AbortSignal,
  ): Promise<Uint8Array> {
    const given = Promise.withResolvers<Uint8Array>();
    const onCancelled = (): void => given.reject(new AppError('request.cancelled'));
    const onGone = (): void => given.reject(gone.reason instanceof Error ? gone.reason : new AppError('card.removed'));
    cancelled.addEventListener('abort', onCancelled);
    gone.addEventListener('abort', onGone);
    if (cancelled.aborted) onCancelled();
    if (gone.aborted) onGone();
    pinTakers.set(jobId, given.resolve);
    publish({ ...getJob(jobId), pinAsked: request });
    try {
      return await given.promise;
    } finally {
      pinTakers.delete(jobId);
      cancelled.removeEventListener('abort', onCancelled);
      gone.removeEventListener('abort', onGone);
      publish({ ...getJob(jobId), pinAsked: null });
    }
  }

  async function run(jobId: string, work: JobWork, controller: AbortController): Promise<void> {
    try {
      await work({
        signal: controller.signal,
        askPin: (request, gone) => askPin(jobId, request, controller.signal, gone),
        report: ({ phase, done, total }) => {
          const last = getJob(jobId);
          publish({ ...last, phase, done: done ?? last.done, total: total === undefined ? last.total : total });
        },
      });
      publish({ ...getJob(jobId), state: 'completed', phase: 'finished' });
    } catch (error) {
      const wasCancelled = controller.signal.aborted;
      const message = toErrorMessage(error);
      if (message.code === 'internal.unexpected') onUnexpected(error);
      publish({ ...getJob(jobId), state: wasCancelled ? 'cancelled' : 'failed', error: wasCancelled ? null : message });
    } finally {
      running.delete(jobId);
      if (running.size === 0) onBusyChanged(false);
    }
  }

  return {
    start(kind, subject, work) {
      for (const other of running.values()) {
        if (other.kind === kind && other.subject === subject) throw new AppError('attention.stageNotReady');
      }
      const jobId = randomUUID();
      const controller = new AbortController();
      progress.set(jobId, {
        jobId,
        kind,
        subject,
        state: 'running',
        phase: 'starting',
        done: 0,
        total: null,
        pinAsked: null,
        error: null,
      });
      // The caller gets the id before the first event can reach the window.
      const ended = Promise.resolve().then(() => run(jobId, work, controller));
      running.set(jobId, { kind, subject, controller, ended });
      if (running.size === 1) onBusyChanged(true);
      return jobId;
    },
    get: getJob,
    cancel(jobId) {
      getJob(jobId);
      running.get(jobId)?.controller.abort();
    },
    givePin(jobId, pin) {
      getJob(jobId);
      const take = pinTakers.get(jobId);
      if (take === undefined) {
        pin.fill(0);
        throw new AppError('request.notAllowed');
      }
      pinTakers.delete(jobId);
      take(pin);
    },
    isRunning(kind) {
      return [...running.values()].some((job) => job.kind === kind);
    },
    async close() {
      const ended = [...running.values()].map((job) => {
        job.controller.abort();
        return job.ended;
      });
      await Promise.allSettled(ended);
    },
  };
}
