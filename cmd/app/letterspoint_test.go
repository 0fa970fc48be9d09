//go:build failpoint

package app

import (
	"context"
	"os"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// A death between the claim and the file leaves a batch that is printed again; nobody is claimed twice.
func TestDeathBeforeTheFileIsWritten(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"letters.after-claim", "letters.writing"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			h := postHouse(t, 1, 2)
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			h.point = func(name string) {
				if name == point {
					leave()
					panic("killed")
				}
			}
			func() {
				defer func() { _ = recover() }()
				_, _ = h.app.PrintLetters(ctx, LetterJob{Campaign: spring, Out: h.at("letters.pdf")})
				t.Error("nothing died")
			}()
			h.point = nil
			h.reopen()
			if _, err := os.Stat(h.at("letters.pdf")); err == nil {
				t.Error("a file is there that was never finished")
			}
			h.expectLetters(map[campaign.State]int{campaign.Sending: 2})
			if _, err := h.app.PrintLetters(t.Context(), LetterJob{Campaign: spring, Out: h.at("x.pdf")}); !fault.Is(err, fault.NotFound) {
				t.Error("the letters of a batch are claimed anew:", err)
			}
			h.prints(1, 2)
		})
	}
}
