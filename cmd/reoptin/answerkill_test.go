//go:build failpoint

package main

import (
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"
)

// Whoever is thanked has a row after the server was killed at any moment of an answer; whoever got no
// answer has a whole row or none, and can answer again.
func TestAnswersOutliveAKill(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"answer.after-update=1", "answer.after-update=4", "answer.after-journal=1", "answer.after-journal=3",
		"journal.after-write=2", "store.before-commit=3", "store.before-commit=5", "store.after-commit=3", "store.after-commit=5"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			f := newFront(t, 8)
			s := f.serve(nil)
			visits := f.visits(8)
			f.stop(s) // views of a form are stored every second: of those no server is to die
			s = f.serve(nil, "REOPTIN_FAILPOINT="+point+":kill")
			// Those that wait are stored together; the first two do not, so that there are three commits at least.
			thanked := f.together(visits[:1])
			maps.Copy(thanked, f.together(visits[1:2]))
			maps.Copy(thanked, f.together(visits[2:]))
			<-s.ended
			if len(thanked) == len(visits) {
				t.Errorf("nobody was interrupted: %s", s.said)
			}
			s = f.serve(nil)
			rows := f.answered()
			for _, v := range visits {
				if n := rows[v.who]; n > 1 || thanked[v.who] && n != 1 {
					t.Errorf("%s, thanked %v, has %d answers", v.who, thanked[v.who], n)
				}
				if v.no && rows[v.who] == 1 {
					f.expectNo(v.who)
				}
			}
			f.run("ledger", "verify")
			if again := f.together(visits); len(again) != len(visits) {
				t.Errorf("%d of %d could answer again", len(again), len(visits))
			}
			for who, n := range f.answered() {
				if n != 1 {
					t.Errorf("%s has %d answers", who, n)
				}
			}
			f.stop(s)
			f.run("ledger", "verify")
		})
	}
}

// together sends all answers in the same moment and gives who was thanked.
func (f *front) together(visits []visit) map[string]bool {
	f.t.Helper()
	var group sync.WaitGroup
	var mu sync.Mutex
	thanked := map[string]bool{}
	for _, v := range visits {
		group.Go(func() {
			res, _, err := send(http.MethodPost, v.target, v.post)
			if err != nil {
				return // the server died: nobody was told anything
			}
			mu.Lock()
			defer mu.Unlock()
			if v.thanked(res) {
				thanked[v.who] = true
			} else {
				f.t.Error(fmt.Sprint(v.who, ": ", res.Status))
			}
		})
	}
	group.Wait()
	return thanked
}
