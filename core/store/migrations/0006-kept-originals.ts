export const version = 6;

/** Originals on paper that stay at the office, in the order in which their time ends. What each one is stands in its record. */
export const script = `
CREATE TABLE kept_originals (
  record INTEGER NOT NULL REFERENCES records (id),
  document_id TEXT NOT NULL,
  kept_until TEXT NOT NULL,
  PRIMARY KEY (record, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_originals_end ON kept_originals (kept_until);
CREATE TRIGGER kept_originals_unchanged BEFORE UPDATE ON kept_originals
BEGIN SELECT RAISE(ABORT, 'kept_originals is append-only'); END;
CREATE TRIGGER kept_originals_stay BEFORE DELETE ON kept_originals
BEGIN SELECT RAISE(ABORT, 'kept_originals is append-only'); END;
`;
