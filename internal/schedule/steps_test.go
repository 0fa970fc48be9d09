package schedule

import (
	"slices"
	"testing"

	"github.com/reoptin/reoptin/internal/fault"
)

func TestParseSteps(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]int{"off": nil, "on": {50, 200, 1000, 5000}, "10": {10}, " 5,6 , 700": {5, 6, 700}} {
		if got, err := ParseSteps(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is %v, %v; want %v", in, got, err, want)
		}
	}
	for _, s := range []string{"", "0", "50,50", "200, 50", "ten", "1,,2", "-1", "1000001"} {
		if _, err := ParseSteps(s); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("%q: %v, want an invalid fault with a hint", s, err)
		}
	}
}
