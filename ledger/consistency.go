package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// ConsistencyFormat names the file that shows one checkpoint to continue another, and its version.
const ConsistencyFormat = "reoptin-consistency/1"

// maxConsistency is the longest such file that is read, in bytes.
const maxConsistency = 1 << 20

// Consistency shows that the ledger of an older checkpoint is the beginning of that of a newer one.
type Consistency struct {
	Format    string   `json:"format"`
	Origin    string   `json:"origin"`
	Key       string   `json:"key"`
	Handovers []string `json:"handovers,omitempty"`
	Older     string   `json:"older"` // signed, as it was given away
	Newer     string   `json:"newer"`
	Proof     []string `json:"proof"` // base64, RFC 6962 section 2.1.2; empty when the sizes are the same
}

// NewConsistency puts the file together.
func NewConsistency(origin, vkey string, handovers []string, older, newer string, proof []Hash) Consistency {
	return Consistency{Format: ConsistencyFormat, Origin: origin, Key: vkey, Handovers: handovers, Older: older, Newer: newer, Proof: hashTexts(proof)}
}

// VerifyConsistency checks such a file as Verify checks a dossier.
func VerifyConsistency(r io.Reader, key string) (Report, error) {
	key, err := givenKey(key)
	if err != nil {
		return newReport(), err
	}
	rep := newReport()
	text, err := io.ReadAll(io.LimitReader(r, maxConsistency+1))
	if err != nil {
		return rep, fmt.Errorf("read the file: %w", err)
	}
	c, err := parseConsistency(text)
	if err != nil {
		rep.tell("this is not a proof of consistency of reoptin: %v", err)
		return rep.close(), nil
	}
	rep.consistency(c, key)
	return rep.close(), nil
}

func parseConsistency(text []byte) (c Consistency, err error) {
	if len(text) > maxConsistency {
		return c, fmt.Errorf("it is longer than %d bytes", maxConsistency)
	}
	if !utf8.Valid(text) || !json.Valid(text) {
		return c, errors.New("it is not well-formed JSON")
	}
	if c, err = decodeOne[Consistency]("it", text); err == nil && c.Format != ConsistencyFormat {
		err = fmt.Errorf("the format is %s, only %q is known", quote(c.Format), ConsistencyFormat)
	}
	return c, err
}

// consistency checks one checkpoint against an older one.
func (r *Report) consistency(c Consistency, key string) {
	verifiers, ok := r.trust(key, c.Key, c.Handovers)
	if !ok {
		return
	}
	older, err := OpenCheckpoint(c.Older, verifiers...)
	if err != nil {
		r.tell("older checkpoint: %v", err)
		return
	}
	newer, err := OpenCheckpoint(c.Newer, verifiers...)
	if err != nil {
		r.tell("newer checkpoint: %v", err)
		return
	}
	if older.Origin != c.Origin || newer.Origin != c.Origin {
		r.tell("the checkpoints are of %s and %s, not of %s", quote(older.Origin), quote(newer.Origin), quote(c.Origin))
		return
	}
	r.Origin, r.Size, r.Root, r.Checkpoint = newer.Origin, newer.Size, newer.Root.String(), c.Newer
	proof, err := readProof(c.Proof)
	if err != nil {
		r.tell("%v", err)
		return
	}
	if what := compare(older, newer, proof); what != "" {
		r.tell("%s", what)
	}
}

// compare says what is wrong when a newer checkpoint does not continue an older one.
func compare(older, newer Checkpoint, proof []Hash) string {
	switch {
	case older.Size > newer.Size:
		return fmt.Sprintf("the older checkpoint covers %d entries, the newer one only %d: rows were lost or an old copy was put back", older.Size, newer.Size)
	case older.Size == newer.Size && older.Root != newer.Root:
		return fmt.Sprintf("two checkpoints of size %d state different roots: the ledger was forked, and these two are the proof of it", older.Size)
	case older.Size == newer.Size && len(proof) > 0:
		return "the two checkpoints are of one size, and its proof is not empty"
	case older.Size == newer.Size, older.Size == 0 && older.Root == Root(nil) && len(proof) == 0:
		return ""
	case CheckConsistency(proof, newer.Size, newer.Root, older.Size, older.Root) != nil:
		return fmt.Sprintf("the newer checkpoint of size %d does not continue the older one of size %d: history was rewritten", newer.Size, older.Size)
	}
	return ""
}

// trust says whose key is relied on, and gives the verifiers of all keys that the ledger has had.
func (r *Report) trust(given, inside string, handovers []string) (verifiers []Verifier, ok bool) {
	r.Key = plain(inside)
	r.Trust = "No key was given: the key inside was relied on. " +
		"This shows that the file is whole, not who made it; compare the key with the one that the ledger's owner publishes."
	if given != "" {
		r.Key, r.Trust = plain(given), "The key was given by the reader."
	}
	keys, err := Keys(handovers, inside)
	if err != nil {
		r.fault(-1, "keys: %v", err)
		return nil, false
	}
	at := slices.Index(keys, given)
	if given != "" && at < 0 {
		if name, _, _ := strings.Cut(given, "+"); strings.HasPrefix(inside, name+"+") {
			r.fault(-1, "the file names another key of this ledger than the one given: if it was made before the key was replaced, check it with the key of that time, which the handovers name")
		} else {
			r.fault(-1, "the file names another key than the one given")
		}
		return nil, false
	}
	if more := len(keys) - 1 - at; given != "" && more > 0 {
		r.Trust += fmt.Sprintf(" Keys that followed it since: %d, each signed by the one before.", more)
	}
	if verifiers, err = Verifiers(keys); err != nil {
		r.fault(-1, "key: %v", err)
	}
	return verifiers, err == nil
}

// maxProof bounds how many hashes a proof has. None of a tree of MaxSize has as many.
const maxProof = 64

// readProof reads a proof of which decodeOne, or what reads the same, has seen that it is not too long.
func readProof(texts []string) ([]Hash, error) {
	if texts == nil {
		return nil, errors.New("its proof is lacking")
	}
	proof := make([]Hash, len(texts))
	for i, text := range texts {
		h, err := base64Bytes(text)
		if err != nil || len(h) != len(Hash{}) {
			return nil, errors.New("its proof is malformed")
		}
		proof[i] = Hash(h)
	}
	return proof, nil
}

func hashTexts(hashes []Hash) []string {
	out := make([]string, len(hashes))
	for i, h := range hashes {
		out[i] = h.String()
	}
	return out
}
