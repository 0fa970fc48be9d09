package app

import (
	"testing"

	"github.com/reoptin/reoptin/internal/config"
)

// What left in the turn that claims more is in the figures already: counted once more as claimed, half of a
// day's messages was put off to the next day.
func TestWarmUpIsUsedUpOnItsDay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{emails: at("gmail.com", 30), senders: 1, sending: func(s *config.Sending) { s.Warmup, s.Rate = "20, 100", "1000000/s" }})
	h.start(spring).send()
	h.tookGmail(20)
}
