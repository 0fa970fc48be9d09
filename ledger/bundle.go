package ledger

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Format names the dossier and its version.
const Format = "reoptin-proof/1"

// MaxBundle is the longest dossier that Verify reads, in bytes. It is read piece by piece; maxValue is the longest
// piece, and what is kept of entries that come before the checkpoint is bounded by maxEarly.
const (
	MaxBundle = int64(16) << 30
	maxValue  = int64(64) << 20
	maxEarly  = 256 << 20
)

// Bundle is the offline dossier: some entries of a ledger with all that is needed to check them
// without the ledger. Binary fields are standard base64.
type Bundle struct {
	Format     string           `json:"format"`
	Origin     string           `json:"origin"`
	Key        string           `json:"key"`                 // public key of the ledger
	Checkpoint string           `json:"checkpoint"`          // signed; its size is what the proofs lead to
	Handovers  []string         `json:"handovers,omitempty"` // how the key followed the ledger's first one
	Entries    []BundleEntry    `json:"entries"`
	Documents  []BundleDocument `json:"documents"`
	MadeAt     string           `json:"made_at"`  // not proven: when the dossier was written
	Software   string           `json:"software"` // not proven: what wrote it
}

// BundleEntry is one entry with its way to the root. Salt and Payload are both empty when the
// content was erased.
type BundleEntry struct {
	Seq     int64    `json:"seq"`
	Kind    string   `json:"kind"`
	At      string   `json:"at"` // TimeLayout
	Leaf    string   `json:"leaf"`
	Salt    string   `json:"salt,omitempty"`
	Payload string   `json:"payload,omitempty"` // the exact bytes, as a string
	Proof   []string `json:"proof"`
}

// BundleDocument is what was shown to people: a message or a form as it was frozen. The hash binds
// the content to the entries, and so does the name, with the language in it, where they give it one; the media type only
// labels it and is not proven.
type BundleDocument struct {
	SHA256   string `json:"sha256"` // hex
	Name     string `json:"name"`
	Language string `json:"language"`
	Media    string `json:"media"`
	Content  string `json:"content"` // as it is when Media is text/*, else base64
}

// NewBundle starts a dossier against a signed checkpoint.
func NewBundle(origin, vkey, checkpoint, software string, madeAt time.Time) Bundle {
	return Bundle{
		Format: Format, Origin: origin, Key: vkey, Checkpoint: checkpoint,
		Entries: []BundleEntry{}, Documents: []BundleDocument{},
		MadeAt: madeAt.UTC().Format(TimeLayout), Software: software,
	}
}

// NewEntry is an entry with its inclusion proof in the tree of the checkpoint. An erased entry
// has a nil payload. The payload must be UTF-8, as every canonical payload is.
func NewEntry(l Leaf, salt [32]byte, payload []byte, proof []Hash) (BundleEntry, error) {
	if !utf8.Valid(payload) {
		return BundleEntry{}, fmt.Errorf("entry %d: its payload is not UTF-8 text", l.Seq)
	}
	e := BundleEntry{
		Seq: l.Seq, Kind: l.Kind, At: l.At.UTC().Format(TimeLayout), Leaf: string(l.Marshal()), Proof: hashTexts(proof),
	}
	if payload != nil {
		e.Salt, e.Payload = base64.StdEncoding.EncodeToString(salt[:]), string(payload)
	}
	return e, nil
}

// NewDocument is a document that an entry refers to.
func NewDocument(sha256, name, language, media string, content []byte) (BundleDocument, error) {
	d := BundleDocument{SHA256: sha256, Name: name, Language: language, Media: media, Content: string(content)}
	switch {
	case !isText(media):
		d.Content = base64.StdEncoding.EncodeToString(content)
	case !utf8.Valid(content):
		return d, fmt.Errorf("document %s: %s that is not UTF-8 cannot be carried as text", short(sha256), media)
	}
	return d, nil
}

