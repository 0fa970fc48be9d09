package campaign

import (
	"crypto/sha256"
	"encoding/binary"
)

// KeyHalf is half of a key's digest, which is enough to tell people apart; a digest binds its kind.
type KeyHalf [sha256.Size / 2]byte

// Half is the first half of the digest.
func (k *PersonKey) Half() KeyHalf { return KeyHalf(k.Digest[:]) }

// Halves holds something of each of many keys. Nearly all who are looked for are not there: a bit that is not
// set says so without a look at the rest.
type Halves[V any] struct {
	known map[KeyHalf]V
	bits  []uint64 // by the first bits of the digest, which are as good as drawn by lot
	cut   int
}

// NewHalves makes room for n keys.
func NewHalves[V any](n int) *Halves[V] {
	h := &Halves[V]{known: make(map[KeyHalf]V, n), cut: 64 - 12}
	for size := 12; size < 34 && 1<<size < 32*n; size++ {
		h.cut--
	}
	h.bits = make([]uint64, 1<<(64-h.cut-6))
	return h
}

func (h *Halves[V]) bit(k KeyHalf) (word int, mask uint64) {
	at := binary.BigEndian.Uint64(k[:]) >> h.cut
	return int(at >> 6), 1 << (at & 63)
}

// Put holds something of a key in place of what was there.
func (h *Halves[V]) Put(k KeyHalf, v V) {
	word, mask := h.bit(k)
	h.bits[word] |= mask
	h.known[k] = v
}

// Drop forgets a key.
func (h *Halves[V]) Drop(k KeyHalf) { delete(h.known, k) }

// Get gives what is held of a key.
func (h *Halves[V]) Get(k KeyHalf) (v V, ok bool) {
	if word, mask := h.bit(k); h.bits[word]&mask == 0 {
		return v, false
	}
	v, ok = h.known[k]
	return v, ok
}
