package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

// Journal is the send journal: a file of its own that only grows, so that a database restored from a
// backup cannot forget who was asked and who said no. It must be there before anything is sent and
// is never made in passing.
//
// The file is a header and records of 192 bytes each (record.go). Each record carries a checksum and
// a hash chained over all before it. Several processes may append: each takes a short lock, catches
// up with what others wrote, writes its records at once and waits for the disk. Of records that a
// crash cut short, none was ever acknowledged; they are dropped. Any other damage is refused.
type Journal struct {
	path string
	db   *DB // remembers how long the journal is
	file *os.File
	gate *os.File // the lock that appending takes, apart from the sender's lock on the file itself

	held atomic.Bool // the sender's lock, by this process: the system would give it to the same file once more

	waitMu sync.Mutex
	wait   []*waiting // Appends that nobody serves yet

	mu     sync.Mutex
	tail   tail
	seen   tail  // how far the database had looked at opening
	grew   bool  // since then
	wrote  bool  // records of our own
	erased bool  // an erasure was announced since, by whomever: the next to open the journal looks whether it was done
	moved  bool  // it is not the file that the database knows, and somebody was asked
	broken error // a write or sync failed: what is on the disk is not known
}

var _ campaign.Journal = (*Journal)(nil)

// CreateJournal makes the empty send journal of a database. An existing file is fault.Conflict. When
// it fails it leaves no file behind.
func CreateJournal(path string, d *DB) error {
	id, err := instanceBytes(d.instance)
	if err != nil {
		return err
	}
	err = makeFile(path, func(f *os.File) error {
		_, err := f.Write(makeHeader(id, d.options.Clock()))
		return errors.Join(err, f.Sync(), syncFolder(path))
	})
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Conflict, "journal.exists", "{path} exists already; nothing was changed", "path", path).At("store.CreateJournal")
	}
	if err != nil {
		return journalFault("journal.create", "the send journal {path} cannot be made", path, err).Hint("check the disk and who owns the folder")
	}
	return nil
}

// OpenJournal opens the send journal of a database and checks what is new in it; Replay checks all, and is asked before
// anything is sent. A journal that is missing, of another instance, shorter than the database remembers or damaged in what
// is new is fault.Unavailable: without it nobody can know who was asked.
func OpenJournal(path string, d *DB) (*Journal, error) {
	id, err := instanceBytes(d.instance)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, journalFault("journal.missing", "the send journal {path} is missing; without it nobody knows who was already asked", path, nil).
			Hint("put the file back from where it was moved to; never make an empty one for a database that has sent")
	}
	if err != nil {
		return nil, journalFault("journal.open", "the send journal {path} cannot be opened", path, err).Hint("set journal in reoptin.toml to the file, and check who owns it")
	}
	j := &Journal{path: path, file: f, db: d}
	if err := j.open(id); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

func (j *Journal) open(id [16]byte) (err error) {
	if j.gate, err = os.OpenFile(j.path+".lock", os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return journalFault("journal.open", "the lock of the send journal {path} cannot be opened", j.path, err).Hint("check who owns the folder")
	}
	header := make([]byte, headerSize)
	if _, err := j.file.ReadAt(header, 0); err != nil {
		return journalFault("journal.short", "the send journal {path} is shorter than its header", j.path, err).Hint("restore the send journal from its own copy")
	}
	owner, err := readHeader(header)
	if err != nil {
		return journalFault("journal.header", "{path} is no send journal of this program", j.path, err).Hint("set journal in reoptin.toml to the right file")
	}
	if owner != id {
		return journalFault("journal.instance", "the send journal {path} belongs to another database", j.path, nil).
			Hint("database and journal belong together: set both in reoptin.toml, or restore both from the same installation")
	}
	known, err := j.db.journalTail() // first: the journal only grows from here on
	if err != nil {
		return err
	}
	is, err := fileNumber(j.file)
	if err != nil {
		return err
	}
	number, armed, err := j.db.journalFile()
	if err != nil {
		return err
	}
	j.tail = newTail(header)
	if number != "" && sameFile(number, is) && j.endsAs(known) {
		j.tail = known
	}
	j.seen = j.tail
	asked := armed // a copy of what waits for its hour asks everybody as well
	note := func(r campaign.Record) error { asked = asked || r.Kind == campaign.RecordIntent; return nil }
	if err := j.locked(func() error { return j.catchUp(note) }); err != nil {
		return err
	}
	if j.tail.records < known.records {
		return journalFault("journal.cut", "the send journal {path} has lost records: it has fewer than the database remembers", j.path, nil).
			Hint("restore the send journal from its own copy")
	}
	// Of the same length, with another end than the database remembers, it is another journal.
	j.grew = j.tail.records > known.records || known.chain != (tail{}).chain && j.tail.chain != known.chain
	if err := j.place(is, number, asked); err != nil || j.grew || j.tail == known {
		return err
	}
	return j.Note()
}

