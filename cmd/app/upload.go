package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"io"
	"iter"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/tabular"
)

// firstLines is how many rows, rejects and conflicts of a brought file a page shows.
const firstLines = 10

// uploads keeps the base files that people bring to the dashboard until they are taken over. They are in
// temporary files of this process, and known to nobody else.
type uploads struct {
	desk  *campaign.Desk
	clock func() time.Time
	rand  io.Reader
	log   *slog.Logger
	ctx   context.Context // of the runs: a browser that goes away does not end them
	stop  context.CancelFunc
	runs  sync.WaitGroup

	mu  sync.Mutex
	all map[string]*upload // by id
}

// upload is one file. Its fields are guarded by the mutex of uploads, but for the counts and for what a
// run has to itself.
type upload struct {
	dashboard.Brought
	owner     string
	sum       string
	spool     *os.File
	rejects   *os.File // nil before the import, and when it rejected nothing
	forgotten bool
	cancel    context.CancelFunc // of the run under way
	ended     chan struct{}      // closed when the last run has ended
	base      *baseFile
	rows      atomic.Int64
	writing   atomic.Bool
}

func newUploads(desk *campaign.Desk, clock func() time.Time, random io.Reader, log *slog.Logger) *uploads {
	if random == nil {
		random = rand.Reader
	}
	ctx, stop := context.WithCancel(context.Background())
	return &uploads{desk: desk, clock: clock, rand: random, log: log, ctx: ctx, stop: stop, all: map[string]*upload{}}
}

// close ends what is under way, which changes nothing then, and removes every file.
func (s *uploads) close() {
	s.stop()
	s.runs.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.all {
		s.forget(u)
	}
}

// expire removes what was left lying.
func (s *uploads) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.all {
		if u.Stage != dashboard.TakingOver && !s.clock().Before(u.Until) {
			s.forget(u)
		}
	}
}

// forget removes a file, at once or when its run has ended.
func (s *uploads) forget(u *upload) {
	delete(s.all, u.ID)
	u.forgotten = true
	if u.cancel != nil {
		u.cancel()
		return
	}
	s.remove(u)
}

func (s *uploads) remove(u *upload) {
	for _, f := range []**os.File{&u.spool, &u.rejects} {
		if *f != nil {
			if err := discard(*f); err != nil {
				s.log.Warn("a temporary file was not removed", "cause", err)
			}
			*f = nil
		}
	}
}

