package account_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/store"
	"github.com/reoptin/reoptin/store/storetest"
)

const good = "kestrel plum ivy"

var root = account.Actor{Kind: "operator", Name: "root"}

// office is a roster over a real store, with a clock that stands still until moved.
type office struct {
	*account.Roster
	t    *testing.T
	path string
	mu   sync.Mutex
	now  time.Time
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, path: filepath.Join(t.TempDir(), "reoptin.db"), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	storetest.Empty(t, o.path)
	db, err := store.Open(t.Context(), store.Options{Path: o.path, Clock: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	o.Roster = account.NewRoster(db.Accounts(), account.NewHasher(cheap, rand.Reader), sealed(t), nil)
	o.add("anna", account.Administrator)
	o.add("boris", account.Marketer)
	return o
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

func (o *office) add(name string, role account.Role) {
	o.t.Helper()
	if err := o.Add(o.t.Context(), root, name, role, good); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) login(name, password, network string) (account.Secret, error) {
	s, _, _, err := o.Login(context.Background(), account.Login{Name: name, Password: password, Network: network})
	return s, err
}

func (o *office) in(name string) account.Secret {
	o.t.Helper()
	s, err := o.login(name, good, "192.0.2.1")
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

// holds reports whether a session still opens the door.
func (o *office) holds(s account.Secret) bool {
	_, _, err := o.Session(context.Background(), s, true)
	if err != nil && !fault.Is(err, fault.Unauthenticated) {
		o.t.Errorf("a session that does not hold is %v", err)
	}
	return err == nil
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, c := range []struct {
		name, password string
		role           account.Role
		kind           fault.Kind
	}{
		{"boris", good, account.Viewer, fault.Conflict},
		{"", good, account.Viewer, fault.Invalid},
		{"Carla", good, account.Viewer, fault.Invalid},
		{"<b>", good, account.Viewer, fault.Invalid},
		{"carla ", good, account.Viewer, fault.Invalid},
		{strings.Repeat("c", 65), good, account.Viewer, fault.Invalid},
		{"carla", "short", account.Viewer, fault.Invalid},
		{"carla", good, "root", fault.Invalid},
	} {
		if err := o.Add(t.Context(), root, c.name, c.role, c.password); !fault.Is(err, c.kind) {
			t.Errorf("%q, %q, %q: %v", c.name, c.role, c.password, err)
		}
	}
	if as, err := o.List(t.Context()); err != nil || len(as) != 2 {
		t.Errorf("%d accounts, %v", len(as), err)
	}
}

func TestOneAnswerForWhoeverMayNotComeIn(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.add("carla", account.Viewer)
	if err := o.Disable(t.Context(), root, "carla"); err != nil {
		t.Fatal(err)
	}
	answers := map[string]bool{}
	for _, l := range [][2]string{{"nobody", good}, {"boris", "wrong"}, {"boris", ""}, {"carla", good}, {"", ""}, {"boris", strings.Repeat("x", 10000)}} {
		_, err := o.login(l[0], l[1], "192.0.2.1")
		if !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", l[0], err)
		}
		answers[err.Error()] = true
	}
	if len(answers) != 1 {
		t.Errorf("the answers differ: %v", answers)
	}
}

func TestASessionEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(o *office, s account.Secret) error{
		"idle": func(o *office, _ account.Secret) error { o.pass(account.Idle); return nil },
		"logout": func(o *office, s account.Secret) error {
			return o.Logout(context.Background(), account.Account{ID: 2}, s)
		},
		"disabled": func(o *office, _ account.Secret) error { return o.Disable(context.Background(), root, "boris") },
		"password": func(o *office, _ account.Secret) error {
			return o.SetPassword(context.Background(), root, "boris", "another fine phrase")
		},
		"changed": func(o *office, s account.Secret) error {
			_, err := o.ChangePassword(context.Background(), account.Login{Name: "boris", Password: good}, "another fine phrase")
			return err
		},
		"the longest": func(o *office, s account.Secret) error {
			for end := o.clock().Add(account.Longest); o.clock().Before(end); o.pass(20 * time.Minute) {
				if !o.holds(s) {
					o.t.Errorf("it ended at %v although it was used", o.clock())
				}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			s, other := o.in("boris"), o.in("anna")
			if !o.holds(s) {
				t.Fatal("it does not begin")
			}
			if err := end(o, s); err != nil {
				t.Fatal(err)
			}
			if o.holds(s) {
				t.Error("it still holds")
			}
			if o.holds(other) != (name != "idle" && name != "the longest") {
				t.Error("another's session ended too, or did not")
			}
		})
	}
}

// TestWatchingIsNoSignOfLife: a page that refreshes itself must not keep a session alive.
func TestWatchingIsNoSignOfLife(t *testing.T) {
	t.Parallel()
	o := open(t)
	s := o.in("boris")
	for range 3 {
		o.pass(10 * time.Minute)
		_, _, err := o.Session(t.Context(), s, false)
		if over := err != nil; over != (o.clock().Minute() == 30) {
			t.Errorf("at %v: %v", o.clock(), err)
		}
	}
}

func TestLoginDrawsANewSessionAndEndsTheOldOne(t *testing.T) {
	t.Parallel()
	o := open(t)
	first := o.in("boris")
	second, _, _, err := o.Login(t.Context(), account.Login{Name: "boris", Password: good, Network: "x", Before: first})
	if err != nil || second == first {
		t.Fatal(err)
	}
	if o.holds(first) || !o.holds(second) {
		t.Error("the old session holds, or the new one does not")
	}
}

func TestChangingThePasswordTakesThePresentOne(t *testing.T) {
	t.Parallel()
	o := open(t)
	if _, err := o.ChangePassword(t.Context(), account.Login{Name: "boris", Password: "wrong"}, "another fine phrase"); !fault.Is(err, fault.Unauthenticated) {
		t.Error(err)
	}
	if _, err := o.ChangePassword(t.Context(), account.Login{Name: "boris", Password: good}, "short"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	s, err := o.ChangePassword(t.Context(), account.Login{Name: "boris", Password: good}, "another fine phrase")
	if err != nil || !o.holds(s) {
		t.Errorf("%v", err)
	}
	if _, err := o.login("boris", good, "n"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := o.login("boris", "another fine phrase", "n"); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestFailedLoginsAreThrottled(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"boris", "nobody"} { // whether the name exists cannot be told by it
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			fail := func(network string, want fault.Kind) {
				t.Helper()
				if _, err := o.login(name, "wrong", network); !fault.Is(err, want) {
					t.Errorf("at %v: %v, want %v", o.clock().Format("15:04:05"), err, want)
				}
			}
			for range 5 {
				fail("192.0.2.1", fault.Unauthenticated)
			}
			fail("192.0.2.1", fault.TooMany)
			fail("192.0.2.2", fault.Unauthenticated) // the person elsewhere is not locked out
			for pause := time.Minute; pause <= 8*time.Minute; pause *= 2 {
				o.pass(pause - time.Second)
				fail("192.0.2.1", fault.TooMany)
				o.pass(time.Second)
				fail("192.0.2.1", fault.Unauthenticated)
			}
			for range 2 { // no pause is longer than an hour
				o.pass(time.Hour)
				fail("192.0.2.1", fault.Unauthenticated)
			}
			o.pass(59 * time.Minute)
			fail("192.0.2.1", fault.TooMany)
		})
	}
}

func TestOnePlaceCannotTryEverybody(t *testing.T) {
	t.Parallel()
	o := open(t)
	for n := range 30 {
		if _, err := o.login(strings.Repeat("x", n+1), "wrong", "192.0.2.1"); !fault.Is(err, fault.Unauthenticated) {
			t.Fatalf("attempt %d: %v", n, err)
		}
	}
	if _, err := o.login("boris", good, "192.0.2.1"); !fault.Is(err, fault.TooMany) {
		t.Errorf("the thirty-first: %v", err)
	}
	if _, err := o.login("boris", good, "192.0.2.2"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

func TestAGoodLoginForgetsTheFailures(t *testing.T) {
	t.Parallel()
	o := open(t)
	for range 50 {
		for range 4 {
			_, _ = o.login("boris", "wrong", "n")
		}
		if _, err := o.login("boris", good, "n"); err != nil && !fault.Is(err, fault.TooMany) {
			t.Fatal(err)
		}
		o.pass(2 * time.Hour) // the network's own count goes on
	}
}

// TestManyAtOnceGainNothing: an attempt is counted before the password is looked at.
func TestManyAtOnceGainNothing(t *testing.T) {
	t.Parallel()
	o := open(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	kinds := map[fault.Kind]int{}
	for range 20 {
		all.Go(func() {
			_, err := o.login("boris", "wrong", "n")
			mu.Lock()
			defer mu.Unlock()
			kinds[fault.KindOf(err)]++
		})
	}
	all.Wait()
	if kinds[fault.Unauthenticated] != 5 || kinds[fault.TooMany] != 15 {
		t.Errorf("%v", kinds)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	o := open(t)
	if err := o.Disable(t.Context(), root, "anna"); !fault.Is(err, fault.Conflict) {
		t.Errorf("the only one: %v", err)
	}
	if err := o.CanDisable(t.Context(), "anna"); !fault.Is(err, fault.Conflict) {
		t.Errorf("asked: %v", err)
	}
	o.add("carla", account.Administrator)
	if err := o.CanDisable(t.Context(), "anna"); err != nil {
		t.Error(err)
	}
	if err := o.Disable(t.Context(), root, "anna"); err != nil {
		t.Error(err)
	}
	for name, kind := range map[string]fault.Kind{"anna": fault.Conflict, "carla": fault.Conflict, "nobody": fault.NotFound} {
		if err := o.Disable(t.Context(), root, name); !fault.Is(err, kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := o.SetPassword(t.Context(), root, "anna", "another fine phrase"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a password for a disabled account: %v", err)
	}
}

// TestTheDatabaseHoldsNoSecret looks through the file for what only the person may have.
func TestTheDatabaseHoldsNoSecret(t *testing.T) {
	t.Parallel()
	o := open(t)
	s := o.in("boris")
	_, _ = o.login("boris", "a password typed wrong", "198.51.100.77")
	_, _ = o.login("a-password-typed-as-name", "x", "198.51.100.77")
	raw, err := sql.Open("sqlite", "file:"+o.path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	dump := dumpOf(t, raw)
	for _, secret := range []string{good, s.String(), string(s[:]), s.FormToken(), "typed", "198.51.100.77"} {
		if strings.Contains(dump, secret) {
			t.Errorf("the database holds %q", secret)
		}
	}
	if !strings.Contains(dump, "boris") || !strings.Contains(dump, string(slices.Concat(keyBytes(s)))) {
		t.Error("the dump lacks what it must have: it cannot find anything")
	}
}

func keyBytes(s account.Secret) []byte { k := s.Key(); return k[:] }

func dumpOf(t *testing.T, db *sql.DB) string {
	t.Helper()
	var out strings.Builder
	for _, table := range []string{"account", "session", "login_attempt", "audit_trail", "entry", "entry_payload", "meta"} {
		rows, err := db.Query("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			cells := make([]sql.RawBytes, len(columns))
			into := make([]any, len(columns))
			for i := range cells {
				into[i] = &cells[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for _, c := range cells {
				out.Write(c)
				out.WriteByte('|')
			}
		}
		rows.Close()
	}
	return out.String()
}

func TestTheTrailSaysWhoCameIn(t *testing.T) {
	t.Parallel()
	o := open(t)
	s := o.in("boris")
	_, _ = o.login("boris", "wrong", "n")
	_, _ = o.login("nobody", "wrong", "n")
	if err := o.SetPassword(t.Context(), root, "anna", "another fine phrase"); err != nil {
		t.Fatal(err)
	}
	if err := o.Logout(t.Context(), account.Account{ID: 2}, s); err != nil {
		t.Fatal(err)
	}
	es, err := o.Trail(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	at := o.clock()
	want := []account.Event{{Kind: account.LoggedOut, Account: 2, At: at}, {Kind: account.PasswordChanged, Account: 1, By: "root", At: at},
		{Kind: account.LoginFailed, At: at}, {Kind: account.LoginFailed, Account: 2, At: at}, {Kind: account.LoggedIn, Account: 2, At: at}}
	if !slices.Equal(es, want) {
		t.Errorf("the trail is\n%+v\nnot\n%+v", es, want)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	s, err := account.NewSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if back, ok := account.ParseSecret(s.String()); !ok || back != s {
		t.Error("a secret is not read back")
	}
	last := s.String()[:42] + map[bool]string{true: "B", false: "C"}[s.String()[42] == 'A']
	for _, bad := range []string{"", s.String() + "A", s.String()[1:], strings.Repeat("!", 43), s.String() + "="} {
		if _, ok := account.ParseSecret(bad); ok {
			t.Errorf("%q was read", bad)
		}
	}
	if other, ok := account.ParseSecret(last); ok && other == s {
		t.Error("a second spelling is accepted")
	}
	if !s.Fits(s.FormToken()) || s.Fits("") || s.Fits(account.Secret{}.FormToken()) || strings.Contains(s.FormToken(), s.String()) {
		t.Error("the form's token is wrong")
	}
}

func sealed(t *testing.T) *account.Sealer {
	t.Helper()
	s, err := account.NewSealer([]byte("a key of a test"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
