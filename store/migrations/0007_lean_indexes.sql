-- +goose Up

-- What an index costs is a page to write wherever the next entry falls into it: for contacts, who are asked in no
-- order of theirs, that was a page for each message. Whom an entry asked says its invitation, for ever.
DROP INDEX entry_by_contact;
CREATE INDEX entry_by_contact ON entry (contact, seq) WHERE contact <> 0 AND kind <> 'asked';

-- The keys that an invitation holds are some of its person's own, and those are known by invitation.
DROP INDEX person_key_by_invitation;

-- Only what was put off is looked for by its time.
DROP INDEX invitation_later;
CREATE INDEX invitation_later ON invitation (campaign, not_before) WHERE state = 'planned' AND deferred = 1;
