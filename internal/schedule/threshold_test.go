package schedule

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/internal/fault"
)

func TestParseThreshold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Threshold{
		"10 and 5%": {10, 50000}, "3 and 0.3%": {3, 3000}, "10": {10, 0}, "5%": {1, 50000}, " 7 and 100% ": {7, million}, "off": {}, "1 and 0.0001%": {1, 1},
	} {
		if got, err := ParseThreshold(in); err != nil || got != want {
			t.Errorf("%q is %+v, %v; want %+v", in, got, err, want)
		}
	}
	for _, s := range []string{"", "0", "-1", "5 %%", "0%", "101%", "10 and", "10 and 5", "and 5%", "1.5", "0.00001%", "ten", "10 and +5%", "1000001", "%", ".5%"} {
		if _, err := ParseThreshold(s); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("%q: %v, want an invalid fault with a hint", s, err)
		}
	}
}

func TestThresholdTextReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := Threshold{rapid.IntRange(1, mostThreshold).Draw(t, "least"), rapid.IntRange(0, million).Draw(t, "share")}
		if got, err := ParseThreshold(want.String()); err != nil || got != want {
			t.Fatalf("%q reads back as %+v, %v", want, got, err)
		}
	})
}

// Reached never turns back to no when one more is bad, nor to yes when one more is good.
func TestThresholdIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		th := Threshold{rapid.IntRange(0, 50).Draw(t, "least"), rapid.IntRange(0, million).Draw(t, "share")}
		all := rapid.IntRange(1, 100000).Draw(t, "all")
		n := rapid.IntRange(0, all).Draw(t, "n")
		if th.Reached(n, all) && !th.Reached(n+1, all+1) {
			t.Fatalf("%s: %d of %d is too many, one more is not", th, n, all)
		}
		if !th.Reached(n, all) && th.Reached(n, all+1) {
			t.Fatalf("%s: %d of %d is not too many, of one more it is", th, n, all)
		}
		if th.Least == 0 && th.Reached(n, all) {
			t.Fatal("off, and reached")
		}
	})
}
