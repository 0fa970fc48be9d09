package ledger

import (
	"runtime"
	"strings"
	"testing"
)

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

// TestWhatIsKeptOfEarlyEntriesIsCounted, whatever they are long by.
func TestWhatIsKeptOfEarlyEntriesIsCounted(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1000)
	for what, e := range map[string]BundleEntry{
		"kind": {Kind: long}, "at": {At: long}, "leaf": {Leaf: long}, "salt": {Salt: long}, "payload": {Payload: long}, "proof": {Proof: []string{long}}, "hashes": {Proof: make([]string, 40)}, "nothing": {},
	} {
		room := 1000
		if what == "nothing" {
			room = 100
		}
		r := &bundleReader{kept: maxEarly - room}
		if err := r.entry(e); err == nil {
			t.Errorf("%s: kept %d", what, r.kept)
		}
	}
}

// TestNothingOfAPayloadIsKeptButWhatIsSaidOfIt: an answer and a reference do not hold the payload that they stand in.
func TestNothingOfAPayloadIsKeptButWhatIsSaidOfIt(t *testing.T) { // not beside others: what they take counts, too
	v := newVerification()
	taken := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := taken()
	for i := range 16 {
		hash := strings.Repeat("0123456789abcdef"[i:i+1], 64)
		payload := `{"decisions":[{"channel":"email","purpose":"news","state":"granted"}],"document":"` + hash + `","event_time":"now","filler":"` + strings.Repeat("x", 1<<20) + `"}`
		v.payload(BundleEntry{Payload: payload, Salt: strings.Repeat("A", 43) + "="}, Leaf{Commitment: Commit([32]byte{}, []byte(payload))})
		v.document(BundleDocument{SHA256: strings.Repeat(hash, 1<<14)})
	}
	if grown := int64(taken() - before); grown > 1<<20 || len(v.Responses) != 16 || len(v.refs) != 16 || len(v.docs) != 16 {
		t.Errorf("%d bytes are kept of %d answers, %d references and %d documents: %v", grown, len(v.Responses), len(v.refs), len(v.docs), v.Faults)
	}
}
