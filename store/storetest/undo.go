package storetest

import (
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// imported is one import of some contacts; it gives their numbers.
func (w *world) imported(cs ...campaign.Contact) (id campaign.ImportID, ids []campaign.ContactID) {
	w.Helper()
	w.update(func(tx campaign.Tx) error {
		next, err := tx.NextImport()
		w.must(err)
		for _, some := range [][]campaign.Contact{cs[:len(cs)/2], cs[len(cs)/2:]} {
			made, err := tx.PutImported(next, some)
			w.must(err)
			ids = append(ids, made...)
		}
		id, err = tx.AddImport(campaign.Import{Source: "base.csv", SHA256: "00", Rows: len(cs), Created: len(cs)})
		if id != next {
			w.Errorf("import %d, announced as %d", id, next)
		}
		if err == nil {
			_, err = tx.Append(campaign.Entry{Kind: campaign.EntryImported, Payload: map[string]any{"import": id, "source": "base.csv", "sha256": "00", "lines": len(cs), "created": len(cs)}})
		}
		return err
	})
	return id, ids
}

func named(name string) campaign.Contact {
	return campaign.Contact{ExternalID: name, Email: campaign.Address(name + "@lumen.example"), Keys: keys(name, name)}
}

// firstMade: whom an import after a time made is found, the first of them.
func firstMade(w *world, r campaign.Reader, first campaign.ContactID) {
	for at, want := range map[time.Time]campaign.ContactID{{}: first, r.Now().Add(time.Hour): 0} {
		if got, err := r.FirstMadeAfter(at); err != nil || got != want {
			w.Errorf("the first made after %s: %d, %v, want %d", at, got, err, want)
		}
	}
}

// importsUndone: what an import made and changed can be taken back, whatever else came between, and only
// under its entry; numbers are never given again.
func importsUndone(t *testing.T, h Harness) {
	w := newWorld(t, h)
	first, ids := w.imported(named("a"), named("b"), named("c"), named("d"))
	b := full()
	b.Facts = campaign.Facts{Minor: true}
	b.ID = ids[1]
	b.Keys = keys("lovelace", "lovelace")
	second, more := w.imported(b, named("e"), named("f"))
	w.view(func(r campaign.Reader) error {
		later, err := r.LaterImport(first)
		w.must(err)
		none, err := r.LaterImport(second)
		w.must(err)
		if later != second || none != 0 {
			t.Errorf("later imports: %d, %d", later, none)
		}
		firstMade(w, r, ids[0])
		made, err := r.ImportChanges(first, 0, 10)
		w.must(err)
		if len(made) != 1 || made[0].First != ids[0] || made[0].Last != ids[3] || made[0].Before != nil {
			t.Errorf("the first import made %+v", made)
		}
		changes, err := r.ImportChanges(second, 0, 10)
		w.must(err)
		if len(changes) != 2 || changes[0].Before == nil || changes[1].First != more[1] || changes[1].Last != more[2] {
			t.Fatalf("the second import changed %+v", changes)
		}
		before := named("b")
		before.ID = b.ID
		same(t, before, *changes[0].Before)
		for id, want := range map[campaign.ContactID][]campaign.ImportChange{b.ID: {made[0], changes[0]}, ids[3]: {made[0]}, more[2]: {changes[1]}, more[2] + 1: nil} {
			of, err := r.ChangesOf(id)
			w.must(err)
			same(t, want, of)
		}
		return nil
	})
	w.refused(fault.Internal, func(tx campaign.Tx) error { return tx.RemoveContacts(campaign.NoEntry, more[1:]) })
	w.refused(fault.Internal, func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntrySuppressed, Payload: map[string]any{"n": 1}})
		w.must(err)
		return tx.RestoreContacts(no, []campaign.Contact{{ID: b.ID}})
	})
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryImportUndone, Payload: map[string]any{"import": second}})
		w.must(err)
		before := named("b")
		before.ID = b.ID
		w.must(tx.RestoreContacts(no, []campaign.Contact{before}))
		w.must(tx.RemoveContacts(no, more[1:]))
		return tx.EndImport(no, campaign.Undone{Import: second, At: tx.Now(), Removed: 2, Restored: 1})
	})
	_, again := w.imported(named("e"), named("g"))
	if again[0] <= more[2] {
		t.Errorf("the number %d was given again", again[0])
	}
	w.view(func(r campaign.Reader) error {
		got, err := r.KeyHolders(append(keys("b", "b"), key(campaign.KeyStrict, "lovelace"), key(campaign.KeyStrict, "f"), key(campaign.KeyStrict, "e")))
		w.must(err)
		if len(got) != 3 || got[key(campaign.KeyStrict, "b")][0] != b.ID || got[key(campaign.KeyStrict, "e")][0] != again[0] {
			t.Errorf("found by key: %v", got)
		}
		all, err := r.Imports()
		w.must(err)
		if len(all) != 3 || !all[0].Undone.IsZero() || !all[1].Undone.Equal(r.Now()) {
			t.Errorf("imports: %+v", all)
		}
		left, err := r.ImportChanges(second, 0, 10)
		if len(left) != 0 {
			t.Errorf("kept of an import that was taken back: %+v", left)
		}
		return err
	})
	w.whole()
	oldForgotten(w, first)
	w.counted()
}

