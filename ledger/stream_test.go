package ledger

import (
	"runtime"
	"strings"
	"testing"
)

// TestAValueMayBeAsLongAsTheFormatSays, whatever follows it, and no longer: what is read ahead is not of it.
func TestAValueMayBeAsLongAsTheFormatSays(t *testing.T) {
	t.Parallel()
	const before, after = `{"sha256":"","name":"","language":"","media":"","content":"`, `"}`
	longest := strings.Repeat("x", int(maxValue)-len("["+before+after))
	in := newBounded(strings.NewReader("["+before+longest+after+","+before+after+","+before+longest+"x"+after+"]"), MaxBundle)
	r, n := &bundleReader{in: in, text: stream{in: in}}, 0
	err := eachOf(r, "documents", "document", (*BundleDocument).plain, func(BundleDocument) error { n++; return nil })
	if want := "a value in it is longer than 67108864 bytes"; err == nil || err.Error() != want || n != 2 {
		t.Errorf("%d of 2 documents, %v", n, err)
	}
}

// TestOddEntriesTakeNoLongerForWhatWasReadAhead: twice as many of them, behind a long one that is plain, take about twice the
// memory in all, and not four times as much, as where each is told from all that follows it.
func TestOddEntriesTakeNoLongerForWhatWasReadAhead(t *testing.T) { // not beside others: what they take counts, too
	long := `{"seq":0,"kind":"","at":"","leaf":"` + strings.Repeat("x", 1<<20) + `","proof":[]}`
	taken := func(n int) uint64 {
		text := `{"entries":[` + long + strings.Repeat(`,{"seq":0,"kind":"\ud83d\ude00","at":"","leaf":"","proof":[]}`, n) + `]}`
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if rep, err := Verify(strings.NewReader(text), ""); err != nil || !strings.Contains(rep.Faults[0].What, `"format" is missing`) {
			t.Error(rep.Faults, err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if once, twice := taken(4000), taken(8000); twice > 3*once {
		t.Errorf("%d bytes, then %d", once, twice)
	}
}
