-- +goose Up

-- How deliveries ended since the campaign was started or last resumed: of each mailbox provider, and of all
-- under ''. What the stop rules look at; the ledger has each end by itself.
CREATE TABLE delivery_count (
  campaign   INTEGER NOT NULL REFERENCES campaign (id),
  provider   TEXT    NOT NULL,
  ended      INTEGER NOT NULL,
  hard       INTEGER NOT NULL,
  complaints INTEGER NOT NULL,
  refused    INTEGER NOT NULL,
  uncertain  INTEGER NOT NULL,
  PRIMARY KEY (campaign, provider)
) STRICT, WITHOUT ROWID;

-- Up to which entry bounces and complaints of a campaign were counted.
ALTER TABLE campaign ADD COLUMN heard INTEGER NOT NULL DEFAULT -1;
