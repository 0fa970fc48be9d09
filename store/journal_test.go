package store_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
)

func journal(t *testing.T) (*store.DB, string) {
	t.Helper()
	db := create(t, store.Options{})
	path := filepath.Join(t.TempDir(), "send.journal")
	if err := store.CreateJournal(path, db); err != nil {
		t.Fatal(err)
	}
	return db, path
}

func opened(t *testing.T, path string, db *store.DB) *store.Journal {
	t.Helper()
	j, err := store.OpenJournal(path, db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// read opens a journal and checks all of it, as is done before anything is sent.
func read(path string, db *store.DB) (*store.Journal, error) {
	j, err := store.OpenJournal(path, db)
	if err != nil {
		return nil, err
	}
	if err := j.Replay(nil); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

func replay(t *testing.T, j *store.Journal) (rs []campaign.Record) {
	t.Helper()
	if err := j.Replay(func(r campaign.Record) error { rs = append(rs, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return rs
}

func appendAll(t *testing.T, j *store.Journal, rs ...campaign.Record) {
	t.Helper()
	if err := j.Append(t.Context(), rs...); err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 5e6, time.UTC)

func records() []campaign.Record {
	k := campaign.NewKeyer([]byte("test"))
	return []campaign.Record{
		{Kind: campaign.RecordIntent, Attempt: 2, Link: campaign.LinkID{1}, Keys: []campaign.PersonKey{k.Key(campaign.KeyStrict, "a"), k.Key(campaign.KeyMailbox, "a"), k.Key(campaign.KeyPerson, "a")}, At: noon},
		{Kind: campaign.RecordAccepted, Attempt: 2, Link: campaign.LinkID{1}, At: noon},
		{Kind: campaign.RecordSuppress, Keys: []campaign.PersonKey{k.Key(campaign.KeyStrict, "b")}, At: noon},
		{Kind: campaign.RecordHead, Size: 7, Root: [32]byte{9}, At: noon},
	}
}

func TestJournalKeepsWhatItWasGiven(t *testing.T) {
	t.Parallel()
	db, path := journal(t)
	j := opened(t, path, db)
	appendAll(t, j, records()[:3]...)
	appendAll(t, j)
	other := opened(t, path, db) // another process that records a no
	appendAll(t, other, records()[3])
	appendAll(t, j, records()[0])
	want := append(records(), records()[0])
	for _, j := range []*store.Journal{j, other, opened(t, path, db)} {
		if diff := cmp.Diff(want, replay(t, j)); diff != "" {
			t.Error(diff)
		}
	}
	heads, err := j.Heads()
	if err != nil || len(heads) != 1 || heads[0].Size != 7 || heads[0].Root != [32]byte{9} || !heads[0].Signed {
		t.Errorf("heads %v, %v", heads, err)
	}
	if err := store.CreateJournal(path, db); !fault.Is(err, fault.Conflict) {
		t.Errorf("made twice: %v", err)
	}
	stop := errors.New("enough")
	if err := j.Replay(func(campaign.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("replay: %v", err)
	}
	appendAll(t, j, records()[1])
	if got := replay(t, other); len(got) != 6 {
		t.Errorf("%d records, want 6", len(got))
	}
}

// A withdrawal, a request by right and the number of a batch come back as they were given, beside what older versions wrote.
func TestJournalKeepsWithdrawalsAndRequests(t *testing.T) {
	t.Parallel()
	db, path := journal(t)
	k := campaign.NewKeyer([]byte("test"))
	want := append(records(),
		campaign.Record{Kind: campaign.RecordWithdraw, Attempt: 2, Link: campaign.LinkID{7}, Keys: []campaign.PersonKey{k.Key(campaign.KeyStrict, "a"), k.Key(campaign.KeyQuestion, "q")}, At: noon},
		campaign.Record{Kind: campaign.RecordCase, Attempt: 1, Link: campaign.LinkID{8}, Keys: []campaign.PersonKey{k.Key(campaign.KeyPerson, "a")}, At: noon},
		campaign.Record{Kind: campaign.RecordExtend, Link: campaign.LinkID{8}, At: noon.AddDate(0, 2, 0)},
		campaign.Record{Kind: campaign.RecordBatch, Link: campaign.LinkID{15: 9}, At: noon})
	appendAll(t, opened(t, path, db), want...)
	if diff := cmp.Diff(want, replay(t, opened(t, path, db))); diff != "" {
		t.Error(diff)
	}
}

// A record of a kind that a later version brings may be a no, and so may one of an act or a right: it is not passed over, and nothing
// is taken for damage.
func TestJournalOfANewerVersionIsRefused(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for _, r := range []campaign.Record{{Kind: 'Z', At: noon}, {Kind: campaign.RecordWithdraw, Attempt: 99, At: noon}, {Kind: campaign.RecordCase, Attempt: 99, At: noon}} {
		db, path := journal(t)
		j := opened(t, path, db)
		appendAll(t, j, records()...)
		appendAll(t, j, r)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := read(path, db); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "a newer version of reoptin wrote records") {
			t.Errorf("%c %d: %v", r.Kind, r.Attempt, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%c %d: the journal was changed: %v", r.Kind, r.Attempt, err)
		}
	}
}

func TestOneSender(t *testing.T) {
	t.Parallel()
	db, path := journal(t)
	one, two := opened(t, path, db), opened(t, path, db)
	release, err := one.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Lock(); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "another reoptin process is sending") {
		t.Errorf("a second sender: %v", err)
	}
	// The system gives a lock to the same file once more, and whoever released that one would release both.
	if _, err := one.Lock(); !fault.Is(err, fault.Conflict) {
		t.Errorf("twice by one process: %v", err)
	}
	if _, err := two.Lock(); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second sender, after the first asked once more: %v", err)
	}
	appendAll(t, two, records()[2]) // a short write of another process goes on
	if err := errors.Join(release(), release()); err != nil {
		t.Error(err)
	}
	if _, err := two.Lock(); err != nil {
		t.Errorf("after the release: %v", err)
	}
}

// TestJournalDamage spoils a journal of two batches, of 4 records and of 3, and opens it.
func TestJournalDamage(t *testing.T) {
	t.Parallel()
	at := func(record, offset int) int { return store.HeaderSize + record*store.RecordSize + offset }
	flip := func(i int) func([]byte) []byte {
		return func(b []byte) []byte { b[i] ^= 1; return b }
	}
	for name, tt := range map[string]struct {
		spoil func([]byte) []byte
		left  int    // records that are still there, when it opens
		says  string // what the fault says, when it does not
	}{
		"whole":                   {func(b []byte) []byte { return b }, 7, ""},
		"torn inside the last":    {func(b []byte) []byte { return b[:at(6, 100)] }, 6, ""},
		"torn inside the batch":   {func(b []byte) []byte { return b[:at(5, 1)] }, 5, ""},
		"last batch out of order": {func(b []byte) []byte { clear(b[at(5, 0):at(6, 0)]); return b }, 5, ""},
		"whole last batch zeroed": {func(b []byte) []byte { clear(b[at(4, 0):]); return b }, 4, ""},
		"bit in the first batch":  {flip(at(1, 9)), 0, "damaged: record 1:"},
		"bit in its checksum":     {flip(at(3, 190)), 0, "damaged: record 3:"},
		"zeroed record inside":    {func(b []byte) []byte { clear(b[at(2, 0):at(3, 0)]); return b }, 0, "damaged: record 2:"},
		"record taken out":        {func(b []byte) []byte { return append(b[:at(1, 0)], b[at(2, 0):]...) }, 0, "damaged: record 1:"},
		"records swapped": {func(b []byte) []byte {
			c := bytes.Clone(b[at(1, 0):at(2, 0)])
			copy(b[at(1, 0):], b[at(2, 0):at(3, 0)])
			copy(b[at(2, 0):], c)
			return b
		}, 0, "damaged: record 1:"},
		"bit in the header":        {flip(50), 0, "no send journal"},
		"bit in the magic":         {flip(0), 0, "no send journal"},
		"shorter than the header":  {func(b []byte) []byte { return b[:20] }, 0, "shorter than its header"},
		"empty":                    {func([]byte) []byte { return nil }, 0, "shorter than its header"},
		"cut behind the last open": {func(b []byte) []byte { return b[:at(2, 0)] }, 0, "lost records"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, path := journal(t)
			j := opened(t, path, db)
			appendAll(t, j, records()...)
			opened(t, path, db) // the database remembers 4 records
			appendAll(t, j, records()[:3]...)
			text, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, tt.spoil(text), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			again, err := read(path, db)
			if tt.says != "" {
				if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), tt.says) || fault.HintOf(err) == "" {
					t.Errorf("got %v with the hint %q, want %q", err, fault.HintOf(err), tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			appendAll(t, again, records()[0])
			if got := replay(t, again); len(got) != tt.left+1 {
				t.Errorf("%d records, want %d", len(got)-1, tt.left)
			}
		})
	}
}

func TestJournalMustBeTheDatabasesOwn(t *testing.T) {
	t.Parallel()
	unwatched(t)
	_, path := journal(t)
	if _, err := store.OpenJournal(path, create(t, store.Options{})); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "another database") {
		t.Errorf("got %v", err)
	}
	if _, err := store.OpenJournal(path+"x", create(t, store.Options{})); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path + "x"); err == nil {
		t.Error("a missing journal was made in passing")
	}
}

func TestAfterAFailureTheJournalTakesNothingMore(t *testing.T) {
	t.Parallel()
	db, path := journal(t)
	j := opened(t, path, db)
	bad := campaign.Record{Kind: campaign.RecordSuppress, Keys: []campaign.PersonKey{{Kind: "look-alike"}}}
	for range 2 {
		if err := j.Append(t.Context(), bad); !fault.Is(err, fault.Unavailable) {
			t.Errorf("got %v", err)
		}
		bad = records()[0]
	}
	if got := replay(t, opened(t, path, db)); len(got) != 0 {
		t.Errorf("%d records were written", len(got))
	}
	closing := opened(t, path, db)
	if err := errors.Join(closing.Close(), closing.Close()); err != nil {
		t.Error(err)
	}
	if err := closing.Append(t.Context(), records()[0]); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a closed journal: %v", err)
	}
}

// A process that was stopped while it held the journal once made every other command wait for ever.
func TestAHeldJournalIsNotWaitedForForEver(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{Busy: 50 * time.Millisecond})
	path := filepath.Join(t.TempDir(), "send.journal")
	if err := store.CreateJournal(path, db); err != nil {
		t.Fatal(err)
	}
	release := store.HoldGate(t, path)
	if _, err := store.OpenJournal(path, db); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "holds the send journal") {
		t.Errorf("got %v", err)
	}
	release()
	appendAll(t, opened(t, path, db), records()[0])
}

