-- +goose Up

-- A machine may answer that the person has left: no bounce, and yet for somebody to look at.
CREATE TABLE bounce_wide (
  entry      INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  invitation INTEGER NOT NULL REFERENCES invitation (id),
  meaning    TEXT    NOT NULL CHECK (meaning IN ('hard', 'soft', 'left')),
  class      TEXT    NOT NULL,
  status     TEXT    NOT NULL,
  words      TEXT    NOT NULL,
  mark       TEXT    NOT NULL,
  at         INTEGER NOT NULL
) STRICT;
INSERT INTO bounce_wide SELECT entry, invitation, meaning, class, status, words, mark, at FROM bounce ORDER BY entry;
DROP TRIGGER bounce_no_delete;
DROP TABLE bounce;
ALTER TABLE bounce_wide RENAME TO bounce;
CREATE UNIQUE INDEX bounce_once ON bounce (invitation, mark, meaning);
-- +goose StatementBegin
CREATE TRIGGER bounce_no_update BEFORE UPDATE ON bounce
WHEN NEW.words <> '' OR NEW.entry <> OLD.entry OR NEW.invitation <> OLD.invitation OR NEW.meaning <> OLD.meaning OR NEW.class <> OLD.class OR NEW.status <> OLD.status
  OR NEW.mark <> OLD.mark OR NEW.at <> OLD.at OR EXISTS (SELECT 1 FROM entry_payload p WHERE p.seq = OLD.entry)
BEGIN SELECT RAISE(ABORT, 'bounce is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER bounce_no_delete BEFORE DELETE ON bounce BEGIN SELECT RAISE(ABORT, 'bounce is append-only'); END;
-- +goose StatementEnd
