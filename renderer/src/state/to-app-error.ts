import { AppError } from '../../../core/contract/errors.ts';

/** What a query failed with; the bridge rejects with AppError and nothing else is expected. */
export function toAppError(error: unknown): AppError | null {
  if (error === null || error === undefined) return null;
  return error instanceof AppError ? error : new AppError('internal.unexpected', {}, { cause: error });
}
