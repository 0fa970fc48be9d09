-- +goose Up

-- How many invitations of a campaign stand where: written with what moves them, once a transaction. Those that are
-- under way (claimed, sending) are not counted here: they are few, and change with every message.
CREATE TABLE state_count (
  campaign    INTEGER NOT NULL REFERENCES campaign (id),
  route       TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('planned', 'sent', 'refused', 'uncertain', 'withheld')),
  invitations INTEGER NOT NULL,
  PRIMARY KEY (campaign, route, state)
) STRICT, WITHOUT ROWID;
INSERT INTO state_count (campaign, route, state, invitations)
SELECT campaign, route, state, count(*) FROM invitation WHERE state NOT IN ('claimed', 'sending') GROUP BY campaign, route, state;

-- What a campaign's people did, as far as it was added up: up to an entry. What came after that is added when it is
-- asked for, and added here now and then.
CREATE TABLE tally (
  campaign   INTEGER PRIMARY KEY REFERENCES campaign (id),
  upto       INTEGER NOT NULL,
  people     INTEGER NOT NULL,
  granted    INTEGER NOT NULL,
  withdrawn  INTEGER NOT NULL,
  hard       INTEGER NOT NULL,
  soft       INTEGER NOT NULL,
  complaints INTEGER NOT NULL
) STRICT;

-- What was found when somebody last went through the whole base, and at which size of the ledger: whom nobody has
-- asked yet, whose consent ends soon, and who is kept longer than the rules say. unasked, ending and over are numbers
-- of people; ends counts days since 1970.
CREATE TABLE stock (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  at      INTEGER NOT NULL,
  size    INTEGER NOT NULL,
  unasked INTEGER NOT NULL,
  ending  INTEGER NOT NULL,
  ends    INTEGER NOT NULL,
  over    INTEGER NOT NULL
) STRICT;

-- What the last verification of the ledger came to.
CREATE TABLE verification (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  at     INTEGER NOT NULL,
  size   INTEGER NOT NULL,
  faults INTEGER NOT NULL
) STRICT;
