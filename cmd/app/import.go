package app

import (
	"context"
	"iter"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// A base file is bounded: a million people with forty columns stay below it, and ten million with a few.
const (
	maxBase = 2 << 30
	maxRows = 10_000_000
)

// ImportOptions are what a person may say about a file that looking does not find out.
type ImportOptions struct {
	Map        []string // FIELD=COLUMN
	Delimiter  string
	Encoding   string
	DateFormat string
	Sheet      string // of a workbook
	Preset     string // "" the one that knows the file
	DryRun     bool
	Lookup     // of the whole base, once the file is taken over
}

// Import takes a base file over, wholly or not at all. Rejected rows go into a file beside the
// working directory, named after the base.
func (a *App) Import(ctx context.Context, path string, o ImportOptions) (r Imported, err error) {
	mapped, err := mapping(o.Map)
	if err != nil {
		return r, err
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
	b := &baseFile{spool: spool, path: path, year: a.clock().Year(), said: reading{delimiter: o.Delimiter, encoding: o.Encoding, dates: o.DateFormat, sheet: o.Sheet, preset: o.Preset, fields: mapped}}
	if err := b.look(ctx); err != nil {
		return r, err
	}
	r.Read = b.read()
	err = a.first(ctx, o.DryRun, func() error {
		return b.throughout(func() (err error) {
			src := b.source(sum)
			src.Lines = seldom(src.Lines)
			r.ImportResult, err = a.Desk.Import(ctx, Operator(), src, campaign.ImportOptions{Columns: b.fields, DryRun: o.DryRun})
			return err
		})
	})
	if err != nil && r.Import == 0 && !fault.Is(err, fault.Invalid) { // nothing is wrong with the file, and nothing of it was taken over
		return Imported{}, err
	}
	r.Read = b.read()
	b.propose(&r.Read)
	if o.DryRun && (err == nil || r.Rows > 0) {
		us, uerr := a.Desk.Understand(b.source(sum), campaign.ImportOptions{Columns: b.fields}, firstRows)
		if uerr != nil {
			return r, b.named(uerr)
		}
		r.First = readRows(us)
	}
	r.Changes, r.Conflicting, r.Aside = r.ImportResult.Changes, append([]campaign.Note{}, r.ConflictLines...), r.Notes
	if fault.Is(err, fault.Invalid) {
		err = b.named(err)
	}
	if len(r.Rejects) > 0 && !o.DryRun {
		r.RejectFile = a.rejectFile(path)
		if werr := writeRejects(r.RejectFile, b.header, r.Rejects); err == nil {
			err = werr
		}
	}
	if err == nil && !o.DryRun {
		r.DNS, err = a.lookUp(ctx, o.Lookup)
	}
	return r, err
}

// first lets the first import into a base be written faster, where nobody else has the database open: there is nobody in it yet
// whom anybody could want to read of.
func (a *App) first(ctx context.Context, dry bool, do func() error) error {
	if dry {
		return do()
	}
	people := 0
	err := a.store.View(ctx, func(r campaign.Reader) (err error) {
		people, err = r.ContactCount()
		return err
	})
	if err != nil {
		return err
	}
	if people > 0 {
		return do()
	}
	return a.store.Alone(ctx, do)
}

// Between so many rows and so many garbage is collected as seldom as readingGC says. Before, memory that is touched for the first
// time costs more than collecting; behind, there would be too much of it.
const (
	someRows = 100_000
	manyRows = 1_000_000
)

// seldom has garbage collected more seldom while rows are read, the first ones and those of long files apart.
func seldom(lines iter.Seq2[campaign.Line, error]) iter.Seq2[campaign.Line, error] {
	return func(yield func(campaign.Line, error) bool) {
		n, back := 0, func() {}
		defer func() { back() }()
		for line, err := range lines {
			switch n++; n {
			case someRows:
				back = sync.OnceFunc(collect(readingGC))
			case manyRows:
				back()
			}
			if !yield(line, err) {
				return
			}
		}
	}
}

// mapping reads --map FIELD=COLUMN, and FIELD= for a field that no column is.
func mapping(pairs []string) (map[string]string, error) {
	out := map[string]string{}
	for _, p := range pairs {
		field, column, ok := strings.Cut(p, "=")
		if !ok || field == "" {
			return nil, fault.New(fault.Invalid, "import.map", "--map {pair} is not FIELD=COLUMN", "pair", p).
				Hint("--map email=Kontakt, or --map email= where no column is that")
		}
		out[field] = column
	}
	return out, nil
}
