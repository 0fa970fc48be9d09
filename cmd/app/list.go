package app

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// mostListed bounds the rows of a list: registers of a whole country stay below it.
const mostListed = 10_000_000

// ListOptions are what a person may say of the file of a list.
type ListOptions struct {
	List      string // "" is the file's name
	External  bool
	Dated     string // "" is today
	Column    string // "" is found by looking
	Delimiter string
	Encoding  string
	Sheet     string
	DryRun    bool
}

// ListImported is what the import of a list did.
type ListImported struct {
	campaign.ListResult
	Column     string `json:"column"` // "" of a file that is nothing but addresses and hashes
	RejectFile string `json:"rejects"`

	Hidden []string `json:"hidden_sheets,omitempty"` // of a workbook, with content, and not read
}

// ImportList takes over a list of people who must not be written to, wholly or not at all.
func (a *App) ImportList(ctx context.Context, path string, o ListOptions) (r ListImported, err error) {
	opt := campaign.ListOptions{Name: o.List, External: o.External, DryRun: o.DryRun}
	if opt.Name == "" && path != "-" {
		opt.Name = stem(path)
	}
	if o.Dated != "" {
		if opt.Dated, err = campaign.ParseDate(o.Dated); err != nil {
			return r, fault.New(fault.Invalid, "list.dated", "--dated {day} is no day", "day", strconv.Quote(o.Dated)).Hint("write it as 2026-06-01")
		}
	}
	in, err := openFile(path)
	if err != nil {
		return r, err
	}
	defer in.Close()
	spool, sum, err := spoolReader(in, path, maxBase)
	if err != nil {
		return r, err
	}
	defer func() { _ = discard(spool) }()
	l := &listFile{baseFile: baseFile{spool: spool, path: path, said: reading{delimiter: o.Delimiter, encoding: o.Encoding, sheet: o.Sheet, most: mostListed}}}
	if err := l.look(o.Column); err != nil {
		return r, l.named(err)
	}
	if !l.bare {
		r.Column = l.header[l.column]
	}
	r.Hidden = l.hidden
	r.ListResult, err = a.Desk.ImportList(ctx, Operator(), campaign.ListSource{Name: filepath.Base(path), SHA256: sum, Cells: l.cells}, opt)
	if fault.Is(err, fault.Invalid) {
		err = l.named(err)
	}
	if len(r.Rejects) > 0 && !o.DryRun {
		r.RejectFile = a.rejectFile(path)
		err = errors.Join(err, writeRejects(r.RejectFile, []string{r.Column}, r.Rejects))
	}
	return r, err
}

// Count is how many hashes of a kind were read.
func (r ListImported) Count(kind string) int { return r.Hashes[campaign.KeyKind(kind)] }

// stem is the name of a file without what says its format.
func stem(path string) string {
	name := filepath.Base(path)
	for _, end := range []string{".gz", filepath.Ext(strings.TrimSuffix(name, ".gz"))} {
		name = strings.TrimSuffix(name, end)
	}
	return name
}

// rejectFile is where the rejected rows of a file go.
func (a *App) rejectFile(path string) string {
	base := "stdin"
	if path != "-" {
		base = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	return base + ".rejects-" + a.clock().UTC().Format("20060102-150405") + ".csv"
}

// listFile is a file of which one column names people.
type listFile struct {
	baseFile
	column int
	bare   bool // the first line names somebody already
}

// look finds the column, by its name, or by what stands in it.
func (l *listFile) look(said string) error {
	r, err := l.open()
	if err != nil {
		return err
	}
	l.header, l.hidden = r.Header(), r.Hidden()
	if said == "" {
		if l.column = slices.IndexFunc(l.header, campaign.IsListed); l.column >= 0 {
			l.bare = true
			return nil
		}
		return l.guess()
	}
	if l.column = slices.IndexFunc(l.header, func(h string) bool { return strings.EqualFold(h, strings.TrimSpace(said)) }); l.column < 0 {
		return fault.New(fault.Invalid, "list.column", "the file has no column {column}", "column", strconv.Quote(said)).Hint("its columns are " + strings.Join(l.header, ", "))
	}
	return nil
}

// guess takes the column whose cells are addresses or hashes; of several the one that is called e-mail.
func (l *listFile) guess() error {
	const enough = 200
	filled, listed := make([]int, len(l.header)), make([]int, len(l.header))
	r, err := l.open()
	if err != nil {
		return err
	}
	n := 0
	for row, err := range rows(r) {
		if n++; err != nil || n > enough {
			break
		}
		for c, cell := range row.Cells[:min(len(row.Cells), len(l.header))] {
			if strings.TrimSpace(cell) == "" {
				continue
			}
			filled[c]++
			if campaign.IsListed(cell) {
				listed[c]++
			}
		}
	}
	var found []int
	for c := range l.header {
		if listed[c] > 0 && 2*listed[c] >= filled[c] {
			found = append(found, c)
		}
	}
	fields, _ := campaign.Columns(l.header, nil, nil) // a header that says nothing else is no fault here
	for _, c := range found {
		if c < len(fields) && fields[c] == "email" {
			found = []int{c}
		}
	}
	switch len(found) {
	case 0:
		return fault.New(fault.Invalid, "list.nobody", "no column holds addresses or their hashes").Hint("--column NAME says which one does; the columns are " + strings.Join(l.header, ", "))
	case 1:
		l.column = found[0]
		return nil
	}
	return fault.New(fault.Invalid, "list.several", "several columns hold addresses or their hashes").Hint("--column NAME says which one counts; the columns are " + strings.Join(l.header, ", "))
}

// cells gives the cell of each line. A row where it is empty names nobody, and is told like any other that
// could not be read.
func (l *listFile) cells() iter.Seq2[campaign.ListCell, error] {
	return func(yield func(campaign.ListCell, error) bool) {
		column := l.header[l.column]
		if l.bare {
			if !yield(campaign.ListCell{Line: 1, Text: column}, nil) {
				return
			}
			column = ""
		}
		r, err := l.open()
		if err != nil {
			yield(campaign.ListCell{}, err)
			return
		}
		for row, err := range rows(r) {
			cell := campaign.ListCell{Line: row.Line, Column: column, Fault: row.fault}
			if l.column < len(row.Cells) {
				cell.Text = row.Cells[l.column]
			}
			if !yield(cell, err) || err != nil {
				return
			}
		}
	}
}
