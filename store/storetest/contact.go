package storetest

import (
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

func full() campaign.Contact {
	day := campaign.NewDate(2025, 4, 3)
	return campaign.Contact{
		ExternalID: "17", MergedIDs: []string{"18", "19"}, Joined: []string{campaign.JoinedByNumber, campaign.JoinedByMailbox}, Email: "Ada@xn--mnchen-3ya.example", BadEmail: "ada(at)", Phone: "+33 1", Title: "Mme",
		FirstName: "Ada", LastName: "Lövelace", Company: "Lumen", JobTitle: "CTO", Language: "fr", Country: "FR", Inferred: true, Timezone: "Europe/Paris",
		Address1: "1 rue", Address2: "B", PostalCode: "75001", City: "Paris",
		Facts:      campaign.Facts{Market: "b2c", LastPurchase: day, Origins: []string{"own"}, Claims: []campaign.Claim{{Status: "yes", At: day}}, Minor: true},
		Attributes: map[string]string{"tier": "<gold> & more"},
		Keys:       append(keys("ada", "ada"), key(campaign.KeyPerson, "17")),
	}
}

func contacts(t *testing.T, h Harness) {
	w := newWorld(t, h)
	want := full()
	w.update(func(tx campaign.Tx) error {
		ids, err := tx.PutContacts([]campaign.Contact{want, {ExternalID: "20", Keys: keys("bob", "ada")}})
		w.must(err)
		want.ID = ids[0]
		want.Verdict = campaign.Verdict{Class: campaign.Doubtful, Route: campaign.RouteEmail, Code: "T-50", Fine: "DOUBTFUL_ELIGIBLE", Reasons: []string{"No proof."}, AsOf: campaign.NewDate(2026, 1, 2)}
		w.must(tx.PutVerdicts(map[campaign.ContactID]campaign.Verdict{want.ID: want.Verdict}))
		_, err = tx.AddImport(campaign.Import{Source: "base.csv", SHA256: "00", Rows: 3, Created: 2, Rejected: 1})
		return err
	})
	w.view(func(r campaign.Reader) error {
		got, err := r.Contact(want.ID)
		w.must(err)
		same(t, want, got)
		byKey, err := r.KeyHolders(append(full().Keys, key(campaign.KeyStrict, "bob"), key(campaign.KeyStrict, "nobody")))
		w.must(err)
		if two := byKey[key(campaign.KeyMailbox, "ada")]; len(byKey) != 4 || len(two) != 2 || two[0] != want.ID || two[1] != byKey[key(campaign.KeyStrict, "bob")][0] {
			t.Errorf("contacts by key: %v", byKey)
		}
		counts, err := r.ReasonCounts()
		w.must(err)
		if len(counts) != 1 || counts[0].Contacts != 1 || counts[0].Code != "T-50" {
			t.Errorf("reason counts: %v", counts)
		}
		imports, err := r.Imports()
		w.must(err)
		if len(imports) != 1 || imports[0].Rows != 3 || !imports[0].At.Equal(r.Now()) {
			t.Errorf("imports: %v", imports)
		}
		if _, err := r.Contact(99); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown contact: %v", err)
		}
		for number, want := range map[string]int{"": 0, "20": 1, "21": 0} {
			found, err := r.ContactsByExternalID(number)
			w.must(err)
			if len(found) != want {
				t.Errorf("contacts with the number %q: %v", number, found)
			}
		}
		return nil
	})
	contactPages(t, w, want)
}

func contactPages(t *testing.T, w *world, ada campaign.Contact) {
	ada.Keys, ada.City = keys("lovelace", "lovelace"), "Lyon"
	w.update(func(tx campaign.Tx) error {
		_, err := tx.PutContacts([]campaign.Contact{ada})
		return err
	})
	w.refused(fault.NotFound, func(tx campaign.Tx) error {
		_, err := tx.PutContacts([]campaign.Contact{{ID: 99}})
		return err
	})
	w.view(func(r campaign.Reader) error {
		first, err := r.ContactPage(campaign.ContactFilter{}, 0, 1)
		w.must(err)
		rest, err := r.ContactPage(campaign.ContactFilter{}, first[0].ID, 5)
		w.must(err)
		if len(first) != 1 || len(rest) != 1 || first[0].City != "Lyon" || len(first[0].Keys) != 2 || first[0].Keys[0] != key(campaign.KeyStrict, "lovelace") {
			t.Errorf("pages: %v %v", first, rest)
		}
		some, err := r.ContactPage(campaign.ContactFilter{Class: campaign.Doubtful, Route: campaign.RouteEmail, Code: "T-50"}, 0, 5)
		w.must(err)
		none, err := r.ContactPage(campaign.ContactFilter{Class: campaign.Unusable}, 0, 5)
		if len(some) != 1 || len(none) != 0 {
			t.Errorf("filters: %v %v", some, none)
		}
		return err
	})
}
