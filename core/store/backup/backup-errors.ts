import { AppError } from '../../contract/errors.ts';
import { errorCode, isFullDisk } from '../store-errors.ts';

/** What the file system said of the disk of the copies: `backup.targetFull`, else `backup.targetGone`. An AppError passes unchanged. */
export function toTargetError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = errorCode(error);
  if (code === null) return error;
  return new AppError(isFullDisk(code) ? 'backup.targetFull' : 'backup.targetGone', {}, { cause: error });
}

/** Throws `request.cancelled`. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('request.cancelled');
}
