-- +goose Up

-- That a case takes longer, once for each time that it was said: until when it was due before, until when it is now, and why; nothing of the
-- person. Who said so is in the ledger. The due day of a case moves by such a row alone, and only to a later one.
CREATE TABLE case_extension (
  entry        INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  subject_case INTEGER NOT NULL REFERENCES subject_case (id),
  was          INTEGER NOT NULL,
  due          INTEGER NOT NULL CHECK (due > was),
  because      TEXT    NOT NULL CHECK (because <> '')
) STRICT;
CREATE UNIQUE INDEX case_extension_of ON case_extension (subject_case, due);
-- +goose StatementBegin
CREATE TRIGGER case_extension_no_update BEFORE UPDATE ON case_extension BEGIN SELECT RAISE(ABORT, 'case_extension is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_extension_no_delete BEFORE DELETE ON case_extension BEGIN SELECT RAISE(ABORT, 'case_extension is append-only'); END;
-- +goose StatementEnd
DROP TRIGGER subject_case_pinned;
-- +goose StatementBegin
CREATE TRIGGER subject_case_pinned BEFORE UPDATE ON subject_case
WHEN OLD.state = 'done' OR NEW.id <> OLD.id OR NEW.contact <> OLD.contact OR NEW.kind <> OLD.kind OR NEW.opened_at <> OLD.opened_at
  OR NEW.entry <> OLD.entry OR NEW.number <> OLD.number
  OR NEW.state = 'done' AND NEW.due_at <> OLD.due_at
  OR NEW.state <> 'done' AND (NEW.note <> OLD.note
    OR NOT EXISTS (SELECT 1 FROM case_extension x WHERE x.subject_case = OLD.id AND x.was = OLD.due_at AND x.due = NEW.due_at))
BEGIN SELECT RAISE(ABORT, 'a case is only ever extended or closed'); END;
-- +goose StatementEnd
