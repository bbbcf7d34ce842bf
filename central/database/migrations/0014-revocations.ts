/** Desks and series that an administrator withdrew, and who did it when and why: rows are added and never changed. */
export const revocationsMigration = {
  version: 14,
  name: 'revocations',
  script: `
ALTER TABLE desk ADD COLUMN revoked_at timestamptz;
ALTER TABLE series ADD COLUMN revoked_at timestamptz;
CREATE TABLE revocation (
  revocation_id uuid PRIMARY KEY,
  position bigint GENERATED ALWAYS AS IDENTITY,
  office_code text NOT NULL,
  desk_id uuid REFERENCES desk,
  series_id text REFERENCES series,
  revoked_at timestamptz NOT NULL,
  revoked_by bytea NOT NULL,
  reason bytea NOT NULL,
  CHECK ((desk_id IS NULL) <> (series_id IS NULL))
);
CREATE INDEX revocation_of_office ON revocation (office_code, position);
`,
} as const;
