package ledger_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/reoptin/reoptin/ledger"
)

func TestTilesAreReadStrictly(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]ledger.Tile{
		"0/000":             {Width: 256},
		"0/000.p/1":         {Width: 1},
		"1/x001/x234/067":   {Level: 1, N: 1234067, Width: 256},
		"entries/x001/002":  {Leaves: true, N: 1002, Width: 256},
		"entries/000.p/255": {Leaves: true, Width: 255},
	} {
		got, err := ledger.ParseTile(path)
		if err != nil || got != want {
			t.Errorf("%s: %+v %v", path, got, err)
		}
	}
	for _, path := range []string{"", "0", "0/", "0/0", "0/000.p/0", "0/000.p/256", "0/000.p/01", "00/000", "-1/000", "64/000", "data/000", "8/0/000",
		"0/x000/000", "0/001/002", "0/000/", "0/../000", "entries/000.p/", strings.Repeat("0/", 64), "0/" + strings.Repeat("x999/", 12) + "999"} {
		if got, err := ledger.ParseTile(path); err == nil {
			t.Errorf("%q was read as %+v", path, got)
		}
	}
}

// What is published is enough to compute the root from, by code that never saw the ledger.
func TestTilesLeadToTheRoot(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	for i := range 700 {
		m.append(t, "asked", map[string]any{"i": i})
	}
	hashes := map[string][]byte{}
	for _, path := range []string{"0/000", "0/001", "0/002.p/188", "1/000.p/2"} {
		tile, err := ledger.ParseTile(path)
		check(t, err)
		if !tile.Within(700) || tile.Within(int64(tile.Width)-1) {
			t.Error(path)
		}
		if hashes[path], err = tile.Hashes(m.readHashes); err != nil || len(hashes[path]) != 32*tile.Width {
			t.Error(path, err)
		}
	}
	for _, path := range []string{"0/002", "1/000", "2/000.p/1", "0/002.p/189"} {
		if tile, err := ledger.ParseTile(path); err != nil || tile.Within(700) {
			t.Error(path, err)
		}
	}
	root, err := tlog.TreeHash(700, tlog.TileHashReader(tlog.Tree{N: 700, Hash: m.head.Root}, tiles{hashes}))
	if err != nil || root != m.head.Root {
		t.Error(root, err)
	}
	var leaves []byte
	for _, e := range m.entries[:3] {
		leaves = ledger.AppendLeaf(leaves, ledger.Leaf{Seq: e.Seq, Kind: e.Kind, At: e.At, Commitment: [32]byte(e.Commitment)})
	}
	for i := range 3 {
		n := binary.BigEndian.Uint16(leaves)
		h := ledger.LeafHash(leaves[2 : 2+n])
		leaves = leaves[2+n:]
		if !bytes.Equal(h[:], hashes["0/000"][32*i:32*i+32]) {
			t.Error("leaf", i)
		}
	}
	if len(leaves) > 0 {
		t.Error(leaves)
	}
}

// tiles are published tiles, as another program reads them.
type tiles struct{ by map[string][]byte }

func (tiles) Height() int                     { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (s tiles) ReadTiles(list []tlog.Tile) (out [][]byte, err error) {
	for _, t := range list {
		data, ok := s.by[strings.TrimPrefix(t.Path(), "tile/8/")]
		if !ok {
			return nil, fmt.Errorf("no tile %s", t.Path())
		}
		out = append(out, data)
	}
	return out, nil
}
