export const version = 4;

/** Events may say that a record of the emergency book has its ordinary number. */
export const script = `
CREATE TABLE record_events_next (
  event_id TEXT PRIMARY KEY,
  record INTEGER NOT NULL REFERENCES records (id),
  series_id TEXT NOT NULL,
  journal_sequence INTEGER NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('receipted', 'versionAdded', 'evidenceProblem', 'verificationUpdated',
    'numbered', 'delivered', 'annulled', 'rectified')),
  UNIQUE (series_id, journal_sequence),
  FOREIGN KEY (series_id, journal_sequence) REFERENCES journal (series_id, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO record_events_next SELECT event_id, record, series_id, journal_sequence, type FROM record_events;
DROP TABLE record_events;
ALTER TABLE record_events_next RENAME TO record_events;
CREATE INDEX events_of_record ON record_events (record, journal_sequence, type);
CREATE UNIQUE INDEX numbered_once ON record_events (record) WHERE type = 'numbered';
CREATE TRIGGER record_events_unchanged BEFORE UPDATE ON record_events
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;
CREATE TRIGGER record_events_stay BEFORE DELETE ON record_events
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;
`;
