package campaign

import (
	"fmt"
	"slices"
	"testing"
)

// TestWordsForNothingAreNoEvidence reads what people and programs write where they have nothing: it is neither a source nor the
// wording of a consent, so that nobody is opted in, or asked, by it.
func TestWordsForNothingAreNoEvidence(t *testing.T) {
	t.Parallel()
	header := []string{"email", "consent_status", "consent_at", "consent_source", "consent_text", "consent_proof", "double_opt_in_at", "consent_method", "consent_channels", "bundled", "incentive"}
	for _, word := range []string{"NULL", "null", "n/a", "N/A", "#N/A", "none", "None", "nan", "unknown", "Inconnue", "-", "--", "?", "…", "0", "no", "Non", "aucune", "non renseigné", "NC", "0.0", "0,00", "keine", "unbekannt",
		"ninguna", "nessuna", "geen", "nenhuma", "false", "manquant", "missing", "yes", "oui", "x"} {
		i := importerOf(t, header)
		var r rowRead
		i.read(Line{Number: 2, Cells: []string{"a@b.example", "yes", "04/11/2024", word, word, word, "04/11/2024", "unticked_box", "email", "no", "no"}}, &r)
		if r.reject != nil || len(r.contact.Facts.Claims) != 1 {
			t.Fatalf("%s: %+v", word, r)
		}
		if c := r.contact.Facts.Claims[0]; c.Source+c.Text+c.Proof != "" || c.proven() {
			t.Errorf("%s is evidence: %+v", word, c)
		}
	}
	for _, text := range []string{"v1", "1", "Formulaire du site", "No news? Tick here", "CGV 2024-03"} {
		i := importerOf(t, header)
		var r rowRead
		i.read(Line{Number: 2, Cells: []string{"a@b.example", "yes", "04/11/2024", text, text, text, "", "unticked_box", "email", "no", "no"}}, &r)
		if c := r.contact.Facts.Claims[0]; c.Source != text || c.Text != text || c.Proof != text {
			t.Errorf("%s is no evidence: %+v", text, c)
		}
	}
}

// TestWordsForNoNumberJoinNobody reads numbers of people that are none, as databases and spreadsheets write them: those who have
// them are not one person.
func TestWordsForNoNumberJoinNobody(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"NULL", `\N`, "#N/A", "n/a", "none", "nan", "0", "000", "0.0", "-", "?", "unknown", "inconnu", "guest", "invité"} {
		var lines []Line
		for n := range 3 {
			lines = append(lines, Line{Number: n + 2, Cells: []string{word, fmt.Sprintf("p%d@b.example", n), "yes"}})
		}
		b := batchOf(t, []string{"Customer ID", "email", "consent"}, lines)
		if len(b.Contacts) != 3 || slices.ContainsFunc(b.Contacts, func(c Contact) bool { return c.ExternalID != "" }) {
			t.Errorf("%s makes %d people of three, %d rejected: %+v", word, len(b.Contacts), len(b.Rejects), b.Contacts)
		}
	}
	b := batchOf(t, []string{"Customer ID", "email"}, []Line{{Number: 2, Cells: []string{"0100", "a@b.example"}}, {Number: 3, Cells: []string{"0100", "c@b.example"}}})
	if len(b.Contacts) != 1 || b.Contacts[0].ExternalID != "0100" {
		t.Errorf("a number with a zero in front: %+v", b.Contacts)
	}
}

// TestAbsentCellsSayNothing reads a file as databases write it, with a word or an impossible day where there is nothing: nobody said
// no, and no row is rejected.
func TestAbsentCellsSayNothing(t *testing.T) {
	t.Parallel()
	header := []string{"email", "last_name", "consent", "unsubscribed", "unsubscribed_at", "complaint", "bounce", "birth_date", "shop"}
	for _, absent := range []string{"NULL", "null", `\N`, "#N/A"} {
		cells := []string{"a@b.example", absent, absent, absent, absent, absent, absent, absent, absent}
		for _, day := range []string{absent, "0000-00-00", "0000-00-00 00:00:00", "00/00/0000"} {
			cells[4], cells[7] = day, day
			b := batchOf(t, header, []Line{{Number: 2, Cells: cells}})
			if len(b.Rejects) > 0 || len(b.Suppress) > 0 || len(b.Contacts) != 1 {
				t.Fatalf("%s, %s: %+v", absent, day, b.told)
			}
			c := b.Contacts[0]
			if c.LastName != "" || len(c.Facts.Objections)+len(c.Facts.Claims)+len(c.Attributes) > 0 || c.Facts.Complaint || c.Facts.Minor {
				t.Errorf("%s, %s: %+v", absent, day, c)
			}
		}
	}
}

