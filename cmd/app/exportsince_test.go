package app

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// TestNobodyWhoSaidNoSinceTheAuditIsHandedOn exports and lists people after a no that no audit has seen: the file of those who are
// opted in held them, and went to whoever writes to them.
func TestNobodyWhoSaidNoSinceTheAuditIsHandedOn(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := answered(t)
	if _, err := h.app.Audit(t.Context(), AuditOptions{}); err != nil {
		t.Fatal(err)
	}
	export := func(q ContactQuery, asJSON bool) string {
		var b bytes.Buffer
		h.must(h.app.ExportContacts(t.Context(), &b, q, asJSON))
		return b.String()
	}
	in, out := ContactQuery{Class: "opted_in"}, ContactQuery{Class: "opted_out"}
	if got := boxes(export(in, false)); !slices.Contains(got, provenYes) || !slices.Contains(got, saidYes) {
		t.Fatal(got)
	}
	h.importRows([]string{provenYes}, map[string]string{"external_id": h.contact(provenYes).ExternalID, "optout": "yes"})
	for _, asJSON := range []bool{false, true} {
		if got := boxes(export(in, asJSON)); slices.Contains(got, provenYes) || !slices.Contains(got, saidYes) {
			t.Errorf("opted in, JSON %t: %v", asJSON, got)
		}
		if text := export(out, asJSON); !slices.Contains(boxes(text), provenYes) || !strings.Contains(text, "T-03") {
			t.Errorf("opted out, JSON %t: %s", asJSON, text)
		}
	}
	l, err := h.app.Contacts(t.Context(), in)
	h.must(err)
	if slices.ContainsFunc(l.Contacts, func(c ContactLine) bool { return c.Email == provenYes }) {
		t.Errorf("listed: %+v", l.Contacts)
	}
}

// TestALetterIsSentToNobodyWhoRefusedLettersSince has somebody refuse letters after the audit: the verdict has the same class and
// another route, so that the file for the mailing house still had them.
func TestALetterIsSentToNobodyWhoRefusedLettersSince(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	letter := map[string]string{"address_line1": "1 rue A", "postal_code": "75001", "city": "Paris", "consent_method": "preticked_box"}
	h.importRows([]string{"a@d.example", "b@d.example"}, letter)
	if _, err := h.app.Audit(t.Context(), AuditOptions{}); err != nil {
		t.Fatal(err)
	}
	q := ContactQuery{Route: "letter"}
	export := func() []string {
		var b bytes.Buffer
		h.must(h.app.ExportContacts(t.Context(), &b, q, false))
		return boxes(b.String())
	}
	if got := export(); !slices.Equal(got, []string{"a@d.example", "b@d.example"}) {
		t.Fatal(got)
	}
	letter["optout"], letter["optout_scope"] = "yes", "post"
	h.importRows([]string{"a@d.example"}, letter)
	if got := export(); !slices.Equal(got, []string{"b@d.example"}) {
		t.Errorf("to be written to: %v, but %s is %+v", got, "a@d.example", h.contact("a@d.example").Verdict)
	}
}

// TestAPageIsFilledAndTheListForAProgramHasTheNoesSince reads a list whose first page has all said no since the audit, and hands on
// who joined those that are opted out.
func TestAPageIsFilledAndTheListForAProgramHasTheNoesSince(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	var all []string
	for c := 'a'; c <= 'f'; c++ {
		all = append(all, string(c)+"@d.example")
	}
	yes := map[string]string{"consent_text": "Oui."}
	h.importRows(all, yes)
	if _, err := h.app.Audit(t.Context(), AuditOptions{}); err != nil {
		t.Fatal(err)
	}
	yes["optout"] = "yes"
	h.importRows(all[:3], yes)
	q := ContactQuery{Class: "opted_in", Page: Page{Limit: 2}}
	first, err := h.app.Contacts(t.Context(), q)
	h.must(err)
	q.Cursor = first.Next
	second, err := h.app.Contacts(t.Context(), q)
	h.must(err)
	if a, b := first.Contacts, second.Contacts; len(a) != 2 || a[0].Email != all[3] || a[1].Email != all[4] || len(b) != 1 || b[0].Email != all[5] || second.Next != "" {
		t.Errorf("%+v, then %+v", first, second)
	}
	cs, next, err := h.app.Desk.Contacts(t.Context(), campaign.ContactFilter{Class: campaign.OptedIn}, 0, 2)
	h.must(err)
	if len(cs) != 2 || int64(cs[0].ID) != first.Contacts[0].ID || strconv.FormatInt(int64(next), 10) != first.Next {
		t.Errorf("the page of the dashboard: %v, %d; the list %+v", cs, next, first)
	}
	var b bytes.Buffer
	_, err = h.app.ExportContactsAs(t.Context(), &b, ContactQuery{Class: "opted_out"}, "listmonk-blocklist")
	h.must(err)
	if got := boxes(b.String()); !slices.Equal(got, all[:3]) {
		t.Errorf("never to be written to: %v", got)
	}
}
