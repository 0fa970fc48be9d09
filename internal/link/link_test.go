package link

import (
	"bytes"
	"encoding/base32"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/internal/fault"
)

var (
	today   = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	closing = time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)
	someID  = [IDSize]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
)

func testKeys(t testing.TB, kids ...byte) *Keys {
	t.Helper()
	masters := map[byte][]byte{}
	for _, kid := range kids {
		masters[kid] = bytes.Repeat([]byte{kid}, MasterSize)
	}
	k, err := NewKeys(masters, kids[0])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSelfTest(t *testing.T) {
	t.Parallel()
	if err := SelfTest(); err != nil {
		t.Fatal(err)
	}
}

func TestTokenRoundTrip(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	shape := regexp.MustCompile(`^[a-z2-7]{60}$`)
	rapid.Check(t, func(t *rapid.T) {
		p := Purpose(rapid.IntRange(int(Form), int(Test)).Draw(t, "purpose"))
		id := [IDSize]byte(rapid.SliceOfN(rapid.Byte(), IDSize, IDSize).Draw(t, "id"))
		token := k.Mint(p, id, closing)
		if !shape.MatchString(token) || token != k.Mint(p, id, closing) {
			t.Fatalf("token %q", token)
		}
		got, err := k.Parse(p, token, today)
		if err != nil || got.ID != id || got.Expired || got.Key != 1 || got.Expires.IsZero() != p.neverExpires() {
			t.Fatalf("%+v %v", got, err)
		}
	})
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	end := closing.Add(24 * time.Hour) // the closing day itself still counts
	for _, c := range []struct {
		p       Purpose
		expires time.Time
		now     time.Time
		ok      bool
		expired bool
	}{
		{Form, closing, end.Add(-time.Second), true, false},
		{Form, closing, end, true, true},
		{Form, closing, end.AddDate(10, 0, 0), true, true},
		{Form, time.Time{}, end.AddDate(50, 0, 0), true, false},
		{Form, closing.AddDate(500, 0, 0), end.AddDate(499, 0, 0), true, false},
		{Postal, closing, end, true, true},
		{Test, closing, end, false, false},
		{Bounce, closing, end.Add(-time.Second), true, false},
		{Bounce, closing, end, false, false},
		{OneClick, closing, end.AddDate(10, 0, 0), true, false},
		{Preferences, closing, end.AddDate(10, 0, 0), true, false},
		{MailtoUnsubscribe, closing, end.AddDate(10, 0, 0), true, false},
		{Receipt, closing, end.AddDate(10, 0, 0), true, false},
	} {
		got, err := k.Parse(c.p, k.Mint(c.p, someID, c.expires), c.now)
		if (err == nil) != c.ok || got.Expired != c.expired {
			t.Errorf("purpose %d at %v: %+v %v", c.p, c.now, got, err)
		}
	}
	got, err := k.Parse(Form, k.Mint(Form, someID, closing), today)
	if err != nil || !got.Expires.Equal(end) {
		t.Errorf("expires %v, want %v (%v)", got.Expires, end, err)
	}
}

func TestEveryBitFlipFails(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1, 2)
	for p := Form; p <= Test; p++ {
		token := k.Mint(p, someID, closing)
		raw, _ := encoding.DecodeString(token)
		for bit := range len(raw) * 8 {
			flipped := bytes.Clone(raw)
			flipped[bit/8] ^= 1 << (bit % 8)
			refused(t, k, p, encoding.EncodeToString(flipped))
		}
		for i := range token {
			for _, c := range []byte("abcdefghijklmnopqrstuvwxyz234567") {
				if token[i] != c {
					refused(t, k, p, token[:i]+string(c)+token[i+1:])
				}
			}
		}
	}
}

func TestPurposesAreApart(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	for p := Form; p <= Test; p++ {
		token := k.Mint(p, someID, time.Time{})
		raw, _ := encoding.DecodeString(token)
		for q := Purpose(0); q <= Test+1; q++ {
			if q == p {
				continue
			}
			refused(t, k, q, token)
			relabelled := bytes.Clone(raw)
			relabelled[2] = byte(q)
			refused(t, k, q, encoding.EncodeToString(relabelled))
			refused(t, k, p, encoding.EncodeToString(relabelled))
		}
	}
}

