package ledger_test

import (
	"bytes"
	numbers "math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/ledger"
)

func stampFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/timestamp", name))
	check(t, err)
	return b
}

// The answers in testdata were made by "openssl ts": signed with RSA and with ECDSA, with the newer and the older way
// of naming the certificate, over another hash, without a certificate, and refused.
func TestTimestamps(t *testing.T) {
	t.Parallel()
	message := stampFile(t, "message")
	nonce, ok := new(numbers.Int).SetString(stampNonce, 0)
	if !ok {
		t.Fatal(stampNonce)
	}
	for name, says := range map[string]string{
		"rsa.tsr": "", "ec.tsr": "", "old.tsr": "",
		"other.tsr": "of something else", "bare.tsr": "carries no certificate", "refused.tsr": "did not grant", "message": "is no time stamp",
	} {
		token, err := ledger.TimestampToken(stampFile(t, name))
		var at ledger.Timestamp
		if err == nil {
			at, err = ledger.CheckTimestamp(token, message, nonce)
		}
		switch {
		case says == "" && (err != nil || !strings.Contains(at.Authority, "CN=Test authority") || at.At.Year() != 2026 || len(at.Certificate) != 64 || at.Serial == ""):
			t.Errorf("%s: %+v %v", name, at, err)
		case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
	token, err := ledger.TimestampToken(stampFile(t, "rsa.tsr"))
	check(t, err)
	if _, err := ledger.CheckTimestamp(token, append(message, ' '), nil); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Error(err)
	}
	if _, err := ledger.CheckTimestamp(token, message, numbers.NewInt(1)); err == nil || !strings.Contains(err.Error(), "nonce") {
		t.Error(err)
	}
}

// No flipped bit, one of each byte, passes, unless all that the time stamp says stays as it was.
func TestTimestampsThatWereChanged(t *testing.T) {
	t.Parallel()
	message := stampFile(t, "message")
	for _, name := range []string{"rsa.tsr", "ec.tsr"} {
		good := stampFile(t, name)
		token, err := ledger.TimestampToken(good)
		check(t, err)
		want, err := ledger.CheckTimestamp(token, message, nil)
		check(t, err)
		passed := 0
		for at := range token {
			bit := at * 5 % 8
			bad := bytes.Clone(token)
			bad[at] ^= 1 << bit
			if got, err := ledger.CheckTimestamp(bad, message, nil); err == nil {
				passed++
				if got != want {
					t.Fatalf("%s: bit %d of byte %d: %+v", name, bit, at, got)
				}
			}
		}
		if passed > 25 { // version numbers and parameters that nothing depends on
			t.Errorf("%s: %d changed bits pass", name, passed)
		}
	}
}

func FuzzTimestamp(f *testing.F) {
	for _, name := range []string{"rsa.tsr", "ec.tsr", "old.tsr", "refused.tsr"} {
		f.Add(stampFile(f, name))
	}
	message := stampFile(f, "message")
	f.Fuzz(func(t *testing.T, answer []byte) {
		token, err := ledger.TimestampToken(answer)
		if err != nil {
			return
		}
		_, _ = ledger.CheckTimestamp(token, append(message, 'x'), nil)
	})
}

func TestTimestampRequest(t *testing.T) {
	t.Parallel()
	q, err := ledger.TimestampRequest([]byte("x"), numbers.NewInt(7))
	if err != nil || len(q) < 50 || q[0] != 0x30 {
		t.Errorf("%x %v", q, err)
	}
}

// stampNonce is what the questions were asked with.
const stampNonce = "0xC978434D08990BF6"
