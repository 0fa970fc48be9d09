package store_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
	"github.com/reoptin/reoptin/store/storetest"
)

// TestMigrationsAreFrozen: a migration that was released is never edited; a new one gets a line here.
func TestMigrationsAreFrozen(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"0029_letter_codes.sql":   "f3e253196f66339271c77eaeb828685d7878cb5bac2008e6f999fc30dcb48cd9",
		"0031_case_extension.sql": "50ad10a902fbcb6327157c581b92f117e984109a13ff3e0c735d77fe4c732f63",
		"0030_pacing_back.sql":    "d4d62a73ccd5a1d209639fd64c7efac850c5eca2103670fb1caadab994d9de0a",
		"0025_api_tokens.sql":     "57de05b460059424385f6029c8d9fac9b8233e6d2ea66fa7880fb06494e557bc",
		"0028_put_back.sql":       "2a9628cfa0242b3aac0b03402eea76f187b2f470f570e1cfa3ca7a6548d170d6",
		"0027_case_number.sql":    "30680edc0dd4b7caa7206967339a6f0ce7551d3bdff01a1812f3685a4cfcc2dc",
		"0026_left.sql":           "528506aad706ff636d769c0095d9a23adb400249be70edb5b28c8a05d454c7c2",

		"0001_base.sql":             "f8bdd0abab51cd5d4939dbda47190339c8f9eaa9ea8089f6263d3aff7601c544",
		"0002_accounts.sql":         "a26bd9983ef2e8ebeae7db3ea55fdf90905d0d7f3250138526209df1e170bad7",
		"0003_narrow_contact.sql":   "b138ce6e7ed341f208496d854dbf1b3b17692517d6075fc7810650be0e54d7b7",
		"0004_response_indexes.sql": "33070d3521fdd590699dd8237d66c2a23948fc3f4cb00c1062dd463f906875f9",
		"0005_lists_undo.sql":       "71caa4847f609799e32a99277bab7144b335432379317bcc06accd27437babd7",
		"0006_verdict_counts.sql":   "f6a9209ca73288209e2f5a5f8ea08b05140113d32268aab4979b9d49e9b42d66",
		"0007_lean_indexes.sql":     "07b9e8e5421aab565d56072ebd91040f7bbc0cf8be77dced9f0ace6fc5ed7e7e",
		"0008_pacing.sql":           "82d3e608b45d8272614cb8e4d1aa2290ddb6c0df5916a5ec175a9018db802dae",
		"0009_bounces.sql":          "afebc8ca4951843b35b13a0c01f500868e24dcad02b7ed86c76179bbc7cf83de",
		"0010_spent_tokens.sql":     "e7ea12a26322a251271768d31e51d08b988909e00e12813717beb30056598893",
		"0011_relays.sql":           "c757f0f4c39acdc6a3f1486043d6cffeee1d7d4b9ae78e4857cabfcf43875e6c",
		"0012_cases.sql":            "64b3ac4dda2778ea93c3ac4735ed0012104d9a2ac6af482eb738de11cc56924e",
		"0019_second_factor.sql":    "fb173353385099239a996c1b3f918cad7e71e61037fbbe630e81c4ff1784a873",
		"0020_sign_on.sql":          "8f0d78dc9053b6933a44e5373a4c838502abbbf4bad8ab4f11765a19437f7c8d",
		"0021_passkeys.sql":         "5bb35946934a2b1b280786f5d6e086829c95b1845aa266cecea25f204d7942b9",
		"0017_written_by.sql":       "ae680e3a9dffe7489f77c248a21bac9c71cd89d8d2a8b7a31173651fdf19b5fc",
		"0014_rights.sql":           "a7d3b39dbc56de81b96500c24dc4c60e3f7f61236a570e59d19ee394f2887f89",
		"0013_anchors.sql":          "462eb75fadc17e2c1e02efd49b56e0c6abb151c2cd0339e192a92e7ca47f15ad",
		"0022_counts.sql":           "d85b0d2fdfca2248fe156c3ba798c3e045cebfd5b27a2e38a7ae54470a39f2cd",
		"0023_verdict_blocks.sql":   "132c03c1f77de82848461a4bc2eafd31b5bbb4b52371c47429de78d59629baeb",
		"0024_dead_domains.sql":     "e0d285b5a4fdd062b67d0a974dfe635532dad3d6c7516ba0d39fe6b6a7683174",
		"0018_letters.sql":          "a2b42b85c317e9d9bc1e0d447d85a7581445b609b37b40f54a41a085de7b8c8a",
	}
	files, err := fs.Glob(os.DirFS("migrations"), "*.sql")
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d migrations, %d pinned: %v", len(files), len(want), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join("migrations", name))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != want[name] {
			t.Errorf("%s was changed: its SHA-256 is %x", name, sum)
		}
	}
}

