/** Each use of the organ seal: who asked, for which receipt, and the digest of what was signed. */
export const sealUsesMigration = {
  version: 3,
  name: 'seal-uses',
  script: `
CREATE TABLE seal_use (
  record_id uuid NOT NULL REFERENCES record,
  receipt_sha256 text NOT NULL,
  attributes_sha256 text NOT NULL,
  certificate_serial text NOT NULL,
  desk_id uuid NOT NULL REFERENCES desk,
  used_at timestamptz NOT NULL,
  PRIMARY KEY (record_id, attributes_sha256)
);
`,
} as const;
