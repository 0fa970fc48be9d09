package ledger_test

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/reoptin/reoptin/ledger"
)

// The naive tree: RFC 6962 section 2.1 to the letter, with nothing of the package.

func naiveLeaf(b []byte) ledger.Hash { return sha256.Sum256(append([]byte{0}, b...)) }

func naiveNode(l, r ledger.Hash) ledger.Hash {
	return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:]))
}

func split(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

func naiveRoot(d []ledger.Hash) ledger.Hash {
	switch len(d) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return d[0]
	}
	k := split(len(d))
	return naiveNode(naiveRoot(d[:k]), naiveRoot(d[k:]))
}

func naivePath(m int, d []ledger.Hash) []ledger.Hash {
	if len(d) == 1 {
		return []ledger.Hash{}
	}
	if k := split(len(d)); m < k {
		return append(naivePath(m, d[:k]), naiveRoot(d[k:]))
	} else {
		return append(naivePath(m-k, d[k:]), naiveRoot(d[:k]))
	}
}

func naiveSubproof(m int, d []ledger.Hash, whole bool) []ledger.Hash {
	if m == len(d) {
		if whole {
			return []ledger.Hash{}
		}
		return []ledger.Hash{naiveRoot(d)}
	}
	if k := split(len(d)); m <= k {
		return append(naiveSubproof(m, d[:k], whole), naiveRoot(d[k:]))
	} else {
		return append(naiveSubproof(m-k, d[k:], false), naiveRoot(d[:k]))
	}
}

// stored is a tree of stored nodes, with its leaves.
type stored struct{ nodes, leaves []ledger.Hash }

func (s *stored) read(indexes []int64) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = s.nodes[x]
	}
	return out, nil
}

func (s *stored) append(t testing.TB, leaf []byte) {
	t.Helper()
	seq := int64(len(s.leaves))
	if len(s.nodes) != int(ledger.StoredHashIndex(0, seq)) || len(s.nodes) != int(ledger.StoredHashCount(seq)) {
		t.Fatalf("%d nodes stored before leaf %d", len(s.nodes), seq)
	}
	hs, err := ledger.StoredHashes(seq, leaf, s.read)
	check(t, err)
	s.nodes, s.leaves = append(s.nodes, hs...), append(s.leaves, ledger.LeafHash(leaf))
}

func grow(t testing.TB, n int) *stored {
	s := &stored{}
	for i := range n {
		s.append(t, []byte{byte(i), byte(i >> 8)})
	}
	return s
}

// The eight leaves and roots that certificate transparency's own tests use.
func TestTreeVectors(t *testing.T) {
	t.Parallel()
	leaves := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	s := &stored{}
	for size, want := range roots {
		got, err := ledger.TreeHash(int64(size), s.read)
		check(t, err)
		again := ledger.Root(s.leaves)
		if hex.EncodeToString(got[:]) != want || again != got {
			t.Errorf("size %d: root %x, from leaves %x, want %s", size, got, again, want)
		}
		if size < len(leaves) {
			leaf, err := hex.DecodeString(leaves[size])
			check(t, err)
			s.append(t, leaf)
		}
	}
}

func TestTreeAgreesWithTheNaiveOne(t *testing.T) {
	t.Parallel()
	s := grow(t, 1030)
	for i, leaf := range s.leaves {
		if leaf != naiveLeaf([]byte{byte(i), byte(i >> 8)}) {
			t.Fatal("leaf hash", i)
		}
	}
	sizes := []int{0, 1, 2, 3}
	for k := 4; k <= 1024; k *= 2 {
		sizes = append(sizes, k-1, k, k+1)
	}
	for _, size := range sizes {
		got, err := ledger.TreeHash(int64(size), s.read)
		check(t, err)
		if want := naiveRoot(s.leaves[:size]); got != want || ledger.Root(s.leaves[:size]) != want {
			t.Errorf("size %d: root differs", size)
		}
	}
}

// 10,000 inclusion and 10,000 consistency proofs at random.
func TestProofsAgreeWithTheNaiveOnes(t *testing.T) {
	t.Parallel()
	const largest = 100
	s := grow(t, largest)
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 / often {
		size := 1 + r.IntN(largest)
		seq, older, other := r.IntN(size), 1+r.IntN(size), r.IntN(size)
		root := naiveRoot(s.leaves[:size])
		proof, err := ledger.ProveInclusion(int64(size), int64(seq), s.read)
		check(t, err)
		if !slices.Equal(proof, naivePath(seq, s.leaves[:size])) {
			t.Fatalf("inclusion proof %d of %d differs", seq, size)
		}
		check(t, ledger.CheckInclusion(proof, int64(size), root, int64(seq), s.leaves[seq]))
		if other != seq && ledger.CheckInclusion(proof, int64(size), root, int64(other), s.leaves[seq]) == nil {
			t.Fatalf("proof %d of %d holds for %d", seq, size, other)
		}
		proof, err = ledger.ProveConsistency(int64(size), int64(older), s.read)
		check(t, err)
		if !slices.Equal(proof, naiveSubproof(older, s.leaves[:size], true)) {
			t.Fatalf("consistency proof %d of %d differs", older, size)
		}
		olderRoot := naiveRoot(s.leaves[:older])
		check(t, ledger.CheckConsistency(proof, int64(size), root, int64(older), olderRoot))
		olderRoot[0] ^= 1
		if ledger.CheckConsistency(proof, int64(size), root, int64(older), olderRoot) == nil {
			t.Fatalf("consistency %d of %d holds for another root", older, size)
		}
	}
}

// Every proof of the sizes at which trees change their shape.
func TestEveryProofAtTheEdges(t *testing.T) {
	t.Parallel()
	sizes := []int{1, 2, 3}
	for k := 4; k <= 64; k *= 2 {
		sizes = append(sizes, k-1, k, k+1)
	}
	s := grow(t, 65)
	for _, size := range sizes {
		root := naiveRoot(s.leaves[:size])
		for seq := range size {
			proof, err := ledger.ProveInclusion(int64(size), int64(seq), s.read)
			check(t, err)
			if !slices.Equal(proof, naivePath(seq, s.leaves[:size])) || ledger.CheckInclusion(proof, int64(size), root, int64(seq), s.leaves[seq]) != nil {
				t.Errorf("inclusion proof %d of %d", seq, size)
			}
			older := seq + 1
			proof, err = ledger.ProveConsistency(int64(size), int64(older), s.read)
			check(t, err)
			if !slices.Equal(proof, naiveSubproof(older, s.leaves[:size], true)) || ledger.CheckConsistency(proof, int64(size), root, int64(older), naiveRoot(s.leaves[:older])) != nil {
				t.Errorf("consistency proof %d of %d", older, size)
			}
		}
	}
}

func TestTreeRefusesImpossibleSizes(t *testing.T) {
	t.Parallel()
	s := grow(t, 3)
	for _, size := range []int64{-1, 1<<63 - 1, ledger.MaxSize + 1} {
		_, e1 := ledger.StoredHashes(size, nil, s.read)
		_, e2 := ledger.TreeHash(size, s.read)
		_, e3 := ledger.ProveInclusion(size, 0, s.read)
		_, e4 := ledger.ProveConsistency(size, 1, s.read)
		e5 := ledger.CheckInclusion(nil, size, ledger.Hash{}, 0, ledger.Hash{})
		e6 := ledger.CheckConsistency(nil, size, ledger.Hash{}, 1, ledger.Hash{})
		for i, err := range []error{e1, e2, e3, e4, e5, e6} {
			if err == nil {
				t.Errorf("size %d: call %d passed", size, i+1)
			}
		}
	}
}
