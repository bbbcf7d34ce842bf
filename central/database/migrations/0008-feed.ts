/**
 * A feed of each office's entries for its back-office systems. A trigger numbers it, so that an instance of an older program
 * that still runs beside this one feeds it too.
 */
export const feedMigration = {
  version: 8,
  name: 'feed',
  script: `
CREATE TABLE feed_position (office_code text PRIMARY KEY, last_position bigint NOT NULL);

CREATE TABLE feed_item (
  office_code text NOT NULL,
  position bigint NOT NULL,
  series_id text NOT NULL,
  entry_sequence integer NOT NULL,
  PRIMARY KEY (office_code, position),
  FOREIGN KEY (series_id, entry_sequence) REFERENCES entry (series_id, sequence)
);

INSERT INTO feed_item (office_code, position, series_id, entry_sequence)
  SELECT office_code, row_number() OVER (PARTITION BY office_code ORDER BY accepted_at, series_id, sequence),
    series_id, sequence
  FROM entry JOIN series USING (series_id);
INSERT INTO feed_position (office_code, last_position)
  SELECT office_code, max(position) FROM feed_item GROUP BY office_code;

-- The row of the office stays locked until the commit: whoever sees a position has seen all before it.
CREATE FUNCTION add_feed_item() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  office text;
  place bigint;
BEGIN
  SELECT office_code INTO STRICT office FROM series WHERE series_id = NEW.series_id;
  INSERT INTO feed_position AS head (office_code, last_position) VALUES (office, 1)
    ON CONFLICT (office_code) DO UPDATE SET last_position = head.last_position + 1
    RETURNING last_position INTO place;
  INSERT INTO feed_item (office_code, position, series_id, entry_sequence)
    VALUES (office, place, NEW.series_id, NEW.sequence);
  RETURN NULL;
END
$$;
CREATE TRIGGER entry_feed AFTER INSERT ON entry FOR EACH ROW EXECUTE FUNCTION add_feed_item();

CREATE TABLE feed_token (
  token_sha256 text PRIMARY KEY,
  office_code text NOT NULL,
  name text NOT NULL,
  issued_at timestamptz NOT NULL,
  revoked_at timestamptz,
  UNIQUE (office_code, name)
);
`,
} as const;
