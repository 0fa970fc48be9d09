package campaign

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

// TestNumbersOfAnotherProgramAreAskedAbout brings two exports that count their people anew: nobody is laid over a stranger.
func TestNumbersOfAnotherProgramAreAskedAbout(t *testing.T) {
	t.Parallel()
	header := []string{"id", "email", "first_name", "last_name", "consent"}
	file := func(people ...string) (lines []Line) {
		for n, p := range people {
			first, last, _ := strings.Cut(p, " ")
			lines = append(lines, Line{Number: n + 2, Cells: []string{fmt.Sprint(n + 1), strings.ToLower(first+"."+last) + "@place.example", first, last, "yes"}})
		}
		return lines
	}
	shop, other := file("Anne Un", "Bob Deux", "Cyr Trois", "Dora Quatre"), file("Eric Cinq", "Fab Six", "Gil Sept", "Dora Quatre")
	s := newShelf()
	d := s.desk(t)
	if _, err := d.Import(t.Context(), tester, source(header, shop), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		_, err := d.Import(t.Context(), tester, source(header, other), ImportOptions{DryRun: dry})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "3 people share a number") || !strings.Contains(fault.HintOf(err), "--map external_id=") {
			t.Errorf("dry run %v: %v", dry, err)
		}
	}
	if len(s.contacts) != 4 {
		t.Errorf("%d people", len(s.contacts))
	}
	r, err := d.Import(t.Context(), tester, source(header, other), ImportOptions{Map: map[string]string{"external_id": ""}})
	if err != nil || r.Created != 3 || len(s.contacts) != 7 {
		t.Errorf("without numbers: %+v, %v", r, err)
	}
	// in one file
	both := append(file("Hal Huit", "Ivo Neuf", "Jim Dix"), file("Kim Onze", "Leo Douze", "Max Treize")...)
	for n := range both {
		both[n].Number = n + 2
	}
	if _, err := newShelf().desk(t).Import(t.Context(), tester, source(header, both), ImportOptions{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("two exports in one file: %v", err)
	}
}

// TestWhoChangesIsNoStranger takes over people of the company's own numbers who married, moved to another mailbox, or are written
// otherwise, and a mistake or two.
func TestWhoChangesIsNoStranger(t *testing.T) {
	t.Parallel()
	header := []string{"id", "email", "first_name", "last_name"}
	d := newShelf().desk(t)
	bring := func(rows ...string) {
		var lines []Line
		for n, r := range rows {
			lines = append(lines, Line{Number: n + 2, Cells: strings.Split(r, ",")})
		}
		if _, err := d.Import(t.Context(), tester, source(header, lines), ImportOptions{}); err != nil {
			t.Error(err)
		}
	}
	bring("1,a@place.example,Anne,Un", "2,b@place.example,Bob,Deux", "3,c@place.example,Cyr,Trois", "4,d@place.example,Dora,Quatre", "5,e@place.example,,")
	bring("1,a@elsewhere.example,Anne,Married", "2,b@elsewhere.example,BOB,DEUX", "3,c@elsewhere.example,,", "4,x@place.example,Other,Person", "5,y@place.example,Eric,Cinq")
}