// TestVerdictsAreMovedIntoBlocks: whoever had a verdict has the same one, of the same day, after the schema was brought up to date.
func TestVerdictsAreMovedIntoBlocks(t *testing.T) {
	t.Parallel()
	unwatched(t)
	storetest.Migrated(t, storetest.Harness{New: closedByTest, Bare: bare, Triggered: triggered}, func(db *store.DB) *store.DB {
		path := store.PathOf(db)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := store.Open(t.Context(), store.Options{Path: path})
		return closing(t, again, err)
	})
}

// TestLookingAtASchemaChangesNothing: which migrations are missing is said without applying one, down to the octets of the file and the
// files beside it; after opening none is.
func TestLookingAtASchemaChangesNothing(t *testing.T) {
	t.Parallel()
	path := closed(t, func(db *sql.DB) {
		storetest.OldVerdicts(t, db)
		exec(t, db, "PRAGMA wal_checkpoint(TRUNCATE)")
	})
	before := folder(t, path)
	s, err := store.SchemaOf(t.Context(), store.Options{Path: path})
	if err != nil || len(s.Applied) != 20 || s.Applied[0] != (store.Migration{Number: 1, Name: "base"}) ||
		len(s.Pending) == 0 || s.Pending[0] != (store.Migration{Number: 23, Name: "verdict_blocks"}) {
		t.Errorf("%+v, %v", s, err)
	}
	if after := folder(t, path); !maps.Equal(before, after) {
		t.Errorf("the folder was changed: %d files, then %d", len(before), len(after))
	}
	all := len(s.Applied) + len(s.Pending)
	db, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.SchemaOf(t.Context(), store.Options{Path: path}); err != nil || len(s.Applied) != all || len(s.Pending) > 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// folder is what lies in the folder of a file, by its names.
func folder(t *testing.T, path string) map[string]string {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(path), f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[f.Name()] = string(text)
	}
	return found
}

