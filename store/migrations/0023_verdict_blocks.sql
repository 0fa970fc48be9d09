-- +goose Up

-- What the last audit of the whole base found: one row for each 512 contacts whose numbers follow each other, in which stands for
-- each of them the number of its ruling in seven digits, 0000000 for none. They are octets: the engine finds a letter of a text by
-- passing all before it. A row of its own for every contact cost an audit a sixth of its time.
CREATE TABLE verdict_block (
  block   INTEGER PRIMARY KEY,
  rulings BLOB NOT NULL CHECK (length(rulings) = 512 * 7)
) STRICT;

-- A ruling whose number has more digits makes its row too long, and nothing is changed.
WITH RECURSIVE place (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM place WHERE n < 511)
INSERT INTO verdict_block (block, rulings)
SELECT b.block, CAST((SELECT group_concat(printf('%07d', coalesce(v.ruling, 0)), '' ORDER BY p.n)
  FROM place p LEFT JOIN verdict v ON v.contact = b.block * 512 + p.n AND v.as_of = 0) AS BLOB)
FROM (SELECT DISTINCT contact >> 9 AS block FROM verdict WHERE as_of = 0) b;

-- What was given to a contact alone since, with its day, goes before what the block says.
CREATE TABLE own_verdict (
  contact INTEGER PRIMARY KEY,
  ruling  INTEGER NOT NULL,
  as_of   INTEGER NOT NULL CHECK (as_of <> 0)
) STRICT;
INSERT INTO own_verdict (contact, ruling, as_of) SELECT contact, ruling, as_of FROM verdict WHERE as_of <> 0 ORDER BY contact;

-- The name goes, too: a process of an older version that has the file open would take those without a row for people without a
-- verdict, and erase them.
DROP TABLE verdict;
