package app

import (
	"sync"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// Whoever was looked at when the claim was made is looked at anew when their record changes before the dot: a mailbox that was
// corrected is somebody else's now, and of whoever is restricted, a minor or dead nothing may be used. The others are not held up.
func TestWhatChangesBetweenClaimAndDotIsHeeded(t *testing.T) {
	t.Parallel()
	const who = "p001@d.example"
	for name, change := range map[string]func(h *house, made campaign.ImportID){
		"another mailbox": func(h *house, _ campaign.ImportID) { h.rectify(who, "other@d.example") },
		"restricted": func(h *house, _ campaign.ImportID) {
			h.importRows([]string{who}, map[string]string{"restricted": "yes"})
		},
		"deceased": func(h *house, _ campaign.ImportID) { h.importRows([]string{who}, map[string]string{"deceased": "yes"}) },
		"an import is taken back": func(h *house, made campaign.ImportID) {
			_, err := h.app.Desk.UndoImport(h.t.Context(), Operator(), made, false)
			h.must(err)
		},
		"a minor": func(h *house, _ campaign.ImportID) { h.importRows([]string{who}, map[string]string{"minor": "yes"}) },
	} {
		for _, point := range []string{"claim.after", "mail.after-body"} {
			t.Run(name+" at "+point, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, plan{emails: []string{"p000@d.example", "p002@d.example"}, senders: 1})
				made := h.importPeople([]string{who}).Import
				h.on(point, sync.OnceFunc(func() { change(h, made) }))
				h.start(spring).send()
				h.took(2)
				for _, m := range h.relay.Messages() {
					if m.To == who {
						t.Errorf("%s was written to", who)
					}
				}
				h.expect(map[campaign.State]int{campaign.Sent: 2, campaign.Withheld: 1})
			})
		}
	}
}