// endsAs says whether the file has the record with which the database remembers it to end. What stands before has been read when that was remembered, and is not read again at each
// opening: it has hundreds of megabytes after some campaigns.
func (j *Journal) endsAs(known tail) bool {
	if known.records == 0 || known.chain == (tail{}).chain {
		return false
	}
	last := make([]byte, recordSize)
	if _, err := j.file.ReadAt(last, known.offset()-recordSize); err != nil {
		return false // all is read, which finds what is wrong
	}
	return intact(last) && bytes.Equal(last[chainAt:sumAt], known.chain[:])
}

// Note lets the database remember that it has seen all that the journal has: whoever opens it next need not look
// for that again.
func (j *Journal) Note() error {
	j.mu.Lock()
	at := j.tail
	j.mu.Unlock()
	return j.db.noteJournal(at)
}

// Grew reports whether the journal had records at opening that the database had not seen. They may be
// of a sender that runs, of one that died, or all that a restored database has forgotten.
func (j *Journal) Grew() bool { return j.grew }

// journalTail is how the send journal ended when the database was last told. Databases that were told by an older program do
// not know the chain.
func (d *DB) journalTail() (known tail, err error) {
	var chain string
	err = d.view(context.Background(), func(t *tx) error {
		return t.row([]any{&known.records, &chain}, `SELECT coalesce(max(CASE WHEN name = 'journal_records' THEN CAST(value AS BIGINT) END), 0),
coalesce(max(CASE WHEN name = 'journal_chain' THEN value END), '') FROM meta WHERE name IN ('journal_records', 'journal_chain')`)
	})
	if records, digits, _ := strings.Cut(chain, " "); records == strconv.FormatInt(known.records, 10) {
		if b, bad := hex.DecodeString(digits); bad == nil && len(b) == len(known.chain) {
			known.chain = [sumAt - chainAt]byte(b)
		}
	}
	return known, err
}

// noteJournal remembers how the journal ends, unless it is known to be longer: several processes
// note what each has seen.
func (d *DB) noteJournal(at tail) error {
	if d.options.ReadOnly || at.records == 0 {
		return nil
	}
	return d.update(context.Background(), func(t *tx) error {
		records := strconv.FormatInt(at.records, 10)
		n, err := t.exec(`INSERT INTO meta (name, value) VALUES ('journal_records', $1)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE CAST(excluded.value AS BIGINT) >= CAST(meta.value AS BIGINT)`, records)
		if err != nil || n == 0 {
			return err
		}
		return t.setMeta("journal_chain", records+" "+hex.EncodeToString(at.chain[:]))
	})
}

func journalFault(key, text, path string, cause error) *fault.Fault {
	return fault.New(fault.Unavailable, key, text, "path", path).Because(cause).At("store.Journal")
}

