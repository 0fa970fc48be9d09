package board

import "strconv"

// Import is a base file that somebody brought.
type Import struct {
	Frame
	Back    Link
	Self    string // where the page is read anew
	Name    string // of the file
	Until   string
	Problem string // why the last act was refused
	Fault   string // why the file cannot be taken over, or could not
	Busy    *Busy  // set: something is under way
	Done    string // set: it was taken over
	Hidden  string // names of sheets that were not read, in a sentence
	Next    *Link
	Forget  string // where the button posts to; empty: no button

	Reading      *Reading
	First        []FirstRow
	FiguresTitle string
	Figures      []Figure
	Rejects      []RowNote
	Conflicts    []RowNote
	Notes        []RowNote
	Changes      []RowNote
	RejectFile   *Link
	Run          string // where the button posts to; empty: no button
	RunText      string
}

// Busy says what is under way.
type Busy struct{ Title, Text, Count string }

// Reading is how a file is understood, and how else it may be.
type Reading struct {
	Action  string
	Fields  []Field
	Columns []ImportColumn
	Count   int // of the columns

	Questions []Question
}

// Question is one that an auditor asks of a file, with the fields that answer it.
type Question struct {
	Text   string
	Fields []Field
}

func (r Reading) count() string { return strconv.Itoa(r.Count) }

// ImportColumn is one column of a file.
type ImportColumn struct {
	Heading, Example, Dates string
	Mapped                  bool   // taken for a field
	Note                    string // what of it is heard, where that is not all
	Choice                  Field
}

// FirstRow is one of the first rows as understood.
type FirstRow struct {
	Title      string
	Reject     string
	Pairs      []Pair
	Attributes []Pair
}

// Figure is one number of an import.
type Figure struct {
	Label, N string
	Bad      bool
}

// RowNote says something of one row of a file, or of several.
type RowNote struct{ Lines, Text string }

// ImportHTML draws it.
func ImportHTML(i Import) ([]byte, error) { return render(importPage(i)) }
