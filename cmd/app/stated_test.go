package app

import (
	"strconv"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
)

// TestWhatWasStatedOfAFile goes with its rows into the base, and with its author into the ledger.
func TestWhatWasStatedOfAFile(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	id := h.bring(anna, "id,email,consent\nS1,zoe@iris.example,yes\nS2,max@iris.example,\nS3,lea@iris.example,no\n")
	stated := campaign.Statement{Method: "paper", Source: "shop in Lyon", Bundled: "no"}
	h.must(h.app.uploads.Reread(anna, id, dashboard.Reading{Columns: []string{"external_id", "email", "consent_status"}, Stated: stated}))
	h.ended(id)
	if b := h.brought(anna, id); b.Fault != nil || b.First[0].Contact.Facts.Claims[0].Method != "paper" || b.First[0].Contact.Facts.Claims[0].StatedBy != anna.Name {
		t.Fatalf("%+v", b)
	}
	h.must(h.app.uploads.TakeOver(anna, id))
	h.ended(id)
	if b := h.brought(anna, id); b.Fault != nil || b.Result.Created != 3 {
		t.Fatalf("%+v", b)
	}
	for who, want := range map[string]string{"zoe@iris.example": "paper, shop in Lyon, no: consent_method consent_source bundled by " + anna.Name, "max@iris.example": "", "lea@iris.example": ""} {
		c := h.contact(who)
		got := ""
		for _, claim := range c.Facts.Claims {
			got += claim.Method + ", " + claim.Source + ", " + claim.Bundled + ": " + strings.Join(claim.Stated, " ") + " by " + claim.StatedBy
		}
		if got != want {
			t.Errorf("of %s is kept %q, not %q", who, got, want)
		}
	}
	var shown strings.Builder
	last := campaign.NoEntry
	h.view(func(r campaign.Reader) (err error) {
		last, err = r.LastEntry()
		return err
	})
	for no := last; no >= 0 && !strings.Contains(shown.String(), "imported"); no-- {
		shown.Reset()
		h.must(h.app.ShowProof(t.Context(), &shown, strconv.FormatInt(int64(no), 10)))
	}
	for _, want := range []string{`"stated"`, `"consent_method": "paper"`, `"shop in Lyon"`, anna.Name} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("the entry lacks %s:\n%s", want, shown.String())
		}
	}
}
