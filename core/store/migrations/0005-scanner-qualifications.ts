export const version = 5;

/* Checks of scanners with the test sheet (ordinance art. 54.4.a, NTI digitisation V.2). The last one of a device counts. */
export const script = `
CREATE TABLE scanner_qualifications (
  id INTEGER PRIMARY KEY,
  qualification_id TEXT NOT NULL UNIQUE,
  device_key TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX qualifications_of_device ON scanner_qualifications (device_key, id);
CREATE TRIGGER scanner_qualifications_unchanged BEFORE UPDATE ON scanner_qualifications
BEGIN SELECT RAISE(ABORT, 'a qualification never changes'); END;
CREATE TRIGGER scanner_qualifications_stay BEFORE DELETE ON scanner_qualifications
BEGIN SELECT RAISE(ABORT, 'a qualification never changes'); END;
`;
