-- +goose Up

-- By which number the send journal knows a request, in whatever database it is. Of those from before it is the begin of what the
-- ledger's tree holds of the entry that opened it, which is the same in every copy.
DROP TRIGGER subject_case_pinned;
ALTER TABLE subject_case ADD COLUMN number BLOB NOT NULL DEFAULT x'' CHECK (length(number) IN (0, 16));
UPDATE subject_case SET number = (SELECT substr(e.leaf_hash, 1, 16) FROM entry e WHERE e.seq = subject_case.entry);
CREATE UNIQUE INDEX subject_case_number ON subject_case (number);
-- +goose StatementBegin
CREATE TRIGGER subject_case_pinned BEFORE UPDATE ON subject_case
WHEN OLD.state = 'done' OR NEW.state <> 'done' OR NEW.id <> OLD.id OR NEW.contact <> OLD.contact OR NEW.kind <> OLD.kind OR NEW.opened_at <> OLD.opened_at OR NEW.due_at <> OLD.due_at
  OR NEW.entry <> OLD.entry OR NEW.number <> OLD.number
BEGIN SELECT RAISE(ABORT, 'a case is only ever closed'); END;
-- +goose StatementEnd
