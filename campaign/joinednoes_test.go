package campaign

import "testing"

// TestTheNoOfAnyWhomARowJoinsCounts: a number and a mailbox that were two people's turn out to be one person's in a later file. In one file the no of
// either would be that person's, and so it is here, whichever of them said it and in whatever order the files come.
func TestTheNoOfAnyWhomARowJoinsCounts(t *testing.T) {
	t.Parallel()
	header := []string{"id", "email", "consent_status", "optout"}
	number, box, both := []string{"2", "c@x.example", "", "oui"}, []string{"1", "a@x.example", "oui", ""}, []string{"2", "a@x.example", "oui", ""}
	for _, order := range [][][]string{{number, box, both}, {box, number, both}, {number, both, box}, {both, number, box}, {box, both, number}, {both, box, number}} {
		s := newShelf()
		d := s.desk(t)
		for _, cells := range order {
			if _, err := d.Import(t.Context(), tester, source(header, []Line{{Number: 2, Cells: cells}}), ImportOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		for _, a := range []Address{"a@x.example", "c@x.example"} {
			for _, k := range testKeys.Mailbox(a) {
				if _, there := s.suppressed[k]; !there {
					t.Errorf("%v: %s may be written to", order, a)
				}
			}
		}
	}
}

// TestAYesThatJoinsANoIsAConflict, and is listed as one.
func TestAYesThatJoinsANoIsAConflict(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d := s.desk(t)
	header := []string{"id", "email", "consent_status", "optout"}
	for n, cells := range [][]string{{"2", "c@x.example", "", "oui"}, {"1", "a@x.example", "", ""}, {"2", "a@x.example", "oui", ""}} {
		res, err := d.Import(t.Context(), tester, source(header, []Line{{Number: 2, Cells: cells}}), ImportOptions{})
		if err != nil || (res.Conflicts == 1) != (n == 2) {
			t.Errorf("file %d: %d conflicts, %v", n, res.Conflicts, err)
		}
	}
}
