/** Heads of desks' audit chains, in the order of their arrival, each with the one that was here before it. */
export const auditCheckpointsMigration = {
  version: 5,
  name: 'audit-checkpoints',
  script: `
CREATE TABLE audit_checkpoint (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  store_id uuid NOT NULL,
  desk_id uuid NOT NULL REFERENCES desk,
  sequence integer NOT NULL,
  hash text NOT NULL,
  signed_at text NOT NULL,
  signature text NOT NULL,
  received_at text NOT NULL,
  previous_sequence integer NOT NULL,
  previous_hash text,
  UNIQUE (store_id, signature)
);
`,
} as const;
