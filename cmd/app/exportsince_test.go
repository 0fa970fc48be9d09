package app

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestNobodyWhoSaidNoSinceTheAuditIsHandedOn exports and lists people after a no that no audit has seen: the file of those who are
// opted in held them, and went to whoever writes to them.
func TestNobodyWhoSaidNoSinceTheAuditIsHandedOn(t *testing.T) {
	t.Parallel()
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
