import { AppError, fromErrorMessage } from '../../../core/contract/errors.ts';
import type { JobProgress } from '../../../core/contract/schemas/desk.ts';
import type { BridgeClient } from '../bridge/client.ts';

/** Waits for the end of a job. Rejects with its error, or `request.cancelled`. */
export async function followJob(bridge: BridgeClient, jobId: string): Promise<void> {
  const ended = await endOfJob(bridge, jobId);
  if (ended.state === 'cancelled') throw new AppError('request.cancelled');
  if (ended.state === 'failed')
    throw ended.error === null ? new AppError('internal.unexpected') : fromErrorMessage(ended.error);
}

function endOfJob(bridge: BridgeClient, jobId: string): Promise<JobProgress> {
  return new Promise((resolve, reject) => {
    const finish = (job: JobProgress) => {
      if (job.jobId !== jobId || job.state === 'running') return;
      stop();
      resolve(job);
    };
    const stopEvents = bridge.subscribe('job.progress', finish);
    const stopClosed = bridge.onClosed(() => {
      stop();
      reject(new AppError('internal.servicesGone'));
    });
    const stop = () => {
      stopEvents();
      stopClosed();
    };
    // It may have ended before anybody listened.
    bridge.call('jobs.get', { jobId }).then(finish, (error: unknown) => {
      stop();
      reject(error instanceof AppError ? error : new AppError('internal.unexpected'));
    });
  });
}
