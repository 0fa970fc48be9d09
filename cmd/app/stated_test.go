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
	unwatched(t)
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
	for _, want := range []string{`"stated"`, `"consent_method": "paper"`, `"shop in Lyon"`, `"stated_rows"`, `"consent_source": 1`, anna.Name} {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("the entry lacks %s:\n%s", want, shown.String())
		}
	}
}

// TestNobodyConsentsByAStatementAgainstTheFile: where an export tells who has not subscribed, or where a column that says
// who did is laid aside, nobody can be stated to have said yes; it is not asked for, and it is told that nothing came of it.
func TestNobodyConsentsByAStatementAgainstTheFile(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	for name, tt := range map[string]struct {
		file, text string
		columns    []string
		free       bool // to be stated
	}{
		"a column laid aside": {"base.csv", "id,email,consent\nS1,zoe@iris.example,no\n", []string{"external_id", "email", ""}, false},
		"Brevo": {"export.csv", "EMAIL,EMAIL_MARKETING,ADDED_TIME,MODIFIED_TIME\nzoe@iris.example,not subscribed,24-11-2024 10:11:12,25-01-2025 03:04:05\n",
			[]string{"email", "optout", "collected_at", ""}, false},
		"Mailchimp": {"nonsubscribed_members_export_0a1b2c.csv", "Email Address,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID\nzoe@iris.example,2,2024-11-04 10:11:12,,1,2\n",
			[]string{"email", "", "collected_at", "", "", ""}, false},
		"addresses": {"base.csv", "id,email\nS1,zoe@iris.example\n", []string{"external_id", "email"}, true},
	} {
		id, err := h.app.uploads.Bring(anna, tt.file, strings.NewReader(tt.text))
		h.must(err)
		h.ended(id)
		h.must(h.app.uploads.Reread(anna, id, dashboard.Reading{Columns: tt.columns, Stated: campaign.Statement{Status: "yes", Source: "shop"}}))
		h.ended(id)
		b := h.brought(anna, id)
		if b.Fault != nil || len(b.First) != 1 {
			t.Fatalf("%s: %+v", name, b)
		}
		stated := b.First[0].Contact.Facts.Claims
		if said := len(stated) > 0 && stated[0].Status == "yes"; said != tt.free || tt.free != (len(b.Statable) == 9) || !tt.free && len(b.Statable) > 0 {
			t.Errorf("%s: %+v, may be stated: %v", name, stated, b.Statable)
		}
		if n, there := b.Result.Stated["consent_status"]; !there || n > 0 != tt.free {
			t.Errorf("%s: %v", name, b.Result.Stated)
		}
	}
}
