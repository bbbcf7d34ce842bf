import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { AppError } from '../contract/errors.ts';
import type { Log } from '../services/context.ts';

/**
 * Structured log in the desk's log folder. Of an error only its code or class name and its stack's places are kept:
 * messages of libraries may quote what a citizen wrote.
 */
export function createFileLog(folder: string): Log {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: join(folder, 'ventanilla.log'), mode: 0o600, sync: false }),
  );
  return {
    info: (event, details = {}) => logger.info(details, event),
    error: (event, error) => logger.error(describeError(error), event),
  };
}

function describeError(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const cause =
    error.cause instanceof Error
      ? { cause: describeError(error.cause)['kind'] ?? '', causeAt: placesOf(error.cause) }
      : {};
  if (error instanceof AppError)
    return { kind: error.code, supportNumber: error.supportNumber, at: placesOf(error), ...cause };
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return { kind: `${error.name}${code}`, at: placesOf(error), ...cause };
}

/** The stack without its first lines, which hold the message. */
function placesOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /u.test(line))
    .slice(0, 8)
    .map((line) => line.trim().replace(/\(?(?:file:\/\/)?\/.*\/((?:[^/]+\/){0,2}[^/]+)\)?$/u, '$1'))
    .join(' < ');
}