// TestAnOlderJournalIsNoticed although the journal was never opened again while it grew: the
// database learns its length with every head of the ledger.
func TestAnOlderJournalIsNoticed(t *testing.T) {
	t.Parallel()
	db, path := journal(t)
	j := opened(t, path, db)
	appendAll(t, j, records()[0])
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, records()[:3]...)
	appendAll(t, j, records()[3]) // the head
	if err := errors.Join(j.Close(), os.WriteFile(path, old, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenJournal(path, db); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "lost records") {
		t.Errorf("got %v", err)
	}
}

// TestWhatAProcessWroteIsNotLookedForAgain by the next, unless that process died: whoever imports many a no would have
// every command after it go through all of them.
func TestWhatAProcessWroteIsNotLookedForAgain(t *testing.T) {
	t.Parallel()
	db, path := journal(t)
	dead := opened(t, path, db)
	appendAll(t, dead, records()[2])
	j := opened(t, path, db)
	if !j.Grew() {
		t.Error("the records of a process that has not ended are not looked for")
	}
	appendAll(t, j, records()[2])
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if opened(t, path, db).Grew() {
		t.Error("the records of a process that has ended are looked for")
	}
}

// TestOpeningReadsWhatIsNew: a journal of some campaigns has hundreds of megabytes, which no command reads that sends nothing. What
// is new to the database, and a file that it does not know, is read.
func TestOpeningReadsWhatIsNew(t *testing.T) {
	t.Parallel()
	db, path := journal(t)
	j := opened(t, path, db)
	appendAll(t, j, records()...)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	spoil := func(record int64) {
		t.Helper()
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err == nil {
			_, err = file.WriteAt([]byte{0xee}, 192+192*record+20)
			err = errors.Join(err, file.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	spoil(1)
	j = opened(t, path, db)
	var fresh []campaign.Record
	appendAll(t, j, records()[:3]...)
	if err := j.ReplayNew(func(r campaign.Record) error { fresh = append(fresh, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(records()[:3], fresh); diff != "" {
		t.Error(diff)
	}
	if err := j.Replay(nil); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "damaged: record 1:") {
		t.Errorf("all of it: %v", err)
	}
	spoil(5) // not known to the database, since j is not closed: a batch of which it was the second of three
	if _, err := store.OpenJournal(path, db); err != nil {
		t.Errorf("what may be torn is cut off: %v", err)
	}
	spoil(3) // with which the database remembers it to end
	if _, err := store.OpenJournal(path, db); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "damaged: record 1:") {
		t.Errorf("another end: %v", err)
	}
}

// TestATornBatchBehindWhatIsKnown: power failed, and of a batch a later page reached the disk before the first. None of it was
// acknowledged, and the installation goes on; it was once told to be damaged when opening did not begin at the header.
func TestATornBatchBehindWhatIsKnown(t *testing.T) {
	t.Parallel()
	db, path := journal(t)
	j := opened(t, path, db)
	appendAll(t, j, records()[0])
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	appendAll(t, opened(t, path, db), records()[:3]...) // by a process that dies
	text, err := os.ReadFile(path)
	if err == nil {
		clear(text[store.HeaderSize+store.RecordSize:][:store.RecordSize])
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := replay(t, opened(t, path, db)); len(got) != 1 {
		t.Errorf("%d records are left, want the one that was acknowledged", len(got))
	}
}

// TestAnAnnouncedErasureIsLookedForAgain, since it is written here before it is done in the database.
func TestAnAnnouncedErasureIsLookedForAgain(t *testing.T) {
	t.Parallel()
	db, path := journal(t)
	erasure := campaign.Record{Kind: campaign.RecordErase, Link: campaign.LinkID{7}, Keys: records()[0].Keys, At: noon}
	for name, announce := range map[string]func(j *store.Journal){
		"by itself": func(j *store.Journal) { appendAll(t, j, erasure) },
		"by another, who died": func(j *store.Journal) {
			appendAll(t, opened(t, path, db), erasure)
			appendAll(t, j, records()[3]) // a head, with which the database is told
		},
	} {
		j := opened(t, path, db)
		if err := j.Note(); err != nil {
			t.Fatal(err)
		}
		announce(j)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = opened(t, path, db)
		found := false
		if err := j.ReplayNew(func(r campaign.Record) error { found = found || r.Kind == campaign.RecordErase; return nil }); err != nil {
			t.Fatal(err)
		}
		if !j.Grew() || !found {
			t.Errorf("%s: grew %v, found %v", name, j.Grew(), found)
		}
	}
}

func FuzzJournal(f *testing.F) {
	f.Add(200, byte(1))
	f.Add(0, byte(255))
	f.Fuzz(func(t *testing.T, at int, with byte) {
		db, path := journal(t)
		j := opened(t, path, db)
		appendAll(t, j, records()...)
		appendAll(t, j, records()[0])
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		size, err := file.Seek(0, io.SeekEnd)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt([]byte{with}, int64(uint(at)%uint(size))); err != nil {
			t.Fatal(err)
		}
		again, err := read(path, db)
		if err != nil {
			return
		}
		defer again.Close()
		got := replay(t, again)
		want := append(records(), records()[0])
		if diff := cmp.Diff(want[:len(got)], got); diff != "" || len(got) < 4 {
			t.Errorf("%d records, %s", len(got), diff)
		}
	})
}

// TestACopiedJournalIsNoticed when somebody was asked: the database knows the number of its file.
func TestACopiedJournalIsNoticed(t *testing.T) {
	t.Parallel()
	db, path := journal(t)
	copied := func() *store.Journal {
		text, err := os.ReadFile(path)
		if err == nil {
			err = errors.Join(os.WriteFile(path+".copy", text, 0o600), os.Rename(path+".copy", path))
		}
		if err != nil {
			t.Fatal(err)
		}
		return opened(t, path, db)
	}
	j := opened(t, path, db)
	appendAll(t, j, records()[2])
	if j = copied(); j.Moved() {
		t.Error("a copy is refused although nobody was asked")
	}
	appendAll(t, j, records()[0])
	if opened(t, path, db).Moved() {
		t.Error("the journal is taken for a copy of itself")
	}
	for range 2 {
		if j = copied(); !j.Moved() || !opened(t, path, db).Moved() {
			t.Error("a copy is not noticed")
		}
		if err := j.TakeOver(); err != nil {
			t.Fatal(err)
		}
		if j.Moved() || opened(t, path, db).Moved() {
			t.Error("it is still a copy after it was taken over")
		}
	}
}
