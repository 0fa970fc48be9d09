-- +goose Up

-- What a person asked for by right: to see, to have corrected, to have erased what is held about them. Who opened
-- and closed a case is in the ledger; note is what was said when it was closed, and holds nothing of the person.
CREATE TABLE subject_case (
  id           INTEGER PRIMARY KEY,
  contact      INTEGER NOT NULL,
  kind         TEXT    NOT NULL CHECK (kind IN ('access', 'rectify', 'erase')),
  opened_at    INTEGER NOT NULL,
  due_at       INTEGER NOT NULL CHECK (due_at > opened_at),
  state        TEXT    NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
  closed_at    INTEGER NOT NULL DEFAULT 0,
  note         TEXT    NOT NULL DEFAULT '',
  entry        INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  closed_entry INTEGER REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  CHECK ((state = 'done') = (closed_at <> 0) AND (state = 'done') = (closed_entry IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX subject_case_open ON subject_case (contact, kind) WHERE state = 'open';
CREATE INDEX subject_case_due ON subject_case (state, due_at, id);

-- +goose StatementBegin
CREATE TRIGGER subject_case_no_delete BEFORE DELETE ON subject_case BEGIN SELECT RAISE(ABORT, 'no case is ever deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER subject_case_pinned BEFORE UPDATE ON subject_case
WHEN OLD.state = 'done' OR NEW.state <> 'done' OR NEW.id <> OLD.id OR NEW.contact <> OLD.contact OR NEW.kind <> OLD.kind OR NEW.opened_at <> OLD.opened_at OR NEW.due_at <> OLD.due_at
  OR NEW.entry <> OLD.entry
BEGIN SELECT RAISE(ABORT, 'a case is only ever closed'); END;
-- +goose StatementEnd

-- What a code printed in a letter opens: the SHA-256 of the code, never the code.
CREATE TABLE letter_code (
  digest     BLOB    PRIMARY KEY CHECK (length(digest) = 32),
  invitation INTEGER NOT NULL UNIQUE REFERENCES invitation (id)
) STRICT, WITHOUT ROWID;

-- Receipts that people asked to have by mail: once each. A wish that was carried out, or given up, stays.
CREATE TABLE receipt_mail (
  response TEXT    PRIMARY KEY REFERENCES response (id),
  asked_at INTEGER NOT NULL,
  tries    INTEGER NOT NULL DEFAULT 0,
  ended_at INTEGER NOT NULL DEFAULT 0,
  outcome  TEXT    NOT NULL DEFAULT '' CHECK (outcome IN ('', 'sent', 'uncertain', 'refused'))
) STRICT;
CREATE INDEX receipt_mail_waiting ON receipt_mail (asked_at) WHERE ended_at = 0;
