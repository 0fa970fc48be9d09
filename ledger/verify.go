package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Verify checks a dossier offline. key is the ledger's public key, got by a way that the giver of
// the dossier does not control; with "" the key inside is relied on, which shows that the dossier
// is whole and of one piece but not whose it is, and the report says so. What does not verify is in
// the report's faults; an error means that the dossier could not be read at all or that key is not
// a key. Any input is safe to give.
func Verify(r io.Reader, key string) (Report, error) { return verifyUpTo(MaxBundle, r, key) }

func verifyUpTo(limit int64, r io.Reader, key string) (Report, error) {
	key = strings.TrimSpace(key)
	if key != "" {
		if _, err := NewVerifier(key); err != nil {
			return newReport(), err
		}
	}
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return newReport(), fmt.Errorf("read the dossier: %w", err)
	}
	v := verification{Report: newReport(), refs: map[string]int64{}, mentions: map[string]bool{}}
	if int64(len(text)) > limit {
		v.fault(-1, "this is not a dossier of reoptin: it is longer than %d bytes", limit)
		return v.close(), nil
	}
	b, err := parseBundle(text)
	if err != nil {
		v.fault(-1, "this is not a dossier of reoptin: %v", err)
		return v.close(), nil
	}
	v.bundle(b, key)
	return v.close(), nil
}

// verification is the work on one dossier.
type verification struct {
	Report
	root     Hash
	rooted   bool             // root is signed
	refs     map[string]int64 // document hash → entry that refers to it
	mentions map[string]bool  // every hash that a payload mentions anywhere
}

func (v *verification) bundle(b Bundle, key string) {
	if b.Format != Format {
		v.fault(-1, "the format is %s, only %q is known", quote(b.Format), Format)
		return
	}
	if _, err := ParseTime(b.MadeAt); err != nil {
		v.fault(-1, "made_at: %v", err)
	}
	v.checkpoint(b, key)
	if len(b.Entries) == 0 {
		v.fault(-1, "the dossier holds no entry")
	}
	seen := map[int64]bool{}
	times := map[int64]time.Time{}
	for _, e := range b.Entries {
		if seen[e.Seq] {
			v.entryFault(e.Seq, "it is in the dossier twice")
			continue
		}
		seen[e.Seq] = true
		if at, ok := v.entry(e); ok {
			times[e.Seq] = at
		}
	}
	v.order(times)
	v.documents(b.Documents)
}

// checkpoint checks the signed head and says in words whose key was relied on.
func (v *verification) checkpoint(b Bundle, key string) {
	inside := key == ""
	if inside {
		key = b.Key
	}
	v.Key = plain(key)
	v.Trust = "The key was given by the reader of this dossier."
	if inside {
		v.Trust = "No key was given: the key inside the dossier was relied on. " +
			"This shows that the dossier is whole, not who made it; compare the key with the one that the ledger's owner publishes."
	}
	if !inside && key != b.Key {
		v.fault(-1, "the dossier names another key than the one given")
	}
	verifier, err := NewVerifier(key)
	if err != nil {
		v.fault(-1, "key: %v", err)
		return
	}
	c, err := OpenCheckpoint(b.Checkpoint, verifier)
	if err != nil {
		v.fault(-1, "checkpoint: %v", err)
		return
	}
	if c.Origin != b.Origin {
		v.fault(-1, "the dossier is of %s, its checkpoint of %s", quote(b.Origin), quote(c.Origin))
		return
	}
	v.Origin, v.Size, v.Root, v.Checkpoint = c.Origin, c.Size, c.Root.String(), b.Checkpoint
	v.root, v.rooted = c.Root, true
}

// entry checks one entry; at is its time when its leaf could be read.
func (v *verification) entry(e BundleEntry) (at time.Time, ok bool) {
	l, err := ParseLeaf([]byte(e.Leaf))
	if err != nil {
		v.entryFault(e.Seq, "%v", err)
		return at, false
	}
	before := len(v.Faults) + v.More
	if l.Seq != e.Seq {
		v.entryFault(e.Seq, "its leaf is that of entry %d", l.Seq)
	}
	if l.Kind != e.Kind {
		v.entryFault(e.Seq, "its kind is not the one in its leaf")
	}
	if l.At.Format(TimeLayout) != e.At {
		v.entryFault(e.Seq, "its time is not the one in its leaf")
	}
	if err := v.inclusion(e); err != nil {
		v.entryFault(e.Seq, "%v", err)
	}
	v.payload(e, l)
	if len(v.Faults)+v.More == before {
		v.Entries[l.Kind]++
	}
	return l.At, true
}

