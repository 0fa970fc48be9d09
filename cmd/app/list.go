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
	"github.com/reoptin/reoptin/internal/tabular"
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

	Hidden []string `json:"hidden_sheets,omitempty"`  // of a workbook, with content, and not read
	Unread []string `json:"unread_columns,omitempty"` // that hold addresses, too, and were not read
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
	r.Hidden, r.Unread = l.hidden, l.unread
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
	bare   bool     // the first line names somebody already, and each cell may
	beside []int    // columns of hashes, which name whoever has nothing in the column
	unread []string // other columns that hold addresses
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
	if words := strings.ToLower(said); strings.Contains(words, "hmac") {
		return keyedHashes(said)
	}
	if l.column = slices.IndexFunc(l.header, func(h string) bool { return strings.EqualFold(h, strings.TrimSpace(said)) }); l.column < 0 {
		return fault.New(fault.Invalid, "list.column", "the file has no column {column}", "column", strconv.Quote(said)).Hint("its columns are " + strings.Join(l.header, ", "))
	}
	return nil
}

// guess finds the columns whose cells are addresses or hashes.
func (l *listFile) guess() error {
	const enough = 200
	filled, listed, hashed := make([]int, len(l.header)), make([]int, len(l.header)), make([]bool, len(l.header))
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
				hashed[c] = hashed[c] || campaign.IsHashed(cell)
			}
		}
	}
	var found []int
	for c := range l.header {
		if listed[c] > 0 && 2*listed[c] >= filled[c] {
			found = append(found, c)
		}
	}
	return l.choose(found, hashed)
}

// choose takes one of the columns that name people. Of several it is the one called e-mail, or the only one of addresses; the hashes
// beside it are of the same people.
func (l *listFile) choose(found []int, hashed []bool) error {
	plain := slices.DeleteFunc(slices.Clone(found), func(c int) bool { return hashed[c] })
	fields, _ := campaign.Columns(l.header, nil, nil) // a header that says nothing else is no fault here
	named := slices.IndexFunc(found, func(c int) bool { return c < len(fields) && fields[c] == "email" })
	switch {
	case len(found) == 0:
		return fault.New(fault.Invalid, "list.nobody", "no column holds addresses or their hashes").
			Hint("--column NAME says which one does; the columns are " + strings.Join(l.header, ", ") + "; a hash is the MD5, SHA-1 or SHA-256 of the lower-case address, in hex or base64: of any other, ask whoever made the list for one of these")
	case named >= 0:
		l.column = found[named]
	case len(found) == 1:
		l.column = found[0]
	case len(plain) == 1:
		l.column = plain[0]
	default:
		return fault.New(fault.Invalid, "list.several", "several columns hold addresses or their hashes").Hint("--column NAME says which one counts; the columns are " + strings.Join(l.header, ", "))
	}
	for _, c := range found {
		switch {
		case c == l.column:
		case hashed[c]:
			l.beside = append(l.beside, c)
		default:
			l.unread = append(l.unread, l.header[c])
		}
	}
	if hashed[l.column] {
		for _, h := range l.header {
			if word := strings.ToLower(h); strings.Contains(word, "hmac") || word == "salt" || word == "salted" || word == "pepper" {
				return keyedHashes(h)
			}
		}
	}
	return nil
}

// keyedHashes refuses hashes that nobody can match who does not have the key: they would name nobody, without a word.
func keyedHashes(column string) error {
	return fault.New(fault.Invalid, "list.keyed", "the hashes are made with a key or a salt, says the column {column}: they name nobody here", "column", strconv.Quote(column)).
		Hint("ask whoever made the list for the addresses, or for the plain MD5, SHA-1 or SHA-256 of each in lower case")
}

// cells gives the cell of each line. A row where it is empty names nobody, and is told like any other that could not be read.
func (l *listFile) cells() iter.Seq2[campaign.ListCell, error] {
	return func(yield func(campaign.ListCell, error) bool) {
		if l.bare && !l.each(readRow{Row: tabular.Row{Line: 1, Cells: l.header}}, yield) {
			return
		}
		r, err := l.open()
		if err != nil {
			yield(campaign.ListCell{}, err)
			return
		}
		for row, err := range rows(r) {
			if err == nil && l.bare {
				if !l.each(row, yield) {
					return
				}
				continue
			}
			if !yield(l.cell(row), err) || err != nil {
				return
			}
		}
	}
}

// cell is what a row names somebody by: where there is nothing in the column, a hash beside it.
func (l *listFile) cell(row readRow) campaign.ListCell {
	cell := campaign.ListCell{Line: row.Line, Column: l.header[l.column], Fault: row.fault}
	for _, c := range append([]int{l.column}, l.beside...) {
		if c < len(row.Cells) && strings.TrimSpace(cell.Text) == "" {
			cell.Text = row.Cells[c]
		}
	}
	return cell
}

// each gives the cells of a line that has no heading: all that name somebody, or are meant to. A line without one is told, and so is
// one that could not be read.
func (l *listFile) each(row readRow, yield func(campaign.ListCell, error) bool) bool {
	none := true
	for _, text := range row.Cells {
		if named := campaign.IsListed(text); named || strings.Contains(text, "@") {
			if none = false; !yield(campaign.ListCell{Line: row.Line, Text: text}, nil) {
				return false
			}
		}
	}
	if !none {
		return true
	}
	cell := campaign.ListCell{Line: row.Line, Fault: row.fault}
	if l.column < len(row.Cells) {
		cell.Text = row.Cells[l.column]
	}
	return yield(cell, nil)
}
