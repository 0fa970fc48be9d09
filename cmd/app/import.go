package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/tabular"
)

// maxBase bounds a base file: a million people with forty columns stay below it.
const maxBase = 2 << 30

// ImportOptions are what a person may say about a file that looking does not find out.
type ImportOptions struct {
	Map        []string // FIELD=COLUMN
	Delimiter  string
	Encoding   string
	DateFormat string
	DryRun     bool
}

// Import takes a base file over, wholly or not at all. Rejected rows go into a file beside the
// working directory, named after the base.
func (a *App) Import(ctx context.Context, path string, o ImportOptions) (campaign.ImportResult, error) {
	mapped, err := mapping(o.Map)
	if err != nil {
		return campaign.ImportResult{}, err
	}
	spool, sum, err := spoolFile(path)
	if err != nil {
		return campaign.ImportResult{}, err
	}
	defer func() { _, _ = spool.Close(), os.Remove(spool.Name()) }()
	b := baseFile{spool: spool, path: path, options: o, mapped: mapped}
	if err := b.look(); err != nil {
		return campaign.ImportResult{}, err
	}
	src := campaign.ImportSource{Name: filepath.Base(path), SHA256: sum, Header: b.header, Lines: b.lines(), Dates: b}
	r, err := a.Desk.Import(ctx, Operator(), src, campaign.ImportOptions{Map: mapped, DryRun: o.DryRun})
	if fault.Is(err, fault.Invalid) {
		err = b.named(err)
	}
	if len(r.Rejects) > 0 && !o.DryRun {
		r.RejectFile = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) + ".rejects-" + a.clock().UTC().Format("20060102-150405") + ".csv"
		if path == "-" {
			r.RejectFile = "stdin" + r.RejectFile[1:]
		}
		if werr := writeRejects(r.RejectFile, b.header, r.Rejects); err == nil {
			err = werr
		}
	}
	return r, err
}

// mapping reads --map FIELD=COLUMN.
func mapping(pairs []string) (map[string]string, error) {
	out := map[string]string{}
	for _, p := range pairs {
		field, column, ok := strings.Cut(p, "=")
		if !ok || field == "" || column == "" {
			return nil, fault.New(fault.Invalid, "import.map", "--map {pair} is not FIELD=COLUMN", "pair", p).
				Hint("--map email=Kontakt")
		}
		out[field] = column
	}
	return out, nil
}

// spoolFile copies a base into a temporary file of our own, with its SHA-256: it is read twice, and
// must be the same both times.
func spoolFile(path string) (*os.File, string, error) {
	in, err := openFile(path)
	if err != nil {
		return nil, "", err
	}
	defer in.Close()
	spool, err := os.CreateTemp("", "reoptin-import-")
	if err != nil {
		return nil, "", fault.New(fault.Unavailable, "import.spool", "no temporary file can be made").Because(err).Hint("set TMPDIR to a folder with room")
	}
	// Where the system allows it the name goes at once: a process that is killed leaves no copy behind.
	_ = os.Remove(spool.Name())
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(spool, h), io.LimitReader(in, maxBase+1))
	if err == nil && n > maxBase {
		err = fault.New(fault.Invalid, "import.size", "{path} is larger than {limit} bytes", "path", path, "limit", int64(maxBase)).Hint("split it")
	}
	switch {
	case full(err):
		err = fault.New(fault.Unavailable, "import.full", "{path} cannot be copied to a temporary file: there is no room in {folder}", "path", path, "folder", os.TempDir()).
			Hint("make room there (df) or set TMPDIR to a folder with room, and check ulimit -f")
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.EIO):
		err = unreadable(path, err)
	}
	if err != nil {
		return nil, "", errors.Join(fault.Wrap("app.spoolFile", err), spool.Close())
	}
	return spool, hex.EncodeToString(h.Sum(nil)), nil
}

// baseFile is a base being read: once to learn how its dates are written, once for its rows.
type baseFile struct {
	spool   *os.File
	path    string
	options ImportOptions
	mapped  map[string]string
	header  []string
	formats map[int]tabular.DateFormat
}

func (b *baseFile) open() (*tabular.Reader, error) {
	if _, err := b.spool.Seek(0, io.SeekStart); err != nil {
		return nil, fault.Wrap("app.Import", err)
	}
	d, err := delimiter(b.options.Delimiter)
	if err != nil {
		return nil, err
	}
	r, err := tabular.Open(b.spool, tabular.Options{Delimiter: d, Encoding: b.options.Encoding})
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

// named says of which file a fault speaks, and what helps where the fault does not.
func (b *baseFile) named(err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		return err
	}
	path, hint := b.path, fault.HintOf(err)
	if path == "-" {
		path = "standard input"
	}
	if hint == "" {
		hint = "export the base again as CSV in UTF-8, the column names in the first line"
	}
	return fault.New(f.Kind, f.Key, "{path}: {what}", "path", path, "what", f.Error()).Hint(hint)
}

// look reads the header and every date, to learn in which order day and month stand.
func (b *baseFile) look() error {
	r, err := b.open()
	if err != nil {
		return err
	}
	b.header = r.Header()
	columns, err := campaign.DateColumns(b.header, b.mapped)
	if err != nil {
		return b.named(err)
	}
	sniff := make(map[int]*tabular.DateSniffer, len(columns))
	for _, c := range columns {
		sniff[c] = &tabular.DateSniffer{}
	}
	for row, err := range rows(r) {
		if err != nil {
			return b.named(err)
		}
		for _, c := range columns {
			if c < len(row.Cells) {
				sniff[c].Add(row.Cells[c])
			}
		}
	}
	return b.decide(sniff)
}

// decide settles the order per column: as said, as its own dates prove, or as the file's other dates
// prove, since one program wrote them all.
func (b *baseFile) decide(sniff map[int]*tabular.DateSniffer) error {
	b.formats = map[int]tabular.DateFormat{}
	said, whole := tabular.DatesPlain, tabular.DateSniffer{}
	if b.options.DateFormat != "" {
		f, err := tabular.ParseDateFormat(b.options.DateFormat)
		if err != nil {
			return err
		}
		said = f
	}
	for _, s := range sniff {
		whole.Merge(*s)
	}
	for c, s := range sniff {
		if b.options.DateFormat != "" {
			b.formats[c] = said
			continue
		}
		f, err := s.Format()
		if err != nil {
			f, err = whole.Format()
		}
		if err != nil {
			return fault.New(fault.Invalid, "import.dates", "{path}, column {column}: {what}", "path", b.path, "column", b.header[c], "what", err.Error()).
				Hint(fault.HintOf(err))
		}
		b.formats[c] = f
	}
	return nil
}

// Date reads one cell of a date column.
func (b baseFile) Date(column int, cell string) (campaign.Date, bool) {
	y, m, d, ok := b.formats[column].Parse(cell)
	if !ok {
		return campaign.Date{}, false
	}
	return campaign.NewDate(y, time.Month(m), d), true
}

// lines gives the rows to the desk.
func (b *baseFile) lines() iter.Seq2[campaign.Line, error] {
	return func(yield func(campaign.Line, error) bool) {
		r, err := b.open()
		if err != nil {
			yield(campaign.Line{}, err)
			return
		}
		for row, err := range rows(r) {
			if !yield(campaign.Line{Number: row.Line, Cells: row.Cells, Fault: row.fault}, err) || err != nil {
				return
			}
		}
	}
}

// readRow is a row, or what is wrong with it.
type readRow struct {
	tabular.Row
	fault string
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
				if !yield(readRow{row, bad.Reason}, nil) {
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
