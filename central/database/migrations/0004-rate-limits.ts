/**
 * How much of a limit an address has used, for all instances together. Addresses stand here as HMAC, for minutes; unlogged,
 * so that none reaches a backup or a replica, and a crash empties it.
 */
export const rateLimitsMigration = {
  version: 4,
  name: 'rate-limits',
  script: `
CREATE UNLOGGED TABLE rate_limit (
  address_hmac text PRIMARY KEY,
  tokens double precision NOT NULL,
  taken_at timestamptz NOT NULL
);
CREATE INDEX rate_limit_age ON rate_limit (taken_at);
`,
} as const;
