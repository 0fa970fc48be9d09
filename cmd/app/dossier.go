package app

import (
	"archive/zip"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// ExportDossier writes the dossier as a zip file: the proof, each message and form as it was shown, time stamps of
// the ledger with what binds them to it, and a summary for people. The proof is written as it is read, so that
// a dossier of a whole campaign takes no more memory than one of a person.
func (a *App) ExportDossier(ctx context.Context, w io.Writer, q ProofQuery, language string) error {
	return a.exportDossier(ctx, Operator(), w, q, language)
}

func (a *App) exportDossier(ctx context.Context, actor campaign.Actor, w io.Writer, q ProofQuery, language string) error {
	return a.takeOut(ctx, w, actor, campaign.Export{What: campaign.ExportProof, Format: "zip", Only: q.words()}, func(w io.Writer, e *campaign.Export) error {
		return a.writeDossier(ctx, w, q, language, e)
	})
}

func (a *App) writeDossier(ctx context.Context, w io.Writer, q ProofQuery, language string, e *campaign.Export) error {
	words, err := a.wordsIn(language)
	if err != nil {
		return err
	}
	k, sel, err := a.proving(ctx, q)
	if err != nil {
		return err
	}
	e.Campaign, e.Contact, e.Response = sel.Campaign, sel.Contact, sel.Response
	d := &dossier{app: a, keys: k, zip: zip.NewWriter(w), at: a.clock(), told: newTelling(q)}
	d.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	made, err := d.proof(ctx, sel)
	for _, n := range d.told.kinds {
		e.Count += n
	}
	if err != nil {
		return err
	}
	if err := d.documents(ctx, made.Documents); err != nil {
		return err
	}
	if err := d.stamps(ctx, made.Checkpoint); err != nil {
		return err
	}
	if err := d.summary(words.For(language), made.Checkpoint); err != nil {
		return err
	}
	if err := d.file("README.txt", []byte(dossierReadme)); err != nil {
		return err
	}
	return d.zip.Close()
}

// dossier is a zip file that is being written.
type dossier struct {
	app  *App
	keys ledgerKeys
	zip  *zip.Writer
	at   time.Time
	told *telling
}

func (d *dossier) create(name string) (io.Writer, error) {
	return d.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: d.at})
}

func (d *dossier) file(name string, content []byte) error {
	w, err := d.create(name)
	if err == nil {
		_, err = w.Write(content)
	}
	return err
}

func (d *dossier) proof(ctx context.Context, sel store.Selection) (made store.Made, err error) {
	w, err := d.create(ledger.ProofName)
	if err != nil {
		return made, err
	}
	return d.app.store.WriteBundle(ctx, w, store.Making{Key: d.keys.now(), Handovers: d.keys.handovers, Software: "reoptin " + Version(), Seen: d.told.entry}, sel)
}

// documents are there once more as files that can be opened.
func (d *dossier) documents(ctx context.Context, shas []string) error {
	for _, sha := range shas {
		doc, err := d.app.Desk.Document(ctx, sha)
		if err != nil {
			return err
		}
		d.told.document(doc)
		if err := d.file(ledger.DocumentFile(sha, doc.Name), doc.Content); err != nil {
			return err
		}
	}
	return nil
}

// mostStamps bounds how many time stamps a dossier carries; the newest are the least telling.
const mostStamps = 500

// stamps adds every time stamp with its checkpoint, and the proof that the dossier's checkpoint continues that.
func (d *dossier) stamps(ctx context.Context, sealed store.Checkpoint) error {
	list, err := d.app.store.Anchors(ctx, store.AnchorTimestamp, 0, mostStamps)
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	for _, s := range list {
		if s.Of.Size > sealed.Size || seen[s.Of.Size] {
			continue
		}
		seen[s.Of.Size] = true
		proof, err := d.app.store.ConsistencyOf(ctx, s.Of.Size, sealed.Size)
		if err != nil {
			return err
		}
		v, err := ledger.NewVerifier(d.keys.now())
		if err != nil {
			return badKey(err)
		}
		text, err := json.MarshalIndent(ledger.NewConsistency(v.Name(), d.keys.now(), d.keys.handovers, s.Of.Note, sealed.Note, proof), "", "  ")
		if err != nil {
			return err
		}
		name := ledger.StampName(s.Of.Size)
		for _, f := range []struct {
			ending string
			text   []byte
		}{{".checkpoint", []byte(s.Of.Note)}, {".tsr", s.Answer}, {".json", text}} {
			if err := d.file(name+f.ending, f.text); err != nil {
				return err
			}
		}
		d.told.stamp(s)
	}
	return nil
}

