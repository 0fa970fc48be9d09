package campaign

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

// Every row of a base is counted once, a no is never lost, and the same base again changes nothing.
func FuzzImport(f *testing.F) {
	for _, s := range []string{
		"external_id,email,optout\nA,a@b.example,\nA,c@b.example,yes\n,a@b.example,no",
		"email,consent_status,consent_at\na@b.example,yes,01/02/2025\na@b.example,no,\nb@b.example,yes,31/02/2025",
		"email,Email,complaint\nx,y,oui\n,,1",
		"external_id,first_name\n1,Zoë\n1,zoe\n 1 ,\n",
		"email\na@b.example\nA@B.EXAMPLE\na+t@b.example\n\"a b\"@b.example\n",
		"address_line1,last_name,postal_code,country,optout\n1 rue,X,75001,FR,x\n1 RUE,x,75001,fr,",
		"email,deceased,minor,bounce\na@b.example,yes,,hard\nb@b.example,maybe,oui,soft",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		head, rest, _ := strings.Cut(text, "\n")
		header := strings.Split(head, ",")
		var lines []Line
		for n, row := range strings.Split(rest, "\n") {
			cells := strings.Split(row, ",")
			for len(cells) < len(header) {
				cells = append(cells, "")
			}
			lines = append(lines, Line{Number: n + 2, Cells: cells[:len(header)]})
		}
		if _, err := newColumns(header, nil, nil); err != nil {
			if fault.KindOf(err) != fault.Invalid || fault.HintOf(err) == "" {
				t.Fatal(err)
			}
			return
		}
		b := batchOf(t, header, lines)
		countedOnce(t, b, len(lines))
		slices.Reverse(lines)
		if r := batchOf(t, header, lines); len(r.Contacts) != len(b.Contacts) || len(r.Rejects) != len(b.Rejects) || noes(r) != noes(b) {
			t.Fatalf("%d people, %d rejects, %d noes; backwards %d, %d, %d", len(b.Contacts), len(b.Rejects), noes(b), len(r.Contacts), len(r.Rejects), noes(r))
		}
		slices.Reverse(lines)
		imported(t, header, lines, b)
	})
}

func noes(b batch) (n int) {
	for _, c := range b.Contacts {
		if c.Facts.saidNo() {
			n++
		}
	}
	return n
}

// countedOnce: each line is in one person or among the rejects.
func countedOnce(t *testing.T, b batch, rows int) {
	t.Helper()
	seen := map[int]int{}
	for n, lines := range b.Lines {
		if len(lines) == 0 || len(lines) > 1 && len(b.Contacts[n].Keys) == 0 {
			t.Fatalf("person %d has lines %v and keys %v", n, lines, b.Contacts[n].Keys)
		}
		for _, l := range lines {
			seen[l]++
		}
	}
	for _, r := range b.Rejects {
		if r.Reason == "" {
			t.Fatalf("line %d is rejected without a reason", r.Line)
		}
		seen[r.Line]++
	}
	for line, n := range seen {
		if n != 1 {
			t.Fatalf("line %d counts %d times", line, n)
		}
	}
	if len(seen) != rows || b.Rows != rows || len(b.Contacts)+b.Duplicates+len(b.Rejects) != rows {
		t.Fatalf("%d rows: %d seen, %d people, %d duplicates, %d rejects", rows, len(seen), len(b.Contacts), b.Duplicates, len(b.Rejects))
	}
}

// imported takes the base over twice: the numbers add up, and nobody who says no stays without suppression.
func imported(t *testing.T, header []string, lines []Line, b batch) {
	t.Helper()
	s := newShelf()
	d, ctx := s.desk(t), context.Background()
	first, err := d.Import(ctx, tester, source(header, lines), ImportOptions{})
	if err != nil {
		if fault.KindOf(err) != fault.Invalid || len(b.Contacts) != 0 {
			t.Fatal(err)
		}
		return
	}
	if first.Rows != first.Created+first.Updated+first.Unchanged+first.Duplicates+first.Rejected {
		t.Fatalf("%+v does not add up", first)
	}
	for _, c := range s.contacts {
		for _, k := range silenced(c.Keys) {
			if _, ok := s.suppressed[k]; c.Facts.saidNo() && !ok {
				t.Fatalf("%q said no, and %v is not suppressed", c.Email, k)
			}
		}
	}
	people, suppressed, nameless := len(s.contacts), len(s.suppressed), 0
	for _, c := range b.Contacts {
		if len(c.Keys) == 0 { // a text that is no mailbox, and nothing else: nobody can tell who it was
			nameless++
		}
	}
	second, err := d.Import(ctx, tester, source(header, lines), ImportOptions{})
	if err != nil || second.Created != nameless || len(s.contacts) != people+nameless || len(s.suppressed) != suppressed {
		t.Fatalf("the same base again: %+v %v, %d people instead of %d, %d keys instead of %d", second, err, len(s.contacts), people, len(s.suppressed), suppressed)
	}
}
