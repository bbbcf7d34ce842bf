import { randomUUID } from 'node:crypto';
import { AppError, toErrorMessage } from '../contract/errors.ts';
import type { JobKind, JobProgress } from '../contract/schemas/desk.ts';
import type { EventBus } from './event-bus.ts';

export type JobReport = Readonly<{ phase: JobProgress['phase']; done?: number; total?: number | null }>;
export type JobWork = (job: Readonly<{ signal: AbortSignal; report: (report: JobReport) => void }>) => Promise<void>;

/** Long work that tells its progress and can be cancelled. Finished jobs are kept for a while, so that a late window can ask. */
export type Jobs = Readonly<{
  /** `key` says what may not run twice at the same time; a second start throws `attention.stageNotReady`. */
  start(kind: JobKind, key: string, work: JobWork): string;
  get(jobId: string): JobProgress;
  cancel(jobId: string): void;
  isRunning(kind: JobKind): boolean;
  /** Cancels everything and waits for it to end. */
  close(): Promise<void>;
}>;

const keptJobs = 100;

export function createJobs(events: EventBus, onUnexpected: (error: unknown) => void): Jobs {
  const progress = new Map<string, JobProgress>();
  const running = new Map<string, { kind: JobKind; key: string; controller: AbortController; ended: Promise<void> }>();

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

  async function run(jobId: string, work: JobWork, controller: AbortController): Promise<void> {
    try {
      await work({
        signal: controller.signal,
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
    }
  }

  return {
    start(kind, key, work) {
      for (const other of running.values()) {
        if (other.kind === kind && other.key === key) throw new AppError('attention.stageNotReady');
      }
      const jobId = randomUUID();
      const controller = new AbortController();
      progress.set(jobId, { jobId, kind, state: 'running', phase: 'starting', done: 0, total: null, error: null });
      // The caller gets the id before the first event can reach the window.
      const ended = Promise.resolve().then(() => run(jobId, work, controller));
      running.set(jobId, { kind, key, controller, ended });
      return jobId;
    },
    get: getJob,
    cancel(jobId) {
      getJob(jobId);
      running.get(jobId)?.controller.abort();
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