// Write writes the dossier as indented JSON.
func (b Bundle) Write(w io.Writer) error {
	out, err := NewBundleWriter(w, b)
	for i := 0; i < len(b.Entries) && err == nil; i++ {
		err = out.Entry(b.Entries[i])
	}
	for i := 0; i < len(b.Documents) && err == nil; i++ {
		err = out.Document(b.Documents[i])
	}
	if err != nil {
		return err
	}
	return out.Close()
}

// BundleWriter writes a dossier of any size: first its head, then entries, then documents, each as it comes.
type BundleWriter struct {
	out  *bufio.Writer
	item bytes.Buffer
	b    Bundle
	n    int  // items of the list that is being written
	docs bool // the list of entries is closed
}

// NewBundleWriter writes the head of a dossier; the lists of b are not looked at.
func NewBundleWriter(w io.Writer, b Bundle) (*BundleWriter, error) {
	o := &BundleWriter{out: bufio.NewWriterSize(w, 1<<16), b: b}
	fmt.Fprint(o.out, "{\n")
	for _, f := range []struct {
		name  string
		value any
	}{{"format", b.Format}, {"origin", b.Origin}, {"key", b.Key}, {"checkpoint", b.Checkpoint}, {"handovers", b.Handovers}} {
		if f.name == "handovers" && len(b.Handovers) == 0 {
			continue
		}
		if err := o.field(f.name, f.value, ",\n"); err != nil {
			return nil, err
		}
	}
	fmt.Fprint(o.out, `  "entries": [`)
	return o, nil
}

func (o *BundleWriter) field(name string, value any, end string) error {
	text, err := o.json("  ", value)
	fmt.Fprintf(o.out, "  %q: %s%s", name, text, end)
	return err
}

func (o *BundleWriter) json(prefix string, value any) ([]byte, error) {
	o.item.Reset()
	enc := json.NewEncoder(&o.item)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, "  ")
	if err := enc.Encode(value); err != nil {
		return nil, fmt.Errorf("write the dossier: %w", err)
	}
	return bytes.TrimSuffix(o.item.Bytes(), []byte("\n")), nil
}

func (o *BundleWriter) add(value any) error {
	text, err := o.json("    ", value)
	if err != nil {
		return err
	}
	if o.n++; o.n > 1 {
		fmt.Fprint(o.out, ",")
	}
	fmt.Fprint(o.out, "\n    ")
	if _, err := o.out.Write(text); err != nil {
		return fmt.Errorf("write the dossier: %w", err)
	}
	return nil
}

// Entry writes the next entry; none may follow a document.
func (o *BundleWriter) Entry(e BundleEntry) error {
	if o.docs {
		return errors.New("write the dossier: an entry after the documents")
	}
	return o.add(e)
}

// Document writes the next document.
func (o *BundleWriter) Document(d BundleDocument) error {
	o.endEntries()
	return o.add(d)
}

func (o *BundleWriter) endEntries() {
	if !o.docs {
		o.endList()
		fmt.Fprint(o.out, ",\n  \"documents\": [")
		o.docs, o.n = true, 0
	}
}

func (o *BundleWriter) endList() {
	if o.n > 0 {
		fmt.Fprint(o.out, "\n  ")
	}
	fmt.Fprint(o.out, "]")
}

// Close writes the end of the dossier. It does not close what is written to.
func (o *BundleWriter) Close() error {
	o.endEntries()
	o.endList()
	fmt.Fprint(o.out, ",\n")
	if err := o.field("made_at", o.b.MadeAt, ",\n"); err != nil {
		return err
	}
	if err := o.field("software", o.b.Software, "\n}\n"); err != nil {
		return err
	}
	if err := o.out.Flush(); err != nil {
		return fmt.Errorf("write the dossier: %w", err)
	}
	return nil
}

func isText(media string) bool { return strings.HasPrefix(media, "text/") }
