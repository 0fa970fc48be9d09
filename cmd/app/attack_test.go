package app

import (
	"context"
	"crypto/rand"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/ledger"
)

// forger has the database and a tool for it, and neither the signing key nor the send journal.
type forger struct {
	t  *testing.T
	db *sql.DB
}

func (f forger) run(query string, args ...any) {
	f.t.Helper()
	if _, err := f.db.Exec(query, args...); err != nil {
		f.t.Fatalf("%s: %v", query, err)
	}
}

func (f forger) number(query string) (n int64) {
	f.t.Helper()
	if err := f.db.QueryRow(query).Scan(&n); err != nil {
		f.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// rehash makes the whole tree anew from the entries as they stand now: leaves, nodes and head.
func (f forger) rehash() {
	f.t.Helper()
	rows, err := f.db.Query("SELECT seq, kind, at, commitment FROM entry ORDER BY seq")
	if err != nil {
		f.t.Fatal(err)
	}
	var leaves []ledger.Leaf
	for rows.Next() {
		var l ledger.Leaf
		var at int64
		var c []byte
		if err := rows.Scan(&l.Seq, &l.Kind, &at, &c); err != nil {
			f.t.Fatal(err)
		}
		l.At = time.UnixMilli(at).UTC()
		copy(l.Commitment[:], c)
		leaves = append(leaves, l)
	}
	rows.Close()
	f.run("DELETE FROM tree_node")
	var nodes []ledger.Hash
	read := func(indexes []int64) ([]ledger.Hash, error) {
		out := make([]ledger.Hash, len(indexes))
		for i, n := range indexes {
			out[i] = nodes[n]
		}
		return out, nil
	}
	for n, l := range leaves {
		hashes, err := ledger.StoredHashes(int64(n), l.Marshal(), read)
		if err != nil {
			f.t.Fatal(err)
		}
		f.run("UPDATE entry SET leaf_hash = ? WHERE seq = ?", hashes[0][:], l.Seq)
		for _, h := range hashes {
			f.run("INSERT INTO tree_node (position, hash) VALUES (?, ?)", len(nodes), h[:])
			nodes = append(nodes, h)
		}
	}
	root, err := ledger.TreeHash(int64(len(leaves)), read)
	if err != nil {
		f.t.Fatal(err)
	}
	f.run("UPDATE ledger_head SET size = ?, root = ?, at = (SELECT at FROM entry ORDER BY seq DESC LIMIT 1)", len(leaves), root[:])
}

// cut takes away all entries from a number on, with what hangs on them.
func (f forger) cut(from int64) {
	f.t.Helper()
	for _, table := range []string{"organisation", "approval", "document", "sending", "response", "decision", "suppression", "silence"} {
		f.run("DELETE FROM "+table+" WHERE entry >= ?", from)
	}
	f.run("DELETE FROM entry_payload WHERE seq >= ?", from)
	f.run("DELETE FROM entry WHERE seq >= ?", from)
	f.run("DELETE FROM checkpoint WHERE size > ?", from)
	f.run("UPDATE ledger_head SET checkpoints = (SELECT count(*) FROM checkpoint)")
	f.rehash()
}

// recommit gives an entry another payload, with the commitment that fits it.
func (f forger) recommit(seq int64, old, new string) {
	f.t.Helper()
	var salt, payload []byte
	if err := f.db.QueryRow("SELECT salt, payload FROM entry_payload WHERE seq = ?", seq).Scan(&salt, &payload); err != nil {
		f.t.Fatal(err)
	}
	changed := strings.Replace(string(payload), old, new, 1)
	if changed == string(payload) {
		f.t.Fatalf("entry %d does not hold %q", seq, old)
	}
	c := ledger.Commit([32]byte(salt), []byte(changed))
	f.run("UPDATE entry_payload SET payload = ? WHERE seq = ?", []byte(changed), seq)
	f.run("UPDATE entry SET commitment = ? WHERE seq = ?", c[:], seq)
}

const (
	lastYes   = "SELECT max(seq) FROM entry WHERE kind = 'answered'"
	objection = "SELECT max(seq) FROM entry WHERE kind = 'objected'"
)

// attacks are what somebody may do who has the database, and the words by which it is found.
var attacks = map[string]struct {
	do   func(f forger)
	says string
}{
	"a payload is edited": {func(f forger) {
		f.run("UPDATE entry_payload SET payload = CAST(replace(CAST(payload AS TEXT), 'granted', 'refused') AS BLOB) WHERE seq = (" + lastYes + ")")
	}, "payload does not match its commitment"},
	"a payload is written otherwise": {func(f forger) {
		f.run("UPDATE entry_payload SET payload = CAST(replace(CAST(payload AS TEXT), '\":', '\": ') AS BLOB) WHERE seq = (" + lastYes + ")")
	}, "payload does not match its commitment"},
	"a leaf is edited": {func(f forger) {
		f.run("UPDATE entry SET kind = 'answered' WHERE seq = (" + objection + ")")
	}, "its kind, time or commitment was changed"},
	"a payload, its leaf and all nodes are edited": {func(f forger) {
		f.recommit(f.number(lastYes), "granted", "refused")
		f.rehash()
	}, "the root signed is not that of the first"},
	"an entry is taken out": {func(f forger) {
		f.run("DELETE FROM entry WHERE seq = 3")
	}, "entry 3 of "},
	"an entry is taken out and the rest renumbered": {func(f forger) {
		n := f.number(objection)
		for _, table := range []string{"suppression", "decision", "response"} {
			f.run("DELETE FROM "+table+" WHERE entry = ?", n)
		}
		f.run("DELETE FROM entry_payload WHERE seq = ?", n)
		f.run("DELETE FROM entry WHERE seq = ?", n)
		f.run("UPDATE entry SET seq = seq - 1 WHERE seq > ?", n)
		f.run("UPDATE entry_payload SET seq = seq - 1 WHERE seq > ?", n)
		f.rehash()
	}, "the ledger has only"},
	"the end is cut off with its checkpoints": {func(f forger) {
		f.cut(f.number("SELECT size FROM checkpoint WHERE n = 1"))
	}, "the send journal knows"},
	"an entry is backdated": {func(f forger) {
		f.run("UPDATE entry SET at = at - 86400000 WHERE seq = (" + lastYes + ")")
		f.rehash()
	}, "time is before entry"},
	"a record is erased and nobody says so": {func(f forger) {
		f.run("DELETE FROM entry_payload WHERE seq = (" + objection + ")")
	}, "its payload is missing and no later entry says that it was erased"},
	"a yes is invented for an entry": {func(f forger) {
		f.run("INSERT INTO response SELECT 'made-up', 3, invitation, contact, campaign, kind, language, document, 'x', at FROM response LIMIT 1")
		f.run("INSERT INTO decision VALUES (3, 'newsletter', 'email', 'granted', 0)")
	}, "it does not declare the response row that names it"},
	"a yes is invented without one": {func(f forger) {
		f.run("INSERT INTO response SELECT 'made-up', 99999, invitation, contact, campaign, kind, language, document, 'x', at FROM response LIMIT 1")
	}, "response row of entry 99999: there is no such entry"},
	"a no is turned into a yes": {func(f forger) {
		f.run("UPDATE decision SET state = 'granted'")
	}, "decision row"},
	"a no is dropped from the never-write list": {func(f forger) {
		f.run("DELETE FROM suppression")
	}, "suppression rows that it covers are missing"},
	"a no is lifted": {func(f forger) {
		f.run("UPDATE suppression SET lifts = 1")
	}, "suppression row"},
	"a checkpoint is dropped": {func(f forger) {
		f.run("DELETE FROM checkpoint WHERE n = 1")
		f.run("UPDATE checkpoint SET n = n - 1")
		f.run("UPDATE ledger_head SET checkpoints = checkpoints - 1")
	}, "the send journal knows is missing"},
	"a history is signed with another key": {func(f forger) {
		skey, _, err := ledger.GenerateKey(rand.Reader, f.origin())
		if err != nil {
			f.t.Fatal(err)
		}
		s, err := ledger.NewSigner(skey)
		if err != nil {
			f.t.Fatal(err)
		}
		f.recommit(f.number(lastYes), "granted", "refused")
		f.rehash()
		var root []byte
		if err := f.db.QueryRow("SELECT root FROM ledger_head").Scan(&root); err != nil {
			f.t.Fatal(err)
		}
		size := f.number("SELECT size FROM ledger_head")
		note, err := ledger.SignCheckpoint(s, s.Name(), size, ledger.Hash(root))
		if err != nil {
			f.t.Fatal(err)
		}
		f.run("UPDATE checkpoint SET note = ?, root = ?, size = ? WHERE n = (SELECT max(n) FROM checkpoint)", note, root, size)
	}, "which is not among the keys at hand"},
}

// origin is the name of the ledger, as its checkpoints say.
func (f forger) origin() string {
	f.t.Helper()
	var note string
	if err := f.db.QueryRow("SELECT note FROM checkpoint LIMIT 1").Scan(&note); err != nil {
		f.t.Fatal(err)
	}
	name, _, _ := strings.Cut(note, "\n")
	return name
}

// TestAttacks lets a forger at the database of a small campaign; each attack is found and named.
func TestAttacks(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4}).start(spring).send()
	checkpoint := func() {
		_, err := h.app.Checkpoint(t.Context())
		h.must(err)
		h.wait(time.Minute)
	}
	checkpoint()
	h.oneClick(person(1))
	h.says(person(2))
	h.wait(time.Minute)
	h.says(person(0), "newsletter.email")
	checkpoint()
	h.close()
	files := map[string][]byte{}
	for _, name := range []string{"reoptin.db", "send.journal"} {
		b, err := os.ReadFile(h.at(name))
		h.must(err)
		files[name] = b
	}
	h.open()
	for name, tt := range attacks {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for name, b := range files {
				if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c := h.config()
			c.Database, c.Journal = filepath.Join(dir, "reoptin.db"), filepath.Join(dir, "send.journal")
			f := forger{t, forge(t, c.Database)}
			tt.do(f)
			if err := f.db.Close(); err != nil {
				t.Fatal(err)
			}
			a, err := Open(context.Background(), c, Surroundings{Log: slog.New(slog.DiscardHandler), Clock: h.clock})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			r, err := a.VerifyLedger(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, f := range r.Faults {
				said = append(said, f.What)
			}
			if r.OK || !strings.Contains(strings.Join(said, "\n"), tt.says) {
				t.Errorf("want %q, got\n%s", tt.says, strings.Join(said, "\n"))
			}
		})
	}
}

// forge opens a database without what holds a forger up: triggers, references, checks.
func forge(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	rows, err := db.Query("SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	statements := []string{"PRAGMA foreign_keys = 0", "PRAGMA ignore_check_constraints = 1"}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		statements = append(statements, s)
	}
	rows.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	return db
}
