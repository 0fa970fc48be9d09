package campaign_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// Whatever is put, put again and dropped, also beyond the room that was made, is found as in a map.
func TestHalvesAreAMap(t *testing.T) {
	t.Parallel()
	draw := rand.New(rand.NewPCG(1, 2))
	for _, room := range []int{0, 1, 100, 3000} {
		halves, want := campaign.NewHalves[int](room), map[campaign.KeyHalf]int{}
		keys := make([]campaign.KeyHalf, 2000)
		for n := range keys {
			binary.BigEndian.PutUint64(keys[n][:], draw.Uint64()>>(n%64))
			binary.BigEndian.PutUint64(keys[n][8:], draw.Uint64()>>(n%56)) // many who would lie in the same places
		}
		for n := range 20_000 {
			k := keys[draw.IntN(len(keys))]
			if draw.IntN(3) == 0 {
				halves.Drop(k)
				delete(want, k)
			} else {
				halves.Put(k, n)
				want[k] = n
			}
		}
		for _, k := range keys {
			got, ok := halves.Get(k)
			whole := campaign.PersonKey{Digest: [32]byte(append(k[:], k[:]...))}
			if whole.Half() != k || ok && !halves.May(&whole) {
				t.Fatalf("room for %d: %x is held, and may not be", room, k)
			}
			if value, held := want[k]; got != value || ok != held {
				t.Fatalf("room for %d: %x is %d, %v; want %d, %v", room, k, got, ok, value, held)
			}
		}
	}
}
