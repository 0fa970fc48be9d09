package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Verify checks a dossier offline. key is the ledger's public key, got by a way that the giver of
// the dossier does not control; with "" the key inside is relied on, which shows that the dossier
// is whole and of one piece but not whose it is, and the report says so. What does not verify is in
// the report's faults; an error means that the dossier could not be read at all or that key is not
// a key. Any input is safe to give.
func Verify(r io.Reader, key string) (Report, error) { return verifyUpTo(MaxBundle, r, key) }

func verifyUpTo(limit int64, r io.Reader, key string) (Report, error) {
	v, err := verifyBundle(limit, r, key)
	if err != nil {
		return newReport(), err
	}
	return v.close(), nil
}

// verifyBundle checks a dossier; the report is still open.
func verifyBundle(limit int64, r io.Reader, key string) (*verification, error) {
	key, err := givenKey(key)
	if err != nil {
		return nil, err
	}
	v := newVerification()
	in := newBounded(r, limit)
	b := &bundleReader{v: v, key: key, in: in, text: stream{in: in}, have: map[string]bool{}}
	if err := b.read(); err != nil {
		if unread := (errUnread{}); errors.As(err, &unread) {
			return nil, fmt.Errorf("read the dossier: %w", unread.error)
		}
		v = newVerification()
		v.fault(-1, "this is not a dossier of reoptin: %v", err)
		return v, nil
	}
	v.finish(b.b)
	return v, nil
}

// givenKey is the key that the reader brings, which must be one.
func givenKey(key string) (string, error) {
	key = strings.TrimSpace(key)
	if key == "" {
		return "", nil
	}
	_, err := NewVerifier(key)
	return key, err
}

// verification is the work on one dossier.
type verification struct {
	Report
	head     Checkpoint
	keys     []Verifier
	rooted   bool // head is signed
	skip     bool // nothing in it can be understood
	count    int
	times    []timed
	refs     map[string]int64  // document hash → entry that refers to it
	mentions map[[32]byte]bool // every hash that a payload mentions anywhere
	named    map[[32]byte]bool // documents that a payload gives a name
	names    map[[32]byte]bool // these names, each with its document
	docs     []judged
	gone     map[int64]bool // entries without content, and whether an entry says that it was erased
	told     map[int64]bool // entries of which one says so, and which were not seen without content yet
}

// timed is when an entry was made.
type timed struct{ seq, at int64 }

// judged is a document of which the content is not kept.
type judged struct {
	sha, name, language string
	size                int
	fault               string
}

// maxLabel is the longest name or language of a document, in bytes.
const maxLabel = 255

func newVerification() *verification {
	return &verification{Report: newReport(), refs: map[string]int64{}, mentions: map[[32]byte]bool{}, named: map[[32]byte]bool{}, names: map[[32]byte]bool{}, gone: map[int64]bool{}, told: map[int64]bool{}}
}

// begin judges what entries are proven against.
func (v *verification) begin(b Bundle, key string) {
	if b.Format != Format {
		v.fault(-1, "the format is %s, only %q is known", quote(b.Format), Format)
		v.skip = true
		return
	}
	v.checkpoint(b, key)
}

// finish judges what can be judged only when all was seen.
func (v *verification) finish(b Bundle) {
	if v.skip {
		return
	}
	if _, err := ParseTime(b.MadeAt); err != nil {
		v.fault(-1, "made_at: %v", err)
	}
	if v.count == 0 {
		v.fault(-1, "the dossier holds no entry")
	}
	v.Held = v.count
	v.order()
	v.erasures()
	v.documents()
}

// checkpoint checks the signed head and says in words whose key was relied on.
func (v *verification) checkpoint(b Bundle, key string) {
	keys, ok := v.trust(key, b.Key, b.Handovers)
	if !ok {
		return
	}
	v.keys = keys
	c, err := OpenCheckpoint(b.Checkpoint, keys[len(keys)-1])
	if err != nil {
		v.fault(-1, "checkpoint: %v", err)
		return
	}
	if c.Origin != b.Origin {
		v.fault(-1, "the dossier is of %s, its checkpoint of %s", quote(b.Origin), quote(c.Origin))
		return
	}
	v.Origin, v.Size, v.Root, v.Checkpoint = c.Origin, c.Size, c.Root.String(), b.Checkpoint
	v.head, v.rooted = c, true
}

// entry checks one entry.
func (v *verification) entry(e BundleEntry) {
	if v.skip {
		return
	}
	v.count++
	l, err := ParseLeaf([]byte(e.Leaf))
	if err != nil {
		v.entryFault(e.Seq, "%v", err)
		return
	}
	v.times = append(v.times, timed{e.Seq, l.At.UnixMilli()})
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
	if v.rooted && len(v.Faults)+v.More == before {
		v.Entries[l.Kind]++
	}
}

func (v *verification) inclusion(e BundleEntry) error {
	if !v.rooted { // what is wrong with the checkpoint is said, and not of each entry again
		return nil
	}
	if e.Seq >= v.Size {
		return fmt.Errorf("the checkpoint covers only %d entries", v.Size)
	}
	proof, err := readProof(e.Proof)
	if err != nil {
		return err
	}
	if CheckInclusion(proof, v.Size, v.head.Root, e.Seq, LeafHash([]byte(e.Leaf))) != nil {
		return errors.New("its proof does not lead to the root of the checkpoint")
	}
	return nil
}

