package app

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/tabular"
)

// The order of day and month is decided by all dates of a file. Nearly always the first rows have it already: it is
// taken from them, every further date is looked at as the rows are taken over, and only a file that in the end
// says something else is read again from the beginning.

// firstDates is how many rows are looked at before the others are taken over.
const firstDates = 5_000

// sniffers learn from the cells of each column of dates.
type sniffers map[int]*tabular.DateSniffer

func (b *baseFile) sniffers() sniffers {
	s := make(sniffers, len(b.dated))
	for _, c := range b.dated {
		s[c] = &tabular.DateSniffer{Year: b.year}
	}
	return s
}

func (s sniffers) add(cells []string) {
	for c, sniffer := range s {
		if c < len(cells) {
			sniffer.Add(cells[c])
		}
	}
}

// lookAtDates settles the formats as far as it has to.
func (b *baseFile) lookAtDates(ctx context.Context, r *tabular.Reader) error {
	if b.said.dates != "" {
		return b.takeFormats(b.sniffers())
	}
	next, stop := iter.Pull2(rows(r))
	defer stop()
	sniff := b.sniffers()
	for n := 1; ; n++ {
		row, err, more := next()
		if !more {
			return b.takeFormats(sniff)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return b.named(err)
		}
		sniff.add(row.Cells)
		if n == firstDates && b.assume(sniff) {
			return nil
		}
	}
}

// takeFormats decides once and for all.
func (b *baseFile) takeFormats(sniff sniffers) (err error) {
	b.formats, err = b.decide(sniff)
	b.settled = err == nil
	return err
}

// assume takes the first rows for all, when they leave nothing open. A column that is empty so far will be
// written as the others are.
func (b *baseFile) assume(sniff sniffers) bool {
	formats, err := b.decide(sniff)
	if err != nil {
		return false
	}
	whole := tabular.DatesPlain
	for _, f := range formats {
		whole = max(whole, f)
	}
	for c, f := range formats {
		if f == tabular.DatesPlain {
			formats[c] = whole
		}
	}
	b.formats = formats
	return true
}

// decide gives the order per column: as said, as its own dates prove, or as the file's other dates
// prove, since one program wrote them all. Which column proved it for another is kept, to be said.
func (b *baseFile) decide(sniff sniffers) (map[int]tabular.DateFormat, error) {
	formats := make(map[int]tabular.DateFormat, len(sniff))
	b.proved = map[int]int{}
	said, whole := tabular.DatesPlain, tabular.DateSniffer{}
	if b.said.dates != "" {
		f, err := tabular.ParseDateFormat(b.said.dates)
		if err != nil {
			return nil, err
		}
		said = f
	}
	for _, s := range sniff {
		whole.Merge(*s)
	}
	for c, s := range sniff {
		if b.said.dates != "" {
			formats[c] = said
			continue
		}
		f, err := s.Format()
		if err != nil {
			if f, err = whole.Format(); err == nil {
				sniff.prove(f, c, b.proved)
			}
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "import.dates", "{path}, column {column}: {what}", "path", b.title(), "column", b.header[c], "what", err.Error()).
				Hint(fault.HintOf(err))
		}
		formats[c] = f
	}
	return formats, nil
}

// prove notes the first column whose own dates show a format, as the one that decided for another.
func (s sniffers) prove(f tabular.DateFormat, of int, proved map[int]int) {
	for _, c := range slices.Sorted(maps.Keys(s)) {
		if own, err := s[c].Format(); err == nil && own == f {
			proved[of] = c
			return
		}
	}
}

// errOtherDates ends an import whose last dates say something else than the first.
var errOtherDates = errors.New("the dates are written otherwise than the first rows have it")

// confirm holds what was taken for the formats against all dates. What lines has given before means nothing when
// they differ.
func (b *baseFile) confirm(sniff sniffers) (err error) {
	if b.settled {
		return nil
	}
	if b.found, err = b.decide(sniff); err != nil {
		return err
	}
	for c, f := range b.found {
		if f != tabular.DatesPlain && f != b.formats[c] { // where no order matters none was wrong
			return errOtherDates
		}
	}
	return nil
}

// throughout does something with all rows, once more when the first rows had misled about the dates.
func (b *baseFile) throughout(do func() error) error {
	err := do()
	misled := errors.Is(err, errOtherDates)
	if misled || err == nil && b.found != nil {
		b.formats, b.settled = b.found, true
	}
	if misled {
		err = do()
	}
	return err
}

// Date reads one cell of a date column.
func (b *baseFile) Date(column int, cell string) (campaign.Date, bool) {
	y, m, d, ok := b.formats[column].Parse(cell, b.year)
	if !ok {
		return campaign.Date{}, false
	}
	return campaign.NewDate(y, time.Month(m), d), true
}
