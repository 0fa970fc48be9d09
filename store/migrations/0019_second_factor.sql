-- +goose Up

-- A session that is half waits for a code; proved_at is when the person last proved who they are.
ALTER TABLE session ADD COLUMN proved_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN half INTEGER NOT NULL DEFAULT 0 CHECK (half IN (0, 1));

-- The seed of an app that shows codes, sealed under a key of the key folder; step is that of the last code used.
CREATE TABLE second_factor (
  account  INTEGER PRIMARY KEY REFERENCES account (id),
  sealed   BLOB    NOT NULL,
  step     INTEGER NOT NULL,
  added_at INTEGER NOT NULL
) STRICT;

-- Codes for when the app is lost, each good once.
CREATE TABLE recovery_code (
  account INTEGER NOT NULL REFERENCES account (id),
  digest  BLOB    NOT NULL CHECK (length(digest) = 32),
  PRIMARY KEY (account, digest)
) STRICT, WITHOUT ROWID;

-- The audit trail tells of second factors, too.
CREATE TABLE audit_trail_next (
  id      INTEGER PRIMARY KEY,
  kind    TEXT    NOT NULL CHECK (kind IN ('login', 'login.failed', 'logout', 'password.changed', 'factor.added', 'factor.removed', 'recovery.used')),
  account INTEGER REFERENCES account (id),
  by      TEXT    NOT NULL DEFAULT '',
  at      INTEGER NOT NULL
) STRICT;
INSERT INTO audit_trail_next (id, kind, account, by, at) SELECT id, kind, account, by, at FROM audit_trail;
DROP TABLE audit_trail;
ALTER TABLE audit_trail_next RENAME TO audit_trail;
CREATE INDEX audit_trail_by_time ON audit_trail (at);
