/** Exchanges of SICRES 4 with other registries. `bytea` is encrypted (encryption/at-rest.ts). */
export const exchangesMigration = {
  version: 9,
  name: 'exchanges',
  script: `
CREATE TABLE exchange (
  exchange_id text PRIMARY KEY,
  side text NOT NULL CHECK (side IN ('out', 'in')),
  office_code text NOT NULL,
  other_office_code text NOT NULL,
  start_office_code text NOT NULL,
  is_test boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('sent', 'received', 'acknowledged', 'confirmed', 'rejected', 'failed', 'closed')),
  record_id uuid,
  destination_number text,
  destination_at text,
  error_code text,
  reason bytea,
  changed_at timestamptz NOT NULL
);
CREATE INDEX exchange_office ON exchange (office_code, changed_at);

CREATE TABLE exchange_message (
  exchange_id text NOT NULL REFERENCES exchange,
  direction text NOT NULL CHECK (direction IN ('out', 'in')),
  file_name text NOT NULL,
  kind text NOT NULL,
  content_sha256 text NOT NULL,
  -- Only of what is still to be written.
  content bytea,
  annexes jsonb NOT NULL DEFAULT '[]',
  noted_at timestamptz NOT NULL,
  done_at timestamptz,
  PRIMARY KEY (exchange_id, direction, file_name)
);
CREATE INDEX exchange_message_due ON exchange_message (noted_at) WHERE done_at IS NULL;

CREATE TABLE exchange_counter (office_code text NOT NULL, year integer NOT NULL, last_number integer NOT NULL,
  PRIMARY KEY (office_code, year));
`,
} as const;
