package app

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/address"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/tabular"
)

// Imported is what an import did, and how it understood the file.
type Imported struct {
	campaign.ImportResult
	Read        Read                     `json:"read"`
	First       []ReadRow                `json:"first,omitempty"` // of a dry run
	Changes     []campaign.ContactChange `json:"changes,omitempty"`
	Conflicting []campaign.Note          `json:"conflicting"`
	Aside       []campaign.Note          `json:"aside,omitempty"` // cells of kept rows that were left aside
	DNS         *LookedUp                `json:"dns,omitempty"`
}

// ReadRow is one row as it was understood.
type ReadRow struct {
	Line     int    `json:"line"`
	Who      string `json:"who"`      // e-mail, the company's number, or name
	Consent  string `json:"consent"`  // yes 2025-03-04, …
	No       string `json:"no"`       // every no
	Rest     string `json:"rest"`     // what else is known
	Rejected string `json:"rejected"` // why it is not taken over
}

// firstRows is how many rows a dry run shows.
const firstRows = 20

func readRows(us []campaign.Understood) []ReadRow {
	out := make([]ReadRow, len(us))
	for n, u := range us {
		if out[n].Line = u.Line; u.Reject != nil {
			out[n].Rejected = strings.TrimPrefix(u.Reject.Column+": "+u.Reject.Reason, ": ")
			continue
		}
		out[n].understand(u.Contact)
	}
	return out
}

func (r *ReadRow) understand(c campaign.Contact) {
	f := c.Facts
	r.Who = cmp.Or(string(c.Email), c.ExternalID, strings.TrimSpace(c.FirstName+" "+c.LastName))
	for _, k := range f.Claims {
		r.Consent = strings.TrimSpace(k.Status + " " + k.At.String())
	}
	var no, rest []string
	for _, o := range f.Objections {
		no = append(no, strings.TrimSpace(o.Kind+" "+cmp.Or(o.Scope, "all")+" "+o.At.String()))
	}
	for _, flag := range []struct {
		set  bool
		name string
	}{{f.Complaint, "complaint"}, {f.Minor, "minor"}, {f.Deceased, "deceased"}, {f.Erasure, "erasure_requested"}, {f.Restricted, "restricted"}} {
		if flag.set {
			no = append(no, flag.name)
		}
	}
	for _, word := range []struct{ name, value string }{{"not a mailbox", c.BadEmail}, {"id", c.ExternalID}, {"name", strings.TrimSpace(c.FirstName + " " + c.LastName)},
		{"country", c.Country}, {"", f.Relationship}, {"collected", f.Collected.String()}, {"last contact", f.LastInbound.String()}, {"bounce", f.Bounce}} {
		if word.value != "" && word.value != r.Who {
			rest = append(rest, strings.TrimSpace(word.name+" "+word.value))
		}
	}
	r.No, r.Rest = strings.Join(no, ", "), strings.Join(rest, ", ")
}

// Read is how a file was understood.
type Read struct {
	Preset    string       `json:"preset"` // "" for none
	Title     string       `json:"title"`
	Source    string       `json:"source"` // where the format is documented
	Encoding  string       `json:"encoding"`
	Delimiter string       `json:"delimiter"`
	Sheet     string       `json:"sheet"`
	Hidden    []string     `json:"hidden_sheets,omitempty"` // with content, and not read
	Columns   []ReadColumn `json:"columns"`
}

// ReadColumn is how a column was understood.
type ReadColumn struct {
	Column string `json:"column"`
	Field  string `json:"field"` // "" for an attribute
	Dates  string `json:"dates"` // plain, day_first, month_first; "" when it holds none

	DatesFrom string `json:"dates_from,omitempty"` // the column whose dates decided, where its own can be read in two ways
	Proposed  string `json:"proposed,omitempty"`   // how to read it as the field that an attribute looks like
}

