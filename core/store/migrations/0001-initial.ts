export const version = 1;

/*
 * What is never changed again (records, journal, events, versions, audit) is append-only by trigger. Bodies are
 * canonical JSON; the columns beside them are what is searched and checked. A record's body stands in its journal entry.
 */
export const script = `
CREATE TABLE store_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  store_id TEXT NOT NULL,
  created_at TEXT NOT NULL,
  open_count INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE reference_data (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL,
  issued_at TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data)),
  signature TEXT NOT NULL
) STRICT;

-- Drafts: what is on the counter. Changed freely until the attention closes.
CREATE TABLE attentions (
  id INTEGER PRIMARY KEY,
  attention_id TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL CHECK (version > 0),
  officer_id TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('person', 'application', 'papers', 'collation', 'consent', 'signature', 'delivery')),
  form TEXT NOT NULL CHECK (json_valid(form)),
  consent TEXT CHECK (consent IS NULL OR json_valid(consent)),
  delivery TEXT NOT NULL CHECK (json_valid(delivery)),
  record_id TEXT,
  closed_at TEXT,
  closed_as TEXT CHECK (closed_as IN ('delivered', 'abandoned')),
  CHECK ((closed_at IS NULL) = (closed_as IS NULL))
) STRICT;
CREATE INDEX attentions_open ON attentions (id) WHERE closed_at IS NULL;
CREATE TRIGGER attentions_keep_record BEFORE UPDATE OF record_id ON attentions
WHEN OLD.record_id IS NOT NULL AND NEW.record_id IS NOT OLD.record_id
BEGIN SELECT RAISE(ABORT, 'an attention keeps its record'); END;

CREATE TABLE documents (
  document_id TEXT PRIMARY KEY,
  attention_id TEXT NOT NULL REFERENCES attentions (attention_id),
  position INTEGER NOT NULL CHECK (position >= 0),
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX documents_of_attention ON documents (attention_id, position);

CREATE TABLE pages (
  page_id TEXT PRIMARY KEY,
  document_id TEXT NOT NULL REFERENCES documents (document_id),
  position INTEGER NOT NULL CHECK (position >= 0),
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX pages_of_document ON pages (document_id, position);

-- Series: counters only step by one; acknowledged_sequence is the journal entry up to which the centre has all.
CREATE TABLE series (
  series_id TEXT PRIMARY KEY,
  office_code TEXT NOT NULL,
  desk_number TEXT NOT NULL,
  year INTEGER NOT NULL,
  direction TEXT NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
  epoch TEXT NOT NULL,
  template TEXT NOT NULL,
  granted_at TEXT NOT NULL,
  desk_id TEXT NOT NULL,
  signature TEXT NOT NULL,
  last_sequence INTEGER NOT NULL DEFAULT 0,
  last_journal_sequence INTEGER NOT NULL DEFAULT 0,
  acknowledged_sequence INTEGER NOT NULL DEFAULT 0,
  is_halted INTEGER NOT NULL DEFAULT 0 CHECK (is_halted IN (0, 1)),
  CHECK (acknowledged_sequence BETWEEN 0 AND last_journal_sequence),
  UNIQUE (office_code, desk_number, year, direction, epoch)
) STRICT;
CREATE TRIGGER series_count_by_one BEFORE UPDATE ON series
WHEN NEW.last_sequence NOT IN (OLD.last_sequence, OLD.last_sequence + 1)
  OR NEW.last_journal_sequence NOT IN (OLD.last_journal_sequence, OLD.last_journal_sequence + 1)
  OR NEW.acknowledged_sequence < OLD.acknowledged_sequence
BEGIN SELECT RAISE(ABORT, 'a series counts by one'); END;
CREATE TRIGGER series_stay BEFORE DELETE ON series BEGIN SELECT RAISE(ABORT, 'a series stays'); END;

CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  series_id TEXT NOT NULL REFERENCES series (series_id),
  sequence INTEGER NOT NULL,
  previous_hash TEXT NOT NULL CHECK (length(previous_hash) = 64),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  body TEXT NOT NULL,
  UNIQUE (series_id, sequence)
) STRICT;
CREATE TRIGGER journal_chained BEFORE INSERT ON journal
WHEN NEW.sequence <> (SELECT last_journal_sequence FROM series WHERE series_id = NEW.series_id)
  OR (NEW.sequence > 1 AND NEW.previous_hash IS NOT
    (SELECT hash FROM journal WHERE series_id = NEW.series_id AND sequence = NEW.sequence - 1))
BEGIN SELECT RAISE(ABORT, 'the journal is a chain'); END;
CREATE TRIGGER journal_unchanged BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_stays BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE journal_acknowledgements (
  series_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  acknowledged_at TEXT NOT NULL,
  quarantine_reasons TEXT NOT NULL CHECK (json_valid(quarantine_reasons)),
  signature TEXT NOT NULL,
  PRIMARY KEY (series_id, sequence),
  FOREIGN KEY (series_id, sequence) REFERENCES journal (series_id, sequence)
) STRICT, WITHOUT ROWID;

-- Records by id in the order of their making; recorded_epoch (seconds) never falls, so a span of time is a span of ids.
-- Each index is a page more to encrypt in every commit: that a series gives a number once is held by the trigger and the
-- unique record_number.
CREATE TABLE records (
  id INTEGER PRIMARY KEY,
  record_id TEXT NOT NULL UNIQUE,
  record_number TEXT NOT NULL UNIQUE,
  series_id TEXT NOT NULL REFERENCES series (series_id),
  sequence INTEGER NOT NULL,
  journal_sequence INTEGER NOT NULL,
  direction TEXT NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
  recorded_epoch INTEGER NOT NULL,
  recorded_at TEXT NOT NULL,
  presented_at TEXT NOT NULL,
  presenter_name TEXT NOT NULL,
  presenter_identifier TEXT NOT NULL,
  procedure_title TEXT NOT NULL,
  unit_name TEXT NOT NULL,
  summary TEXT NOT NULL,
  document_count INTEGER NOT NULL CHECK (document_count > 0),
  UNIQUE (series_id, journal_sequence),
  FOREIGN KEY (series_id, journal_sequence) REFERENCES journal (series_id, sequence)
) STRICT;
CREATE INDEX records_by_time ON records (recorded_epoch);
CREATE TRIGGER records_in_order BEFORE INSERT ON records
WHEN NEW.sequence <> (SELECT last_sequence FROM series WHERE series_id = NEW.series_id)
  OR NEW.recorded_epoch < (SELECT recorded_epoch FROM records ORDER BY id DESC LIMIT 1)
BEGIN SELECT RAISE(ABORT, 'records follow number and time'); END;
CREATE TRIGGER records_unchanged BEFORE UPDATE ON records BEGIN SELECT RAISE(ABORT, 'a record never changes'); END;
CREATE TRIGGER records_stay BEFORE DELETE ON records BEGIN SELECT RAISE(ABORT, 'a record never changes'); END;

CREATE TABLE record_events (
  event_id TEXT PRIMARY KEY,
  record INTEGER NOT NULL REFERENCES records (id),
  series_id TEXT NOT NULL,
  journal_sequence INTEGER NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('receipted', 'versionAdded', 'evidenceProblem', 'verificationUpdated',
    'delivered', 'annulled', 'rectified')),
  UNIQUE (series_id, journal_sequence),
  FOREIGN KEY (series_id, journal_sequence) REFERENCES journal (series_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_of_record ON record_events (record, journal_sequence, type);
CREATE TRIGGER record_events_unchanged BEFORE UPDATE ON record_events
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;
CREATE TRIGGER record_events_stay BEFORE DELETE ON record_events
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;

-- Each version extends the one before it, byte for byte; the registered version is position 1.
CREATE TABLE document_versions (
  record INTEGER NOT NULL REFERENCES records (id),
  document_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  extends_sha256 TEXT,
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  byte_length INTEGER NOT NULL CHECK (byte_length > 0),
  -- Null: of a brought document, which nobody here signed.
  level TEXT CHECK (level IN ('B-B', 'B-T', 'B-LT', 'B-LTA')),
  at TEXT NOT NULL,
  PRIMARY KEY (record, document_id, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER document_versions_extend BEFORE INSERT ON document_versions
WHEN NEW.position <> 1 + (SELECT count(*) FROM document_versions WHERE record = NEW.record AND document_id = NEW.document_id)
  OR NEW.extends_sha256 IS NOT (SELECT sha256 FROM document_versions
    WHERE record = NEW.record AND document_id = NEW.document_id ORDER BY position DESC LIMIT 1)
BEGIN SELECT RAISE(ABORT, 'a version extends the one before it'); END;
CREATE TRIGGER document_versions_unchanged BEFORE UPDATE ON document_versions
BEGIN SELECT RAISE(ABORT, 'a version never changes'); END;
CREATE TRIGGER document_versions_stay BEFORE DELETE ON document_versions
BEGIN SELECT RAISE(ABORT, 'a version never changes'); END;

-- Derived from versions and events, kept in their transaction: the queue of signatures to complete.
CREATE TABLE document_evidence (
  record INTEGER NOT NULL REFERENCES records (id),
  document_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  level TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'complete', 'problem')),
  PRIMARY KEY (record, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_queue ON document_evidence (record, document_id) WHERE state = 'pending';

-- Derived as well: how the signatures of each brought document stand now, and which are to be verified again.
CREATE TABLE document_verifications (
  record INTEGER NOT NULL REFERENCES records (id),
  document_id TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('passed', 'indeterminate', 'failed', 'no-signature')),
  PRIMARY KEY (record, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX verification_queue ON document_verifications (record, document_id) WHERE verdict = 'indeterminate';

-- Incidents of files that were not admitted (ordinance art. 70.2).
CREATE TABLE refusals (
  id INTEGER PRIMARY KEY,
  refusal_id TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE TRIGGER refusals_unchanged BEFORE UPDATE ON refusals BEGIN SELECT RAISE(ABORT, 'an incident never changes'); END;
CREATE TRIGGER refusals_stay BEFORE DELETE ON refusals BEGIN SELECT RAISE(ABORT, 'an incident never changes'); END;

-- Files that the centre shall have. sha256 is of the clear content.
CREATE TABLE blobs (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  byte_length INTEGER NOT NULL CHECK (byte_length > 0),
  media_type TEXT NOT NULL,
  acknowledged_at TEXT,
  is_durable INTEGER CHECK (is_durable IN (0, 1)),
  signature TEXT,
  CHECK ((acknowledged_at IS NULL) = (signature IS NULL) AND (acknowledged_at IS NULL) = (is_durable IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX blobs_to_send ON blobs (byte_length, sha256) WHERE acknowledged_at IS NULL;
CREATE TABLE blob_references (
  series_id TEXT NOT NULL,
  journal_sequence INTEGER NOT NULL,
  position INTEGER NOT NULL,
  sha256 TEXT NOT NULL REFERENCES blobs (sha256),
  document_id TEXT NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('document', 'signature', 'evidence', 'eni', 'sicres')),
  record INTEGER NOT NULL REFERENCES records (id),
  PRIMARY KEY (series_id, journal_sequence, position),
  FOREIGN KEY (series_id, journal_sequence) REFERENCES journal (series_id, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX references_to_blob ON blob_references (sha256, series_id, journal_sequence);
CREATE INDEX references_of_record ON blob_references (record, sha256);

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  action TEXT NOT NULL,
  officer_id TEXT,
  subject_id TEXT,
  details TEXT NOT NULL CHECK (json_valid(details)),
  previous_hash TEXT NOT NULL CHECK (length(previous_hash) = 64),
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE INDEX audit_of_subject ON audit (subject_id, sequence) WHERE subject_id IS NOT NULL;
CREATE TRIGGER audit_chained BEFORE INSERT ON audit
WHEN NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM audit), 0)
  OR (NEW.sequence > 1 AND NEW.previous_hash IS NOT (SELECT hash FROM audit WHERE sequence = NEW.sequence - 1))
BEGIN SELECT RAISE(ABORT, 'the audit is a chain'); END;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

-- Signed heads of the audit chain (each sync, day's end), countersigned by the centre: they show a cut tail.
CREATE TABLE audit_checkpoints (
  sequence INTEGER PRIMARY KEY REFERENCES audit (sequence),
  hash TEXT NOT NULL CHECK (length(hash) = 64),
  signed_at TEXT NOT NULL,
  signature TEXT NOT NULL,
  countersignature TEXT
) STRICT;

-- Words only, without positions or content: rowid is records.id. They come without accents and already split, so the
-- tokenizer only has to leave every other letter alone ("ascii" does; "unicode61" follows a Unicode of its own).
CREATE VIRTUAL TABLE record_search USING fts5(
  number, names, identifiers, summary,
  tokenize = "ascii", prefix = '2 3', content = '', columnsize = 0, detail = none
);
`;
