import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { sql } from '../database/sql.ts';
import { networkOf } from './network.ts';
import { createRateLimiter } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';

export type SharedRateLimiter = Readonly<{
  /** Throws `request.tooMany`. */
  take(address: string): Promise<void>;
}>;

/** Longer than any bucket here takes to fill again: what was quiet so long is as good as new. */
const forgottenAfterMinutes = 10;

/**
 * A token bucket for each network, the same one at every instance of the centre and by the database's clock. Who is over
 * the limit at one instance already costs the database nothing.
 */
export function createSharedRateLimiter(
  { database, key }: CentreContext,
  purpose: string,
  limit: RateLimit,
): SharedRateLimiter {
  const secret = key.deriveSecret('rate limits');
  const own = createRateLimiter(limit);
  return {
    async take(address) {
      const network = networkOf(address);
      own.take(network);
      const hmac = createHmac('sha256', secret).update(`${purpose}\n${network}`).digest('hex');
      const bucket = await database.find(
        z.object({ tokens: z.number() }),
        sql`INSERT INTO rate_limit AS bucket (address_hmac, tokens, taken_at)
          VALUES (${hmac}, ${limit.capacity}::double precision - 1, clock_timestamp())
          ON CONFLICT (address_hmac) DO UPDATE SET taken_at = excluded.taken_at, tokens =
            least(${limit.capacity}::double precision, greatest(0, bucket.tokens) +
              greatest(0, extract(epoch FROM excluded.taken_at - bucket.taken_at)) * ${limit.perSecond}::double precision) - 1
          RETURNING tokens`,
      );
      if ((bucket?.tokens ?? 0) < 0) throw new CentreError('request.tooMany');
    },
  };
}

export async function forgetQuietAddresses({ database }: CentreContext): Promise<void> {
  await database.run(sql`DELETE FROM rate_limit
    WHERE taken_at < clock_timestamp() - make_interval(mins => ${forgottenAfterMinutes}::int)`);
}
