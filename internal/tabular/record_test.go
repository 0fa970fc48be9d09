package tabular

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// TestALineWithoutQuotesIsARecord: the short way and the long one read the same.
func TestALineWithoutQuotesIsARecord(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	const letters = "aé;;,\r\n\r\n\"\t"
	for range 200_000 {
		b := make([]byte, r.IntN(12))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		s := splitter{delimiter: ';', bareCR: r.IntN(4) == 0}
		eof := r.IntN(2) == 0
		if short, long := s.scan(b, eof), s.scanQuoted(b, eof); !reflect.DeepEqual(short, long) {
			t.Fatalf("%+v %q eof %v\nshort %+v\nlong  %+v", s, b, eof, short, long)
		}
	}
}
