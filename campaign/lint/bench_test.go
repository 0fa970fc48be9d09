package lint

import "testing"

// BenchmarkCheck lints message and form in seven languages for three sample contacts each: what the dashboard does
// while somebody writes.
func BenchmarkCheck(b *testing.B) {
	d := everyLanguage()
	Check(d) // reads the word lists, once for a process
	b.ReportAllocs()
	for b.Loop() {
		Check(d)
	}
}
