package dashboard

import (
	"net/http"

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
