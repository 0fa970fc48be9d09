package dashboard

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// verifyResponse recomputes the proof of one answer and shows each step.
func (d *Dashboard) verifyResponse(v *visit) error {
	steps, err := d.desk.VerifyResponse(v.ctx(), v.param("response"))
	if mendable(err) {
		return v.responsePage(http.StatusUnprocessableEntity, nil, err)
	}
	if err != nil {
		return err
	}
	return v.responsePage(http.StatusOK, steps, nil)
}

// proven shows the steps of a proof, and what they come to.
func (v *visit) proven(page *board.Response, steps []Step, wrong error) {
	if wrong != nil {
		page.Verdict = &board.Flash{Bad: true, Text: v.sentence(wrong)}
		return
	}
	whole := true
	for _, s := range steps {
		state := board.Badge{Kind: "good", Text: v.P.T("board.proof.holds")}
		if !s.OK {
			whole, state = false, board.Badge{Kind: "bad", Text: v.P.T("board.proof.fails")}
		}
		page.Steps = append(page.Steps, board.ProofStep{State: state, Label: v.P.T("board.step." + s.Name + ".title"), Text: v.P.T("board.step." + s.Name + ".text"), Detail: v.said(s.Detail)})
	}
	switch {
	case len(steps) == 0:
	case whole:
		page.Verdict = &board.Flash{Text: v.P.T("board.proof.answer_holds")}
	default:
		page.Verdict = &board.Flash{Bad: true, Text: v.P.T("board.proof.answer_fails")}
	}
}

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
	ctx, cancel := context.WithTimeout(v.ctx(), verifyLongest)
	defer cancel()
	_ = http.NewResponseController(v.Response()).SetWriteDeadline(time.Now().Add(verifyLongest + streamWrite)) // not every writer has one
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
	page := board.Proof{Frame: v.frame(v.P.T("board.proof.title")), Note: p.Note, Key: p.Key, Verify: v.d.href("/proof/verify"), Facts: []board.Pair{
		{Term: v.P.T("board.proof.size"), Text: v.P.Number(int(p.Size))}, {Term: v.P.T("board.proof.root"), Text: p.Root}, {Term: v.P.T("board.proof.checkpoint"), Text: v.P.T("board.proof.unsigned")},
	}}
	if p.Covered > 0 {
		page.Facts[2].Text = v.P.T("board.proof.covers", "n", v.P.Number(int(p.Covered)), "at", v.P.DateTime(p.SignedAt))
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