// read tells how the file was understood.
func (b *baseFile) read() Read {
	r := Read{Encoding: b.encoding, Sheet: b.sheet, Hidden: b.hidden, Delimiter: b.between()}
	if p := b.preset; p != nil {
		r.Preset, r.Title, r.Source = p.Name, p.Title, p.Source
	}
	for i, field := range b.preset.Reads(b.header, b.fields) {
		c := ReadColumn{Column: b.header[i], Field: field}
		if f, ok := b.formats[i]; ok {
			c.Dates = dateNames[f]
		}
		if by, ok := b.proved[i]; ok {
			c.DatesFrom = b.header[by]
		}
		r.Columns = append(r.Columns, c)
	}
	return r
}

// dateNames are the names of the formats on pages and in JSON.
var dateNames = map[tabular.DateFormat]string{tabular.DatesPlain: "plain", tabular.DayFirst: "day_first", tabular.MonthFirst: "month_first"}

// between is the delimiter as --delimiter takes it; "" of a workbook.
func (b *baseFile) between() string {
	switch b.delimiter {
	case 0:
		return ""
	case '\t':
		return "tab"
	}
	return string(b.delimiter)
}

// suggest deals with a fault about missing columns where one column holds addresses. It is taken for the mailbox where somebody looks at
// what was presumed before anything is taken over; else the fault names it. Other errors stay.
func (b *baseFile) suggest(err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Key != "import.columns" {
		return err
	}
	i, found := b.boxed()
	switch {
	case !found:
		return err
	case b.said.presume && b.presume(i):
		return nil
	}
	return f.Hint("--map " + ShellWord("email="+b.header[i]) + " takes the column that holds addresses; more than one --map may be given")
}

// boxed is the first column with a heading most of whose cells are mailboxes.
func (b *baseFile) boxed() (column int, found bool) {
	const enough = 50
	k, err := b.kinds(enough)
	if err != nil {
		return 0, false
	}
	for i, h := range b.header {
		if h != "" && k.boxes[i] > 0 && k.boxes[i]*2 > k.filled[i] {
			return i, true
		}
	}
	return 0, false
}

// presume takes a column for the mailbox, unless another one has the same heading.
func (b *baseFile) presume(column int) bool {
	fields, err := campaign.Columns(b.header, map[string]string{"email": b.header[column]}, b.preset)
	if err != nil || fields[column] != "email" {
		return false
	}
	b.fields, b.presumed = fields, column+1
	return true
}

// kinds are what the cells of the first rows are, by column.
type kinds struct {
	rows                   int
	filled, boxes, answers []int // of them mailboxes; plain yes or no
}

func (b *baseFile) kinds(most int) (k kinds, err error) {
	r, err := b.open()
	if err != nil {
		return k, err
	}
	k.filled, k.boxes, k.answers = make([]int, len(b.header)), make([]int, len(b.header)), make([]int, len(b.header))
	for row, rerr := range rows(r) {
		if rerr != nil || k.rows == most {
			break
		}
		k.rows++
		for i := range min(len(row.Cells), len(b.header)) {
			if row.Cells[i] == "" {
				continue
			}
			k.filled[i]++
			if _, perr := address.Parse(row.Cells[i]); perr == nil {
				k.boxes[i]++
			} else if campaign.YesOrNo(row.Cells[i]) {
				k.answers[i]++
			}
		}
	}
	return k, nil
}

// propose says of the columns that were kept as attributes only which look like a mailbox or a consent, where no
// column is read as that.
func (b *baseFile) propose(r *Read) {
	const enough = 200
	k, err := b.kinds(enough)
	if err != nil {
		return
	}
	boxed, agreed := slices.Contains(b.fields, "email"), slices.Contains(b.fields, "consent_status") || b.preset.TellsConsent(b.header)
	for i, h := range b.header {
		switch {
		case h == "" || r.Columns[i].Field != "" && !campaign.OnlyNoes(h, r.Columns[i].Field):
		case !boxed && k.boxes[i]*2 > k.rows:
			r.Columns[i].Proposed = "--map email=" + ShellWord(h)
		case !agreed && k.answers[i]*2 > k.rows && k.answers[i] == k.filled[i]:
			r.Columns[i].Proposed = "--map consent_status=" + ShellWord(h)
		}
	}
}
