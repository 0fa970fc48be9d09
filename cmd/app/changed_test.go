//go:build failpoint

package app

import (
	"sync"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// F24: an address that is changed after the planning gets no message, neither the old one nor the new: what was
// planned is for the old one, and its keys stay taken by nobody else's.
func TestAddressChangedAfterPlanning(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, window: "Tue 12:00-13:00"}).start(spring)
	was := h.invitation(person(1)).Email
	h.changeAddress(person(1), "moved@elsewhere.example")
	if i := h.invitation("moved@elsewhere.example"); i.Email != was {
		t.Errorf("the invitation went over to %s", i.Email.Redacted())
	}
	h.until("2026-03-10T11:30:00Z")
	h.expect(map[campaign.State]int{campaign.Sent: 2, campaign.Withheld: 1})
	if n := h.relay.Accepted(); n[person(1)]+n["moved@elsewhere.example"] != 0 {
		t.Errorf("one of the two addresses was written to: %v", n)
	}
}

// An address that is changed while its message is under way does not turn the message to the new one, and nobody
// is asked at the new one afterwards. Before the dot the message does not leave any more; behind it, it has.
func TestAddressChangedWhileUnderWay(t *testing.T) {
	t.Parallel()
	for point, sent := range map[string]int{"mail.after-body": 0, "mail.after-commit": 1} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			addressChangedAt(t, point, sent)
		})
	}
}

func addressChangedAt(t *testing.T, point string, sent int) {
	h := newHouse(t, plan{people: 1, senders: 1}).start(spring)
	h.on(point, sync.OnceFunc(func() { h.changeAddress(person(0), "moved@elsewhere.example") }))
	h.send()
	h.expect(map[campaign.State]int{campaign.Sent: sent, campaign.Withheld: 1 - sent})
	h.took(sent)
	h.approve("autumn", nil)
	if f, err := h.app.Desk.Audience(t.Context(), "autumn"); err != nil || f.ToAsk != 0 {
		t.Errorf("%d people to ask again, %v", f.ToAsk, err)
	}
	if n := h.relay.Accepted(); n[person(0)] != sent || n["moved@elsewhere.example"] != 0 {
		t.Errorf("%v", n)
	}
}