// Bring keeps a file and begins to look at it.
func (s *uploads) Bring(by campaign.Actor, name string, file io.Reader) (string, error) {
	if err := s.busy(by); err != nil {
		return "", err
	}
	spool, sum, err := spoolReader(file, name, maxBase)
	if err != nil {
		return "", err
	}
	size, err := spool.Seek(0, io.SeekEnd)
	if err == nil && size == 0 {
		err = fault.New(fault.Invalid, "import.nothing", "the file is empty")
	}
	var number [20]byte
	if err == nil {
		_, err = io.ReadFull(s.rand, number[:])
	}
	if err != nil {
		return "", errors.Join(fault.Wrap("app.Bring", err), discard(spool))
	}
	u := &upload{owner: by.Name, sum: sum, spool: spool}
	u.Brought = dashboard.Brought{ID: strings.ToLower(base32.StdEncoding.EncodeToString(number[:])), Name: name, Bytes: size, Until: s.clock().Add(dashboard.Kept)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.of(by); old != nil {
		if old.Stage == dashboard.TakingOver {
			return "", errors.Join(underWay(), discard(spool))
		}
		s.forget(old)
	}
	s.all[u.ID] = u
	s.look(u)
	return u.ID, nil
}

func underWay() error {
	return fault.New(fault.Conflict, "import.under_way", "a file of yours is being taken over; wait until it is done")
}

// busy refuses another file before it was read in vain.
func (s *uploads) busy(by campaign.Actor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.of(by); u != nil && u.Stage == dashboard.TakingOver {
		return underWay()
	}
	return nil
}

func (s *uploads) of(by campaign.Actor) *upload {
	for _, u := range s.all {
		if u.owner == by.Name {
			return u
		}
	}
	return nil
}

// Latest is the file of a person, if there is one.
func (s *uploads) Latest(by campaign.Actor) (string, bool) {
	s.expire()
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.of(by); u != nil {
		return u.ID, true
	}
	return "", false
}

// with does something with a person's own file.
func (s *uploads) with(by campaign.Actor, id string, do func(*upload) error) error {
	s.expire()
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.all[id]
	if u == nil || u.owner != by.Name {
		return fault.New(fault.NotFound, "import.gone", "the file is not here, or no longer; files are kept for an hour")
	}
	return do(u)
}

// Brought is a file as far as it has been looked at.
func (s *uploads) Brought(by campaign.Actor, id string) (b dashboard.Brought, err error) {
	err = s.with(by, id, func(u *upload) error {
		b = u.Brought
		b.Rows, b.Writing = u.rows.Load(), u.writing.Load()
		return nil
	})
	return b, err
}

// Forget removes a file that is not being taken over.
func (s *uploads) Forget(by campaign.Actor, id string) error {
	return s.with(by, id, func(u *upload) error {
		if u.Stage == dashboard.TakingOver {
			return underWay()
		}
		s.forget(u)
		return nil
	})
}

// Reread begins to look at a file in another way.
func (s *uploads) Reread(by campaign.Actor, id string, r dashboard.Reading) error {
	return s.with(by, id, func(u *upload) error {
		if u.Stage == dashboard.TakingOver || u.Stage == dashboard.TakenOver {
			return underWay()
		}
		u.Said = r
		s.look(u)
		return nil
	})
}

// Rejects writes the rows that were not taken over.
func (s *uploads) Rejects(by campaign.Actor, id string, w io.Writer) error {
	var from io.Reader
	err := s.with(by, id, func(u *upload) error {
		if u.rejects == nil {
			return fault.New(fault.NotFound, "import.no_rejects", "no row was rejected")
		}
		from = io.NewSectionReader(u.rejects, 0, 1<<62)
		return nil
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, from)
	return fault.Wrap("app.Rejects", err)
}

// run does something with a file beside the requests; what was under way for it ends first.
func (s *uploads) run(u *upload, do func(context.Context) func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	before, ended := u.ended, make(chan struct{})
	if u.cancel != nil {
		u.cancel()
	}
	u.cancel, u.ended = cancel, ended
	s.runs.Go(func() {
		defer close(ended)
		defer cancel()
		if before != nil {
			<-before
		}
		u.rows.Store(0)
		u.writing.Store(false)
		keep := do(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if u.ended != ended { // another run has begun
			return
		}
		u.cancel = nil
		if u.forgotten {
			s.remove(u)
			return
		}
		keep()
	})
}

// look reads a file and tries the import without keeping anything of it.
func (s *uploads) look(u *upload) {
	u.Stage = dashboard.Looking
	u.Said.Stated.By = u.owner
	said := u.Said
	s.run(u, func(ctx context.Context) func() {
		b := &baseFile{spool: u.spool, path: u.Name, year: s.clock().Year(), said: reading{delimiter: said.Delimiter, encoding: said.Encoding, dates: said.Dates, preset: said.Preset, columns: said.Columns, presume: true}}
		found := dashboard.Brought{}
		err := b.look(ctx)
		if err == nil {
			found.Result, err = s.take(ctx, u, b, campaign.Actor{}, said.Stated, true)
		}
		if err == nil || found.Result.Rows > 0 {
			var unread error
			found.First, unread = s.desk.Understand(b.source(u.sum), campaign.ImportOptions{Columns: b.fields, Stated: said.Stated}, firstLines)
			err = cmp.Or(err, unread)
		}
		found.Columns, found.Statable = columnsOf(b), s.desk.Statable(b.source(u.sum), campaign.ImportOptions{Columns: b.fields})
		if b.preset != nil {
			found.Preset = b.preset.Title
		}
		return func() {
			u.base = b
			u.Stage, u.Columns, u.First, u.Result, u.Fault = dashboard.Looked, found.Columns, found.First, short(found.Result), err
			u.Preset, u.Statable = found.Preset, found.Statable
			u.Hidden, u.Encoding, u.Delimiter = b.hidden, b.encoding, strings.Trim(string(b.delimiter), "\x00")
		}
	})
}

// TakeOver begins to import a file as it was last looked at.
func (s *uploads) TakeOver(by campaign.Actor, id string) error {
	return s.with(by, id, func(u *upload) error {
		switch {
		case u.Stage != dashboard.Looked:
			return underWay()
		case u.Fault != nil:
			return u.Fault
		}
		u.Stage = dashboard.TakingOver
		b, stated := u.base, u.Said.Stated
		s.run(u, func(ctx context.Context) func() {
			res, err := s.take(ctx, u, b, by, stated, false)
			rejects, werr := keepRejects(b.header, res.Rejects)
			if werr != nil {
				s.log.Error("the rejected rows were not kept", "cause", werr)
			}
			return func() {
				u.Stage, u.Result, u.Fault, u.Until = dashboard.TakenOver, short(res), err, s.clock().Add(dashboard.Kept)
				s.remove(u)
				u.rejects = rejects
			}
		})
		return nil
	})
}

// take lets the desk read the file, and counts how far it is.
func (s *uploads) take(ctx context.Context, u *upload, b *baseFile, by campaign.Actor, stated campaign.Statement, dry bool) (campaign.ImportResult, error) {
	var r campaign.ImportResult
	err := b.throughout(func() (err error) {
		u.rows.Store(0)
		src := b.source(u.sum)
		src.Lines = counted(src.Lines, &u.rows, &u.writing)
		r, err = s.desk.Import(ctx, by, src, campaign.ImportOptions{Columns: b.fields, DryRun: dry, Stated: stated})
		return err
	})
	if err != nil && ctx.Err() == nil && fault.KindOf(err) == fault.Internal {
		s.log.Error("a base was not taken over", "cause", err)
	}
	return r, err
}

func counted(lines iter.Seq2[campaign.Line, error], n *atomic.Int64, read *atomic.Bool) iter.Seq2[campaign.Line, error] {
	return func(yield func(campaign.Line, error) bool) {
		for l, err := range lines {
			n.Add(1)
			if !yield(l, err) {
				return
			}
		}
		read.Store(true)
	}
}

// short keeps of what was found only what a page shows.
func short(r campaign.ImportResult) campaign.ImportResult {
	r.Rejects = append([]campaign.Reject(nil), r.Rejects[:min(len(r.Rejects), firstLines)]...)
	r.ConflictLines = append([]campaign.Note(nil), r.ConflictLines[:min(len(r.ConflictLines), firstLines)]...)
	r.Changes = append([]campaign.ContactChange(nil), r.Changes[:min(len(r.Changes), firstLines)]...)
	r.Notes = append([]campaign.Note(nil), r.Notes[:min(len(r.Notes), firstLines)]...)
	return r
}

func keepRejects(header []string, rejects []campaign.Reject) (*os.File, error) {
	if len(rejects) == 0 {
		return nil, nil
	}
	f, err := temporary("reoptin-rejects-")
	if err != nil {
		return nil, err
	}
	out := tabular.NewWriter(f, ',')
	out.Guard = true // whoever downloads a table opens it in a spreadsheet
	if err := rejectsTo(out, header, rejects); err != nil {
		return nil, errors.Join(err, discard(f))
	}
	return f, nil
}

// columnsOf says how each column is understood.
func columnsOf(b *baseFile) []dashboard.Column {
	out := make([]dashboard.Column, len(b.header))
	for i, h := range b.header {
		out[i].Heading = h
		if i < len(b.fields) {
			out[i].Field, out[i].Noes = b.fields[i], campaign.OnlyNoes(h, b.fields[i])
			out[i].Presumed = b.presumed == i+1
		}
		if f, ok := b.formats[i]; ok {
			out[i].Dates = dateNames[f]
		}
	}
	for c, cell := range examples(b) {
		if c < len(out) {
			out[c].Example = cell
		}
	}
	return out
}

// examples gives for each column the first filled cell of the first rows.
func examples(b *baseFile) map[int]string {
	found := map[int]string{}
	r, err := b.open()
	if err != nil {
		return found
	}
	n := 0
	for row, err := range rows(r) {
		if n++; err != nil || n > 200 {
			break
		}
		for c, cell := range row.Cells {
			if cell = strings.TrimSpace(cell); found[c] == "" && cell != "" {
				found[c] = cell
			}
		}
	}
	return found
}
