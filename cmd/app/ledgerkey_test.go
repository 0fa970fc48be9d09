package app

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

// A chain of five keys: whoever trusts any of them can check what the last one signed, and a key that was replaced
// signs no more.
func TestLedgerKeyIsReplaced(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3}).start(spring).send()
	first, err := h.app.LedgerKey()
	h.must(err)
	_, err = h.app.Checkpoint(t.Context())
	h.must(err)
	for range 4 {
		r, err := h.app.RotateLedgerKey(t.Context())
		h.must(err)
		if now, err := h.app.LedgerKey(); err != nil || now != r.Key || now == r.Old {
			t.Error(now, err)
		}
	}
	h.says(person(0), "newsletter.email")
	var dossier bytes.Buffer
	h.must(h.app.ExportProof(t.Context(), &dossier, ProofQuery{}))
	k, err := h.app.ledgerKeys()
	h.must(err)
	if len(k.keys) != 5 || k.keys[0] != first {
		t.Fatal(k.keys)
	}
	for i, key := range append([]string{""}, k.keys...) {
		rep, err := ledger.Verify(bytes.NewReader(dossier.Bytes()), key)
		if err != nil || !rep.OK || rep.Entries["key.rotated"] != 4 || (i == 1) != strings.Contains(rep.Trust, "followed it since: 4") {
			t.Errorf("with key %d: %+v, %v", i, rep, err)
		}
	}
	broken := bytes.Replace(dossier.Bytes(), []byte(`"handovers"`), []byte(`"handOvers"`), 1)
	if rep, err := ledger.Verify(bytes.NewReader(broken), first); err != nil || rep.OK {
		t.Error("the way from the first key to the last can be left out")
	}

	// A key folder from before: its key signs nothing more.
	move := func(from, to string) {
		h.close()
		for n := 2; n <= 5; n++ {
			for _, name := range []string{secretName(n), publicName(n), handoverName(n)} {
				h.must(os.Rename(h.at(from+name), h.at(to+name)))
			}
		}
		h.open()
	}
	move("keys/", "")
	h.says(person(1), "newsletter.email")
	if _, err := h.app.Checkpoint(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Error("a key that was replaced signed: ", err)
	}
	move("", "keys/")
}

// TestAKeyFolderFromBeforeHandsOverToNobody: a key that was replaced would begin a second chain, with an entry that tells of a
// key by which nothing is ever signed.
func TestAKeyFolderFromBeforeHandsOverToNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1}).start(spring).send()
	_, err := h.app.RotateLedgerKey(t.Context())
	h.must(err)
	newer := []string{secretName(2), publicName(2), handoverName(2)}
	h.close()
	for _, name := range newer {
		h.must(os.Rename(h.at("keys/"+name), h.at(name)))
	}
	h.open()
	if _, err := h.app.Checkpoint(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Error("nothing says that the key folder is older than the ledger: ", err)
	}
	if _, err := h.app.RotateLedgerKey(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if n, err := h.app.store.CountEntries(t.Context(), campaign.EntryKeyRotated); err != nil || n != 1 {
		t.Errorf("%d keys are told of, %v", n, err)
	}
	h.close()
	for _, name := range newer {
		if _, err := os.Stat(h.at("keys/" + name)); err == nil {
			t.Errorf("%s was made anew", name)
		}
		h.must(os.Rename(h.at(name), h.at("keys/"+name)))
	}
	h.open()
	r, err := h.app.RotateLedgerKey(t.Context())
	h.must(err)
	if k, err := h.app.ledgerKeys(); err != nil || len(k.keys) != 3 || r.Key != k.now() {
		t.Error(k, err)
	}
}

// TestVerifyingWithAKeyFolderFromBeforeSaysSo: both keys sign at a rotation, so that the old one alone fits every checkpoint, and what
// the new one signed was checked by nobody.
func TestVerifyingWithAKeyFolderFromBeforeSaysSo(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	_, err := h.app.RotateLedgerKey(t.Context())
	h.must(err)
	move := func(from, to string) {
		h.close()
		for _, name := range []string{secretName(2), publicName(2), handoverName(2)} {
			h.must(os.Rename(h.at(from+name), h.at(to+name)))
		}
		h.open()
	}
	move("keys/", "")
	r, err := h.app.VerifyLedger(t.Context(), "")
	if err != nil || r.OK || len(r.Faults) != 1 || !strings.Contains(r.Faults[0].What, "the key folder is older than the ledger") {
		t.Error(r.OK, r.Faults, err)
	}
	move("", "keys/")
	if r, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !r.OK {
		t.Error(r.Faults, err)
	}
}

// A rotation that was cut off is finished by the next one, and makes no second key.
func TestLedgerKeyRotationIsFinished(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	k, err := h.app.ledgerKeys()
	h.must(err)
	_, err = h.app.handOver(k) // and then the process died
	h.must(err)
	h.close()
	h.open()
	r, err := h.app.RotateLedgerKey(t.Context())
	h.must(err)
	if now, err := h.app.ledgerKeys(); err != nil || len(now.keys) != 2 || r.Key != now.now() {
		t.Error(now, err)
	}
}

func TestLinkKeyIsAdded(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	old := h.form(person(0))
	id, err := h.app.RotateLinkKey(t.Context(), false)
	if err != nil || id != 2 {
		t.Fatal(id, err)
	}
	h.close()
	h.open()
	fresh := h.form(person(0))
	if old == fresh {
		t.Error("links are signed with the old key")
	}
	for _, form := range []string{old, fresh} {
		if w := h.do(http.MethodGet, form, nil); w.Code != http.StatusOK {
			t.Error(w.Code)
		}
	}
	release, err := h.app.journal.Lock()
	h.must(err)
	defer release()
	other, err := Open(t.Context(), h.config(), Surroundings{Log: h.logger(), Clock: h.clock})
	h.must(err)
	defer other.Close()
	if _, err := other.RotateLinkKey(t.Context(), false); !fault.Is(err, fault.Conflict) {
		t.Error("a key was added beside a running server: ", err)
	}
}

// A database from before two rotations goes on with the key of now.
func TestLedgerKeyAfterARestore(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1, damaged: true}) // the send journal knows a longer ledger
	_, err := h.app.Checkpoint(t.Context())
	h.must(err)
	h.close()
	old, err := os.ReadFile(h.at("reoptin.db"))
	h.must(err)
	h.open()
	for range 2 {
		_, err := h.app.RotateLedgerKey(t.Context())
		h.must(err)
	}
	h.close()
	h.must(os.WriteFile(h.at("reoptin.db"), old, 0o600))
	h.open()
	h.approve("autumn", nil)
	p, err := h.app.Checkpoint(t.Context())
	h.must(err)
	verifiers, err := h.app.verifiers()
	h.must(err)
	for n, v := range verifiers {
		if _, err := ledger.OpenCheckpoint(p.Note, v); (err == nil) != (n != 1) {
			t.Errorf("key %d: %v", n+1, err)
		}
	}
	if r, err := h.app.store.VerifyLedger(t.Context(), verifiers, nil); err != nil || !r.OK {
		t.Error(r.Faults, err)
	}
}
