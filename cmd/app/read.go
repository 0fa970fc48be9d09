package app

import (
	"errors"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/address"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/tabular"
)

// Imported is what an import did, and how it understood the file.
type Imported struct {
	campaign.ImportResult
	Read Read `json:"read"`
}

// Read is how a file was understood.
type Read struct {
	Preset    string       `json:"preset"` // "" for none
	Title     string       `json:"title"`
	Source    string       `json:"source"` // where the format is documented
	Encoding  string       `json:"encoding"`
	Delimiter string       `json:"delimiter"`
	Sheet     string       `json:"sheet"`
	Columns   []ReadColumn `json:"columns"`
}

// ReadColumn is how a column was understood.
type ReadColumn struct {
	Column string `json:"column"`
	Field  string `json:"field"` // "" for an attribute
	Dates  string `json:"dates"` // plain, day_first, month_first; "" when it holds none
}

// read tells how the file was understood.
func (b *baseFile) read() Read {
	r := Read{Encoding: b.encoding, Sheet: b.sheet, Delimiter: b.between()}
	if p := b.preset; p != nil {
		r.Preset, r.Title, r.Source = p.Name, p.Title, p.Source
	}
	for i, h := range b.header {
		c := ReadColumn{Column: h, Field: b.fields[i]}
		if f, ok := b.formats[i]; ok {
			c.Dates = dateNames[f]
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

// suggest adds to a fault about missing columns the one that holds addresses, where there is one.
func (b *baseFile) suggest(err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Key != "import.columns" {
		return err
	}
	const enough = 50
	filled, boxes := make([]int, len(b.header)), make([]int, len(b.header))
	r, oerr := b.open()
	if oerr != nil {
		return err
	}
	n := 0
	for row, rerr := range rows(r) {
		if n++; rerr != nil || n > enough {
			break
		}
		for i := range min(len(row.Cells), len(b.header)) {
			if row.Cells[i] == "" {
				continue
			}
			filled[i]++
			if _, perr := address.Parse(row.Cells[i]); perr == nil {
				boxes[i]++
			}
		}
	}
	for i, h := range b.header {
		if h != "" && boxes[i] > 0 && boxes[i]*2 > filled[i] {
			return f.Hint("--map " + shellQuote("email="+h) + " takes the column that holds addresses; more than one --map may be given")
		}
	}
	return err
}
