-- +goose Up

-- Keys that people's devices hold, by the id that the device gave. What is kept of them is public.
CREATE TABLE passkey (
  id       BLOB    PRIMARY KEY,
  account  INTEGER NOT NULL REFERENCES account (id),
  name     TEXT    NOT NULL,
  public   BLOB    NOT NULL,
  counter  INTEGER NOT NULL,
  added_at INTEGER NOT NULL,
  used_at  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_by_account ON passkey (account);

-- What a passkey is asked in a session, until it has answered once.
ALTER TABLE session ADD COLUMN challenge BLOB NOT NULL DEFAULT x'';
