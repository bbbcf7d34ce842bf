import type { CentreContext } from '../context.ts';
import { sql } from '../database/sql.ts';

/** True the first time that the nonce is seen in its scope, in whichever instance of the centre. */
export async function useNonce(
  { database }: CentreContext,
  scope: string,
  nonce: string,
  expiresAt: Date,
): Promise<boolean> {
  const added = await database.run(sql`INSERT INTO request_nonce (scope, nonce, expires_at)
    VALUES (${scope}, ${nonce}, ${expiresAt}) ON CONFLICT DO NOTHING`);
  return added === 1;
}

/** What is expired is refused by its time already. A minute more for clocks of instances that differ. */
export async function forgetExpiredNonces({ database, now }: CentreContext): Promise<void> {
  await database.run(sql`DELETE FROM request_nonce WHERE expires_at < ${new Date(now().getTime() - 60_000)}`);
}
