package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Tiles are 256 hashes wide (C2SP tlog-tiles).
const (
	tileHeight = 8
	TileWidth  = 1 << tileHeight
	maxTile    = 64 // letters of a path
)

// Tile is a piece of the ledger as it is published: hashes of one level of the tree, or leaves.
type Tile struct {
	Level  int   // 0 are the hashes of leaves; each level stands eight above the one below
	Leaves bool  // not hashes but the leaves themselves
	N      int64 // place of the tile in its level
	Width  int   // how much of it there is; TileWidth, or less at the edge
}

// ParseTile reads a path as C2SP tlog-tiles writes it after "tile/": 0/x001/067, 1/000.p/8, entries/000.
func ParseTile(path string) (Tile, error) {
	unknown := errors.New("there is no such tile")
	level, rest, ok := strings.Cut(path, "/")
	if level == "data" || len(path) > maxTile || !ok {
		return Tile{}, unknown
	}
	if level == "entries" {
		level = "data"
	}
	t, err := tlog.ParseTilePath(fmt.Sprintf("tile/%d/%s/%s", tileHeight, level, rest))
	if err != nil || t.L > 63 {
		return Tile{}, unknown
	}
	return Tile{Level: max(t.L, 0), Leaves: t.L < 0, N: t.N, Width: t.W}, nil
}

// First is the number of the first leaf or hash in the tile, of its level.
func (t Tile) First() int64 { return t.N << tileHeight }

// Within reports whether a ledger of this size has the whole tile.
func (t Tile) Within(size int64) bool {
	if t.N > MaxSize>>tileHeight || t.Level*tileHeight > 62 {
		return false
	}
	return t.First()+int64(t.Width) <= size>>(t.Level*tileHeight)
}

// Hashes are the bytes of a tile of hashes.
func (t Tile) Hashes(r HashReader) ([]byte, error) {
	if t.Leaves {
		return nil, errors.New("a tile of leaves has no hashes")
	}
	return tlog.ReadTileData(tlog.Tile{H: tileHeight, L: t.Level, N: t.N, W: t.Width}, r)
}

// AppendLeaf adds a leaf to the bytes of a tile of leaves: its length in two bytes, then the leaf.
func AppendLeaf(out []byte, l Leaf) []byte {
	text := l.Marshal()
	return append(binary.BigEndian.AppendUint16(out, uint16(len(text))), text...)
}
