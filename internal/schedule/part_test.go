package schedule

import (
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

func TestParsePart(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"200": 200, "1%": 100, " 2.5% ": 250, "off": 0, "0.1%": 50, "50%": 500} {
		p, err := ParsePart(in)
		if got := p.Of(10000, 50, 500); err != nil || got != want {
			t.Errorf("%q of 10000 is %d, %v; want %d", in, got, err, want)
		}
	}
	for _, s := range []string{"", "0", "-3", "0%", "many", "1 %%", "1000001"} {
		if _, err := ParsePart(s); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("%q: %v, want an invalid fault with a hint", s, err)
		}
	}
}
