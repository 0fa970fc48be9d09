package app

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// resign signs every stored checkpoint anew, as they come out now, with the ledger's own key.
func (f forger) resign(s ledger.Signer) {
	f.t.Helper()
	rows, err := f.db.Query("SELECT n, size FROM checkpoint ORDER BY n")
	if err != nil {
		f.t.Fatal(err)
	}
	sizes := map[int64]int64{}
	for rows.Next() {
		var n, size int64
		if err := rows.Scan(&n, &size); err != nil {
			f.t.Fatal(err)
		}
		sizes[n] = size
	}
	rows.Close()
	read := func(indexes []int64) (out []ledger.Hash, err error) {
		for _, at := range indexes {
			var h []byte
			if err := f.db.QueryRow("SELECT hash FROM tree_node WHERE position = ?", at).Scan(&h); err != nil {
				return nil, err
			}
			out = append(out, ledger.Hash(h))
		}
		return out, nil
	}
	for n, size := range sizes {
		root, err := ledger.TreeHash(size, read)
		if err != nil {
			f.t.Fatal(err)
		}
		note, err := ledger.SignCheckpoint(s, s.Name(), size, root)
		if err != nil {
			f.t.Fatal(err)
		}
		f.run("UPDATE checkpoint SET root = ?, note = ? WHERE n = ?", root[:], note, n)
	}
}

// TestAttacksWithTheKey lets somebody at everything that an installation has: database, journal and key. Nothing on
// the machine shows what they did, and the tests say so; whoever keeps a checkpoint finds it.
func TestAttacksWithTheKey(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4}).start(spring).send()
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	h.wait(time.Minute)
	h.oneClick(person(1))
	h.says(person(0), "newsletter.email")
	kept, err := h.app.Checkpoint(t.Context())
	h.must(err)
	verifiers, err := h.app.verifiers()
	h.must(err)
	now, _, err := h.app.signers()
	h.must(err)
	key, err := h.app.LedgerKey()
	h.must(err)
	h.close()
	whole, err := os.ReadFile(h.at("reoptin.db"))
	h.must(err)
	head := ledger.Anchor{Size: kept.Size, Root: kept.Root, From: "the checkpoint given away earlier", Signed: true}
	for name, tt := range map[string]struct {
		do   func(f forger)
		says string
	}{
		"an answer is turned round": {func(f forger) { f.recommit(f.number(lastYes), "granted", "refused") }, "knows another root for the first"},
		"an answer is made up": {func(f forger) {
			f.recommit(f.number(objection), `"kind":"objected"`, `"kind":"answered"`)
			f.run("UPDATE entry SET kind = 'answered' WHERE seq = (" + objection + ")")
		}, "history was rewritten"},
		"the end is cut off": {func(f forger) { f.cut(f.number("SELECT size FROM checkpoint WHERE n = 1")) }, "rows were lost or an old copy was put back"},
	} {
		path := h.at(strings.ReplaceAll(name, " ", "-") + ".db")
		h.must(os.WriteFile(path, whole, 0o600))
		f := forger{t, forge(t, path)}
		tt.do(f)
		f.rehash()
		f.resign(now)
		h.must(f.db.Close())
		db, err := store.Open(t.Context(), store.Options{Path: path, Clock: h.clock})
		h.must(err)
		check := func(anchors ...ledger.Anchor) string {
			r, err := db.VerifyLedger(t.Context(), verifiers, anchors)
			h.must(err)
			var said []string
			for _, f := range r.Faults {
				said = append(said, f.What)
			}
			return strings.Join(said, "\n")
		}
		tree := check()
		for _, word := range []string{"root", "signature", "commitment", "checkpoint"} {
			if strings.Contains(tree, word) {
				t.Errorf("%s: the forgery was not done well: %s", name, tree)
			}
		}
		if said := check(head); !strings.Contains(said, tt.says) {
			t.Errorf("%s: want %q, got\n%s", name, tt.says, said)
		}
		forged, proof, there, err := db.Consistency(t.Context(), kept.Size)
		h.must(err)
		h.must(db.Close())
		if !there {
			continue // there is no proof to give
		}
		text, err := json.Marshal(ledger.NewConsistency(now.Name(), key, nil, kept.Note, forged.Note, proof))
		h.must(err)
		r, err := ledger.VerifyConsistency(bytes.NewReader(text), key)
		h.must(err)
		if r.OK || !strings.Contains(r.Faults[0].What, "the ledger was forked") {
			t.Errorf("%s: two histories pass for one: %+v", name, r)
		}
	}
	h.open()
}
