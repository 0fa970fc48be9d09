package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
)

// Checkpoint signs the ledger's head when there are new entries, remembers it in the send journal, and gives the
// latest one. A journal that could take nothing is asked once more with every head: it may have missed one.
func (a *App) Checkpoint(ctx context.Context) (store.Checkpoint, error) {
	now, before, err := a.signers()
	if err != nil {
		return store.Checkpoint{}, err
	}
	p, signed, err := a.store.Checkpoint(ctx, now, before...)
	if err != nil || !signed && (p.Size == 0 || !a.Desk.Lapsed()) {
		return p, err
	}
	if err := a.Desk.RecordHead(ctx, p.Size, p.Root, p.At); err != nil {
		return p, err
	}
	a.keepAnchor(ctx, p)
	return p, nil
}

// VerifyLedger recomputes everything from the rows, and holds it against every signed checkpoint
// and against what the send journal remembers. since may name a file with a checkpoint that was given away earlier.
func (a *App) VerifyLedger(ctx context.Context, since string) (ledger.Report, error) {
	verifiers, err := a.verifiers()
	if err != nil {
		return ledger.Report{}, err
	}
	anchors, err := a.anchors()
	if err != nil {
		return ledger.Report{}, err
	}
	if since != "" {
		c, _, err := a.givenAway(since)
		if err != nil {
			return ledger.Report{}, err
		}
		anchors = append(anchors, ledger.Anchor{Size: c.Size, Root: c.Root, From: "the checkpoint given away earlier", Signed: true})
	}
	r, err := a.store.VerifyLedger(ctx, verifiers, anchors)
	if err != nil {
		return r, err
	}
	if kept := a.store.PutVerification(ctx, store.Verification{Size: r.Size, Faults: len(r.Faults) + r.More}); kept != nil { // a damaged database may not take it
		a.log.Warn("what the verification came to was not kept", "cause", kept)
	}
	return r, nil
}

// givenAway reads a checkpoint from a file.
func (a *App) givenAway(path string) (c ledger.Checkpoint, note string, err error) {
	f, err := openFile(path)
	if err != nil {
		return c, "", err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, mostAnchor))
	if err != nil {
		return c, "", unreadable(path, err)
	}
	verifiers, err := a.verifiers()
	if err != nil {
		return c, "", err
	}
	note = strings.Trim(ledger.Text(raw), "\n") + "\n" // mail programs add line ends, or leave the last one out
	if c, err = ledger.OpenCheckpoint(note, verifiers...); err != nil {
		err = fault.New(fault.Invalid, "checkpoint.foreign", "{path} is no checkpoint that this installation has signed", "path", path).Because(err).
			Hint("name a file that holds what reoptin ledger checkpoint printed")
	}
	return c, note, err
}

// ExportConsistency writes the proof that the newest checkpoint continues an older one.
func (a *App) ExportConsistency(ctx context.Context, w io.Writer, path string) error {
	older, note, err := a.givenAway(path)
	if err != nil {
		return err
	}
	k, err := a.ledgerKeys()
	if err != nil {
		return err
	}
	if _, err := a.Checkpoint(ctx); err != nil {
		return err
	}
	newer, proof, there, err := a.store.Consistency(ctx, older.Size)
	if err != nil {
		return err
	}
	if !there {
		return fault.New(fault.Conflict, "checkpoint.longer", "{path} covers {size} entries, more than the ledger has: rows were lost or an old copy was put back", "path", path, "size", older.Size).
			Hint("reoptin ledger verify --since " + path)
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(ledger.NewConsistency(older.Origin, k.now(), k.handovers, note, newer.Note, proof))
}

// ProofQuery narrows a dossier; empty means everything.
type ProofQuery struct{ Campaign, Contact, Response string }

// ExportProof writes a dossier that can be checked offline. It signs a checkpoint first, so that the
// newest answer is covered.
func (a *App) ExportProof(ctx context.Context, w io.Writer, q ProofQuery) error {
	return a.exportProof(ctx, Operator(), w, q)
}

func (a *App) exportProof(ctx context.Context, actor campaign.Actor, w io.Writer, q ProofQuery) error {
	return a.takeOut(ctx, w, actor, campaign.Export{What: campaign.ExportProof, Format: "json", Only: q.words()}, func(w io.Writer, e *campaign.Export) error {
		sel, err := a.writeProof(ctx, w, q, func(ledger.BundleEntry) { e.Count++ })
		e.Campaign, e.Contact, e.Response = sel.Campaign, sel.Contact, sel.Response
		return err
	})
}

// words say how a dossier is narrowed; whom it is about is said otherwise.
func (q ProofQuery) words() map[string]string {
	return map[string]string{"campaign": q.Campaign, "response": q.Response}
}

// writeProof writes a dossier, which may be for the house's own eyes.
func (a *App) writeProof(ctx context.Context, w io.Writer, q ProofQuery, seen func(ledger.BundleEntry)) (store.Selection, error) {
	k, sel, err := a.proving(ctx, q)
	if err != nil {
		return sel, err
	}
	_, err = a.store.WriteBundle(ctx, w, store.Making{Key: k.now(), Handovers: k.handovers, Software: "reoptin " + Version(), Seen: seen}, sel)
	return sel, err
}

// proving signs a checkpoint and gives what a dossier is made with: the keys, and what goes into it.
func (a *App) proving(ctx context.Context, q ProofQuery) (k ledgerKeys, sel store.Selection, err error) {
	if _, err = a.Checkpoint(ctx); err != nil {
		return k, sel, err
	}
	if sel, err = a.selection(ctx, q); err != nil {
		return k, sel, err
	}
	k, err = a.ledgerKeys()
	return k, sel, err
}

func (a *App) selection(ctx context.Context, q ProofQuery) (store.Selection, error) {
	sel := store.Selection{Response: q.Response}
	err := a.store.View(ctx, func(r campaign.Reader) error {
		if q.Campaign != "" {
			c, err := r.Campaign(q.Campaign)
			if fault.Is(err, fault.NotFound) {
				return fault.New(fault.NotFound, "campaign.not_found", "there is no campaign {name}", "name", q.Campaign).Hint("reoptin campaign list")
			}
			if err != nil {
				return err
			}
			sel.Campaign = c.ID
		}
		if q.Contact != "" {
			c, err := a.find(r, q.Contact)
			if err != nil {
				return err
			}
			sel.Contact = c.ID
		}
		if q.Response != "" {
			_, err := r.Response(q.Response)
			if fault.Is(err, fault.NotFound) {
				return fault.New(fault.NotFound, "response.not_found", "there is no answer {id}", "id", q.Response).Hint("reoptin responses list")
			}
			return err
		}
		return nil
	})
	return sel, err
}

// ShowProof prints one ledger entry with its content.
func (a *App) ShowProof(ctx context.Context, w io.Writer, id string) error {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "proof.id", "{id} is no entry number", "id", strconv.Quote(id)).Hint("reoptin responses list shows the proof of each answer")
	}
	e, err := a.store.Entry(ctx, n)
	if err != nil {
		return err
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(e)
}

