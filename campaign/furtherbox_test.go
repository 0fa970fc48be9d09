package campaign

import (
	"slices"
	"testing"
)

// TestANoCountsAtFurtherMailboxes: whoever says no and has a second mailbox is written to at neither, also where the row has the second alone and is
// rejected; a mailbox of somebody else in the row is left alone, and so is that of whoever says nothing.
func TestANoCountsAtFurtherMailboxes(t *testing.T) {
	t.Parallel()
	for heading, theirs := range map[string]bool{"email": true, "E-mail 2": true, "E-mail 2 Address": true, "Work email": true, "Courriel professionnel": true, "Zweite E-Mail-Adresse": true,
		"Owner email": false, "Sponsor": false} {
		s := newShelf()
		d := s.desk(t)
		header := []string{"id", "email", heading, "optout"}
		fields := []string{"external_id", "email", "", "optout"}
		res, err := d.Import(t.Context(), tester, source(header, []Line{
			{Number: 2, Cells: []string{"1", "a@x.example", "second@x.example", "oui"}},
			{Number: 3, Cells: []string{"", "", "alone@x.example", "oui"}},
			{Number: 4, Cells: []string{"3", "c@x.example", "silent@x.example", ""}},
		}), ImportOptions{Columns: fields})
		if err != nil || res.Created != 2 || res.Rejected != 1 {
			t.Fatalf("%s: %+v, %v", heading, res, err)
		}
		for box, no := range map[Address]bool{"a@x.example": true, "second@x.example": theirs, "alone@x.example": theirs, "silent@x.example": false} {
			keys := testKeys.Mailbox(box)
			if slices.ContainsFunc(keys, func(k PersonKey) bool { return (s.suppressed[k] != Suppression{}) != no }) {
				t.Errorf("%s: %s is suppressed: %v, not %v", heading, box, !no, no)
			}
		}
		clear(s.suppressed)
	}
}

// TestAnOldNoAtAFurtherMailboxDoesNotSilenceAgain: their own yes has lifted it since.
func TestAnOldNoAtAFurtherMailboxDoesNotSilenceAgain(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d := s.desk(t)
	header, lines := []string{"id", "email", "email 2", "optout"}, []Line{{Number: 2, Cells: []string{"1", "a@x.example", "b@x.example", "oui"}}}
	if _, err := d.Import(t.Context(), tester, source(header, lines), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, k := range testKeys.Mailbox("b@x.example") {
		l := s.suppressed[k]
		l.Lifts, l.Source = true, "their yes"
		s.suppressed[k] = l
	}
	if _, err := d.Import(t.Context(), tester, source(header, lines), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, k := range testKeys.Mailbox("b@x.example") {
		if l := s.suppressed[k]; !l.Lifts {
			t.Errorf("silenced again by %s", l.Source)
		}
	}
}
