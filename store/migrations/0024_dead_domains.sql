-- +goose Up

-- Domains that take no mail, as the name servers said: nobody can be reached at a mailbox of theirs. since is the day on which
-- that was first found and at the day of the last look, both counted since 1970. A look that finds a domain alive takes its
-- row away; no answer changes nothing.
CREATE TABLE dead_domain (
  name  TEXT    NOT NULL PRIMARY KEY,
  why   TEXT    NOT NULL CHECK (why IN ('null_mx', 'absent', 'unreachable')),
  since INTEGER NOT NULL,
  at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