// payload checks the content of an entry against the commitment in its leaf.
func (v *verification) payload(e BundleEntry, l Leaf) {
	if e.Salt == "" && e.Payload == "" {
		v.gone[e.Seq] = v.told[e.Seq]
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
	facts, err := readPayload(e.Payload, func(hash string) { v.mentions[hashKey(hash)] = true }, nil)
	if err != nil {
		v.entryFault(e.Seq, "its payload is %v", err)
		return
	}
	for _, ref := range facts.documents {
		if _, known := v.refs[ref.sha]; !known {
			v.refs[strings.Clone(ref.sha)] = e.Seq // without the payload
		}
		if ref.name != "" {
			v.named[hashKey(ref.sha)] = true
			v.names[nameKey(ref.sha, ref.name)] = true
		}
	}
	if l.Kind == KindErased {
		facts.erased(func(seq int64) { v.tellsErased(l.Seq, seq) })
	}
	if at, decisions := facts.answer(); len(decisions) > 0 {
		if at == "" {
			at = e.At
		}
		v.Responses = append(v.Responses, Response{Seq: e.Seq, Kind: l.Kind, At: strings.Clone(at), Decisions: decisions})
	}
}

// maxTold bounds what is remembered of entries that come after the one that tells of their erasure. A writer puts
// them before it.
const maxTold = 1 << 20

// tellsErased takes note that an entry says of an earlier one that its content was erased.
func (v *verification) tellsErased(by, seq int64) {
	_, gone := v.gone[seq]
	switch {
	case by <= seq:
	case gone:
		v.gone[seq] = true
	case len(v.told) < maxTold:
		v.told[seq] = true
	}
}

// erasures parts the entries without content: of some the dossier says itself that it was erased, the others may have been
// deprived of it by whoever gave the file.
func (v *verification) erasures() {
	for _, seq := range slices.Sorted(maps.Keys(v.gone)) {
		if v.gone[seq] {
			v.Erased = append(v.Erased, seq)
		} else {
			v.Absent = append(v.Absent, seq)
		}
	}
}

// hashKey is a hash that is written in hex; what is none gives something that no payload mentions.
func hashKey(text string) (key [32]byte) {
	if n, err := hex.Decode(key[:], []byte(text[:min(len(text), 64)])); err != nil || n != len(key) {
		return [32]byte{}
	}
	return key
}

// nameKey stands for a document under a name. Names may be long, and there may be many.
func nameKey(sha, name string) [32]byte { return sha256.Sum256([]byte(sha + name)) }

// order checks that no entry comes twice and that time does not run backwards over those given.
func (v *verification) order() {
	slices.SortStableFunc(v.times, func(a, b timed) int { return cmp.Compare(a.seq, b.seq) })
	for i := 1; i < len(v.times); i++ {
		now, before := v.times[i], v.times[i-1]
		switch {
		case now.seq == before.seq:
			v.entryFault(now.seq, "it is in the dossier twice")
		case now.at < before.at:
			v.entryFault(now.seq, "time is before entry %d", before.seq)
		}
	}
}

// document takes note of a document and forgets its content.
func (v *verification) document(d BundleDocument) {
	content, ok := d.content()
	sum := sha256.Sum256(content)
	j := judged{sha: strings.Clone(d.SHA256[:min(len(d.SHA256), 2*sha256.Size)]), name: d.Name, language: d.Language, size: len(content)}
	switch {
	case len(d.Name) > maxLabel || len(d.Language) > maxLabel:
		j.fault, j.name, j.language = "its name or language is too long", "", ""
	case !ok:
		j.fault = "content is not base64"
	case hex.EncodeToString(sum[:]) != d.SHA256:
		j.fault = "content does not match its hash"
	}
	v.docs = append(v.docs, j)
}

// content is what the document holds.
func (d BundleDocument) content() (content []byte, ok bool) {
	if isText(d.Media) {
		return []byte(d.Content), true
	}
	content, err := base64Bytes(d.Content)
	return content, err == nil
}

// speaks reports whether the language of a document is the one in its name, as in form.fr.html.
func speaks(name, language string) bool {
	parts := strings.Split(name, ".")
	return len(parts) != 3 || parts[1] == language
}

// documents checks that every document is what its hash says and that none is missing or beside
// the point.
func (v *verification) documents() {
	have := map[string]bool{}
	for _, d := range v.docs {
		name := short(d.sha)
		switch {
		case d.fault != "":
			v.fault(-1, "document %s: %s", name, d.fault)
		case have[d.sha]:
			v.fault(-1, "document %s: it is in the dossier twice", name)
		case !v.mentions[hashKey(d.sha)]:
			v.fault(-1, "document %s: no entry of the dossier refers to it", name)
		case v.named[hashKey(d.sha)] && !v.names[nameKey(d.sha, d.name)]:
			v.fault(-1, "document %s: no entry of the dossier calls it %s", name, quote(d.name))
		case v.named[hashKey(d.sha)] && !speaks(d.name, d.language):
			v.fault(-1, "document %s: %s is not in the language %s", name, quote(d.name), quote(d.language))
		default:
			v.Documents = append(v.Documents, d.sha)
		}
		have[d.sha] = true
	}
	for _, ref := range slices.Sorted(maps.Keys(v.refs)) {
		if !have[ref] {
			v.entryFault(v.refs[ref], "document %s that it refers to is missing", short(ref))
		}
	}
}
