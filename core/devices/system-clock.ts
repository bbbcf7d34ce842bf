import type { ClockPort } from '../services/ports/surroundings.ts';

/**
 * The machine's own clock, said to be so in every record: `lastSynchronizedAt` and `uncertaintyMs` stay unknown until
 * a time source of the office is asked.
 */
export function createSystemClock(): ClockPort {
  return {
    now: () => new Date(),
    reading: () => ({ source: 'system', lastSynchronizedAt: null, uncertaintyMs: null }),
  };
}
