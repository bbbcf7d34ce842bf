export const version = 8;

/** What a machine read on papers. Nothing of it is a record: it may be read again, and it ends with the files that it is of. */
export const script = `
-- By the image that was read; NULL: it could not be.
CREATE TABLE page_texts (
  image_sha256 TEXT PRIMARY KEY CHECK (length(image_sha256) = 64),
  body TEXT CHECK (body IS NULL OR json_valid(body))
) STRICT;

-- Of a record whose pages were all read: the text of each, by document. An empty list: it has none, or no longer.
CREATE TABLE record_texts (
  record INTEGER PRIMARY KEY REFERENCES records (id),
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

-- Words of the record and of its papers together; rowid is records.id. A row ends when the papers' files do.
CREATE VIRTUAL TABLE paper_search USING fts5(
  words, tokenize = "ascii", prefix = '2 3', content = '', contentless_delete = 1, detail = none
);
`;
