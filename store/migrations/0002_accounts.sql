-- +goose Up

-- Who works with the house. The entries say who was given the account, with which role, and who took it away.
CREATE TABLE account (
  id             INTEGER PRIMARY KEY,
  name           TEXT    NOT NULL UNIQUE,
  role           TEXT    NOT NULL CHECK (role IN ('viewer', 'marketer', 'approver', 'privacy-officer', 'administrator')),
  hash           TEXT    NOT NULL,
  created_at     INTEGER NOT NULL,
  disabled_at    INTEGER NOT NULL DEFAULT 0,
  last_login     INTEGER NOT NULL DEFAULT 0,
  entry          INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  disabled_entry INTEGER REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Logins, by the hash of their secret.
CREATE TABLE session (
  key        BLOB    PRIMARY KEY CHECK (length(key) = 32),
  account    INTEGER NOT NULL REFERENCES account (id),
  created_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_account ON session (account);

-- Failed logins by a digest of name and network, for a day.
CREATE TABLE login_attempt (
  key    BLOB    PRIMARY KEY CHECK (length(key) = 32),
  failed INTEGER NOT NULL,
  at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who logged in, failed to, or changed a password: kept for a time, and no evidence.
CREATE TABLE audit_trail (
  id      INTEGER PRIMARY KEY,
  kind    TEXT    NOT NULL CHECK (kind IN ('login', 'login.failed', 'logout', 'password.changed')),
  account INTEGER REFERENCES account (id),
  by      TEXT    NOT NULL DEFAULT '',
  at      INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_trail_by_time ON audit_trail (at);

-- A name in the ledger stays the same person with the same role for ever, and a disabled account stays so.
-- +goose StatementBegin
CREATE TRIGGER account_no_delete BEFORE DELETE ON account BEGIN SELECT RAISE(ABORT, 'no account is ever deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER account_pinned BEFORE UPDATE ON account
WHEN NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.role <> OLD.role OR NEW.created_at <> OLD.created_at OR NEW.entry <> OLD.entry
  OR OLD.disabled_at <> 0 AND (NEW.disabled_at <> OLD.disabled_at OR NEW.disabled_entry IS NOT OLD.disabled_entry OR NEW.hash <> OLD.hash)
BEGIN SELECT RAISE(ABORT, 'who an account belongs to, and its role, is never changed'); END;
-- +goose StatementEnd
