package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
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
	lines := make([]string, len(i.Keys))
	for n, k := range i.Keys {
		lines[n] = k.String() + "\n"
	}
	slices.Sort(lines)
	keys := sha256.New()
	for _, l := range slices.Compact(lines) {
		_, _ = io.WriteString(keys, l)
	}
	return Pinned{Link: linkHash(i.Link), Keys: hex.EncodeToString(keys.Sum(nil)), Route: i.Route}
}

// linkHash is what proofs say of a link, which itself is nobody's business.
func linkHash(l LinkID) string {
	sum := sha256.Sum256(l[:])
	return hex.EncodeToString(sum[:])
}
