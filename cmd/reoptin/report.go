package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/reoptin/reoptin/ledger"
)

// report prints what a verification found; anything but a whole proof ends with 8.
func (c *cli) report(r ledger.Report) error {
	if err := c.print(r, func(w io.Writer) { printReport(w, r) }); err != nil {
		return err
	}
	if !r.OK {
		return errUnverified
	}
	return nil
}

func printReport(w io.Writer, r ledger.Report) {
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
	fmt.Fprintf(w, "entries\t%d\nroot\t%s\n", r.Size, r.Root)
	for _, kind := range slices.Sorted(maps.Keys(r.Entries)) {
		fmt.Fprintf(w, "  %s\t%d\n", kind, r.Entries[kind])
	}
	if len(r.Erased) > 0 {
		fmt.Fprintf(w, "erased at request\t%d\n", len(r.Erased))
	}
	for _, a := range r.Responses {
		fmt.Fprintf(w, "answer\t%s\n", a)
	}
	if len(r.Documents) > 0 {
		fmt.Fprintf(w, "documents\t%d, each by its hash\n", len(r.Documents))
	}
	if r.Trust != "" {
		fmt.Fprintf(w, "trust\t%s\n", r.Trust)
	}
	fmt.Fprintf(w, "\nEverything verifies.\n")
}
