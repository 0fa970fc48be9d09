package app

import (
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

func TestHouseSendsOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 12}).start(spring).send().send()
	h.expect(map[campaign.State]int{campaign.Sent: 12})
	h.took(12)
	h.says(person(3), "newsletter.email")
	h.oneClick(person(4))
}
