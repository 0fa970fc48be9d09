package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// handoverTitle begins the text of a handover. No checkpoint has it in this place and a size can never be a
// key, so neither is ever taken for the other.
const handoverTitle = "reoptin ledger key handover 1"

// maxHandovers bounds how often a key can have changed.
const maxHandovers = 1000

// SignHandover says that the ledger's old key is followed by the next one. Both sign it: the old one hands
// over, the next one shows that somebody holds it.
func SignHandover(old, next Signer, oldKey, nextKey string) (string, error) {
	for key, s := range map[string]Signer{oldKey: old, nextKey: next} {
		v, err := NewVerifier(key)
		if err != nil {
			return "", err
		}
		if v.Name() != s.Name() || v.KeyHash() != s.KeyHash() {
			return "", errors.New("a handover names a key that is not the one that signs")
		}
	}
	if old.Name() != next.Name() {
		return "", fmt.Errorf("a key of %s cannot follow one of %s", quote(next.Name()), quote(old.Name()))
	}
	signed, err := note.Sign(&note.Note{Text: handoverTitle + "\n" + oldKey + "\n" + nextKey + "\n"}, old, next)
	return string(signed), err
}

// openHandover reads a handover and checks both of its signatures.
func openHandover(text string) (oldKey, nextKey string, err error) {
	body, err := checkNote(text)
	if err != nil {
		return "", "", errors.New("not a signed handover")
	}
	lines := strings.Split(body, "\n")
	if len(lines) != 4 || lines[0] != handoverTitle || lines[1] == lines[2] || lines[3] != "" {
		return "", "", errors.New("a handover has three lines: its title, the old and the next key")
	}
	var name string
	for _, key := range lines[1:3] {
		v, err := NewVerifier(key)
		if err != nil {
			return "", "", err
		}
		if _, err := note.Open([]byte(text), note.VerifierList(v)); err != nil {
			return "", "", fmt.Errorf("it is not signed by %s", plain(key))
		}
		if name == "" {
			name = v.Name()
		}
		if v.Name() != name {
			return "", "", errors.New("the two keys are of different ledgers")
		}
	}
	return lines[1], lines[2], nil
}

// Keys are all keys of a ledger, the first one first, as its handovers show; last is the one that signs now.
// Without a handover there is only that.
func Keys(handovers []string, last string) ([]string, error) {
	if len(handovers) > maxHandovers {
		return nil, fmt.Errorf("%d handovers, at most %d are read", len(handovers), maxHandovers)
	}
	var keys []string
	for i, text := range handovers {
		from, to, err := openHandover(text)
		switch {
		case err != nil:
			return nil, fmt.Errorf("handover %d: %w", i+1, err)
		case i == 0:
			keys = []string{from}
		case from != keys[i]:
			return nil, fmt.Errorf("handover %d: it is not from the key that the one before it hands over to", i+1)
		}
		if slices.Contains(keys, to) {
			return nil, fmt.Errorf("handover %d: it goes back to an earlier key", i+1)
		}
		keys = append(keys, to)
	}
	if len(keys) == 0 {
		return []string{last}, nil
	}
	if keys[len(keys)-1] != last {
		return nil, errors.New("the handovers do not lead to the key")
	}
	return keys, nil
}

// Verifiers are the verifiers of some keys, in their order.
func Verifiers(keys []string) ([]Verifier, error) {
	list := make([]Verifier, len(keys))
	for i, key := range keys {
		v, err := NewVerifier(key)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

// SignedLastBy reports whether the last signature of a checkpoint, of those under the signer's name, is by its key.
// Which key that is says who may sign next. The signature itself is not checked.
func SignedLastBy(text string, s Signer) bool {
	last := ""
	for _, key := range signatureKeys(text) {
		if strings.HasPrefix(key, s.Name()+"+") {
			last = key
		}
	}
	return last == fmt.Sprintf("%s+%08x", s.Name(), s.KeyHash())
}

// signatureKeys name the keys under a note, in order.
func signatureKeys(text string) (keys []string) {
	_, signatures, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(signatures) {
		if key, err := signatureKey(strings.TrimSuffix(line, "\n")); err == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// newestSigner is the place of the newest of some keys that signed a checkpoint. The checkpoint has been opened
// with them, so that every signature under a known key is good.
func newestSigner(text string, verifiers []Verifier) int {
	signed := map[string]bool{}
	for _, key := range signatureKeys(text) {
		signed[key] = true
	}
	newest := -1
	first := map[string]bool{}
	for i, v := range verifiers {
		key := fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash())
		if signed[key] && !first[key] {
			newest = i
		}
		first[key] = true
	}
	return newest
}

// strangeSigner is a key under a checkpoint that bears the name of some verifiers and is none of them, or "". Witnesses sign under
// names of their own: whoever signs under the ledger's is a key of it that the reader does not have, or pretends to be one.
func strangeSigner(text string, verifiers []Verifier) string {
	known, names := map[string]bool{}, map[string]bool{}
	for _, v := range verifiers {
		known[fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash())], names[v.Name()] = true, true
	}
	for _, key := range signatureKeys(text) {
		if name := key[:strings.LastIndex(key, "+")]; names[name] && !known[key] {
			return key
		}
	}
	return ""
}
