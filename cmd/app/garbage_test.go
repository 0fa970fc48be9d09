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
	var backs []func()
	for _, percent := range []int{sendingGC, roomyGC, roomyGC, armingGC} {
		backs = append(backs, collect(percent))
	}
	for n, want := range []int{roomyGC, roomyGC, armingGC, 77} {
		if backs[n](); now() != want {
			t.Errorf("%d have ended: %d, want %d", n+1, now(), want)
		}
	}
	if now() != 77 {
		t.Error("it stays at", now())
	}
}