// ResponseQuery narrows a list of answers.
type ResponseQuery struct {
	Campaign string
	Page
}

// ResponseLine is one answer.
type ResponseLine struct {
	ID        string              `json:"id"`
	Proof     int64               `json:"proof"`
	Contact   int64               `json:"contact"`
	At        string              `json:"at"`
	Kind      string              `json:"kind"`
	Language  string              `json:"language"`
	Document  string              `json:"document"`
	Decisions []campaign.Decision `json:"decisions"`

	// Of an answer on paper or by voice: who entered it, the day on which it was given, and the file that shows it.
	Author  string `json:"author,omitempty"`
	Given   string `json:"given,omitempty"`
	Voucher string `json:"voucher,omitempty"`
}

// entered adds who entered an answer by hand, and what shows it.
func (r *ResponseLine) entered(v campaign.Voucher) {
	r.Author, r.Given = v.Author, v.Given.String()
	if v.Name != "" {
		r.Voucher = v.Name + " sha256 " + v.SHA256
	}
}

// byHand adds it to one that was.
func byHand(r campaign.Reader, l *ResponseLine) error {
	if l.Kind != string(campaign.ByPaper) && l.Kind != string(campaign.ByVoice) {
		return nil
	}
	v, err := r.Voucher(campaign.EntryNo(l.Proof))
	if fault.Is(err, fault.NotFound) { // erased
		return nil
	}
	l.entered(v)
	return err
}

// Words say what was decided, for people.
func (r ResponseLine) Words() string {
	var parts []string
	for _, d := range r.Decisions {
		parts = append(parts, fmt.Sprintf("%s by %s: %s", d.Purpose, d.Channel, d.State))
	}
	return strings.Join(parts, "; ")
}

// ResponseList is a page of answers.
type ResponseList struct {
	Responses []ResponseLine `json:"responses"`
	Next      string         `json:"next"`
}

func responseLine(r campaign.Response) ResponseLine {
	return ResponseLine{ID: r.ID, Proof: int64(r.Entry), Contact: int64(r.Contact), At: stamp(r.At), Kind: string(r.Kind), Language: r.Language, Document: r.Document, Decisions: append([]campaign.Decision{}, r.Decisions...)}
}

// Responses lists what people answered, in the order of the ledger.
func (a *App) Responses(ctx context.Context, q ResponseQuery) (ResponseList, error) {
	l := ResponseList{Responses: []ResponseLine{}}
	after, err := q.after(-1)
	if err != nil {
		return l, err
	}
	sel, err := a.selection(ctx, ProofQuery{Campaign: q.Campaign})
	if err != nil {
		return l, err
	}
	limit := q.limit()
	err = a.store.View(ctx, func(r campaign.Reader) error {
		rs, err := r.ResponsePage(sel.Campaign, campaign.EntryNo(after), limit+1)
		for n, resp := range rs {
			if n == limit {
				l.Next = strconv.FormatInt(int64(rs[n-1].Entry), 10)
				break
			}
			line := responseLine(resp)
			if err := byHand(r, &line); err != nil {
				return err
			}
			l.Responses = append(l.Responses, line)
		}
		return err
	})
	return l, err
}

// Response shows one answer.
func (a *App) Response(ctx context.Context, id string) (ResponseLine, error) {
	if _, err := a.selection(ctx, ProofQuery{Response: id}); err != nil {
		return ResponseLine{}, err
	}
	var l ResponseLine
	err := a.store.View(ctx, func(r campaign.Reader) error {
		resp, err := r.Response(id)
		if l = responseLine(resp); err == nil {
			err = byHand(r, &l)
		}
		return err
	})
	return l, err
}
