package tabular

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// TestALineWithoutQuotesIsARecord: the short way and the long one read the same. Cells are only known to be text when
// they are.
func TestALineWithoutQuotesIsARecord(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	const letters = "aé;;,\r\n\r\n\"\t\x00"
	reader := Reader{opts: Options{}.withDefaults()}
	for range 200_000 {
		b := make([]byte, r.IntN(12))
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		s := splitter{delimiter: ';', bareCR: r.IntN(4) == 0}
		eof := r.IntN(2) == 0
		short, long := s.scan(b, eof), s.scanQuoted(b, eof)
		if short.sound && slices.ContainsFunc(short.cells, func(cell string) bool { return reader.unreadable(cell) != "" }) {
			t.Fatalf("%+v %q eof %v is no text: %q", s, b, eof, short.cells)
		}
		if short.sound = false; !reflect.DeepEqual(short, long) {
			t.Fatalf("%+v %q eof %v\nshort %+v\nlong  %+v", s, b, eof, short, long)
		}
	}
}
