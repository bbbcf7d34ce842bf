export const version = 7;

/** Files that nothing names any more, noted in the transaction that ended them: a crash leaves none of them behind. */
export const script = `
CREATE TABLE ended_files (sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64)) STRICT, WITHOUT ROWID;
-- Since then the file is at the centre only, which said with its signature that it holds it durably.
ALTER TABLE blobs ADD COLUMN ended_at TEXT CHECK (ended_at IS NULL OR is_durable = 1);
`;