func (v *verification) inclusion(e BundleEntry) error {
	if !v.rooted {
		return errors.New("nothing to prove it against: the checkpoint does not verify")
	}
	if e.Seq >= v.Size {
		return fmt.Errorf("the checkpoint covers only %d entries", v.Size)
	}
	if e.Proof == nil || len(e.Proof) > 64 {
		return errors.New("its proof is lacking or longer than any can be")
	}
	proof := make([]Hash, len(e.Proof))
	for i, text := range e.Proof {
		h, err := base64Bytes(text)
		if err != nil || len(h) != len(Hash{}) {
			return errors.New("its proof is malformed")
		}
		proof[i] = Hash(h)
	}
	if CheckInclusion(proof, v.Size, v.root, e.Seq, LeafHash([]byte(e.Leaf))) != nil {
		return errors.New("its proof does not lead to the root of the checkpoint")
	}
	return nil
}

// payload checks the content of an entry against the commitment in its leaf.
func (v *verification) payload(e BundleEntry, l Leaf) {
	if e.Salt == "" && e.Payload == "" {
		v.Erased = append(v.Erased, e.Seq)
		return
	}
	salt, err := base64Bytes(e.Salt)
	if err != nil || len(salt) != 32 {
		v.entryFault(e.Seq, "its salt is not 32 bytes in base64")
		return
	}
	if Commit([32]byte(salt), []byte(e.Payload)) != l.Commitment {
		v.entryFault(e.Seq, "payload does not match its commitment")
		return
	}
	facts, err := readPayload([]byte(e.Payload))
	if err != nil {
		v.entryFault(e.Seq, "its payload is %v", err)
		return
	}
	for _, ref := range facts.documents {
		if _, known := v.refs[ref]; !known {
			v.refs[ref] = e.Seq
		}
	}
	for _, hash := range facts.hashes {
		v.mentions[hash] = true
	}
	if len(facts.decisions) > 0 {
		at := facts.eventTime
		if at == "" {
			at = e.At
		}
		v.Responses = append(v.Responses, Response{Seq: e.Seq, Kind: l.Kind, At: at, Decisions: facts.decisions})
	}
}

// order checks that time does not run backwards over the entries given.
func (v *verification) order(times map[int64]time.Time) {
	prev := int64(-1)
	for _, seq := range slices.Sorted(maps.Keys(times)) {
		if prev >= 0 && times[seq].Before(times[prev]) {
			v.entryFault(seq, "time is before entry %d", prev)
		}
		prev = seq
	}
}

// documents checks that every document is what its hash says and that none is missing or beside
// the point.
func (v *verification) documents(list []BundleDocument) {
	have := map[string]bool{}
	for _, d := range list {
		name := short(d.SHA256)
		content := []byte(d.Content)
		if !isText(d.Media) {
			var err error
			if content, err = base64Bytes(d.Content); err != nil {
				v.fault(-1, "document %s: content is not base64", name)
				continue
			}
		}
		sum := sha256.Sum256(content)
		switch {
		case hex.EncodeToString(sum[:]) != d.SHA256:
			v.fault(-1, "document %s: content does not match its hash", name)
		case have[d.SHA256]:
			v.fault(-1, "document %s: it is in the dossier twice", name)
		case !v.mentions[d.SHA256]:
			v.fault(-1, "document %s: no entry of the dossier refers to it", name)
		default:
			v.Documents = append(v.Documents, d.SHA256)
		}
		have[d.SHA256] = true
	}
	for _, ref := range slices.Sorted(maps.Keys(v.refs)) {
		if !have[ref] {
			v.entryFault(v.refs[ref], "document %s that it refers to is missing", short(ref))
		}
	}
}
