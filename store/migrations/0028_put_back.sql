-- +goose Up

-- A no that the send journal brings back keeps the act by which it was given, also where the database has forgotten the message with
-- the link or the button. Receipts by mail name answers: these are gone until they stand in the new table.
PRAGMA defer_foreign_keys = 1;
CREATE TABLE response_kept AS SELECT id, entry, invitation, contact, campaign, kind, language, document, nonce, at FROM response ORDER BY rowid;
DROP TRIGGER response_no_delete;
DROP TABLE response;
CREATE TABLE response (
  id         TEXT    PRIMARY KEY,
  entry      INTEGER NOT NULL UNIQUE REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  invitation INTEGER REFERENCES invitation (id),
  contact    INTEGER NOT NULL,
  campaign   INTEGER NOT NULL,
  kind       TEXT    NOT NULL CHECK (kind IN ('form', 'one_click', 'page', 'mail', 'complaint', 'paper', 'voice')),
  language   TEXT    NOT NULL,
  document   TEXT    NOT NULL,
  nonce      TEXT    NOT NULL,
  at         INTEGER NOT NULL
) STRICT;
INSERT INTO response SELECT id, entry, invitation, contact, campaign, kind, language, document, nonce, at FROM response_kept ORDER BY rowid;
DROP TABLE response_kept;
CREATE UNIQUE INDEX response_by_invitation ON response (invitation, CASE nonce WHEN '' THEN id ELSE nonce END);
CREATE INDEX response_of_unasked ON response (contact, entry) WHERE invitation IS NULL;
-- +goose StatementBegin
CREATE TRIGGER response_no_update BEFORE UPDATE ON response BEGIN SELECT RAISE(ABORT, 'response is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER response_no_delete BEFORE DELETE ON response BEGIN SELECT RAISE(ABORT, 'response is append-only'); END;
-- +goose StatementEnd
