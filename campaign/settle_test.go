package campaign

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"testing"
	"time"
)

// Of few opt-outs as of many, those are lost that the list does not know, or knows as lifted before.
func TestLostSuppressions(t *testing.T) {
	t.Parallel()
	for _, many := range []int{4, wholeList + 4} {
		s, at := newShelf(), time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC)
		journal := map[PersonKey]saidNo{}
		var want []PersonKey
		for n := range many {
			k := PersonKey{Kind: keyKinds[n%len(keyKinds)], Digest: sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))}
			journal[k] = saidNo{weighsNo: at.UnixMilli()}
			line := Suppression{Key: k, At: at}
			switch n {
			case 0:
				want = append(want, k)
				continue
			case 1:
				line.Lifts = true
				want = append(want, k)
			case 2:
				line.Lifts, line.At = true, at.Add(time.Hour)
			}
			s.suppressed[k] = line
		}
		lost, err := lostSuppressions(shelfTx{shelf: s}, journal)
		slices.SortFunc(want, compareKeys)
		if err != nil || !slices.Equal(slices.SortedFunc(maps.Keys(lost), compareKeys), want) {
			t.Errorf("of %d: %v %v, want %v", many, lost, err, want)
		}
	}
}