const dossierReadme = `This is a dossier of reoptin: proof of what people were asked, were shown and answered.

proof.json      the proof itself: entries of the ledger, each with its way to the signed head
documents/      each message and form as it was shown, once more as a file; placeholders stand where names stood
timestamps/     heads of the ledger, time-stamped by an authority (RFC 3161), where one is used
summary.pdf     the same for reading; it proves nothing

It need not hold all entries of the ledger: what is not in it may have happened all the same, a later withdrawal by the
same person for example. The organisation writes all about one person with

  reoptin proof export --contact ADDRESS

An entry may be here without its content: it was erased, as another entry then says, or is withheld.

Check it with the public key that the organisation publishes, by one of these:

  reoptin proof verify FILE.zip --key KEY
  reoptin-verify --key KEY FILE.zip            a small program that does nothing else
  the page verify.html                         in a browser, which sends nothing anywhere

A time stamp can also be checked by other programs, for example:

  openssl ts -verify -data timestamps/N.checkpoint -in timestamps/N.tsr -CAfile AUTHORITY.pem

How the proof is made, byte by byte, is written in docs/ledger.md of reoptin.
`

// telling gathers what the summary says, while the proof is written. Of many answers it keeps the first.
type telling struct {
	query     ProofQuery
	kinds     map[string]int
	gone      map[int64]bool // entries without content, and whether one after them says that it was erased
	states    map[string]int
	answers   []toldAnswer
	more      int
	documents []campaign.Document
	stamps    []store.Anchor
}

// toldAnswer is one answer as the summary shows it.
type toldAnswer struct {
	seq       int64
	At        string              `json:"event_time"`
	Receipt   string              `json:"receipt_id"`
	Language  string              `json:"language"`
	Document  string              `json:"document"`
	Decisions []campaign.Decision `json:"decisions"`
}

// mostAnswers bounds the answers that a summary shows one by one.
const mostAnswers = 100

func newTelling(q ProofQuery) *telling {
	return &telling{query: q, kinds: map[string]int{}, gone: map[int64]bool{}, states: map[string]int{}}
}

func (t *telling) entry(e ledger.BundleEntry) {
	t.kinds[e.Kind]++
	if e.Payload == "" {
		t.gone[e.Seq] = false
		return
	}
	if e.Kind == string(campaign.EntryErased) {
		t.erasure(e.Payload)
	}
	if e.Kind != string(campaign.EntryAnswered) && e.Kind != string(campaign.EntryObjected) {
		return
	}
	a := toldAnswer{seq: e.Seq, At: e.At}
	if json.Unmarshal([]byte(e.Payload), &a) != nil {
		return
	}
	for _, d := range a.Decisions {
		t.states[fmt.Sprintf("%s\x00%s\x00%s", d.Purpose, d.Channel, d.State)]++
	}
	if len(t.answers) == mostAnswers {
		t.more++
		return
	}
	t.answers = append(t.answers, a)
}

func (t *telling) erasure(payload string) {
	var of struct {
		Entries []int64 `json:"entries"`
	}
	if json.Unmarshal([]byte(payload), &of) != nil {
		return
	}
	for _, seq := range of.Entries {
		if _, gone := t.gone[seq]; gone {
			t.gone[seq] = true
		}
	}
}

func (t *telling) document(d campaign.Document) {
	d.Content = nil
	t.documents = append(t.documents, d)
}

func (t *telling) stamp(s store.Anchor) { t.stamps = append(t.stamps, s) }