// closedByTest is a database that its test closes.
func closedByTest(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	o.Path = place(t)
	db, err := store.Create(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TestARulingThatNoBlockCanNameIsNotMoved: nothing is changed then.
func TestARulingThatNoBlockCanNameIsNotMoved(t *testing.T) {
	t.Parallel()
	var raw *sql.DB
	path := closed(t, func(db *sql.DB) {
		raw = db
		storetest.OldVerdicts(t, raw)
		exec(t, raw, "INSERT INTO ruling (id, class, route, code, fine, reasons) VALUES (10000000, 'unusable', 'none', 'T-00', '', '')")
		exec(t, raw, "INSERT INTO verdict (contact, ruling, as_of) VALUES (1, 10000000, 0), (2, 10000000, 20000)")
	})
	if db, err := store.Open(t.Context(), store.Options{Path: path}); err == nil {
		t.Error("opened", db.Close())
	}
	var rows int
	if err := raw.QueryRow("SELECT count(*) FROM verdict WHERE ruling = 10000000").Scan(&rows); err != nil || rows != 2 {
		t.Errorf("%d verdicts are left: %v", rows, err)
	}
}

// closed makes a database, does something to its file and gives its path.
func closed(t *testing.T, spoil func(raw *sql.DB)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "reoptin.db")
	db, err := store.Create(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	raw := triggered(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	spoil(raw)
	return path
}

func exec(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for name, tt := range map[string]struct {
		path   string
		kind   fault.Kind
		says   string
		looked bool // whoever only looks at the schema is refused alike
	}{
		"missing": {filepath.Join(t.TempDir(), "none.db"), fault.NotFound, "there is no database", true},
		"newer schema": {closed(t, func(raw *sql.DB) {
			exec(t, raw, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
		}), fault.Conflict, "newer reoptin", true},
		"no identity":   {closed(t, func(raw *sql.DB) { exec(t, raw, "DELETE FROM meta") }), fault.Internal, "instance id", false},
		"not ours":      {notADatabase(t), fault.Invalid, "is no database, or its beginning is damaged", true},
		"a folder":      {t.TempDir(), fault.Unavailable, "cannot be opened", true},
		"locked by one": {locked(t), fault.Unavailable, "locked by another process", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := store.Open(t.Context(), store.Options{Path: tt.path, Busy: 30 * time.Millisecond})
			if db != nil || !fault.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want a fault that is %s and says %q", err, tt.kind, tt.says)
			}
			if fault.HintOf(err) == "" {
				t.Error("no hint")
			}
			if tt.looked {
				if _, err := store.SchemaOf(t.Context(), store.Options{Path: tt.path}); !fault.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("its schema: %v", err)
				}
			}
		})
	}
}

func notADatabase(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// locked is a database whose write lock somebody holds. Migrating an old one needs it.
func locked(t *testing.T) string {
	return closed(t, func(raw *sql.DB) {
		exec(t, raw, "DELETE FROM goose_db_version WHERE version_id > 0")
		exec(t, raw, "BEGIN IMMEDIATE")
	})
}

func TestCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "reoptin.db")
	db, err := store.Create(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := store.Create(t.Context(), store.Options{Path: path}); !fault.Is(err, fault.Conflict) {
		t.Errorf("made twice: %v", err)
	}
	if err := db.CheckDurability(t.Context()); err != nil {
		t.Error(err)
	}
	instance := store.Instance(db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(t.Context(), store.Options{Path: path, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if store.Instance(again) != instance || len(instance) != 36 {
		t.Errorf("instance %q, then %q", instance, store.Instance(again))
	}
	if err := again.Update(t.Context(), func(campaign.Tx) error { return nil }); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a read-only database was updated: %v", err)
	}
	if err := again.View(t.Context(), func(r campaign.Reader) error { _, err := r.ContactCount(); return err }); err != nil {
		t.Error(err)
	}
}

func TestCreateInAFolderThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := store.Create(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "none", "reoptin.db")})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

// TestFullDisk: what does not fit is not there at all, and the store goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	fill := func(n int) error {
		return db.Update(t.Context(), func(tx campaign.Tx) error {
			for i := range n {
				if _, err := tx.PutContacts([]campaign.Contact{{ExternalID: fmt.Sprint(i), Company: strings.Repeat("x", 1000)}}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	store.LimitPages(t, db, 120)
	if err := fill(1000); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "full") {
		t.Errorf("got %v", err)
	}
	if err := fill(1); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	err := db.View(t.Context(), func(r campaign.Reader) error {
		n, err := r.ContactCount()
		if n != 1 {
			t.Errorf("%d contacts", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestUpdateWhileAnotherProcessWrites(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{Busy: 20 * time.Millisecond})
	raw := triggered(t, db)
	exec(t, raw, "BEGIN IMMEDIATE")
	nothing := func(campaign.Tx) error { return nil }
	if err := db.Update(t.Context(), nothing); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "locked by another process") {
		t.Errorf("got %v", err)
	}
	if err := db.View(t.Context(), func(r campaign.Reader) error { _, err := r.ContactCount(); return err }); err != nil {
		t.Errorf("reading waits for a writer: %v", err)
	}
	exec(t, raw, "ROLLBACK")
	if err := db.Update(t.Context(), nothing); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestDurabilityIsRefused(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	store.Pragma(t, db, "PRAGMA synchronous = NORMAL")
	err := db.CheckDurability(t.Context())
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "synchronous") {
		t.Errorf("got %v", err)
	}
}

func TestVersionFloor(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{"3.51.3": true, "3.51.2": false, "3.54.1": true, "3.9.0": false, "4.0.0": true, "3.51": false, "": false} {
		if store.RecentEnough(version) != want {
			t.Errorf("%q: want %v", version, want)
		}
	}
}

// TestAViewIsOneSnapshot: what is written meanwhile is not seen.
func TestAViewIsOneSnapshot(t *testing.T) {
	t.Parallel()
	db := create(t, store.Options{})
	begun, written := make(chan struct{}), make(chan error, 1)
	go func() {
		<-begun
		written <- db.Update(context.Background(), func(tx campaign.Tx) error {
			_, err := tx.PutContacts([]campaign.Contact{{ExternalID: "1"}})
			return err
		})
	}()
	err := db.View(t.Context(), func(r campaign.Reader) error {
		before, err := r.ContactCount()
		close(begun)
		err = errors.Join(err, <-written)
		after, err2 := r.ContactCount()
		if before != 0 || after != 0 {
			t.Errorf("%d contacts, then %d", before, after)
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestAForeignDatabaseIsLeftAlone: not a byte of another program's file changes.
func TestAForeignDatabaseIsLeftAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "theirs.db")
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, raw, "CREATE TABLE theirs (x)")
	raw.Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{false, true} {
		if _, err := store.Open(t.Context(), store.Options{Path: path, ReadOnly: readOnly}); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("got %v", err)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil || string(before) != string(after) {
		t.Errorf("the file was changed: %v", err)
	}
}

// TestAFailedCreationLeavesNoFile behind that a second try would stumble over.
func TestAFailedCreationLeavesNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "reoptin.db")
	if _, err := store.Create(t.Context(), store.Options{Path: path, Rand: strings.NewReader("")}); err == nil {
		t.Fatal("made without randomness")
	}
	full := errors.New("full")
	if err := store.MakeFile(filepath.Join(dir, "send.journal"), func(*os.File) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
