-- +goose Up

-- Tokens that a mail provider gives each of its reports where its signature does not cover the report itself,
-- with the SHA-256 of the report that came first: under the same token no other one is believed.
CREATE TABLE spent_token (
  token BLOB    NOT NULL PRIMARY KEY,
  body  BLOB    NOT NULL,
  at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_token_by_age ON spent_token (at);
