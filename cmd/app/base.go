package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/spool"
	"github.com/reoptin/reoptin/internal/tabular"
)

// spoolReader copies a base into a temporary file of our own, with its SHA-256: it is read twice, and
// must be the same both times. name is what a fault calls it.
func spoolReader(in io.Reader, name string, most int64) (*os.File, string, error) {
	spool, err := temporary("reoptin-import-")
	if err != nil {
		return nil, "", err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(spool, h), io.LimitReader(in, most+1))
	if err == nil && n > most {
		err = fault.New(fault.Invalid, "import.size", "{path} is larger than {limit} bytes", "path", name, "limit", most).Hint("split it")
	}
	switch {
	case fault.NoRoom(err):
		err = noRoom(name)
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.EIO):
		err = unreadable(name, err)
	}
	if err == nil {
		spool, err = unwrapped(spool, name)
	}
	if err != nil {
		return nil, "", errors.Join(fault.Wrap("app.spool", err), discard(spool))
	}
	return spool, hex.EncodeToString(h.Sum(nil)), nil
}

// unwrapped is the temporary file, or the workbook in it when it was zipped once more: a workbook is read at any place.
func unwrapped(f *os.File, name string) (*os.File, error) {
	inner, err := temporary("reoptin-import-")
	if err != nil {
		return f, err
	}
	is, err := tabular.Unwrap(f, inner, tabular.Options{})
	switch {
	case fault.NoRoom(err):
		err = noRoom(name)
	case err != nil:
		err = (&baseFile{path: name}).named(err)
	}
	if err != nil || !is {
		return f, errors.Join(err, discard(inner))
	}
	return inner, discard(f)
}

// temporary makes a file that only this process has. Where the system allows it the name goes at once:
// a process that is killed leaves no copy behind.
func temporary(pattern string) (*os.File, error) {
	f, err := os.CreateTemp("", pattern)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "import.spool", "no temporary file can be made").Because(err).Hint("set TMPDIR to a folder with room")
	}
	_ = os.Remove(f.Name())
	return f, nil
}

// discard closes a temporary file, and removes it where its name could not go before.
func discard(f *os.File) error { return errors.Join(f.Close(), gone(os.Remove(f.Name()))) }

