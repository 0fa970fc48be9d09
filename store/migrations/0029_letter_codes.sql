-- +goose Up

-- A letter that is printed again under another key has another code, and the earlier one may be with its person: each goes on opening the form.
CREATE TABLE letter_code_kept AS SELECT digest, invitation FROM letter_code;
DROP TABLE letter_code;
CREATE TABLE letter_code (
  digest     BLOB    PRIMARY KEY CHECK (length(digest) = 32),
  invitation INTEGER NOT NULL REFERENCES invitation (id)
) STRICT, WITHOUT ROWID;
INSERT INTO letter_code (digest, invitation) SELECT digest, invitation FROM letter_code_kept;
DROP TABLE letter_code_kept;