// TestYesAndNoWithDecimalsAreRead reads 1.0 and 0.0, as programs for tables write a column of 1 and 0 that has gaps: each row was
// rejected, and its address put on the never-write list for good.
func TestYesAndNoWithDecimalsAreRead(t *testing.T) {
	t.Parallel()
	header := []string{"email", "consent_status", "unsubscribed", "complaint", "bounce", "deceased", "bundled", "Email Opt Out"}
	for _, d := range []string{".0", ",0", ".00"} {
		no, yes := "0"+d, "1"+d
		b := batchOf(t, header, []Line{{Number: 2, Cells: []string{"a@b.example", yes, no, no, no, no, no, no}}, {Number: 3, Cells: []string{"c@b.example", no, yes, yes, yes, yes, yes, ""}},
			{Number: 4, Cells: []string{"e@b.example", "", "", "", "", "", "", yes}}})
		if len(b.Rejects) > 0 || len(b.Contacts) != 3 {
			t.Fatalf("%s: %+v", d, b.told)
		}
		if f := b.Contacts[0].Facts; len(f.Objections) != 0 || len(f.Claims) != 1 || f.Claims[0].Status != statusYes || f.Claims[0].Bundled != "no" || f.Complaint || f.Deceased || f.Bounce != "none" {
			t.Errorf("%s: %+v", d, f)
		}
		if f := b.Contacts[1].Facts; len(f.Objections) != 2 || !f.Complaint || !f.Deceased || f.Bounce != "hard" {
			t.Errorf("%s: %+v", d, f)
		}
		if f := b.Contacts[2].Facts; len(f.Objections) != 1 {
			t.Errorf("%s: %+v", d, f)
		}
	}
}

// TestYesAndNoOfDatabasesAreRead reads t and f, as PostgreSQL writes them.
func TestYesAndNoOfDatabasesAreRead(t *testing.T) {
	t.Parallel()
	b := batchOf(t, []string{"email", "consent", "unsubscribed", "bounce"}, []Line{{Number: 2, Cells: []string{"a@b.example", "t", "f", "f"}}, {Number: 3, Cells: []string{"c@b.example", "f", "t", "t"}}})
	if len(b.Rejects) > 0 || len(b.Contacts) != 2 || len(b.Contacts[0].Facts.Objections) != 0 || b.Contacts[0].Facts.Claims[0].Status != statusYes {
		t.Fatalf("%+v", b)
	}
	if f := b.Contacts[1].Facts; len(f.Objections) != 2 || f.Bounce != "hard" {
		t.Errorf("%+v", f)
	}
}

// TestRoundedNumbersJoinNobody reads the long numbers of a base that was opened in a spreadsheet and saved there: all whose numbers begin
// alike became one person, and the mailboxes of the others were lost.
func TestRoundedNumbersJoinNobody(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"1.23457E+17", "1,23457E+17", "1E+11", "1.23456789012346e+017"} {
		b := batchOf(t, []string{"Record ID", "external_id", "email", "phone", "optout"}, []Line{
			{Number: 2, Cells: []string{"", number, "a@b.example", "", "yes"}}, {Number: 3, Cells: []string{"", number, "c@b.example", "", ""}}, {Number: 4, Cells: []string{"", "1e10", "d@b.example", number, ""}}})
		if len(b.Contacts) != 1 || b.Contacts[0].ExternalID != "1e10" || b.Contacts[0].Phone != "" || len(b.Notes) != 1 || len(b.Rejects) != 2 || len(b.Suppress) != 1 {
			t.Errorf("%s: %+v, rejected %+v, notes %+v", number, b.Contacts, b.Rejects, b.Notes)
		}
	}
}
