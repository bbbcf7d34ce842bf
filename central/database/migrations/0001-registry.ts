/**
 * Desks, series, journal entries, and what they say of records, documents and files. `bytea` is encrypted
 * (encryption/at-rest.ts).
 */
export const registryMigration = {
  version: 1,
  name: 'registry',
  script: `
-- What is derived from the data key: a centre with another key does not start.
CREATE TABLE data_key_check (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  derived text NOT NULL
);

CREATE TABLE desk (
  desk_id uuid PRIMARY KEY,
  office_code text NOT NULL,
  desk_number text NOT NULL,
  public_key text NOT NULL,
  enrolled_at timestamptz NOT NULL
);

CREATE TABLE enrolment_code (
  code_sha256 text PRIMARY KEY,
  office_code text NOT NULL,
  desk_number text NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);

CREATE TABLE series (
  series_id text PRIMARY KEY,
  office_code text NOT NULL,
  desk_number text NOT NULL,
  year integer NOT NULL,
  direction text NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
  epoch text NOT NULL,
  template text NOT NULL,
  granted_at text NOT NULL,
  desk_id uuid NOT NULL REFERENCES desk,
  cursor_sequence integer NOT NULL DEFAULT 0,
  cursor_hash text NOT NULL,
  last_record_sequence bigint NOT NULL DEFAULT 0,
  last_recorded_at timestamptz,
  halted_at timestamptz,
  UNIQUE (office_code, desk_number, year, direction, epoch)
);

CREATE TABLE entry (
  series_id text NOT NULL REFERENCES series,
  sequence integer NOT NULL,
  previous_hash text NOT NULL,
  hash text NOT NULL,
  body bytea NOT NULL,
  accepted_at timestamptz NOT NULL,
  quarantine_reasons jsonb NOT NULL,
  PRIMARY KEY (series_id, sequence)
);
CREATE INDEX entry_quarantined ON entry (accepted_at) WHERE quarantine_reasons <> '[]'::jsonb;

CREATE TABLE record (
  record_id uuid PRIMARY KEY,
  record_number text NOT NULL UNIQUE,
  series_id text NOT NULL,
  entry_sequence integer NOT NULL,
  office_code text NOT NULL,
  office_name bytea NOT NULL,
  body_name bytea NOT NULL,
  direction text NOT NULL,
  presented_at text NOT NULL,
  recorded_at text NOT NULL,
  unit_code text NOT NULL,
  state text NOT NULL CHECK (state IN ('recorded', 'receipted', 'annulled', 'rectified')),
  FOREIGN KEY (series_id, entry_sequence) REFERENCES entry (series_id, sequence)
);
CREATE INDEX record_office ON record (office_code, recorded_at);

-- The receipt is here from the first moment: its code is printed before its file exists.
CREATE TABLE document (
  record_id uuid NOT NULL REFERENCES record,
  document_id text NOT NULL,
  position integer NOT NULL,
  role text NOT NULL CHECK (role IN ('application', 'annex', 'consent', 'receipt')),
  title bytea NOT NULL,
  code bytea NOT NULL,
  -- HMAC of the code without prefix and hyphens: codes are looked up.
  code_key text NOT NULL UNIQUE,
  eni_id text NOT NULL UNIQUE,
  document_type text NOT NULL,
  elaboration_state text NOT NULL,
  nature text,
  page_count bigint,
  created_at text NOT NULL,
  media_type text NOT NULL,
  -- Of what the citizen brought: how its signatures stood when the office asked last.
  verdict text,
  verified_at text,
  -- A detached signature that came with it.
  signature_sha256 text,
  PRIMARY KEY (record_id, document_id)
);

CREATE TABLE document_version (
  record_id uuid NOT NULL,
  document_id text NOT NULL,
  position integer NOT NULL,
  sha256 text NOT NULL,
  byte_length bigint NOT NULL,
  signature_level text,
  created_at text NOT NULL,
  PRIMARY KEY (record_id, document_id, position),
  UNIQUE (record_id, document_id, sha256),
  FOREIGN KEY (record_id, document_id) REFERENCES document
);

CREATE TABLE record_event (
  event_id uuid PRIMARY KEY,
  record_id uuid NOT NULL REFERENCES record,
  series_id text NOT NULL,
  entry_sequence integer NOT NULL,
  type text NOT NULL,
  happened_at text NOT NULL
);
CREATE INDEX record_event_record ON record_event (record_id);

-- One row per office: an office proves that it has a file by sending it, whoever sent the same bytes before.
CREATE TABLE blob (
  office_code text NOT NULL,
  sha256 text NOT NULL,
  byte_length bigint NOT NULL,
  completed_at timestamptz,
  PRIMARY KEY (office_code, sha256)
);
CREATE INDEX blob_pending ON blob (office_code) WHERE completed_at IS NULL;

CREATE TABLE request_nonce (
  scope text NOT NULL,
  nonce text NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (scope, nonce)
);
CREATE INDEX request_nonce_expiry ON request_nonce (expires_at);

CREATE TABLE reference_version (
  version integer PRIMARY KEY,
  issued_at text NOT NULL,
  data bytea NOT NULL,
  data_sha256 text NOT NULL
);
`,
} as const;
