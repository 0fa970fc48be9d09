-- +goose Up

-- Letters that are printed and posted together. What became of a batch is in the ledger, and with each invitation.
CREATE TABLE letter_batch (
  id       INTEGER PRIMARY KEY,
  campaign INTEGER NOT NULL REFERENCES campaign (id),
  state    TEXT    NOT NULL CHECK (state IN ('claimed', 'printed', 'posted', 'lost')),
  window   TEXT    NOT NULL CHECK (window IN ('din', 'nf', 'us')),
  letters  INTEGER NOT NULL CHECK (letters > 0),
  at       INTEGER NOT NULL,
  moved_at INTEGER NOT NULL
) STRICT;
CREATE INDEX letter_batch_by_campaign ON letter_batch (campaign, id);

-- Which letters: n is the place in the batch, from 1. Of a batch that was lost a letter may come back in a later one.
CREATE TABLE letter (
  batch      INTEGER NOT NULL REFERENCES letter_batch (id),
  n          INTEGER NOT NULL,
  invitation INTEGER NOT NULL REFERENCES invitation (id),
  PRIMARY KEY (batch, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX letter_by_invitation ON letter (invitation, batch);

-- +goose StatementBegin
CREATE TRIGGER letter_batch_edge BEFORE UPDATE ON letter_batch
WHEN NEW.id <> OLD.id OR NEW.campaign <> OLD.campaign OR NEW.window <> OLD.window OR NEW.letters <> OLD.letters OR NEW.at <> OLD.at
  OR OLD.state || '>' || NEW.state NOT IN ('claimed>printed', 'claimed>posted', 'claimed>lost', 'printed>posted', 'printed>lost')
BEGIN SELECT RAISE(ABORT, 'no such edge between states of a batch'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER letter_batch_no_delete BEFORE DELETE ON letter_batch BEGIN SELECT RAISE(ABORT, 'no batch is ever deleted'); END;
-- +goose StatementEnd

-- A sender of messages never walks over letters to find who is due.
DROP INDEX invitation_due;
CREATE INDEX invitation_due ON invitation (campaign, route, deferred, priority DESC, id) WHERE state = 'planned';