func gone(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// reading is what a person may say of a base file that looking does not find out.
type reading struct {
	delimiter, encoding, dates, sheet, preset string
	fields                                    map[string]string // field → column
	columns                                   []string          // field of each column; when it is given the header says nothing
	most                                      int               // rows; 0: what a base may have
	presume                                   bool              // that addresses are those of people, where nothing says who they are
}

// baseFile is a base being read: its beginning to learn how its dates are written, all of it for its rows. The
// command line and the dashboard both read with it.
type baseFile struct {
	spool     *os.File
	path      string
	said      reading
	year      int // this one: years of two digits are told by it
	header    []string
	fields    []string         // of each column, "" for an attribute
	preset    *campaign.Preset // as found or said, or nil
	encoding  string           // as found or said
	sheet     string           // of a workbook, as found or said
	hidden    []string         // its hidden sheets with content, which are not read
	delimiter rune             // 0 of a workbook
	dated     []int            // columns of dates
	formats   map[int]tabular.DateFormat
	proved    map[int]int                // by column of dates that can be read in two ways, the one whose dates decided
	presumed  int                        // counted from 1, the column that is taken for the mailbox by its cells; 0: none
	settled   bool                       // no further date can change the formats
	found     map[int]tabular.DateFormat // the formats as all dates of the file have them, when lines has come to its end
}

func (b *baseFile) open() (*tabular.Reader, error) {
	d, err := delimiter(b.said.delimiter)
	if err != nil {
		return nil, err
	}
	info, err := b.spool.Stat()
	if err != nil {
		return nil, fault.Wrap("app.open", err)
	}
	// A reader of its own: a run that was given up may still be reading.
	in := io.NewSectionReader(b.spool, 0, info.Size())
	r, err := tabular.Open(in, tabular.Options{Delimiter: d, Encoding: b.said.encoding, Sheet: b.said.sheet, MaxRows: cmp.Or(b.said.most, maxRows)})
	return r, b.named(err)
}

// delimiter reads --delimiter; 0 is to be found by looking.
func delimiter(said string) (rune, error) {
	switch said {
	case "":
		return 0, nil
	case "tab", `\t`:
		return '\t', nil
	}
	d, n := utf8.DecodeRuneInString(said)
	if n != len(said) {
		return 0, fault.New(fault.Invalid, "import.delimiter", "--delimiter {said} is not one character", "said", strconv.Quote(said)).Hint("use one of , ; tab |")
	}
	return d, nil
}

const ofFile = "{file}: " // what a fault begins with that says of which file it speaks

// named says of which file a fault speaks, and what helps where the fault does not. What the fault was made
// of stays, since other languages say it in their own order.
func (b *baseFile) named(err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind == fault.Internal || strings.HasPrefix(f.Text, ofFile) {
		return err
	}
	n := *f
	n.Text, n.Args, n.Help = ofFile+f.Text, slices.Concat(f.Args, []any{"file", b.title()}), fault.HintOf(err)
	if n.Help == "" {
		n.Help = "export the base again as CSV in UTF-8, the column names in the first line"
	}
	return &n
}

// title is what people are told of where the file came from.
func (b *baseFile) title() string {
	if b.path == "-" {
		return "standard input"
	}
	return b.path
}

// look reads the header and the first dates, to learn in which order day and month stand; when these leave it open,
// all.
func (b *baseFile) look(ctx context.Context) error {
	r, err := b.open()
	if err != nil {
		return err
	}
	b.header, b.encoding, b.delimiter = r.Header(), r.Encoding(), r.Delimiter()
	b.sheet, b.hidden = r.Sheet(), r.Hidden()
	if b.preset, err = findPreset(b.said.preset, b.header, b.path); err != nil {
		return err
	}
	if b.fields = b.said.columns; b.fields == nil {
		b.fields, err = campaign.Columns(b.header, b.said.fields, b.preset)
		if err = b.suggest(err); err != nil {
			return b.named(err)
		}
	}
	b.dated = campaign.DateColumns(b.header, b.fields, b.preset)
	return b.lookAtDates(ctx, r)
}

// source is the file as the desk takes it over.
func (b *baseFile) source(sum string) campaign.ImportSource {
	return campaign.ImportSource{Name: filepath.Base(b.path), SHA256: sum, Header: b.header, Lines: b.lines(), Dates: b, Preset: b.preset,
		Spool: func() (spool.File, error) {
			f, err := temporary("reoptin-rows-")
			return &spoolFile{f, b.path}, err
		}}
}

// spoolFile is a temporary file whose faults say for which file there is no room.
type spoolFile struct {
	*os.File
	path string
}

func (s *spoolFile) Write(p []byte) (int, error) {
	n, err := s.File.Write(p)
	if fault.NoRoom(err) {
		err = noRoom(s.path)
	}
	return n, err
}

// Close removes the file, too.
func (s *spoolFile) Close() error { return discard(s.File) }

func noRoom(path string) error {
	return fault.New(fault.Unavailable, "import.full", "{path} cannot be copied to a temporary file: there is no room in {folder}", "path", path, "folder", os.TempDir()).
		Hint("make room there (df) or set TMPDIR to a folder with room, and check ulimit -f")
}

// lines gives the rows to the desk.
func (b *baseFile) lines() iter.Seq2[campaign.Line, error] {
	return func(yield func(campaign.Line, error) bool) {
		r, err := b.open()
		if err != nil {
			yield(campaign.Line{}, err)
			return
		}
		sniff := b.sniffers()
		for row, err := range rows(r) {
			if !b.settled {
				sniff.add(row.Cells)
			}
			if !yield(campaign.Line{Number: row.Line, Cells: row.Cells, Fault: row.fault, Column: row.column}, b.named(err)) || err != nil {
				return
			}
		}
		if err := b.confirm(sniff); err != nil {
			yield(campaign.Line{}, err)
		}
	}
}

// readRow is a row, or what is wrong with it, and in which column.
type readRow struct {
	tabular.Row
	fault, column string
}

// rows iterates over a file; an error that is not about one row ends it.
func rows(r *tabular.Reader) iter.Seq2[readRow, error] {
	return func(yield func(readRow, error) bool) {
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *tabular.RowError
			if errors.As(err, &bad) {
				if !yield(readRow{row, bad.Reason, bad.Column}, nil) {
					return
				}
				continue
			}
			if !yield(readRow{Row: row}, err) || err != nil {
				return
			}
		}
	}
}
