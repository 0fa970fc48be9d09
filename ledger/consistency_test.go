package ledger_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	xnote "golang.org/x/mod/sumdb/note"

	"github.com/reoptin/reoptin/ledger"
)

func consistent(t testing.TB, m *memory, older, newer int, key string) ledger.Report {
	t.Helper()
	a, b := m.checkpoints[older], m.checkpoints[newer]
	proof, err := ledger.ProveConsistency(max(a.Size, b.Size), min(a.Size, b.Size), m.readHashes)
	check(t, err)
	text, err := json.Marshal(ledger.NewConsistency(origin, m.vkey, m.handovers, a.Note, b.Note, proof))
	check(t, err)
	rep, err := ledger.VerifyConsistency(bytes.NewReader(text), key)
	check(t, err)
	return rep
}

func TestConsistencyOfCheckpoints(t *testing.T) {
	t.Parallel()
	keys, m := rotated(t)
	for _, key := range append(keys, "") {
		if rep := consistent(t, m, 0, 2, key); !rep.OK || rep.Size != 3 {
			t.Error(whats(rep))
		}
	}
	if rep := consistent(t, m, 1, 1, keys[2]); !rep.OK {
		t.Error(whats(rep))
	}
	if rep := consistent(t, m, 2, 0, keys[2]); rep.OK || !strings.Contains(whats(rep), "covers 3 entries, the newer one only 1: rows were lost") {
		t.Error(whats(rep))
	}
	if rep := consistent(t, m, 0, 2, campaign(t).vkey); rep.OK || !strings.Contains(whats(rep), "another key of this ledger than the one given") {
		t.Error(whats(rep))
	}
}

// Two histories under one key are found, whether of one size or of two.
func TestConsistencyFindsAFork(t *testing.T) {
	t.Parallel()
	m, other := campaign(t), newMemory(t)
	for i := range 20 {
		other.append(t, "answered", map[string]any{"i": i})
		if i == 11 || i == 19 {
			other.seal(t)
		}
	}
	for newer, says := range map[int]string{0: "the ledger was forked", 1: "history was rewritten"} {
		n := other.checkpoints[newer]
		proof, err := ledger.ProveConsistency(n.Size, 12, other.readHashes)
		check(t, err)
		text, err := json.Marshal(ledger.NewConsistency(origin, m.vkey, nil, m.checkpoints[2].Note, n.Note, proof))
		check(t, err)
		rep, err := ledger.VerifyConsistency(bytes.NewReader(text), m.vkey)
		if err != nil || rep.OK || !strings.Contains(whats(rep), says) {
			t.Errorf("want %q, got %q %v", says, whats(rep), err)
		}
	}
}

// A checkpoint signed by a key that had been replaced is found in the stored ledger.
func TestCheckFindsAReplacedKey(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	m.append(t, "asked", map[string]any{})
	m.seal(t)
	first, old := m.verifier, m.signer
	m.newKey(t)
	m.append(t, "asked", map[string]any{})
	m.seal(t)
	m.append(t, "asked", map[string]any{})
	m.signer = old
	m.seal(t)
	rep, err := ledger.Check(t.Context(), m, []ledger.Verifier{first, m.verifier}, nil)
	check(t, err)
	if whats(rep) != "checkpoint 3 (size 3): it is signed by a key that had been replaced before" {
		t.Error(whats(rep))
	}
}

// TestCheckNamesAKeyThatIsNotAtHand: whoever verifies with the keys of before a rotation did not check what the next key signed, also
// where the old one has signed beside it. A witness signs under a name of its own, and is passed over.
func TestCheckNamesAKeyThatIsNotAtHand(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	m.append(t, "asked", map[string]any{})
	m.seal(t)
	first, old := m.verifier, m.signer
	m.newKey(t)
	next := m.verifier
	m.append(t, "asked", map[string]any{})
	m.seal(t)
	seal := func(also ledger.Signer) {
		p := &m.checkpoints[1]
		note, err := ledger.SignCheckpoint(m.signer, origin, p.Size, ledger.Hash(p.Root), also)
		check(t, err)
		p.Note = note
	}
	seal(old)
	says := func(want string, verifiers ...ledger.Verifier) {
		t.Helper()
		rep, err := ledger.Check(t.Context(), m, verifiers, nil)
		check(t, err)
		if whats(rep) != want || rep.OK != (want == "") {
			t.Errorf("want %q, got %q", want, whats(rep))
		}
	}
	says("", first, next)
	missing := fmt.Sprintf("checkpoint 2 (size 2): it is signed by the key %s+%08x of this ledger, which is not among the keys at hand: "+
		"the key folder is older than the ledger, or somebody else has signed", origin, next.KeyHash())
	says(missing, first)
	note, err := ledger.SignCheckpoint(m.signer, origin, 2, ledger.Hash(m.checkpoints[1].Root))
	check(t, err)
	m.checkpoints[1].Note = note
	says(missing, first)
	skey, _, err := ledger.GenerateKey(m.rand, "witness.example")
	check(t, err)
	witness, err := ledger.NewSigner(skey)
	check(t, err)
	both, err := xnote.Sign(&xnote.Note{Text: note[:strings.Index(note, "\n\n")+1]}, m.signer, witness)
	check(t, err)
	m.checkpoints[1].Note = string(both)
	says("", first, next)
}

func TestHandoversAreReadStrictly(t *testing.T) {
	t.Parallel()
	keys, m := rotated(t)
	if got, err := ledger.Keys(m.handovers, keys[2]); err != nil || len(got) != 3 {
		t.Error(got, err)
	}
	one, two := m.handovers[0], m.handovers[1]
	unsigned := one[:strings.LastIndex(strings.TrimSuffix(one, "\n"), "\n")+1]
	for name, list := range map[string][]string{
		"turned round": {two, one}, "twice": {one, one}, "one left out": {one}, "no note": {"x"}, "signed by one": {unsigned, two},
		"changed": {strings.Replace(one, keys[1], keys[2], 1), two}, "a checkpoint": {m.checkpoints[0].Note, two}, "too many": make([]string, 1001),
	} {
		if got, err := ledger.Keys(list, keys[2]); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, err := ledger.OpenCheckpoint(one, m.verifier); err == nil {
		t.Error("a handover passes for a checkpoint")
	}
}
