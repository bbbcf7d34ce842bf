import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../contract/errors.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import type { LineRules } from '../services/line-rules.ts';

/** Bytes of the parts that travel on their own, and how long one is to take: what is cut in the middle of it is sent again. */
export type PartSizes = Readonly<{ smallest: number; first: number; largest: number; seconds: number }>;

export const usualPartSizes: PartSizes = {
  smallest: 16 * 1024,
  // Sixteen seconds of 64 kbit/s.
  first: 128 * 1024,
  largest: 4 * 1024 * 1024,
  seconds: 4,
};

/**
 * How much is sent at once, and how fast. A part is as large as some seconds carry, so that the slowest line finishes one
 * before it is cut or anybody loses patience, and a fast one is not kept waiting for answers.
 */
export type UploadPace = Readonly<{
  partBytes(): number;
  /** Learns from how long it took, or from its being cut. */
  measure<Answer>(bytes: number, work: () => Promise<Answer>): Promise<Answer>;
  /** Resolves when so many bytes of files may leave under the administrator's limit, which all uploads share; null: none holds. */
  limit(): ((bytes: number, signal: AbortSignal) => Promise<void>) | null;
}>;

/** A part that is as long as this under the administrator's limit is no longer than a proxy waits for it. */
const longestCappedSeconds = 8;

export function createUploadPace(
  options: Readonly<{ rules: LineRules; now: () => Date; sizes?: PartSizes }>,
): UploadPace {
  const { rules, now, sizes = usualPartSizes } = options;
  let size = sizes.first;
  /** On the clock of `performance.now()`: until here the bytes that left have used up what is allowed. */
  let usedUntil = 0;

  function capBytesPerSecond(): number | null {
    const { uploadKbps, uploadHours } = rules;
    if (uploadKbps === null || (uploadHours !== null && !isBetween(now(), uploadHours))) return null;
    return (uploadKbps * 1000) / 8;
  }

  function learn(bytes: number, seconds: number): void {
    // What is much smaller than a part tells how far the centre is, not what the line carries.
    if (bytes * 2 < size) return;
    const fitting = Math.round((bytes / seconds) * sizes.seconds);
    size = Math.min(Math.max(fitting, sizes.smallest), sizes.largest, size * 2);
  }

  return {
    partBytes() {
      const cap = capBytesPerSecond();
      const most = cap === null ? size : Math.min(size, Math.round(cap * longestCappedSeconds));
      return Math.max(most, sizes.smallest);
    },
    async measure(bytes, work) {
      const start = performance.now();
      try {
        const answer = await work();
        learn(bytes, (performance.now() - start) / 1_000);
        return answer;
      } catch (error) {
        if (isTooMuch(error)) size = Math.max(sizes.smallest, Math.round(size / 4));
        throw error;
      }
    },
    limit() {
      const cap = capBytesPerSecond();
      if (cap === null) return null;
      return async (bytes, signal) => {
        const start = Math.max(usedUntil, performance.now());
        usedUntil = start + (bytes / cap) * 1_000;
        await pause(Math.max(0, start - performance.now()), undefined, { signal });
      };
    },
  };
}

/** The line was cut or stood still, or somebody on the way takes less at once or waits less long. */
function isTooMuch(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  const { status } = error.details;
  return error.code === 'sync.offline' || (error.code === 'sync.refused' && (status === 408 || status === 413));
}

function isBetween(instant: Date, { from, until }: NonNullable<LineRules['uploadHours']>): boolean {
  const time = formatOfficialInstant(instant).slice(11, 16);
  return from <= until ? from <= time && time < until : from <= time || time < until;
}
