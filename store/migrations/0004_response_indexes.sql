-- +goose Up

-- Every index of an answer is a page to write with it. Whose an answer is says the invitation, for ever:
-- the answers of a contact are found through it.
DROP INDEX response_by_contact;

-- One index finds the answers to an invitation and keeps a nonce from being used twice.
DROP INDEX response_nonce;
DROP INDEX response_by_invitation;
CREATE UNIQUE INDEX response_by_invitation ON response (invitation, CASE nonce WHEN '' THEN id ELSE nonce END);
