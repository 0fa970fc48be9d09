package storetest

import (
	"testing"
	"time"
)

// spentTokens: under one token one body is believed, again and again, and no other, until it is forgotten.
func spentTokens(t *testing.T, h Harness) {
	w := newWorld(t, h)
	one, two := [32]byte{1}, [32]byte{2}
	spend := func(token, body [32]byte, want bool) {
		t.Helper()
		ok, err := w.Spend(t.Context(), token, body, time.Hour)
		if err != nil || ok != want {
			t.Errorf("%v %v, want %v", ok, err, want)
		}
	}
	spend(one, one, true)
	spend(one, one, true)
	spend(one, two, false)
	spend(two, two, true)
	w.pass(59 * time.Minute)
	spend(one, two, false)
	w.pass(2 * time.Minute)
	spend(one, two, true)
}
