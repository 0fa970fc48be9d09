package link

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestNonceRoundTrip(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	document := sha256.Sum256([]byte("form"))
	for _, language := range []string{"fr", "zh-Hant-TW", "en-GB", strings.Repeat("a", 8) + "-" + strings.Repeat("b", 8) + "-cc"} {
		text, err := k.Nonce(someID, document, 9, language, today, rand.Reader)
		if err != nil || len(text) > 120 || url.QueryEscape(text) != text {
			t.Fatalf("%q %v", text, err)
		}
		got, err := k.CheckNonce(text, someID, today.Add(90*time.Second))
		want := Nonce{At: today, Word: 9, Document: document, Language: language, Age: 90 * time.Second}
		if err != nil || got != want {
			t.Errorf("%+v %v, want %+v", got, err, want)
		}
	}
}

func TestNonceIsFreshEachTime(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	a, _ := k.Nonce(someID, [32]byte{}, 9, "fr", today, rand.Reader)
	b, _ := k.Nonce(someID, [32]byte{}, 9, "fr", today, rand.Reader)
	if a == b {
		t.Error("two renderings share a nonce")
	}
}

func TestNonceRefused(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 2, 1)
	text, err := k.Nonce(someID, [32]byte{7}, 9, "fr", today, bytes.NewReader(make([]byte, 8)))
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, nonce string, id [IDSize]byte, keys *Keys, now time.Time) {
		t.Helper()
		if got, err := keys.CheckNonce(nonce, id, now); err != ErrNonce || got != (Nonce{}) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	check("another link", text, [IDSize]byte{9}, k, today)
	check("too old", text, someID, k, today.Add(NonceLife+time.Millisecond))
	check("from the future", text, someID, k, today.Add(-2*time.Minute))
	check("unknown key", text, someID, testKeys(t, 1), today)
	check("empty", "", someID, k, today)
	check("a token", k.Mint(Form, someID, closing), someID, k, today)
	check("huge", strings.Repeat("A", 1<<16), someID, k, today)
	check("line break", text[:10]+"\n"+text[10:], someID, k, today)
	raw, _ := base64.RawURLEncoding.DecodeString(text)
	for bit := range len(raw) * 8 {
		flipped := bytes.Clone(raw)
		flipped[bit/8] ^= 1 << (bit % 8)
		check("flipped bit", base64.RawURLEncoding.EncodeToString(flipped), someID, k, today)
	}
	for n := range len(raw) {
		check("cut", base64.RawURLEncoding.EncodeToString(raw[:n]), someID, k, today)
	}
	if _, err := k.CheckNonce(text, someID, today.Add(NonceLife)); err != nil {
		t.Errorf("a nonce of 24 hours: %v", err)
	}
}

func TestNonceNeedsLanguageAndRandomness(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	for _, language := range []string{"", "f", "fr_FR", "fr\n", strings.Repeat("abcdefgh-", 3) + "a"} {
		if _, err := k.Nonce(someID, [32]byte{}, 9, language, today, rand.Reader); err == nil {
			t.Errorf("language %q accepted", language)
		}
	}
	if _, err := k.Nonce(someID, [32]byte{}, 9, "fr", today, iotest.ErrReader(errors.New("dry"))); err == nil {
		t.Error("a nonce without randomness")
	}
}
