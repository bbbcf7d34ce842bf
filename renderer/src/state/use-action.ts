import { useCallback, useRef, useState } from 'react';
import { AppError } from '../../../core/contract/errors.ts';

export type Action<Arguments extends readonly unknown[]> = Readonly<{
  run: (...input: Arguments) => Promise<boolean>;
  isRunning: boolean;
  error: AppError | null;
  clear: () => void;
}>;

/**
 * One thing the officer asked for: running, done or failed. Nothing of its input is kept (a PIN may be in it), and a
 * second press while it runs does nothing.
 */
export function useAction<Arguments extends readonly unknown[]>(
  work: (...input: Arguments) => Promise<unknown>,
): Action<Arguments> {
  const [isRunning, setIsRunning] = useState(false);
  const [error, setError] = useState<AppError | null>(null);
  const isBusy = useRef(false);
  const latest = useRef(work);
  latest.current = work;

  const run = useCallback(async (...input: Arguments) => {
    if (isBusy.current) return false;
    isBusy.current = true;
    setIsRunning(true);
    setError(null);
    try {
      await latest.current(...input);
      return true;
    } catch (failure) {
      setError(failure instanceof AppError ? failure : new AppError('internal.unexpected', {}, { cause: failure }));
      return false;
    } finally {
      isBusy.current = false;
      setIsRunning(false);
    }
  }, []);
  const clear = useCallback(() => setError(null), []);
  return { run, isRunning, error, clear };
}

/**
 * Things that are asked one after another and must all be done (each field of a document, each page confirmed): none is
 * dropped. `work` itself keeps them in order.
 */
export function useEveryAction<Arguments extends readonly unknown[]>(
  work: (...input: Arguments) => Promise<unknown>,
): Action<Arguments> {
  const [waiting, setWaiting] = useState(0);
  const [error, setError] = useState<AppError | null>(null);
  const latest = useRef(work);
  latest.current = work;

  const run = useCallback(async (...input: Arguments) => {
    setWaiting((count) => count + 1);
    setError(null);
    try {
      await latest.current(...input);
      return true;
    } catch (failure) {
      setError(failure instanceof AppError ? failure : new AppError('internal.unexpected', {}, { cause: failure }));
      return false;
    } finally {
      setWaiting((count) => count - 1);
    }
  }, []);
  const clear = useCallback(() => setError(null), []);
  return { run, isRunning: waiting > 0, error, clear };
}