// oldForgotten: of an old import nothing is kept to take it back.
func oldForgotten(w *world, id campaign.ImportID) {
	w.pass(time.Hour)
	w.update(func(tx campaign.Tx) error { return tx.ForgetChanges(tx.Now()) })
	w.view(func(r campaign.Reader) error {
		left, err := r.ImportChanges(id, 0, 10)
		if len(left) != 0 {
			w.Errorf("kept of an old import: %+v", left)
		}
		return err
	})
}

// onlyLower: whatever the desk says, a contact that is replaced keeps what speaks against asking it.
func onlyLower(t *testing.T, h Harness) {
	day := campaign.NewDate(2025, 4, 3)
	yes := campaign.Claim{Status: "yes", At: day}
	proven := campaign.Claim{Status: "yes", At: day, Method: "double_opt_in", Source: "site", Text: "v1", Proof: "log", DoubleAt: day, Bundled: "no", Incentive: "no"}
	stored := func() campaign.Contact {
		c := named("ada")
		c.Facts = campaign.Facts{Claims: []campaign.Claim{yes}, Objections: []campaign.Objection{{Kind: "no", At: day, Scope: "sms"}}, Complaint: true, Minor: true, Deceased: true,
			Erasure: true, Restricted: true, AddressChanged: true, ExternalLists: []string{"robinson"}, Origins: []string{"rented"}, Bounce: "hard", BounceAt: day}
		return c
	}
	w := newWorld(t, h)
	_, ids := w.imported(stored(), named("bob"))
	for what, lift := range map[string]func(*campaign.Contact){
		"objection": func(c *campaign.Contact) { c.Facts.Objections = nil },
		"scope": func(c *campaign.Contact) {
			c.Facts.Objections = []campaign.Objection{{Kind: "no", At: day, Scope: "post"}}
		},
		"complaint":  func(c *campaign.Contact) { c.Facts.Complaint = false },
		"minor":      func(c *campaign.Contact) { c.Facts.Minor = false },
		"deceased":   func(c *campaign.Contact) { c.Facts.Deceased = false },
		"erasure":    func(c *campaign.Contact) { c.Facts.Erasure = false },
		"restricted": func(c *campaign.Contact) { c.Facts.Restricted = false },
		"moved":      func(c *campaign.Contact) { c.Facts.AddressChanged = false },
		"lists":      func(c *campaign.Contact) { c.Facts.ExternalLists = []string{"ecg"} },
		"origins":    func(c *campaign.Contact) { c.Facts.Origins = []string{"own"} },
		"bounce":     func(c *campaign.Contact) { c.Facts.Bounce = "soft" },
		"opposition": func(c *campaign.Contact) { c.Facts.OppositionOffered = true },
		"claims":     func(c *campaign.Contact) { c.Facts.Claims = nil },
		"proof":      func(c *campaign.Contact) { c.Facts.Claims = []campaign.Claim{yes, proven} },
	} {
		w.refused(fault.Conflict, func(tx campaign.Tx) error {
			c := stored()
			c.ID = ids[0]
			lift(&c)
			_, err := tx.PutContacts([]campaign.Contact{c})
			if err == nil {
				t.Errorf("%s was lifted", what)
			}
			return err
		})
	}
	w.refused(fault.Conflict, func(tx campaign.Tx) error {
		c := named("bob")
		c.ID, c.Facts.Claims = ids[1], []campaign.Claim{yes}
		_, err := tx.PutContacts([]campaign.Contact{c})
		return err
	})
	w.update(func(tx campaign.Tx) error {
		c := stored()
		c.ID, c.City, c.Facts.LastInbound = ids[0], "Lyon", day
		c.Facts.Objections = append(c.Facts.Objections, campaign.Objection{Kind: "optout"})
		_, err := tx.PutContacts([]campaign.Contact{c})
		return err
	})
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryImportUndone, Payload: map[string]any{"import": 1}})
		w.must(err)
		c := named("ada")
		c.ID = ids[0]
		return tx.RestoreContacts(no, []campaign.Contact{c})
	})
}
