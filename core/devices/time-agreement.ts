import type { TimeSample } from './sntp.ts';

export type AgreedTime = Readonly<{ offsetMs: number; uncertaintyMs: number; servers: readonly string[] }>;

/**
 * The offset on which more than half of the servers that answered agree (the intersection of Marzullo's algorithm,
 * RFC 5905 §11.2.1): one that lies, or is broken, is outvoted. Two that contradict each other say nothing; a single one is
 * taken at its word. Null: no agreement.
 */
export function agreeOnTime(samples: readonly TimeSample[]): AgreedTime | null {
  let best: AgreedTime | null = null;
  for (const { offsetMs, uncertaintyMs } of samples) {
    // An intersection of intervals begins where one of them does.
    const low = offsetMs - uncertaintyMs;
    const agreeing = samples.filter(
      (sample) => sample.offsetMs - sample.uncertaintyMs <= low && low <= sample.offsetMs + sample.uncertaintyMs,
    );
    if (agreeing.length <= (best?.servers.length ?? samples.length / 2)) continue;
    const high = Math.min(...agreeing.map((sample) => sample.offsetMs + sample.uncertaintyMs));
    best = {
      offsetMs: (low + high) / 2,
      uncertaintyMs: (high - low) / 2,
      servers: agreeing.map(({ server }) => server),
    };
  }
  return best;
}
