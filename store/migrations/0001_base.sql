-- +goose Up

-- The mark of a reoptin database, "reop": a file without it is somebody else's.
PRAGMA application_id = 0x72656f70;

-- What this database is: its instance id, and how long the send journal was when last seen.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- The ledger. entry and tree_node are public, entry_payload is the only part that may be destroyed.
CREATE TABLE entry (
  seq        INTEGER PRIMARY KEY CHECK (seq >= 0),
  kind       TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  commitment BLOB    NOT NULL,
  leaf_hash  BLOB    NOT NULL,
  campaign   INTEGER NOT NULL DEFAULT 0,
  contact    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX entry_by_campaign ON entry (campaign, seq) WHERE campaign <> 0;
CREATE INDEX entry_by_contact ON entry (contact, seq) WHERE contact <> 0;

CREATE TABLE entry_payload (
  seq     INTEGER PRIMARY KEY REFERENCES entry (seq),
  salt    BLOB NOT NULL,
  payload BLOB NOT NULL
) STRICT;

CREATE TABLE tree_node (
  position INTEGER PRIMARY KEY CHECK (position >= 0),
  hash     BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoint (
  n    INTEGER PRIMARY KEY CHECK (n >= 1),
  size INTEGER NOT NULL,
  root BLOB    NOT NULL,
  note TEXT    NOT NULL,
  at   INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger_head (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  size        INTEGER NOT NULL,
  root        BLOB    NOT NULL,
  at          INTEGER NOT NULL,
  checkpoints INTEGER NOT NULL
) STRICT;

CREATE TABLE organisation (
  entry INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  body  TEXT    NOT NULL,
  at    INTEGER NOT NULL
) STRICT;

CREATE TABLE import (
  id         INTEGER PRIMARY KEY,
  source     TEXT    NOT NULL,
  sha256     TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  row_count  INTEGER NOT NULL,
  created    INTEGER NOT NULL,
  updated    INTEGER NOT NULL,
  unchanged  INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  conflicts  INTEGER NOT NULL,
  rejected   INTEGER NOT NULL
) STRICT;

CREATE TABLE contact (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  external_id TEXT NOT NULL,
  merged_ids  TEXT NOT NULL,
  email       TEXT NOT NULL,
  bad_email   TEXT NOT NULL,
  phone       TEXT NOT NULL,
  title       TEXT NOT NULL,
  first_name  TEXT NOT NULL,
  last_name   TEXT NOT NULL,
  company     TEXT NOT NULL,
  job_title   TEXT NOT NULL,
  language    TEXT NOT NULL,
  country     TEXT NOT NULL,
  inferred    INTEGER NOT NULL CHECK (inferred IN (0, 1)),
  timezone    TEXT NOT NULL,
  address1    TEXT NOT NULL,
  address2    TEXT NOT NULL,
  postal_code TEXT NOT NULL,
  city        TEXT NOT NULL,
  facts       TEXT NOT NULL,
  attributes  TEXT NOT NULL,
  keys        BLOB NOT NULL,
  class       TEXT NOT NULL DEFAULT '' CHECK (class IN ('', 'opted_in', 'opted_out', 'doubtful', 'unusable')),
  route       TEXT NOT NULL DEFAULT '' CHECK (route IN ('', 'email', 'letter', 'onsite', 'none')),
  code        TEXT NOT NULL DEFAULT '',
  fine        TEXT NOT NULL DEFAULT '',
  reasons     TEXT NOT NULL DEFAULT '',
  as_of       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX contact_by_external_id ON contact (external_id) WHERE external_id <> '';
CREATE INDEX contact_by_verdict ON contact (class, route, code);

-- Who has a key. A contact's own list stands in its row (keys): a kind's initial and the digest, one
-- after the other. So finding by key and reading a contact each touch one tree.
CREATE TABLE contact_key (
  key     BLOB    NOT NULL CHECK (length(key) = 32),
  kind    TEXT    NOT NULL CHECK (kind IN ('strict', 'mailbox', 'person')),
  contact INTEGER NOT NULL,
  PRIMARY KEY (key, kind, contact)
) STRICT, WITHOUT ROWID;

-- A deleted draft's number is never given again: ledger entries may name it.
CREATE TABLE campaign (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  name         TEXT    NOT NULL UNIQUE,
  status       TEXT    NOT NULL CHECK (status IN ('draft', 'approved', 'running', 'paused', 'closed')),
  file         TEXT    NOT NULL,
  approval     INTEGER NOT NULL DEFAULT -1,
  created_at   INTEGER NOT NULL,
  started_at   INTEGER NOT NULL DEFAULT 0,
  closed_at    INTEGER NOT NULL DEFAULT 0,
  wait_for     TEXT    NOT NULL DEFAULT '' CHECK (wait_for IN ('', 'start', 'window', 'rate', 'relay', 'paused')),
  wait_until   INTEGER NOT NULL DEFAULT 0,
  wait_reason  TEXT    NOT NULL DEFAULT '',
  form_views   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What was approved, once per approval; campaign.approval points to the one that holds.
CREATE TABLE approval (
  entry    INTEGER PRIMARY KEY REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  campaign INTEGER NOT NULL,
  hash     TEXT    NOT NULL,
  frozen   TEXT    NOT NULL,
  by       TEXT    NOT NULL,
  at       INTEGER NOT NULL
) STRICT;

CREATE TABLE document (
  sha256   TEXT    PRIMARY KEY,
  entry    INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  name     TEXT    NOT NULL,
  language TEXT    NOT NULL,
  media    TEXT    NOT NULL,
  content  BLOB    NOT NULL
) STRICT;
CREATE INDEX document_by_entry ON document (entry);

CREATE TABLE invitation (
  id             INTEGER PRIMARY KEY,
  campaign       INTEGER NOT NULL REFERENCES campaign (id),
  contact        INTEGER NOT NULL,
  link           BLOB    NOT NULL UNIQUE CHECK (length(link) = 16),
  route          TEXT    NOT NULL CHECK (route IN ('email', 'letter', 'onsite')),
  language       TEXT    NOT NULL,
  state          TEXT    NOT NULL CHECK (state IN ('planned', 'claimed', 'sending', 'sent', 'refused', 'uncertain', 'withheld')),
  owner          TEXT    NOT NULL DEFAULT '',
  attempt        INTEGER NOT NULL DEFAULT 0,
  not_before     INTEGER NOT NULL,
  priority       INTEGER NOT NULL,
  email          TEXT    NOT NULL,
  fill           TEXT    NOT NULL,
  verdict        TEXT    NOT NULL,
  reason         TEXT    NOT NULL DEFAULT '',
  reply          TEXT    NOT NULL DEFAULT '',
  message_id     TEXT    NOT NULL DEFAULT '',
  message_sha256 TEXT    NOT NULL DEFAULT '',
  planned_at     INTEGER NOT NULL,
  sent_at        INTEGER NOT NULL DEFAULT 0,
  deferred       INTEGER NOT NULL DEFAULT 0 CHECK (deferred IN (0, 1)),
  UNIQUE (campaign, contact)
) STRICT;
-- Who is next, and when: what was put off (deferred) is never walked over to find who is due.
CREATE INDEX invitation_due ON invitation (campaign, deferred, priority DESC, id) WHERE state = 'planned';
CREATE INDEX invitation_later ON invitation (campaign, deferred, not_before) WHERE state = 'planned';
CREATE INDEX invitation_by_state ON invitation (campaign, state);
CREATE INDEX invitation_by_contact ON invitation (contact);

-- The keys of an invitation's person, pinned at planning.
CREATE TABLE invitation_key (
  invitation INTEGER NOT NULL REFERENCES invitation (id),
  kind       TEXT    NOT NULL CHECK (kind IN ('strict', 'mailbox', 'person')),
  key        BLOB    NOT NULL CHECK (length(key) = 32),
  PRIMARY KEY (invitation, kind, key)
) STRICT, WITHOUT ROWID;

-- The keys that are taken: over all campaigns and both routes, one holder per key for ever. A key
-- without an invitation was taken by one that only the send journal remembers.
CREATE TABLE person_key (
  key        BLOB NOT NULL CHECK (length(key) = 32),
  kind       TEXT NOT NULL CHECK (kind IN ('strict', 'mailbox', 'person')),
  invitation INTEGER REFERENCES invitation (id),
  PRIMARY KEY (key, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_key_by_invitation ON person_key (invitation);

-- Keys of someone who may have been asked, as the send journal told, while another invitation held
-- them: when it frees them they are taken at once.
CREATE TABLE person_key_next (
  key        BLOB NOT NULL CHECK (length(key) = 32),
  kind       TEXT NOT NULL CHECK (kind IN ('strict', 'mailbox', 'person')),
  invitation INTEGER REFERENCES invitation (id),
  PRIMARY KEY (key, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE sending (
  entry          INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  n              INTEGER NOT NULL,
  invitation     INTEGER NOT NULL REFERENCES invitation (id),
  attempt        INTEGER NOT NULL,
  outcome        TEXT    NOT NULL CHECK (outcome IN ('planned', 'sent', 'refused', 'uncertain')),
  reason         TEXT    NOT NULL,
  reply          TEXT    NOT NULL,
  message_id     TEXT    NOT NULL,
  message_sha256 TEXT    NOT NULL,
  sent_at        INTEGER NOT NULL,
  at             INTEGER NOT NULL,
  PRIMARY KEY (entry, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX sending_by_invitation ON sending (invitation, entry, n);

CREATE TABLE response (
  id         TEXT    PRIMARY KEY,
  entry      INTEGER NOT NULL UNIQUE REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  invitation INTEGER NOT NULL REFERENCES invitation (id),
  contact    INTEGER NOT NULL,
  campaign   INTEGER NOT NULL,
  kind       TEXT    NOT NULL CHECK (kind IN ('form', 'one_click', 'page')),
  language   TEXT    NOT NULL,
  document   TEXT    NOT NULL,
  nonce      TEXT    NOT NULL,
  at         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX response_nonce ON response (invitation, nonce) WHERE nonce <> '';
CREATE INDEX response_by_invitation ON response (invitation, entry);
CREATE INDEX response_by_contact ON response (contact, entry);

CREATE TABLE decision (
  entry   INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  purpose TEXT    NOT NULL,
  channel TEXT    NOT NULL,
  state   TEXT    NOT NULL CHECK (state IN ('granted', 'refused', 'withdrawn')),
  n       INTEGER NOT NULL,
  PRIMARY KEY (entry, purpose, channel)
) STRICT, WITHOUT ROWID;

-- The never-write list, as a log: the last line of a key decides.
CREATE TABLE suppression (
  entry  INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED,
  n      INTEGER NOT NULL,
  kind   TEXT    NOT NULL CHECK (kind IN ('strict', 'mailbox', 'person')),
  key    BLOB    NOT NULL CHECK (length(key) = 32),
  lifts  INTEGER NOT NULL CHECK (lifts IN (0, 1)),
  scope  TEXT    NOT NULL,
  reason TEXT    NOT NULL CHECK (reason IN ('objection', 'complaint', 'bounce', 'imported', 'manual', 'journal', 'erasure')),
  source TEXT    NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (entry, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX suppression_by_key ON suppression (key, kind, entry, n);

-- Silence is a no: one row for everyone who was asked and had not answered when the campaign closed.
CREATE TABLE silence (
  invitation INTEGER PRIMARY KEY REFERENCES invitation (id),
  entry      INTEGER NOT NULL REFERENCES entry (seq) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX silence_by_entry ON silence (entry);

INSERT INTO ledger_head (one, size, root, at, checkpoints)
VALUES (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 0, 0);

-- Evidence is only ever added.
-- +goose StatementBegin
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entry_payload_no_update BEFORE UPDATE ON entry_payload BEGIN SELECT RAISE(ABORT, 'a payload is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tree_node_no_update BEFORE UPDATE ON tree_node BEGIN SELECT RAISE(ABORT, 'tree_node is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tree_node_no_delete BEFORE DELETE ON tree_node BEGIN SELECT RAISE(ABORT, 'tree_node is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoint is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoint is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON ledger_head BEGIN SELECT RAISE(ABORT, 'the ledger has one head'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_head_no_return BEFORE UPDATE ON ledger_head
WHEN NEW.size < OLD.size OR NEW.checkpoints < OLD.checkpoints
BEGIN SELECT RAISE(ABORT, 'the ledger never shrinks'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER organisation_no_update BEFORE UPDATE ON organisation BEGIN SELECT RAISE(ABORT, 'organisation is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER organisation_no_delete BEFORE DELETE ON organisation BEGIN SELECT RAISE(ABORT, 'organisation is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approval_no_update BEFORE UPDATE ON approval BEGIN SELECT RAISE(ABORT, 'approval is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approval_no_delete BEFORE DELETE ON approval BEGIN SELECT RAISE(ABORT, 'approval is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER document_no_update BEFORE UPDATE ON document BEGIN SELECT RAISE(ABORT, 'document is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER document_no_delete BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'document is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sending_no_update BEFORE UPDATE ON sending BEGIN SELECT RAISE(ABORT, 'sending is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sending_no_delete BEFORE DELETE ON sending BEGIN SELECT RAISE(ABORT, 'sending is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER response_no_update BEFORE UPDATE ON response BEGIN SELECT RAISE(ABORT, 'response is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER response_no_delete BEFORE DELETE ON response BEGIN SELECT RAISE(ABORT, 'response is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decision is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER suppression_no_update BEFORE UPDATE ON suppression BEGIN SELECT RAISE(ABORT, 'suppression is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER suppression_no_delete BEFORE DELETE ON suppression BEGIN SELECT RAISE(ABORT, 'suppression is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER silence_no_update BEFORE UPDATE ON silence BEGIN SELECT RAISE(ABORT, 'silence is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER silence_no_delete BEFORE DELETE ON silence BEGIN SELECT RAISE(ABORT, 'silence is append-only'); END;
-- +goose StatementEnd

-- A campaign only moves forward: draft → approved → running ⇄ paused → closed; an approval is void
-- once the draft changes.
-- +goose StatementBegin
CREATE TRIGGER campaign_edge BEFORE UPDATE OF status ON campaign
WHEN NEW.status <> OLD.status AND OLD.status || '>' || NEW.status NOT IN (
  'draft>approved', 'approved>draft', 'approved>running', 'running>paused', 'paused>running', 'running>closed', 'paused>closed')
BEGIN SELECT RAISE(ABORT, 'no such edge between campaign statuses'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER campaign_no_delete BEFORE DELETE ON campaign WHEN OLD.status <> 'draft'
BEGIN SELECT RAISE(ABORT, 'only a draft is ever deleted'); END;
-- +goose StatementEnd

-- The single-send machine. The same edges stand in campaign.CanMove; a test compares the two.
-- +goose StatementBegin
CREATE TRIGGER invitation_no_delete BEFORE DELETE ON invitation BEGIN SELECT RAISE(ABORT, 'no invitation is ever deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER invitation_begin BEFORE INSERT ON invitation WHEN NEW.state <> 'planned'
BEGIN SELECT RAISE(ABORT, 'an invitation begins as planned'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER invitation_edge BEFORE UPDATE OF state ON invitation
WHEN NOT CASE OLD.state
  WHEN 'planned' THEN NEW.state = 'claimed' OR NEW.state = 'withheld' OR NEW.state = 'uncertain'
  WHEN 'claimed' THEN NEW.state = 'sending' OR NEW.state = 'planned' OR NEW.state = 'refused' OR NEW.state = 'withheld' OR NEW.state = 'uncertain'
  WHEN 'sending' THEN NEW.state = 'sent' OR NEW.state = 'planned' OR NEW.state = 'refused' OR NEW.state = 'uncertain'
  WHEN 'uncertain' THEN NEW.state = 'sent' OR NEW.state = 'refused' OR NEW.state = 'planned'
  WHEN 'refused' THEN NEW.state = 'planned'
  ELSE 0 END
BEGIN SELECT RAISE(ABORT, 'no such edge between invitation states'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER invitation_claim BEFORE UPDATE OF state ON invitation WHEN NEW.state IN ('claimed', 'sending')
BEGIN
  SELECT RAISE(ABORT, 'the campaign is not running')
  WHERE NOT EXISTS (SELECT 1 FROM campaign c WHERE c.id = NEW.campaign AND c.status = 'running');
  SELECT RAISE(ABORT, 'the person is suppressed')
  WHERE EXISTS (SELECT 1 FROM invitation_key k WHERE k.invitation = NEW.id AND 0 = (
    SELECT s.lifts FROM suppression s WHERE s.key = k.key AND s.kind = k.kind ORDER BY s.entry DESC, s.n DESC LIMIT 1));
  -- Whoever was claimed holds the keys until withheld.
  SELECT RAISE(ABORT, 'a key of the person is not held by this invitation')
  WHERE NEW.state = 'claimed' AND (NOT EXISTS (SELECT 1 FROM invitation_key k WHERE k.invitation = NEW.id)
     OR EXISTS (SELECT 1 FROM invitation_key k
                LEFT JOIN person_key p ON p.key = k.key AND p.kind = k.kind
                WHERE k.invitation = NEW.id AND (p.invitation IS NULL OR p.invitation <> NEW.id)));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER invitation_pinned BEFORE UPDATE OF id, campaign, contact, link, route ON invitation
WHEN NEW.id <> OLD.id OR NEW.campaign <> OLD.campaign OR NEW.contact <> OLD.contact OR NEW.link <> OLD.link OR NEW.route <> OLD.route
BEGIN SELECT RAISE(ABORT, 'whom an invitation asks, and how, is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER invitation_key_no_update BEFORE UPDATE ON invitation_key BEGIN SELECT RAISE(ABORT, 'the keys of an invitation are pinned'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER invitation_key_no_delete BEFORE DELETE ON invitation_key BEGIN SELECT RAISE(ABORT, 'the keys of an invitation are pinned'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_key_no_update BEFORE UPDATE ON person_key BEGIN SELECT RAISE(ABORT, 'a taken key never changes hands'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER person_key_no_delete BEFORE DELETE ON person_key
WHEN NOT EXISTS (SELECT 1 FROM invitation i WHERE i.id = OLD.invitation AND i.state = 'withheld')
BEGIN SELECT RAISE(ABORT, 'only a withheld invitation frees its keys'); END;
-- +goose StatementEnd