// Append writes records and waits for the disk once. After a failure every further Append fails, unless nothing was touched. With
// a head of the ledger the database is told how long the journal is now: what is on the disk already,
// never more, so that an older journal put in its place is noticed.
func (j *Journal) Append(ctx context.Context, rs ...campaign.Record) error {
	if len(rs) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return translate("store.Journal.Append", err)
	}
	end, erased, err := j.append(rs)
	if err != nil || erased || !slices.ContainsFunc(rs, func(r campaign.Record) bool { return r.Kind == campaign.RecordHead }) {
		return err
	}
	return j.db.noteJournal(end)
}

// waiting is what one Append waits for.
type waiting struct {
	records []campaign.Record
	served  bool
	end     tail // of the journal, once served
	err     error
}

// append gives where the journal ends on the disk now. Those who wait while another one
// writes are served together by the first of them: one sync for all.
func (j *Journal) append(rs []campaign.Record) (end tail, erased bool, err error) {
	w := &waiting{records: rs}
	j.waitMu.Lock()
	j.wait = append(j.wait, w)
	j.waitMu.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	if !w.served {
		j.serve()
	}
	return w.end, j.erased, w.err
}

// serve writes for all that wait.
func (j *Journal) serve() {
	j.waitMu.Lock()
	ws := j.wait
	j.wait = nil
	j.waitMu.Unlock()
	var rs []campaign.Record
	for _, w := range ws {
		rs = append(rs, w.records...)
	}
	err := j.broken
	if err == nil {
		err = j.kept(j.locked(func() error { return j.put(rs) }))
	}
	for _, w := range ws {
		w.served, w.end, w.err = true, j.tail, err
	}
}

// kept tells a journal that had no room, or was not to be had, and is as it was, from one of which nobody knows what is on
// the disk: that one takes nothing more.
func (j *Journal) kept(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*fault.Fault](err); ok && (f.Key == "journal.full" || f.Key == "journal.busy") {
		return err
	}
	j.broken = journalFault("journal.failed", "the send journal {path} could not be written; nothing more is sent", j.path, err).
		Hint("check the disk, then restart reoptin")
	return j.broken
}

// put writes records behind whatever other processes have written, and waits for the disk.
func (j *Journal) put(rs []campaign.Record) error {
	announced := func(r campaign.Record) error { j.erased = j.erased || r.Kind == campaign.RecordErase; return nil }
	if err := j.catchUp(announced); err != nil {
		return err
	}
	for _, r := range rs {
		_ = announced(r)
	}
	for len(rs) > 0 {
		n := min(len(rs), mostBatch)
		if err := j.write(rs[:n]); err != nil {
			return err
		}
		j.db.options.Points.At("journal.after-write")
		began := j.db.options.Clock()
		if err := j.file.Sync(); err != nil {
			return err
		}
		j.db.options.Meter.Synced(n, j.db.options.Clock().Sub(began))
		rs = rs[n:]
	}
	return nil
}

func (j *Journal) write(rs []campaign.Record) error {
	b, next, err := j.tail.encode(rs)
	if err != nil {
		return err
	}
	if _, err := j.file.WriteAt(b, j.tail.offset()); err != nil {
		return j.withdraw(err)
	}
	j.tail, j.wrote = next, true
	return nil
}

// locked runs do while no other process appends.
func (j *Journal) locked(do func() error) error {
	err := lockFile(j.gate, j.db.options.Busy)
	if errors.Is(err, errHeld) {
		return fault.New(fault.Unavailable, "journal.busy", "another reoptin process holds the send journal {path}", "path", j.path).At("store.Journal").
			Hint("wait for it to end; a process that was stopped must be continued or ended")
	}
	if err != nil {
		return err
	}
	return errors.Join(do(), unlockFile(j.gate))
}

