-- +goose Up

-- What programs prove themselves with at the interface for machines: of a token only its SHA-256. The entries say who made it, with
-- which role and until when, and who took it back. used_day counts days since 1970; 0: never.
CREATE TABLE api_token (
  id            INTEGER PRIMARY KEY,
  name          TEXT    NOT NULL UNIQUE,
  role          TEXT    NOT NULL CHECK (role IN ('viewer', 'marketer', 'approver', 'privacy-officer', 'administrator')),
  digest        BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
  made_by       TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL DEFAULT 0,
  used_day      INTEGER NOT NULL DEFAULT 0,
  revoked_at    INTEGER NOT NULL DEFAULT 0,
  entry         INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  revoked_entry INTEGER REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- A name in the ledger stays the same token with the same role for ever, and a revoked token stays so.
-- +goose StatementBegin
CREATE TRIGGER api_token_no_delete BEFORE DELETE ON api_token BEGIN SELECT RAISE(ABORT, 'no token is ever deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER api_token_pinned BEFORE UPDATE ON api_token
WHEN NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.role <> OLD.role OR NEW.digest <> OLD.digest OR NEW.made_by <> OLD.made_by
  OR NEW.created_at <> OLD.created_at OR NEW.expires_at <> OLD.expires_at OR NEW.entry <> OLD.entry
  OR OLD.revoked_at <> 0 AND (NEW.revoked_at <> OLD.revoked_at OR NEW.revoked_entry IS NOT OLD.revoked_entry)
BEGIN SELECT RAISE(ABORT, 'whose a token is, what it may do and until when is never changed'); END;
-- +goose StatementEnd
