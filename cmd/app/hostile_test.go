package app

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
)

// TestHostileBase imports a base that somebody prepared: what is wrong costs its own row, is named, and
// never becomes an address or another person.
func TestHostileBase(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	path := h.at("hostile.csv")
	h.must(os.WriteFile(path, []byte(strings.Join([]string{
		"email,first_name,collected_at,optout",
		"good@hostile.example,Ada,2025-01-02,",
		"cell@hostile.example," + strings.Repeat("x", 1<<20-100) + ",2025-01-02,",
		"row@hostile.example," + strings.Repeat("x", 2<<20) + ",2025-01-02,",
		"nul@hostile.example,A\x00da,2025-01-02,",
		"=HYPERLINK(\"http://x.example\"),=1+1,2025-01-02,",
		"\"inject@hostile.example\nBcc: all@hostile.example\",Bo,2025-01-02,",
		"inject@hostile.example%0d%0aBcc:all@hostile.example,Cy,2025-01-02,",
		"<script>alert(1)</script>@hostile.example,Di,2025-01-02,",
		"a@hostile.example;b@hostile.example,Ed,2025-01-02,",
		"no@hostile.example,F\x00a,2025-01-02,yes",
		"cells@hostile.example,Gi",
		"formula@hostile.example,=cmd|' /C calc'!A0,2025-01-02,",
	}, "\n")), 0o600))
	b := base(t, path, reading{})
	h.must(b.look(t.Context()))
	r, err := h.app.Desk.Import(t.Context(), Operator(), b.source(""), campaign.ImportOptions{Columns: b.fields})
	h.must(err)
	if r.Rows != 12 || r.Rejected != 5 || r.Created != 7 || r.Suppressed == 0 || !h.suppressed("no@hostile.example") {
		t.Errorf("%+v", r)
	}
	us, err := h.app.Desk.Understand(b.source(""), campaign.ImportOptions{Columns: b.fields}, 100)
	h.must(err)
	var usable []string
	for _, u := range us {
		if u.Reject == nil && u.Contact.Email != "" {
			usable = append(usable, string(u.Contact.Email))
		}
	}
	if d := cmp.Diff([]string{"good@hostile.example", "formula@hostile.example"}, usable); d != "" {
		t.Error(d)
	}
}

// TestBroughtWorkbookOfAKnownExport brings an export as a workbook to the dashboard, and takes back that it
// is one.
func TestBroughtWorkbookOfAKnownExport(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	id := h.bring(anna, string(workbook(t, [][]string{
		{"shop_name", "gender", "lastname", "firstname", "email", "subscribed", "subscribed_on"},
		{"Maison", "Mme", "Moreau", "Ada", "ada@shop.example", "0", "2025-01-02"},
	}, true)))
	b := h.brought(anna, id)
	if b.Fault != nil || b.Preset != "PrestaShop newsletter export" || b.Columns[5].Field != "consent_status" || b.Columns[6].Dates != "plain" || b.Delimiter != "" {
		t.Errorf("%+v", b)
	}
	if f := b.First[0].Contact.Facts; len(f.Objections) != 1 || f.Objections[0].Kind != "no" {
		t.Errorf("%+v", f)
	}
	h.must(h.app.uploads.Reread(anna, id, dashboard.Reading{Preset: noPreset}))
	h.ended(id)
	if b := h.brought(anna, id); b.Preset != "" || b.Columns[6].Field != "" {
		t.Errorf("without: %+v", b)
	}
}
