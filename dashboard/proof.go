package dashboard

import (
	"net/http"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// showProof shows where the ledger stands.
func (d *Dashboard) showProof(v *visit) error { return v.proofPage(http.StatusOK, nil, nil) }

// verifyLongest bounds how long somebody waits for the whole ledger to be recomputed.
const verifyLongest = 2 * time.Minute

// verifyLedger recomputes the whole ledger, one at a time and for a bounded time.
func (d *Dashboard) verifyLedger(v *visit) error {
	if !d.verifying.TryLock() {
		return v.proofPage(http.StatusConflict, nil, fault.New(fault.Conflict, "board.proof.busy", "the ledger is being recomputed already").At("dashboard.verifyLedger"))
	}
	defer d.verifying.Unlock()
	ctx, cancel := v.patient(verifyLongest)
	defer cancel()
	verdict, err := d.desk.VerifyLedger(ctx)
	if ctx.Err() != nil && v.ctx().Err() == nil {
		return v.proofPage(http.StatusServiceUnavailable, nil, fault.New(fault.Unavailable, "board.proof.long", "this ledger takes longer than a page can wait").At("dashboard.verifyLedger").Hint("reoptin ledger verify"))
	}
	if mendable(err) {
		return v.proofPage(http.StatusUnprocessableEntity, nil, err)
	}
	if err != nil {
		return err
	}
	return v.proofPage(http.StatusOK, &verdict, nil)
}

func (v *visit) proofPage(status int, verdict *Verdict, wrong error) error {
	p, err := v.d.desk.Proof(v.ctx())
	if err != nil {
		return err
	}
	page := board.Proof{Frame: v.frame(v.P.T("board.proof.title")), Note: p.Note, Key: p.Key, Verify: v.d.href("/proof/verify"), Search: v.d.href("/responses/find"), Facts: []board.Pair{
		{Term: v.P.T("board.proof.size"), Text: v.P.Number(int(p.Size))}, {Term: v.P.T("board.proof.root"), Text: p.Root}, {Term: v.P.T("board.proof.checkpoint"), Text: v.P.T("board.proof.unsigned")},
	}}
	if p.Covered > 0 {
		page.Facts[2].Text = v.P.T("board.proof.covers", "n", v.P.Number(int(p.Covered)), "at", v.P.DateTime(p.SignedAt))
	}
	v.anchors(&page, p)
	if err := v.dossierForms(&page); err != nil {
		return err
	}
	if page.Find, err = v.answerFilter(campaign.ResponseFilter{}, ""); err != nil {
		return err
	}
	for i := range page.Find { // the dossier asks for a campaign too
		page.Find[i].ID = "find-" + page.Find[i].Name
	}
	switch {
	case wrong != nil:
		page.Verdict = &board.Flash{Bad: true, Text: v.sentence(wrong)}
		if hint := v.hint(wrong); hint != "" {
			page.Verdict.Text += ": " + hint
		}
	case verdict != nil && verdict.OK:
		page.Verdict = &board.Flash{Text: v.P.N("board.proof.ledger_holds", int(verdict.Entries))}
	case verdict != nil:
		page.Verdict = &board.Flash{Bad: true, Text: v.P.T("board.proof.ledger_fails")}
		page.Faults = v.saidEach(verdict.Faults[:min(len(verdict.Faults), 50)])
		if more := len(verdict.Faults) - len(page.Faults) + verdict.More; more > 0 {
			page.Faults = append(page.Faults, v.P.T("board.proof.more", "n", strconv.Itoa(more)))
		}
	}
	body, err := board.ProofHTML(page)
	return v.show(status, body, err)
}

// anchors says who else has heads of the ledger, and which keys signed it.
func (v *visit) anchors(page *board.Proof, p Proof) {
	for _, a := range p.Anchors {
		l := board.AnchorLine{Way: v.P.T("board.anchor.way." + a.Way), Whom: a.Whom, Text: v.P.T("board.anchor.text." + a.Way), State: board.Badge{Kind: "good", Text: v.P.T("board.anchor.given")}}
		switch {
		case a.Whom == "":
			l.State, l.Mend = board.Badge{Kind: "off", Text: v.P.T("board.anchor.missing")}, v.P.T("board.anchor.mend."+a.Way)
		case a.Late:
			l.State, l.Mend = board.Badge{Kind: "bad", Text: v.P.T("board.anchor.late")}, v.P.T("board.anchor.mend_late")
		case a.Size == 0:
			l.State = board.Badge{Kind: "wait", Text: v.P.T("board.anchor.waits")}
		}
		l.Last = v.headOf(a.Size, a.At)
		page.Anchors = append(page.Anchors, l)
	}
	for _, g := range p.Given {
		page.Given = append(page.Given, board.AnchorLine{Way: v.P.T("board.anchor.way." + g.Way), Whom: g.Whom, Last: v.headOf(g.Size, g.At)})
	}
	for n, k := range p.Keys {
		l := board.LedgerKeyLine{Key: k.Key, Since: "–", How: v.P.T("board.key.first"), State: board.Badge{Kind: "off", Text: v.P.T("board.key.past")}}
		if n == len(p.Keys)-1 {
			l.State = board.Badge{Kind: "good", Text: v.P.T("board.key.signs")}
		}
		if !k.Since.IsZero() {
			l.Since = v.P.DateTime(k.Since)
		}
		if k.Entry != "" {
			l.How = v.P.T("board.key.rotated", "name", k.By, "entry", k.Entry)
		}
		page.Keys = append(page.Keys, l)
	}
}

// headOf is a head of the ledger in words.
func (v *visit) headOf(size int64, at time.Time) string {
	switch {
	case size == 0:
		return "–"
	case at.IsZero():
		return v.P.N("board.anchor.entries", int(size))
	}
	return v.P.T("board.anchor.head", "n", v.P.Number(int(size)), "at", v.P.DateTime(at))
}

// dossierForms ask of whom or what a dossier is wanted.
func (v *visit) dossierForms(page *board.Proof) error {
	cs, err := v.d.desk.Campaigns(v.ctx())
	if err != nil {
		return err
	}
	one := board.Field{Name: "campaign", Label: v.P.T("board.responses.campaign"), Required: true}
	for _, c := range cs {
		if c.Status != campaign.Draft {
			one.Options = append(one.Options, board.Option{Value: c.Name, Label: c.Name})
		}
	}
	page.Dossier = v.d.href("/proof/dossier")
	if len(one.Options) > 0 {
		page.OfCampaign = &one
	}
	page.OfPerson = board.Field{Name: "who", Label: v.P.T("board.contacts.find"), Hint: v.P.T("board.contacts.find_hint"), Value: v.word("who"), Autocomplete: "off", Required: true}
	return nil
}

// exportDossier hands out all proofs of a campaign or of a person.
func (d *Dashboard) exportDossier(v *visit) error {
	v.path = "/proof"
	name, who := v.word("campaign"), v.word("who")
	if (name == "") == (who == "") {
		return v.proofPage(http.StatusUnprocessableEntity, nil, fault.New(fault.Invalid, "board.proof.whose", "choose a campaign or a person").At("dashboard.exportDossier"))
	}
	file := &filing{v: v, name: "proof-person.zip", media: "application/zip"}
	if name != "" {
		file.name = "proof-" + name + ".zip"
	} else if id, err := d.desk.FindContact(v.ctx(), who); err == nil {
		who = campaign.Numbered(id)
	} else {
		return v.proofRefused(err)
	}
	err := d.desk.ExportDossier(v.ctx(), v.actor(), file, name, who, v.P.Language())
	if err != nil && !file.begun {
		return v.proofRefused(err)
	}
	return file.end(err)
}

// proofRefused shows on the page what the person can mend.
func (v *visit) proofRefused(err error) error {
	if mendable(err) || fault.Is(err, fault.NotFound) {
		return v.proofPage(http.StatusUnprocessableEntity, nil, err)
	}
	return err
}

// filing sends a file while it is being written, however long it gets. As long as nothing was written, the answer may
// still be a page.
type filing struct {
	v           *visit
	name, media string
	begun       bool
}

func (f *filing) Write(p []byte) (int, error) {
	w := f.v.Response()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(streamWrite)) // not every writer has one
	if !f.begun {
		f.begin()
	}
	return w.Write(p)
}

func (f *filing) begin() {
	f.begun = true
	w := f.v.Response()
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	w.Header().Set("Content-Type", f.media)
	w.WriteHeader(http.StatusOK)
}

// end cuts the connection when a file that was begun could not be written to its end: a part of a list looks like a list, and
// what tells a browser that it has all of it is the end of the answer.
func (f *filing) end(err error) error {
	if err != nil && f.begun {
		_ = http.NewResponseController(f.v.Response()).SetWriteDeadline(time.Unix(1, 0))
	}
	return err
}
