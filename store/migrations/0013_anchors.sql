-- +goose Up

-- To whom heads of the ledger were given away, and what came back: a mail to the data-protection officer, or a time
-- stamp. A time stamp proves itself, so no entry covers these rows; each is about one checkpoint.
CREATE TABLE anchor (
  n          INTEGER PRIMARY KEY,
  kind       TEXT    NOT NULL CHECK (kind IN ('mail', 'timestamp')),
  checkpoint INTEGER NOT NULL REFERENCES checkpoint (n),
  whom       TEXT    NOT NULL,
  answer     BLOB    NOT NULL,
  at         INTEGER NOT NULL
) STRICT;
CREATE INDEX anchor_by_kind ON anchor (kind, n);

-- +goose StatementBegin
CREATE TRIGGER anchor_no_update BEFORE UPDATE ON anchor BEGIN SELECT RAISE(ABORT, 'anchor is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER anchor_no_delete BEFORE DELETE ON anchor BEGIN SELECT RAISE(ABORT, 'anchor is append-only'); END;
-- +goose StatementEnd
