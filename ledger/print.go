package ledger

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// mostPrinted bounds how many answers are printed one by one.
const mostPrinted = 100

// Print writes the report for people.
func (r Report) Print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 2, 8, 2, ' ', 0)
	r.print(w)
	return w.Flush()
}

// partialText says what a dossier does not show, however well it verifies.
const partialText = `
A dossier need not hold all entries of its ledger: that something is not in it does not show that it did not happen. A later
withdrawal of the same person, for one, need not be in it. The organisation writes all about one person with
  reoptin proof export --contact ADDRESS
`

// partial reports whether the ledger has entries that the dossier does not hold.
func (r Report) partial() bool { return r.Held > 0 && int64(r.Held) < r.Size }

func (r Report) entries() string {
	if r.Held == 0 { // of a whole ledger, or of two checkpoints
		return strconv.FormatInt(r.Size, 10)
	}
	return fmt.Sprintf("%d of %d entries", r.Held, r.Size)
}

// numbers are the first of some entries.
func numbers(seqs []int64) string {
	words := make([]string, 0, 10)
	for _, seq := range seqs[:min(len(seqs), cap(words))] {
		words = append(words, strconv.FormatInt(seq, 10))
	}
	if len(seqs) > len(words) {
		words = append(words, "…")
	}
	return "entry " + strings.Join(words, ", ")
}

func (r Report) print(w io.Writer) {
	for _, f := range r.Faults {
		fmt.Fprintf(w, "FAULT\t%s\n", f.What)
	}
	if r.More > 0 {
		fmt.Fprintf(w, "FAULT\tand %d more\n", r.More)
	}
	if !r.OK {
		fmt.Fprintf(w, "\nThis does not verify: nothing in it is to be relied on.\n")
		return
	}
	if r.Origin != "" { // signed, so it has a name
		fmt.Fprintf(w, "ledger\t%s\n", r.Origin)
	}
	fmt.Fprintf(w, "entries\t%s\nroot\t%s\n", r.entries(), r.Root)
	for _, kind := range slices.Sorted(maps.Keys(r.Entries)) {
		fmt.Fprintf(w, "  %s\t%d\n", kind, r.Entries[kind])
	}
	if len(r.Erased) > 0 {
		fmt.Fprintf(w, "erased\t%d, as an entry of kind %s says of each\n", len(r.Erased), KindErased)
	}
	if len(r.Absent) > 0 {
		fmt.Fprintf(w, "no content\t%d: content not in this file: erased or withheld (%s)\n", len(r.Absent), numbers(r.Absent))
	}
	for n, a := range r.Responses {
		if n == mostPrinted {
			fmt.Fprintf(w, "answers\tand %d more\n", len(r.Responses)-n)
			break
		}
		fmt.Fprintf(w, "answer\t%s\n", a)
	}
	if len(r.Documents) > 0 {
		fmt.Fprintf(w, "documents\t%d, each by its hash\n", len(r.Documents))
	}
	for _, s := range r.Stamps {
		fmt.Fprintf(w, "time stamp\tthe first %d entries existed on %s: %s (certificate %s)\n", s.Size, s.At, s.Authority, short(s.Certificate))
	}
	for _, name := range r.Unproven {
		fmt.Fprintf(w, "not checked\t%s: it is for reading\n", name)
	}
	if r.Trust != "" {
		fmt.Fprintf(w, "trust\t%s\n", r.Trust)
	}
	fmt.Fprintf(w, "\nEverything verifies.\n")
	if r.partial() {
		fmt.Fprint(w, partialText)
	}
}
