package ledger_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/reoptin/reoptin/ledger"
)

// key makes a key pair of a ledger.
func key(t testing.TB, name string) (ledger.Signer, ledger.Verifier) {
	t.Helper()
	skey, vkey, err := ledger.GenerateKey(rand.Reader, name)
	check(t, err)
	s, err := ledger.NewSigner(skey)
	check(t, err)
	v, err := ledger.NewVerifier(vkey)
	check(t, err)
	return s, v
}

func TestCheckpointComesBack(t *testing.T) {
	t.Parallel()
	s, v := key(t, origin)
	root := ledger.Root(nil)
	text, err := ledger.SignCheckpoint(s, origin, 0, root)
	check(t, err)
	if !strings.HasPrefix(text, origin+"\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— "+origin+" ") {
		t.Error(text)
	}
	c, err := ledger.OpenCheckpoint(text, v, v)
	if err != nil || c != (ledger.Checkpoint{Origin: origin, Root: root}) {
		t.Error(c, err)
	}
	if _, err := ledger.SignCheckpoint(s, "other", 1, root); err == nil {
		t.Error("signed for another ledger")
	}
	if _, err := ledger.SignCheckpoint(s, origin, -1, root); err == nil {
		t.Error("signed a negative size")
	}
}

// sign signs any text, as a careless program would.
func sign(t testing.TB, text string, signers ...ledger.Signer) string {
	t.Helper()
	b, err := note.Sign(&note.Note{Text: text}, signers...)
	check(t, err)
	return string(b)
}

func TestCheckpointIsReadStrictly(t *testing.T) {
	t.Parallel()
	s, v := key(t, origin)
	_, stranger := key(t, origin)
	witness, _ := key(t, "witness.example")
	root := ledger.Root(nil).String()
	good := sign(t, origin+"\n7\n"+root+"\n", s)
	if _, err := ledger.OpenCheckpoint(sign(t, origin+"\n7\n"+root+"\n", s, witness), v); err != nil {
		t.Error("an unknown witness spoils the checkpoint:", err)
	}
	line := good[strings.Index(good, "—"):]
	many := good
	for i := range 100 {
		many += fmt.Sprintf("— w%d %s\n", i, base64.StdEncoding.EncodeToString([]byte("12345678")))
	}
	for _, tt := range []struct {
		name, text string
		v          ledger.Verifier
		want       string
	}{
		{"wrong key", good, stranger, "signature is not by this key"},
		{"altered", strings.Replace(good, "\n7\n", "\n8\n", 1), v, "signature does not fit the text"},
		{"wrong origin", sign(t, "other\n7\n"+root+"\n", s), v, `origin is "other"`},
		{"twice", good + line, v, "one key has signed twice"},
		{"101 signatures", many, v, "101 signatures, at most 100"},
		{"no UTF-8", "\xff" + good, v, "it is not UTF-8"},
		{"control character", strings.Replace(good, "7", "7\t", 1), v, "not a signed checkpoint"},
		{"unsigned", origin + "\n7\n" + root + "\n\n", v, "no signature"},
		{"empty", "", v, "no signature"},
		{"cut", good[:len(good)-1], v, "no signature"},
		{"signature line", good + "x\n", v, "a signature line is malformed"},
		{"loose end", loose(good), v, "a signature line is malformed"},
		{"leading zero", sign(t, origin+"\n07\n"+root+"\n", s), v, "not a plain decimal"},
		{"plus", sign(t, origin+"\n+7\n"+root+"\n", s), v, "not a plain decimal"},
		{"negative", sign(t, origin+"\n-7\n"+root+"\n", s), v, "not a plain decimal"},
		{"too large", sign(t, origin+"\n9223372036854775807\n"+root+"\n", s), v, "not a plain decimal"},
		{"short root", sign(t, origin+"\n7\nAAAA\n", s), v, "root is not 32 bytes"},
		{"extension", sign(t, origin+"\n7\n"+root+"\nmore\n", s), v, "three lines"},
		{"two lines", sign(t, origin+"\n7\n", s), v, "three lines"},
		{"no origin", sign(t, "\n7\n"+root+"\n", s), v, "three lines"},
	} {
		if c, err := ledger.OpenCheckpoint(tt.text, tt.v); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v; want %q", tt.name, c, err, tt.want)
		}
	}
	if _, err := ledger.OpenCheckpoint(good); err == nil {
		t.Error("opened without a key")
	}
}

// loose changes the last base64 letter of the signature so that it still decodes to the same bytes.
func loose(text string) string {
	i := strings.LastIndexByte(text, '=') - 1
	return text[:i] + string(text[i]+1) + text[i+1:]
}

func TestKeysAreReadStrictly(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a b", "a+b", "a\nb", "\xff"} {
		if _, _, err := ledger.GenerateKey(rand.Reader, name); err == nil {
			t.Errorf("a key was made for %q", name)
		}
	}
	skey, vkey, err := ledger.GenerateKey(rand.Reader, origin)
	check(t, err)
	if _, err := ledger.NewVerifier(vkey); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "x", skey, vkey + "\n", vkey[:len(vkey)-4], strings.Replace(vkey, origin, "other", 1)} {
		if _, err := ledger.NewVerifier(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
		if _, err := ledger.NewSigner(strings.Replace(bad, "PRIVATE", "PUBLIC", 1)); err == nil || strings.Contains(err.Error(), skey) {
			t.Errorf("%q was read as secret key", bad)
		}
	}
	hash := strings.Split(vkey, "+")[1]
	if up := strings.Replace(vkey, hash, strings.ToUpper(hash), 1); up != vkey {
		if _, err := ledger.NewVerifier(up); err == nil {
			t.Error("a second spelling of a key was read")
		}
	}
}
