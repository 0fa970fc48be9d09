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
// set says so without a look at the rest. Digests are as good as drawn by lot, so a key lies at the first free place
// from that on which its own bits name: one look at the memory finds it, where a map takes three.
type Halves[V any] struct {
	bits   []uint64
	cut    int
	places []halfPlace[V] // a power of two
	taken  int
}

type halfPlace[V any] struct {
	key   KeyHalf
	taken bool
	held  bool // else it was dropped, and those behind it are still found
	value V
}

// NewHalves makes room for n keys.
func NewHalves[V any](n int) *Halves[V] {
	h := &Halves[V]{cut: 64 - 12}
	for size := 12; size < 34 && 1<<size < 16*n; size++ {
		h.cut--
	}
	h.bits = make([]uint64, 1<<(64-h.cut-6))
	room := 8
	for room*3 < n*4 {
		room *= 2
	}
	h.places = make([]halfPlace[V], room)
	return h
}

func (h *Halves[V]) bit(k *KeyHalf) (word int, mask uint64) {
	at := binary.BigEndian.Uint64(k[:]) >> h.cut
	return int(at >> 6), 1 << (at & 63)
}

// May reports whether something may be held of a key: without that, nothing is.
func (h *Halves[V]) May(k *PersonKey) bool { return h.may((*KeyHalf)(k.Digest[:])) }

func (h *Halves[V]) may(k *KeyHalf) bool {
	word, mask := h.bit(k)
	return h.bits[word]&mask != 0
}

// place is where a key lies, or would.
func (h *Halves[V]) place(k *KeyHalf) *halfPlace[V] {
	last := uint64(len(h.places) - 1)
	for at := binary.BigEndian.Uint64(k[8:]); ; at++ {
		if p := &h.places[at&last]; !p.taken || p.key == *k {
			return p
		}
	}
}

// Put holds something of a key in place of what was there.
func (h *Halves[V]) Put(k KeyHalf, v V) {
	word, mask := h.bit(&k)
	h.bits[word] |= mask
	p := h.place(&k)
	if !p.taken {
		if h.taken++; h.taken*4 > len(h.places)*3 {
			h.widen()
			p = h.place(&k)
		}
	}
	*p = halfPlace[V]{k, true, true, v}
}

func (h *Halves[V]) widen() {
	were := h.places
	h.places = make([]halfPlace[V], 2*len(were))
	for n := range were {
		if were[n].taken {
			*h.place(&were[n].key) = were[n]
		}
	}
}

// Drop forgets a key.
func (h *Halves[V]) Drop(k KeyHalf) { h.place(&k).held = false }

// Get gives what is held of a key.
func (h *Halves[V]) Get(k KeyHalf) (v V, ok bool) {
	if !h.may(&k) {
		return v, false
	}
	if p := h.place(&k); p.held {
		return p.value, true
	}
	return v, false
}