// catchUp reads what was appended since, by whomever, and cuts off what a crash left unfinished. It
// needs the lock.
func (j *Journal) catchUp(each func(campaign.Record) error) error {
	size, err := j.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	switch {
	case size == j.tail.offset():
		return nil
	case size < j.tail.offset():
		return journalFault("journal.cut", "the send journal {path} was cut while in use", j.path, nil).Hint("restore the send journal from its own copy")
	}
	next, err := j.tail.read(io.NewSectionReader(j.file, j.tail.offset(), size-j.tail.offset()), each)
	var damage *damaged
	if errors.As(err, &damage) && damage.torn {
		if err := j.file.Truncate(next.offset()); err != nil {
			return err
		}
		err = j.file.Sync()
	}
	if errors.Is(err, errNewer) {
		return journalFault("journal.newer", "a newer version of reoptin wrote records into the send journal {path} that this one does not know", j.path, err).
			Hint("use the version that wrote them, or a newer one")
	}
	if errors.As(err, &damage) {
		return journalFault("journal.damaged", "the send journal {path} is damaged", j.path, err).Hint("restore the send journal from its own copy")
	}
	if err == nil {
		j.tail = next
	}
	return err
}

// Replay checks and streams all records, oldest first.
func (j *Journal) Replay(do func(campaign.Record) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	header := make([]byte, headerSize)
	if _, err := j.file.ReadAt(header, 0); err != nil {
		return journalFault("journal.read", "the send journal {path} cannot be read", j.path, err)
	}
	return j.replay(newTail(header), do)
}

// ReplayNew streams the records that the database had not seen when the journal was opened.
func (j *Journal) ReplayNew(do func(campaign.Record) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.replay(j.seen, do)
}

func (j *Journal) replay(from tail, do func(campaign.Record) error) error {
	j.tail = from
	return translate("store.Journal.Replay", j.locked(func() error { return j.catchUp(do) }))
}

// Heads are the ledger heads that the journal remembers; each was signed.
func (j *Journal) Heads() ([]ledger.Anchor, error) {
	var out []ledger.Anchor
	err := j.Replay(func(r campaign.Record) error {
		if r.Kind == campaign.RecordHead {
			out = append(out, ledger.Anchor{Size: r.Size, Root: r.Root, From: "the send journal", Signed: true})
		}
		return nil
	})
	return out, err
}

// Lock makes this process the one that sends, until release. Another one is fault.Conflict.
func (j *Journal) Lock() (release func() error, err error) {
	err = errHeld
	if j.held.CompareAndSwap(false, true) {
		if err = lockFile(j.file, 0); err != nil {
			j.held.Store(false)
		}
	}
	if errors.Is(err, errHeld) {
		return nil, fault.New(fault.Conflict, "journal.held", "another reoptin process is sending").At("store.Journal.Lock").
			Hint("stop the running reoptin serve first, or let it do the sending")
	}
	if err != nil {
		return nil, journalFault("journal.lock", "the send journal {path} cannot be locked", j.path, err).Hint("keep it on a local disk")
	}
	return sync.OnceValue(func() error {
		defer j.held.Store(false)
		return unlockFile(j.file)
	}), nil
}

// Close closes the file, and with it gives up the sender's lock. What was written here is in the database already,
// and the next process need not look for it there: when that cannot be noted, it looks. An erasure is announced here before it is done,
// so behind one it looks, too.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.wrote && !j.erased && j.broken == nil {
		_ = j.db.noteJournal(j.tail)
	}
	if j.broken == nil {
		j.broken = journalFault("journal.closed", "the send journal {path} is closed", j.path, nil)
	}
	var errs []error
	for _, f := range []*os.File{j.file, j.gate} {
		if f != nil {
			if err := f.Close(); !errors.Is(err, os.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

func instanceBytes(uuid string) (id [16]byte, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(uuid, "-", ""))
	if err != nil || len(b) != len(id) {
		return id, fault.New(fault.Internal, "store.instance", "the database's instance id is malformed").At("store.Journal")
	}
	return [16]byte(b), nil
}

// syncFolder makes a new file's name durable.
func syncFolder(path string) error {
	dir, err := os.Open(folderOf(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
