-- +goose Up

-- How many messages to a mailbox provider left on the best of the days before: a plan of warming up that was changed is gone on with from
-- what really left. -1: an older version noted the step alone.
ALTER TABLE warmth ADD COLUMN best INTEGER NOT NULL DEFAULT -1;

-- Of the messages that had ended when the campaign was last resumed: how many they were, and what came back of them since. A bounce of
-- one of them says nothing of those that left after.
ALTER TABLE delivery_count ADD COLUMN earlier            INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery_count ADD COLUMN earlier_hard       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery_count ADD COLUMN earlier_complaints INTEGER NOT NULL DEFAULT 0;

-- The last entry of the campaign when its figures began anew.
ALTER TABLE campaign ADD COLUMN anew INTEGER NOT NULL DEFAULT -1;
