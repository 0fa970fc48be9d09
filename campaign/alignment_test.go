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
		{"signed for another", Alignment{Signer: "other.example"}, "news@shop.example", "dkim.domain is other.example"},
		{"signed for another, by the relay for the sender", Alignment{Signer: "other.example", Relay: "shop.example"}, "news@shop.example", "dkim.domain is other.example"},
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
