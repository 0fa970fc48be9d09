package ledger

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Format names the dossier and its version.
const Format = "reoptin-proof/1"

// MaxBundle is the longest dossier that Verify reads, in bytes.
const MaxBundle = int64(512) << 20

// Bundle is the offline dossier: some entries of a ledger with all that is needed to check them
// without the ledger. Binary fields are standard base64.
type Bundle struct {
	Format     string           `json:"format"`
	Origin     string           `json:"origin"`
	Key        string           `json:"key"`        // public key of the ledger
	Checkpoint string           `json:"checkpoint"` // signed; its size is what the proofs lead to
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
// the content to the entries; name, language and media only label it and are not proven.
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

// AddEntry adds an entry with its inclusion proof in the tree of the checkpoint. An erased entry
// has a nil payload. The payload must be UTF-8, as every canonical payload is.
func (b *Bundle) AddEntry(l Leaf, salt [32]byte, payload []byte, proof []Hash) error {
	if !utf8.Valid(payload) {
		return fmt.Errorf("entry %d: its payload is not UTF-8 text", l.Seq)
	}
	e := BundleEntry{
		Seq: l.Seq, Kind: l.Kind, At: l.At.UTC().Format(TimeLayout), Leaf: string(l.Marshal()),
		Proof: make([]string, len(proof)),
	}
	for i, h := range proof {
		e.Proof[i] = h.String()
	}
	if payload != nil {
		e.Salt, e.Payload = base64.StdEncoding.EncodeToString(salt[:]), string(payload)
	}
	b.Entries = append(b.Entries, e)
	return nil
}

// AddDocument adds a document that an entry refers to.
func (b *Bundle) AddDocument(sha256, name, language, media string, content []byte) error {
	d := BundleDocument{SHA256: sha256, Name: name, Language: language, Media: media, Content: string(content)}
	switch {
	case !isText(media):
		d.Content = base64.StdEncoding.EncodeToString(content)
	case !utf8.Valid(content):
		return fmt.Errorf("document %s: %s that is not UTF-8 cannot be carried as text", short(sha256), media)
	}
	b.Documents = append(b.Documents, d)
	return nil
}

// Write writes the dossier as indented JSON.
func (b Bundle) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(b); err != nil {
		return fmt.Errorf("write the dossier: %w", err)
	}
	return nil
}

func isText(media string) bool { return strings.HasPrefix(media, "text/") }
