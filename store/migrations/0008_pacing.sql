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

-- Until when a campaign waits for what comes back of its first wave; 0: the wave is not complete, or there is none.
ALTER TABLE campaign ADD COLUMN canary_until INTEGER NOT NULL DEFAULT 0;

-- How far a relay has come with a mailbox provider that does not know it yet. day counts days since 1970 where
-- the house is; sent are the messages of that day. Under '' stand those whose recipients nobody knows any more.
CREATE TABLE warmth (
  relay    TEXT    NOT NULL,
  provider TEXT    NOT NULL,
  day      INTEGER NOT NULL,
  step     INTEGER NOT NULL,
  sent     INTEGER NOT NULL,
  PRIMARY KEY (relay, provider)
) STRICT, WITHOUT ROWID;

-- The time zone in which a person lives, pinned at planning; '' is that of the campaign.
ALTER TABLE invitation ADD COLUMN zone TEXT NOT NULL DEFAULT '';

-- When a campaign's first turn came; 0: it has not begun.
ALTER TABLE campaign ADD COLUMN begun_at INTEGER NOT NULL DEFAULT 0;
UPDATE campaign SET begun_at = started_at WHERE EXISTS (
  SELECT 1 FROM invitation i WHERE i.campaign = campaign.id AND i.state IN ('claimed', 'sending', 'sent', 'refused', 'uncertain'));
