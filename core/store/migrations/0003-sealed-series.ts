export const version = 3;

/**
 * A series whose head went back, because an old copy of the database was started, gives no number and takes no entry any
 * more. `lost_series`: those of which the old copy does not even hold the grant.
 */
export const script = `
ALTER TABLE series ADD COLUMN sealed_at TEXT;
CREATE TABLE lost_series (series_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TRIGGER series_stay_sealed BEFORE UPDATE ON series
WHEN OLD.sealed_at IS NOT NULL AND (NEW.sealed_at IS NOT OLD.sealed_at OR NEW.last_sequence <> OLD.last_sequence
  OR NEW.last_journal_sequence <> OLD.last_journal_sequence)
BEGIN SELECT RAISE(ABORT, 'a sealed series stays as it is'); END;
`;
