import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../core/contract/errors.ts';
import type { Said } from './shown.ts';

const patienceMs = 10;
const mostTries = 1000;

/** One line of standard output: what an officer sees from now on. */
export function say(said: Said): void {
  writeSync(1, `${JSON.stringify(said)}\n`);
}

/** Again and again, saying what the officer is told, until it goes well. */
export async function patiently<Result>(
  work: () => Promise<Result>,
  onRefused: (code: string) => void = () => undefined,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError) || tries === mostTries) throw error;
      say({ said: 'refused', code: error.code });
      onRefused(error.code);
      await pause(patienceMs);
    }
  }
}
