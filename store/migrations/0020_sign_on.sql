-- +goose Up

-- Who somebody is at an identity provider. An account is tied to one person there, for good.
CREATE TABLE account_identity (
  issuer  TEXT    NOT NULL,
  subject TEXT    NOT NULL,
  account INTEGER NOT NULL UNIQUE REFERENCES account (id),
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

-- Whether an identity provider vouched for who it is, who asks for more than a password by its own rules.
ALTER TABLE session ADD COLUMN signed_on INTEGER NOT NULL DEFAULT 0 CHECK (signed_on IN (0, 1));
