package campaign

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Pinned is what an entry about a delivery keeps of its invitation so that the row can be held
// against it later: the link, the keys of the person and the route, as they were when planned.
type Pinned struct {
	Link  string `json:"link_sha256"` // hex SHA-256 of the 16 bytes of the link id
	Keys  string `json:"keys_sha256"` // hex SHA-256 of one line per key, sorted: kind, colon, hex digest, line feed
	Route Route  `json:"route"`
}

// PinnedOf computes it of an invitation.
func PinnedOf(i Invitation) Pinned {
	keys := slices.Clone(i.Keys)
	slices.SortFunc(keys, func(a, b PersonKey) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), bytes.Compare(a.Digest[:], b.Digest[:]))
	})
	lines := make([]byte, 0, 128*len(keys))
	for _, k := range slices.Compact(keys) {
		lines = append(append(lines, k.Kind...), ':')
		lines = append(hex.AppendEncode(lines, k.Digest[:]), '\n')
	}
	sum := sha256.Sum256(lines)
	return Pinned{Link: linkHash(i.Link), Keys: hex.EncodeToString(sum[:]), Route: i.Route}
}

// linkHash is what proofs say of a link, which itself is nobody's business.
func linkHash(l LinkID) string {
	sum := sha256.Sum256(l[:])
	return hex.EncodeToString(sum[:])
}
