-- +goose Up

-- What an audit found, once for all whom it found it of: few rows, many people.
CREATE TABLE ruling (
  id      INTEGER PRIMARY KEY,
  class   TEXT NOT NULL CHECK (class IN ('opted_in', 'opted_out', 'doubtful', 'unusable')),
  route   TEXT NOT NULL CHECK (route IN ('', 'email', 'letter', 'onsite', 'none')),
  code    TEXT NOT NULL,
  fine    TEXT NOT NULL,
  reasons TEXT NOT NULL,
  UNIQUE (class, route, code, fine, reasons)
) STRICT;

-- The last verdict on a contact; a contact that was never audited has none. as_of counts days since 1970.
CREATE TABLE verdict (
  contact INTEGER PRIMARY KEY,
  ruling  INTEGER NOT NULL,
  as_of   INTEGER NOT NULL
) STRICT;

INSERT INTO ruling (class, route, code, fine, reasons)
SELECT DISTINCT class, route, code, fine, reasons FROM contact WHERE class <> '';

INSERT INTO verdict (contact, ruling, as_of)
SELECT c.id, r.id, CAST(strftime('%s', c.as_of) AS INTEGER) / 86400
FROM contact c JOIN ruling r ON r.class = c.class AND r.route = c.route AND r.code = c.code AND r.fine = c.fine AND r.reasons = c.reasons;

CREATE INDEX verdict_by_ruling ON verdict (ruling, contact);

-- What a contact is like is read and written as a whole, never looked for: one column holds it, its parts
-- separated by control characters (contactbody.go).
CREATE TABLE contact_narrow (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  external_id TEXT NOT NULL,
  email       TEXT NOT NULL,
  body        TEXT NOT NULL,
  keys        BLOB NOT NULL
) STRICT;

INSERT INTO contact_narrow (id, external_id, email, body, keys)
SELECT id, external_id, email, replace(
  replace(bad_email, char(28), ' ') || char(28) || replace(phone, char(28), ' ') || char(28) || replace(title, char(28), ' ') || char(28) ||
  replace(first_name, char(28), ' ') || char(28) || replace(last_name, char(28), ' ') || char(28) || replace(company, char(28), ' ') || char(28) ||
  replace(job_title, char(28), ' ') || char(28) || replace(language, char(28), ' ') || char(28) || replace(country, char(28), ' ') || char(28) ||
  inferred || char(28) || replace(timezone, char(28), ' ') || char(28) || replace(address1, char(28), ' ') || char(28) ||
  replace(address2, char(28), ' ') || char(28) || replace(postal_code, char(28), ' ') || char(28) || replace(city, char(28), ' ') || char(28) ||
  merged_ids || char(28) || attributes || char(28) || facts, char(27), ' '), keys
FROM contact ORDER BY id;

DROP TABLE contact;
ALTER TABLE contact_narrow RENAME TO contact;
CREATE INDEX contact_by_external_id ON contact (external_id) WHERE external_id <> '';

-- Half of a digest tells people apart; the whole ones stand in the contact's row. A digest binds its kind.
CREATE TABLE contact_key_narrow (
  key     BLOB    NOT NULL CHECK (length(key) = 16),
  contact INTEGER NOT NULL,
  PRIMARY KEY (key, contact)
) STRICT, WITHOUT ROWID;

INSERT INTO contact_key_narrow (key, contact) SELECT DISTINCT substr(key, 1, 16), contact FROM contact_key ORDER BY 1, 2;

DROP TABLE contact_key;
ALTER TABLE contact_key_narrow RENAME TO contact_key;
