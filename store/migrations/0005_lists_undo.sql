-- +goose Up

-- Lists of people whom another system or a register says must not be written to, each version as it was
-- given to us. dated counts days since 1970. Of a list of the company's own the people are suppressed; one
-- that is external counts as its outside lists do.
CREATE TABLE suppression_list (
  entry     INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  name      TEXT    NOT NULL,
  external  INTEGER NOT NULL CHECK (external IN (0, 1)),
  dated     INTEGER NOT NULL,
  source    TEXT    NOT NULL,
  sha256    TEXT    NOT NULL,
  row_count INTEGER NOT NULL,
  addresses INTEGER NOT NULL,
  hashes    INTEGER NOT NULL,
  rejected  INTEGER NOT NULL,
  at        INTEGER NOT NULL
) STRICT;

-- Whom a list names, as far as a suppression cannot say it: plain hashes, which are no keys of ours, and
-- the keys of those on an external list. A later version of a list adds whom the earlier ones did not name.
CREATE TABLE listed (
  kind   TEXT    NOT NULL CHECK (kind IN ('strict', 'mailbox', 'md5', 'sha1', 'sha256')),
  digest BLOB    NOT NULL CHECK (length(digest) = CASE kind WHEN 'md5' THEN 16 WHEN 'sha1' THEN 20 ELSE 32 END),
  entry  INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (kind, digest, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_by_entry ON listed (entry);

-- What an import changed, for as long as it may be taken back: a row of numbers for the contacts that it
-- made (contact to last, no body), and for each that it changed what the contact was before.
CREATE TABLE import_change (
  import      INTEGER NOT NULL,
  contact     INTEGER NOT NULL,
  last        INTEGER NOT NULL,
  external_id TEXT,
  email       TEXT,
  body        TEXT,
  keys        BLOB,
  PRIMARY KEY (import, contact)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_change_by_contact ON import_change (contact);

-- The imports that were taken back.
CREATE TABLE import_undone (
  entry    INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  import   INTEGER NOT NULL UNIQUE,
  removed  INTEGER NOT NULL,
  restored INTEGER NOT NULL,
  kept     INTEGER NOT NULL,
  at       INTEGER NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER suppression_list_no_update BEFORE UPDATE ON suppression_list BEGIN SELECT RAISE(ABORT, 'suppression_list is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER suppression_list_no_delete BEFORE DELETE ON suppression_list BEGIN SELECT RAISE(ABORT, 'suppression_list is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER listed_no_update BEFORE UPDATE ON listed BEGIN SELECT RAISE(ABORT, 'listed is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER listed_no_delete BEFORE DELETE ON listed BEGIN SELECT RAISE(ABORT, 'listed is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER import_undone_no_update BEFORE UPDATE ON import_undone BEGIN SELECT RAISE(ABORT, 'import_undone is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER import_undone_no_delete BEFORE DELETE ON import_undone BEGIN SELECT RAISE(ABORT, 'import_undone is append-only'); END;
-- +goose StatementEnd
