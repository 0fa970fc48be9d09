-- +goose Up

-- What is known of the base as a whole: how many contacts it has, and the day of the last audit of them all,
-- counted from 1970. A verdict whose as_of is 0 is of that audit; one that was given to a contact alone since
-- has its own.
CREATE TABLE base (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  contacts INTEGER NOT NULL CHECK (contacts >= 0),
  as_of    INTEGER NOT NULL
) STRICT;
INSERT INTO base (one, contacts, as_of) SELECT 1, count(*), 0 FROM contact;

-- How many contacts of each 512 whose numbers follow each other have a verdict: a list of some verdicts looks
-- only where there are any, and counts are sums. An index over every verdict cost an audit more than all else.
CREATE TABLE verdict_count (
  class    TEXT    NOT NULL,
  route    TEXT    NOT NULL,
  code     TEXT    NOT NULL,
  block    INTEGER NOT NULL,
  contacts INTEGER NOT NULL,
  PRIMARY KEY (class, route, code, block)
) STRICT, WITHOUT ROWID;
INSERT INTO verdict_count (class, route, code, block, contacts)
SELECT r.class, r.route, r.code, v.contact / 512, count(*) FROM verdict v JOIN ruling r ON r.id = v.ruling GROUP BY r.class, r.route, r.code, v.contact / 512;
DROP INDEX verdict_by_ruling;
