import { CentreError } from '../centre-error.ts';

/** `capacity` requests at once, then `perSecond`. */
export type RateLimit = Readonly<{ capacity: number; perSecond: number }>;

export type RateLimiter = Readonly<{
  /** Throws `request.tooMany`. */
  take(key: string): void;
}>;

const mostKeys = 50_000;

/** A token bucket for each key (a desk, a network), in memory only, for what protects one instance from a flood. */
export function createRateLimiter(
  limit: RateLimit,
  now: () => number = performance.now.bind(performance),
): RateLimiter {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(key) {
      const at = now();
      const bucket = buckets.get(key) ?? { tokens: limit.capacity, at };
      const tokens = Math.min(limit.capacity, bucket.tokens + ((at - bucket.at) / 1000) * limit.perSecond);
      // Re-inserted at the end, so that the keys that were quiet longest are forgotten first.
      buckets.delete(key);
      buckets.set(key, { tokens: Math.max(0, tokens - 1), at });
      if (buckets.size > mostKeys) buckets.delete(buckets.keys().next().value ?? '');
      if (tokens < 1) throw new CentreError('request.tooMany');
    },
  };
}
