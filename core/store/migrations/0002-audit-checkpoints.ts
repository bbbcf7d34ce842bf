export const version = 2;

/*
 * Nothing wrote the first form of this table. A checkpoint says whose key signed it, because a desk that is enrolled again
 * signs with another one, and keeps what the centre said of it.
 */
export const script = `
DROP TABLE audit_checkpoints;
CREATE TABLE audit_checkpoints (
  sequence INTEGER PRIMARY KEY REFERENCES audit (sequence),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  desk_id TEXT NOT NULL,
  desk_key TEXT NOT NULL,
  signed_at TEXT NOT NULL,
  signature TEXT NOT NULL,
  countersignature TEXT CHECK (countersignature IS NULL OR json_valid(countersignature))
) STRICT;
CREATE INDEX checkpoints_to_send ON audit_checkpoints (sequence) WHERE countersignature IS NULL;
CREATE TRIGGER audit_checkpoints_of_head BEFORE INSERT ON audit_checkpoints
WHEN NEW.hash IS NOT (SELECT hash FROM audit WHERE sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, 'a checkpoint is of the chain'); END;
CREATE TRIGGER audit_checkpoints_unchanged BEFORE UPDATE ON audit_checkpoints
WHEN OLD.countersignature IS NOT NULL OR (OLD.sequence, OLD.hash, OLD.desk_id, OLD.desk_key, OLD.signed_at, OLD.signature)
  IS NOT (NEW.sequence, NEW.hash, NEW.desk_id, NEW.desk_key, NEW.signed_at, NEW.signature)
BEGIN SELECT RAISE(ABORT, 'a checkpoint never changes'); END;
CREATE TRIGGER audit_checkpoints_stay BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'a checkpoint never changes'); END;
`;