func TestOneSpellingOnly(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	token := k.Mint(Form, someID, closing)
	const alphabet = "abcdefghijklmnopqrstuvwxyz234567"
	loose := base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)
	raw, _ := loose.DecodeString(token)
	spellings := 0
	for _, c := range []byte(alphabet) {
		other := token[:TokenSize-1] + string(c)
		if b, err := loose.DecodeString(other); err == nil && bytes.Equal(b, raw) {
			if spellings++; other != token {
				refused(t, k, Form, other)
			}
		}
	}
	if spellings != 16 {
		t.Errorf("%d spellings decode alike; the test expects 16", spellings)
	}
	for _, other := range []string{strings.ToUpper(token), token + "=", " " + token, token + "\n", token[:30] + "\n" + token[30:], token[:59], token + "a", "", strings.Repeat("é", 30), strings.Repeat("a", 1<<16)} {
		refused(t, k, Form, other)
	}
}

func TestKeyIDs(t *testing.T) {
	t.Parallel()
	old, both, other := testKeys(t, 1), testKeys(t, 2, 1), testKeys(t, 3)
	token := old.Mint(Form, someID, closing)
	if got, err := both.Parse(Form, token, today); err != nil || got.Key != 1 {
		t.Errorf("an old link died with the rotation: %v", err)
	}
	refused(t, other, Form, token)
	if both.Mint(Form, someID, closing) == token {
		t.Error("rotation did not change the key that mints")
	}
	for name, c := range map[string]struct {
		masters map[byte][]byte
		current byte
		opts    []Option
		ok      bool
	}{
		"test key":         {map[byte][]byte{0: make([]byte, 32)}, 0, nil, false},
		"test key beside":  {map[byte][]byte{0: make([]byte, 32), 1: make([]byte, 32)}, 1, nil, false},
		"test key in test": {map[byte][]byte{0: make([]byte, 32)}, 0, []Option{AllowTestKey()}, true},
		"short":            {map[byte][]byte{1: make([]byte, 31)}, 1, nil, false},
		"no current":       {map[byte][]byte{1: make([]byte, 32)}, 2, nil, false},
		"none":             {nil, 1, nil, false},
	} {
		if _, err := NewKeys(c.masters, c.current, c.opts...); (err == nil) != c.ok || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestForgedTokens throws 100,000 well-formed inventions at the parser: random ones, and ones that
// keep the head or the seal of a genuine token.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	r := rand.New(rand.NewPCG(1, 2))
	genuine, _ := encoding.DecodeString(k.Mint(Form, someID, closing))
	for i := range 100_000 {
		raw := make([]byte, binarySize)
		for j := range raw {
			raw[j] = byte(r.Uint32())
		}
		switch i % 3 {
		case 1:
			copy(raw, genuine[:3])
		case 2:
			copy(raw[bodySize:], genuine[bodySize:])
		}
		refused(t, k, Form, encoding.EncodeToString(raw))
	}
}

func refused(t testing.TB, k *Keys, p Purpose, token string) {
	t.Helper()
	if got, err := k.Parse(p, token, today); err != ErrInvalid || got != (Token{}) {
		t.Fatalf("purpose %d accepted %.80q: %+v %v", p, token, got, err)
	}
}

func FuzzParse(f *testing.F) {
	k := testKeys(f, 1)
	f.Add(byte(Form), k.Mint(Form, someID, closing))
	f.Add(byte(OneClick), k.Mint(OneClick, someID, time.Time{}))
	f.Add(byte(0), strings.Repeat("a", TokenSize))
	f.Fuzz(func(t *testing.T, p byte, token string) {
		got, err := k.Parse(Purpose(p), token, today)
		if err != nil {
			if err != ErrInvalid {
				t.Fatalf("not the uniform error: %v", err)
			}
			return
		}
		expires := got.Expires
		if !expires.IsZero() {
			expires = expires.Add(-time.Second)
		}
		if k.Mint(Purpose(p), got.ID, expires) != token {
			t.Fatalf("accepted a second spelling %q", token)
		}
	})
}
