-- +goose Up

-- Where there are several relays: at which of them the dot of an invitation was written last. Whoever was put off
-- there is not asked over another one.
CREATE TABLE invitation_relay (
  invitation INTEGER PRIMARY KEY REFERENCES invitation (id),
  relay      TEXT    NOT NULL
) STRICT;
