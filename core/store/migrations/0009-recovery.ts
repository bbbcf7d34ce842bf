export const version = 9;

/**
 * After a copy came back: a sealed series takes what the centre has of it and nothing else. `known_sequence`: the last number
 * that something outside of this database knows to have been given in a sealed series. Numbers whose records nobody has any
 * more stay where they are, marked; files that neither this desk nor the centre has, too.
 */
export const script = `
ALTER TABLE series ADD COLUMN known_sequence INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER series_stay_sealed;
CREATE TRIGGER series_stay_sealed BEFORE UPDATE ON series
WHEN OLD.sealed_at IS NOT NULL AND (NEW.sealed_at IS NOT OLD.sealed_at
  OR ((NEW.last_sequence <> OLD.last_sequence OR NEW.last_journal_sequence <> OLD.last_journal_sequence)
    AND NEW.acknowledged_sequence <> NEW.last_journal_sequence))
BEGIN SELECT RAISE(ABORT, 'a sealed series takes only what the centre has'); END;
CREATE TABLE lost_numbers (
  record_number TEXT PRIMARY KEY,
  series_id TEXT NOT NULL REFERENCES series (series_id),
  sequence INTEGER NOT NULL,
  noticed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE blobs ADD COLUMN lost_at TEXT;
`;
