-- +goose Up

-- What came back about a message after the relay had taken it. mark is the SHA-256 of the notice: the same
-- one, however often it is read, is one.
CREATE TABLE bounce (
  entry      INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  invitation INTEGER NOT NULL REFERENCES invitation (id),
  meaning    TEXT    NOT NULL CHECK (meaning IN ('hard', 'soft')),
  class      TEXT    NOT NULL,
  status     TEXT    NOT NULL,
  words      TEXT    NOT NULL,
  mark       TEXT    NOT NULL,
  at         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX bounce_once ON bounce (invitation, mark, meaning);

-- +goose StatementBegin
CREATE TRIGGER bounce_no_update BEFORE UPDATE ON bounce BEGIN SELECT RAISE(ABORT, 'bounce is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bounce_no_delete BEFORE DELETE ON bounce BEGIN SELECT RAISE(ABORT, 'bounce is append-only'); END;
-- +goose StatementEnd

-- A no may also come by mail: written by the person, or as a complaint through their mailbox provider.
CREATE TABLE response_wide (
  id         TEXT    PRIMARY KEY,
  entry      INTEGER NOT NULL UNIQUE REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  invitation INTEGER NOT NULL REFERENCES invitation (id),
  contact    INTEGER NOT NULL,
  campaign   INTEGER NOT NULL,
  kind       TEXT    NOT NULL CHECK (kind IN ('form', 'one_click', 'page', 'mail', 'complaint')),
  language   TEXT    NOT NULL,
  document   TEXT    NOT NULL,
  nonce      TEXT    NOT NULL,
  at         INTEGER NOT NULL
) STRICT;
INSERT INTO response_wide SELECT id, entry, invitation, contact, campaign, kind, language, document, nonce, at FROM response ORDER BY rowid;
DROP TRIGGER response_no_delete;
DROP TABLE response;
ALTER TABLE response_wide RENAME TO response;
CREATE UNIQUE INDEX response_by_invitation ON response (invitation, CASE nonce WHEN '' THEN id ELSE nonce END);
-- +goose StatementBegin
CREATE TRIGGER response_no_update BEFORE UPDATE ON response BEGIN SELECT RAISE(ABORT, 'response is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER response_no_delete BEFORE DELETE ON response BEGIN SELECT RAISE(ABORT, 'response is append-only'); END;
-- +goose StatementEnd
