package campaign

import (
	"strings"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

func TestAlignment(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		a    Alignment
		from Address
		want string // words of the fault; empty: none
	}{
		{"nothing is set", Alignment{}, "news@shop.example", ""},
		{"returns to the domain", Alignment{Returns: "Shop.example"}, "news@shop.example", ""},
		{"returns below the domain", Alignment{Returns: "bounce.shop.example"}, "news@shop.example", ""},
		{"returns beside the domain", Alignment{Returns: "bounce.shop.example"}, "news@mail.shop.example", ""},
		{"returns elsewhere", Alignment{Returns: "bounce.other.example"}, "news@shop.example", "messages return to bounce.other.example"},
		{"returns to another of the same registry", Alignment{Returns: "other.co.uk"}, "news@shop.co.uk", "messages return to other.co.uk"},
		{"signed here", Alignment{Signer: "shop.example"}, "news@shop.example", ""},
		{"signed here, returns elsewhere", Alignment{Signer: "shop.example", Returns: "other.example"}, "news@mail.shop.example", ""},
		{"signed for another", Alignment{Signer: "other.example"}, "news@shop.example", "messages are signed for other.example"},
		{"signed for another, by the relay for the sender", Alignment{Signer: "other.example", Relay: "shop.example"}, "news@shop.example", "messages are signed for other.example"},
		{"the relay signs", Alignment{Relay: "shop.example", Returns: "other.example"}, "news@shop.example", ""},
		{"the relay signs for itself", Alignment{Relay: "relay.example"}, "news@shop.example", ""},
		{"the relay signs for itself, returns elsewhere", Alignment{Relay: "relay.example", Returns: "relay.example"}, "news@shop.example", "messages return to relay.example"},
	} {
		err := test.a.Check(test.from)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), test.want) || fault.HintOf(err) == "" {
			t.Errorf("%s: %v (%s)", test.name, err, fault.HintOf(err))
		}
	}
}

// A relay that is used while the first cannot be is held against the sender too, and the hint names its setting.
func TestAlignmentOfEveryRelay(t *testing.T) {
	t.Parallel()
	d := &Desk{alignments: []Alignment{{Setting: "smtp", Returns: "shop.example"}, {Setting: "smtp2", Returns: "bounce.other.example"}}}
	err := d.CheckSender(File{Audience: Audience{Routes: []Route{RouteEmail}}, Sender: Sender{Address: "news@shop.example"}})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.HintOf(err), "set smtp2.envelope_domain") {
		t.Errorf("%v (%s)", err, fault.HintOf(err))
	}
	if err := d.CheckSender(File{Audience: Audience{Routes: []Route{RouteEmail}}, Sender: Sender{Address: "news@other.example"}}); err == nil || !strings.Contains(fault.HintOf(err), "set smtp.envelope_domain") {
		t.Errorf("the first relay: %v", err)
	}
	d.alignments[1].Signer = "shop.example"
	if err := d.CheckSender(File{Audience: Audience{Routes: []Route{RouteEmail}}, Sender: Sender{Address: "news@shop.example"}}); err != nil {
		t.Errorf("signed by the second relay's own key: %v", err)
	}
}
