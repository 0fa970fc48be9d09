package app

import (
	"runtime/debug"
	"testing"
)

// Work that ends in another order than it began leaves the setting as it was. It runs alone, since the setting is the process's.
func TestGarbageIsCollectedAsBeforeInTheEnd(t *testing.T) {
	was := debug.SetGCPercent(77)
	defer debug.SetGCPercent(was)
	now := func() int {
		p := debug.SetGCPercent(77)
		debug.SetGCPercent(p)
		return p
	}
	first := collectLess()
	second := collectLess()
	first()
	if now() != roomyGC {
		t.Error("the second is still at work:", now())
	}
	second()
	if now() != 77 {
		t.Error("it stays at", now())
	}
}
