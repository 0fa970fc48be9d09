package ledger

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// maxSignatures bounds how many signatures a checkpoint may carry.
const maxSignatures = 100

// Signer signs checkpoints; Verifier checks them. Both are those of x/mod/sumdb/note.
type (
	Signer   = note.Signer
	Verifier = note.Verifier
)

// Checkpoint says what the ledger was at a size: its origin and root.
type Checkpoint struct {
	Origin string // name of the ledger, a schema-less URL; also the name of its key
	Size   int64
	Root   Hash
}

// GenerateKey makes the Ed25519 key pair of a ledger. Both texts carry the origin, which has no
// space and no plus sign. skey is secret.
func GenerateKey(rand io.Reader, origin string) (skey, vkey string, err error) {
	if origin == "" || !utf8.ValidString(origin) || strings.ContainsFunc(origin, isSpaceOrPlus) {
		return "", "", fmt.Errorf("%s cannot name a ledger: no space, no plus sign", quote(origin))
	}
	return note.GenerateKey(rand, origin)
}

func isSpaceOrPlus(r rune) bool { return r <= ' ' || r == '+' || r == 0x7f || r == 0x85 || r == 0xa0 }

// NewSigner reads the secret key that GenerateKey made. Its error never holds the key.
func NewSigner(skey string) (Signer, error) {
	s, err := note.NewSigner(skey)
	if err != nil {
		return nil, errors.New("this is not the secret key of a ledger")
	}
	return s, nil
}

// NewVerifier reads a public key: name+8 hex digits+base64. Only one spelling of a key is accepted.
func NewVerifier(vkey string) (Verifier, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("this is not the public key of a ledger: %w", err)
	}
	_, rest, _ := strings.Cut(vkey, "+")
	hash, key, _ := strings.Cut(rest, "+")
	if _, err := base64Bytes(key); err != nil || hash != fmt.Sprintf("%08x", v.KeyHash()) {
		return nil, errors.New("this public key of a ledger is not written canonically")
	}
	return v, nil
}

// SignCheckpoint states size and root of the ledger in the C2SP tlog-checkpoint form. The origin
// must be the signer's name: a key speaks for one ledger only. When a key is replaced, both sign once.
func SignCheckpoint(s Signer, origin string, size int64, root Hash, also ...Signer) (string, error) {
	for _, s := range append([]Signer{s}, also...) {
		if s.Name() != origin {
			return "", fmt.Errorf("the key of %s must not sign for %s", quote(s.Name()), quote(origin))
		}
	}
	if err := checkSize(size); err != nil {
		return "", err
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
	signed, err := note.Sign(&note.Note{Text: text}, append([]Signer{s}, also...)...)
	if err != nil {
		return "", fmt.Errorf("sign the checkpoint of size %d: %w", size, err)
	}
	return string(signed), nil
}

// OpenCheckpoint reads a signed checkpoint. At least one of the verifiers must have signed it,
// under the name that the origin line gives. Signatures by keys that are not given are ignored
// (they may be witnesses'), but every line must be well formed and no key may sign twice.
func OpenCheckpoint(text string, verifiers ...Verifier) (Checkpoint, error) {
	body, err := checkNote(text)
	if err != nil {
		return Checkpoint{}, err
	}
	n, err := note.Open([]byte(text), known(verifiers))
	var unsigned *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unsigned):
		return Checkpoint{}, errors.New("signature is not by this key")
	case errors.As(err, &invalid):
		return Checkpoint{}, errors.New("signature does not fit the text")
	case err != nil:
		return Checkpoint{}, fmt.Errorf("not a signed checkpoint: %w", err)
	}
	c, err := parseCheckpoint(body)
	if err != nil {
		return Checkpoint{}, err
	}
	for _, sig := range n.Sigs {
		if sig.Name == c.Origin {
			return c, nil
		}
	}
	return Checkpoint{}, fmt.Errorf("origin is %s, but the key that signed is of %s", quote(c.Origin), quote(n.Sigs[0].Name))
}

// known is the set of verifiers, each once: note calls a repeated one ambiguous.
func known(verifiers []Verifier) note.Verifiers {
	type id struct {
		name string
		hash uint32
	}
	seen := map[id]bool{}
	var list []Verifier
	for _, v := range verifiers {
		if k := (id{v.Name(), v.KeyHash()}); !seen[k] {
			seen[k] = true
			list = append(list, v)
		}
	}
	return note.VerifierList(list...)
}

// checkNote checks the outer form more strictly than note does, which passes over repeated
// signatures and over base64 with loose ends, and returns the signed text.
func checkNote(text string) (body string, err error) {
	if !utf8.ValidString(text) {
		return "", errors.New("not a signed checkpoint: it is not UTF-8")
	}
	split := strings.LastIndex(text, "\n\n")
	if split < 0 || !strings.HasSuffix(text, "\n") || split+2 == len(text) {
		return "", errors.New("not a signed checkpoint: no signature after a blank line")
	}
	lines := strings.Split(strings.TrimSuffix(text[split+2:], "\n"), "\n")
	if len(lines) > maxSignatures {
		return "", fmt.Errorf("not a signed checkpoint: %d signatures, at most %d are read", len(lines), maxSignatures)
	}
	seen := map[string]bool{}
	for _, line := range lines {
		key, err := signatureKey(line)
		if err != nil {
			return "", err
		}
		if seen[key] {
			return "", errors.New("not a signed checkpoint: one key has signed twice")
		}
		seen[key] = true
	}
	return text[:split+1], nil
}

// signatureKey names the key of a signature line.
func signatureKey(line string) (string, error) {
	rest, ok := strings.CutPrefix(line, "— ")
	name, b64, found := strings.Cut(rest, " ")
	sig, err := base64Bytes(b64)
	if !ok || !found || name == "" || err != nil || len(sig) < 5 {
		return "", errors.New("not a signed checkpoint: a signature line is malformed")
	}
	return fmt.Sprintf("%s+%08x", name, binary.BigEndian.Uint32(sig)), nil
}

func parseCheckpoint(body string) (Checkpoint, error) {
	lines := strings.Split(body, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return Checkpoint{}, errors.New("a checkpoint has three lines: origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] || checkSize(size) != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint size %s is not a plain decimal number", quote(lines[1]))
	}
	root, err := base64Bytes(lines[2])
	if err != nil || len(root) != len(Hash{}) {
		return Checkpoint{}, errors.New("checkpoint root is not 32 bytes in base64")
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: Hash(root)}, nil
}

var strictBase64 = base64.StdEncoding.Strict()

// base64Bytes decodes standard base64 and refuses every spelling but the canonical one. A strict decoder passes over line
// ends, and over nothing else.
func base64Bytes(s string) ([]byte, error) {
	b, err := strictBase64.DecodeString(s)
	if err != nil || len(s) != strictBase64.EncodedLen(len(b)) {
		return nil, errors.New("not base64")
	}
	return b, nil
}
