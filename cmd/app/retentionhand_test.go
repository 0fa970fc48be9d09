package app

import (
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
)

// A yes that was entered by hand and taken back by another way than the form was kept without end: its proof goes as that of any
// withdrawal does, five years after the no, and not before (COMPLIANCE B.5).
func TestProofOfAYesByHandEnds(t *testing.T) {
	t.Parallel()
	const years = 367 * 24 * time.Hour
	for name, tt := range map[string]struct {
		no    bool // the person is put on the never-write list, two years after the yes
		after time.Duration
		due   bool
	}{
		"a yes that stands":              {false, 8 * years, false},
		"a no, four years after it":      {true, 6 * years, false},
		"a no, more than five after it":  {true, 8 * years, true},
		"a yes, no time to speak of yet": {false, 3 * years, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1, retained: func(r *config.Retention) { r.Silent = 0 }}) // else who said no is erased before
			_, err := h.app.Desk.Record(t.Context(), Operator(), campaign.ByHand{Who: person(0), Kind: campaign.ByPaper, Given: campaign.DateOf(h.clock()), Name: "scan.pdf", Media: "application/pdf",
				Voucher: []byte("%PDF-1.4 scan"), Lines: []campaign.AnswerLine{{Question: campaign.Question{Purpose: "newsletter", Channel: "email"}, Yes: true}}})
			h.must(err)
			h.wait(2 * years)
			if tt.no {
				_, err := h.app.Suppress(t.Context(), person(0), "told by telephone")
				h.must(err)
			}
			h.wait(tt.after - 2*years)
			if got := h.due()["proof"]; (got[1] > 0) != tt.due {
				t.Errorf("due are %v, want %v", got, tt.due)
			}
			if h.retain(); !tt.due {
				return
			}
			if got := h.due()["proof"]; got[1] != 0 {
				t.Errorf("after it went %v are due", got)
			}
		})
	}
}
