package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/account"
)

// TestCodesAreThoseOfTheStandard: RFC 6238, appendix B, for SHA-1, the last six of its eight digits.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	seed := account.Seed("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := seed.Code(account.StepOf(time.Unix(at, 0))); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestACodeHoldsForItsNeighbours(t *testing.T) {
	t.Parallel()
	seed := account.Seed("12345678901234567890")
	now := time.Unix(1_800_000_000, 0)
	for off, want := range map[time.Duration]bool{0: true, 30 * time.Second: true, -30 * time.Second: true, 60 * time.Second: false, -60 * time.Second: false} {
		if _, ok := seed.Step(seed.Code(account.StepOf(now.Add(off))), now); ok != want {
			t.Errorf("%v off: %v", off, ok)
		}
	}
	for _, code := range []string{"", "0", "１２３４５６", strings.Repeat("1", 1000), "-12345"} {
		if _, ok := seed.Step(code, now); ok {
			t.Errorf("%q is a code", code)
		}
	}
}

func TestASeedIsReadBack(t *testing.T) {
	t.Parallel()
	seed, err := account.NewSeed(strings.NewReader(strings.Repeat("seed", 5)))
	if err != nil {
		t.Fatal(err)
	}
	if again, ok := account.ParseSeed(strings.ToLower(seed.String()[:8] + " " + seed.String()[8:])); !ok || string(again) != string(seed) {
		t.Error("it is not read back")
	}
	if _, ok := account.ParseSeed("MFRGG"); ok {
		t.Error("a short one is taken")
	}
	if got := seed.URI("Maison Lumen", "anna@lumen.example"); got != "otpauth://totp/Maison%20Lumen:anna@lumen.example?issuer=Maison%20Lumen&secret="+seed.String() {
		t.Error(got)
	}
}
