-- +goose Up

-- People who were erased, each under a random number that the send journal knows too: a database that is put back
-- from a backup erases them again. Who it was, nothing says but keyed hashes.
CREATE TABLE erasure (
  entry   INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  contact INTEGER NOT NULL,
  why     TEXT    NOT NULL CHECK (why IN ('request', 'journal', 'unasked', 'silence')),
  at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_by_entry ON erasure (entry);

-- What shows an answer that somebody of the house entered: a scan, a recording. given counts days since 1970. Only
-- what is erased goes.
CREATE TABLE voucher (
  entry   INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  author  TEXT    NOT NULL,
  given   INTEGER NOT NULL,
  name    TEXT    NOT NULL,
  media   TEXT    NOT NULL,
  sha256  TEXT    NOT NULL,
  content BLOB    NOT NULL
) STRICT;

-- An answer may be given on paper or by voice, also by somebody who was never asked: such a one has no invitation.
CREATE TABLE response_by_hand (
  id         TEXT    PRIMARY KEY,
  entry      INTEGER NOT NULL UNIQUE REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  invitation INTEGER REFERENCES invitation (id),
  contact    INTEGER NOT NULL,
  campaign   INTEGER NOT NULL,
  kind       TEXT    NOT NULL CHECK (kind IN ('form', 'one_click', 'page', 'mail', 'complaint', 'paper', 'voice')),
  language   TEXT    NOT NULL,
  document   TEXT    NOT NULL,
  nonce      TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  CHECK (invitation IS NOT NULL OR kind IN ('paper', 'voice'))
) STRICT;
INSERT INTO response_by_hand SELECT id, entry, invitation, contact, campaign, kind, language, document, nonce, at FROM response ORDER BY rowid;
DROP TRIGGER response_no_delete;
DROP TABLE response;
ALTER TABLE response_by_hand RENAME TO response;
CREATE UNIQUE INDEX response_by_invitation ON response (invitation, CASE nonce WHEN '' THEN id ELSE nonce END);
CREATE INDEX response_of_unasked ON response (contact, entry) WHERE invitation IS NULL;

-- +goose StatementBegin
CREATE TRIGGER response_no_update BEFORE UPDATE ON response BEGIN SELECT RAISE(ABORT, 'response is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER response_no_delete BEFORE DELETE ON response BEGIN SELECT RAISE(ABORT, 'response is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER erasure_no_update BEFORE UPDATE ON erasure BEGIN SELECT RAISE(ABORT, 'erasure is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER erasure_no_delete BEFORE DELETE ON erasure BEGIN SELECT RAISE(ABORT, 'erasure is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER voucher_no_update BEFORE UPDATE ON voucher BEGIN SELECT RAISE(ABORT, 'voucher is append-only'); END;
-- +goose StatementEnd

-- Of a row whose entry was erased the words of others go too, and nothing else.
-- +goose StatementBegin
CREATE TRIGGER voucher_no_delete BEFORE DELETE ON voucher WHEN EXISTS (SELECT 1 FROM entry_payload p WHERE p.seq = OLD.entry)
BEGIN SELECT RAISE(ABORT, 'a voucher stays as long as its entry'); END;
-- +goose StatementEnd
DROP TRIGGER sending_no_update;
-- +goose StatementBegin
CREATE TRIGGER sending_no_update BEFORE UPDATE ON sending
WHEN NEW.reply <> '' OR NEW.entry <> OLD.entry OR NEW.n <> OLD.n OR NEW.invitation <> OLD.invitation OR NEW.attempt <> OLD.attempt OR NEW.outcome <> OLD.outcome OR NEW.reason <> OLD.reason
  OR NEW.message_id <> OLD.message_id OR NEW.message_sha256 <> OLD.message_sha256 OR NEW.sent_at <> OLD.sent_at OR NEW.at <> OLD.at
  OR EXISTS (SELECT 1 FROM entry_payload p WHERE p.seq = OLD.entry)
BEGIN SELECT RAISE(ABORT, 'sending is append-only'); END;
-- +goose StatementEnd
DROP TRIGGER bounce_no_update;
-- +goose StatementBegin
CREATE TRIGGER bounce_no_update BEFORE UPDATE ON bounce
WHEN NEW.words <> '' OR NEW.entry <> OLD.entry OR NEW.invitation <> OLD.invitation OR NEW.meaning <> OLD.meaning OR NEW.class <> OLD.class OR NEW.status <> OLD.status
  OR NEW.mark <> OLD.mark OR NEW.at <> OLD.at OR EXISTS (SELECT 1 FROM entry_payload p WHERE p.seq = OLD.entry)
BEGIN SELECT RAISE(ABORT, 'bounce is append-only'); END;
-- +goose StatementEnd
