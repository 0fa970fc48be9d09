package store

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
)

// DSN lets a test open the database of d once more, past the store.
func DSN(d *DB) string { return dsn(d.options.Path, modeWrite, 10*time.Second) }

// ReadDSN opens a file for looking only.
func ReadDSN(path string) string { return dsn(path, modeRead, time.Second) }

// PathOf is where a database lies.
func PathOf(d *DB) string { return d.options.Path }

// Pragma sets something on the writing connection.
func Pragma(t testing.TB, d *DB, query string) {
	t.Helper()
	if err := d.Update(context.Background(), func(campaign.Tx) error { return nil }); err != nil { // opens it
		t.Fatal(err)
	}
	if mine, err := d.turns.take(&part{ctx: context.Background(), told: make(chan bool, 1)}); err != nil || !mine {
		t.Fatal("the turn was not to be had")
	}
	defer d.turns.give()
	if _, err := d.writer.sql.ExecContext(context.Background(), query); err != nil {
		t.Fatal(err)
	}
}

// LimitPages makes the disk small.
func LimitPages(t testing.TB, d *DB, pages int) {
	t.Helper()
	Pragma(t, d, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
}

// RecentEnough asks the version floor.
func RecentEnough(version string) bool { return atLeast(version, versionFloor) }

// Sizes of the journal's parts, for tests that damage them.
const (
	HeaderSize = headerSize
	RecordSize = recordSize
)

// Instance is the UUID that ties the database to its send journal.
func Instance(d *DB) string { return d.instance }

// The queries of a sender, for a test that looks how they are carried out.
const (
	Wake      = wake
	NextNow   = nextNow
	NextLater = nextLater

	SelectSwept     = selectSwept
	KeysBetween     = selectKeysBetween
	SelectSilenced  = selectSilenced
	SilencedNext    = selectSilencedNext
	SilencedOf      = selectSilencedOf
	SelectBlocks    = selectBlocks
	SelectOwn       = selectOwnVerdicts
	NextBlockOf     = nextBlockOf
	InvitedContacts = invitedContacts
	PageInState     = selectInvitation + pageInState
)

// Due finds who may be claimed.
const Due = selectInvitation + whereDue

// MakeFile is how a new file is made.
func MakeFile(path string, fill func(*os.File) error) error { return makeFile(path, fill) }

// HoldGate holds a journal as another process does that stands still.
func HoldGate(t testing.TB, path string) (release func()) {
	t.Helper()
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = lockFile(f, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() { _ = f.Close() }
}

// Waiting is how many Updates stand in the queue.
func Waiting(d *DB) int {
	d.turns.mu.Lock()
	defer d.turns.mu.Unlock()
	return len(d.turns.queue)
}

// ConsentsBetween finds where some contacts stand.
var ConsentsBetween = consentsBetween

// Queries that are made up of parts.
var (
	FreeKeys   = fmt.Sprintf(freeKeys, "i.id = $1")
	OfContact  = fmt.Sprintf(ofContact, "seq", "s.entry")
	Unasked    = fmt.Sprintf(unasked, bigints(2, 2))
	VerdictsOf = fmt.Sprintf(selectPlaces, bigints(1, 2))

	SuppressionPage = suppressionPage

	ContactPage = selectContact + "WHERE c.id > $1 ORDER BY c.id LIMIT $2"
)

// DoubtsOf are the invitations that a verification has to look at: for what the ledger tells of them, and for their keys.
func DoubtsOf(t testing.TB, d *DB) (told, keys []int64) {
	t.Helper()
	err := d.view(t.Context(), func(tx *tx) error {
		src := source{tx, newTold([]byte("key"))}
		if _, err := ledger.Check(t.Context(), src, nil, nil); err != nil {
			return err
		}
		k, err := tx.readKept([]byte("key"))
		if err == nil {
			odd := k.against(src.told.of)
			told, keys = sorted(odd.told), sorted(odd.keys)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return told, keys
}
