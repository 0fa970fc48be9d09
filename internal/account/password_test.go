package account_test

import (
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
)

func TestPasswordRules(t *testing.T) {
	t.Parallel()
	for password, key := range map[string]string{
		"":                                 "account.password_short",
		"elevenchars":                      "account.password_short",
		"éàüöïçñéàüö":                      "account.password_short", // characters, not bytes
		strings.Repeat("kestrel-", 17):     "account.password_long",
		"plum ivy\x00 kestrel":             "account.password_control",
		"plum ivy\n kestrel":               "account.password_control",
		"plum ivy \xff kestrel":            "account.password_control",
		"password1234":                     "account.password_common",
		"P@ssw0rd!2026":                    "account.password_common",
		"motdepasse2026":                   "account.password_common",
		"azertyuiop123":                    "account.password_common",
		"qwerty-azerty!":                   "account.password_common",
		"Boris.Lumen26":                    "account.password_common", // with his own name below
		"123456789012":                     "account.password_common",
		"aaaaaaaaaaaaaaaa":                 "account.password_common",
		"abababababab":                     "account.password_common",
		"Welcome2026!!":                    "account.password_common",
		"administrator":                    "account.password_common",
		"reoptin-admin-1":                  "account.password_common",
		"kestrel plum ivy":                 "",
		"x9w-Jq2!vT7p":                     "",
		"Ma grand-mère jouait du hautbois": "",
		strings.Repeat("kestrel-", 16):     "",
	} {
		err := account.CheckPassword("boris.lumen", password)
		if got := keyOf(err); got != key {
			t.Errorf("%q: %q, not %q", password, got, key)
		}
		if err != nil && password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("the fault repeats the password %q", password)
		}
	}
}

func keyOf(err error) string {
	if f, ok := err.(*fault.Fault); ok {
		return f.Key
	}
	return ""
}

func TestADrawnPasswordIsAccepted(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		p, err := account.NewPassword(rand.Reader)
		if err != nil || account.CheckPassword("admin", p) != nil || seen[p] {
			t.Fatalf("%q: %v, %v", p, err, account.CheckPassword("admin", p))
		}
		seen[p] = true
	}
}

// cheap is a cost for tests that are not about the cost.
var cheap = account.Cost{Memory: 64, Time: 1, Lanes: 1}

func TestHash(t *testing.T) {
	t.Parallel()
	h := account.NewHasher(account.DefaultCost(), rand.Reader)
	hash, err := h.Hash(t.Context(), "kestrel plum ivy")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q, %v", hash, err)
	}
	for password, want := range map[string]bool{"kestrel plum ivy": true, "kestrel plum ivY": false, "": false} {
		if ok, err := h.Check(t.Context(), hash, password); ok != want || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if ok, err := h.Check(t.Context(), "", "kestrel plum ivy"); ok || err != nil {
		t.Errorf("nobody's password: %v, %v", ok, err)
	}
	// A vector of the reference implementation: argon2id, m=65536, t=2, p=1, salt "somesalt".
	vector := "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := h.Check(t.Context(), vector, "password"); !ok || err != nil {
		t.Errorf("the vector: %v, %v", ok, err)
	}
}

func TestADamagedHashIsAFaultAndCostsNothing(t *testing.T) {
	t.Parallel()
	h := account.NewHasher(cheap, rand.Reader)
	good := "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	if _, err := h.Check(t.Context(), good, "x"); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"x", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=64", "m=99999999", 1), strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "p=1", "p=200", 1),
		strings.Replace(good, "m=64,t=1,p=1", "m=64", 1), good + "$", good + "!", strings.TrimSuffix(good, "AAAA"), strings.Replace(good, "$AAAA", "$!AAA", 1)} {
		if ok, err := h.Check(t.Context(), bad, "x"); ok || !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v, %v", bad, ok, err)
		}
	}
}

// TestFewHashesAtOnce: each holds its memory while it is computed, so that many logins wait their turn.
func TestFewHashesAtOnce(t *testing.T) {
	t.Parallel()
	var ended atomic.Int32
	h := account.NewHasher(cheap, rand.Reader)
	held := h.Hold()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := h.Hash(t.Context(), "x"); err != nil {
				t.Error(err)
			}
			ended.Add(1)
		})
	}
	if ended.Load() != 0 {
		t.Error("a hash was computed while both places were taken")
	}
	held()
	all.Wait()
	if ended.Load() != 8 {
		t.Errorf("%d of 8 ended", ended.Load())
	}
}

// TestAnUnknownNameTakesAsLong compares the time of a hash that fits nobody with that of a real one. The
// bound is wide, so that a busy machine does not fail it: a missing hash takes a thousandth.
func TestAnUnknownNameTakesAsLong(t *testing.T) {
	t.Parallel()
	h := account.NewHasher(account.DefaultCost(), rand.Reader)
	real, err := h.Hash(t.Context(), "kestrel plum ivy")
	if err != nil {
		t.Fatal(err)
	}
	known, nobody := time.Hour, time.Hour
	for range 5 { // by turns: a moment in which the machine is busy hits both
		for hash, shortest := range map[string]*time.Duration{real: &known, "": &nobody} {
			began := time.Now()
			if _, err := h.Check(t.Context(), hash, "wrong"); err != nil {
				t.Fatal(err)
			}
			*shortest = min(*shortest, time.Since(began))
		}
	}
	if nobody < known/20 {
		t.Errorf("a known name takes %v, an unknown one %v", known, nobody)
	}
}
