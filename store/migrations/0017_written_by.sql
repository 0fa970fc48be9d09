-- +goose Up

-- Who wrote the content of a campaign last, so that an approval can be asked of somebody else; and, as JSON, what took
-- the last approval back, so that it can be shown.
ALTER TABLE campaign ADD COLUMN written_by TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN voided TEXT NOT NULL DEFAULT '';
