//go:build !race

package ledger

import (
	"runtime"
	"strings"
	"testing"
)

// The race detector takes seconds to a minute for values of this length, and there is nothing for it to see.

// TestAValueMayBeAsLongAsTheFormatSays, whatever follows it, and no longer: what is read ahead is not of it.
func TestAValueMayBeAsLongAsTheFormatSays(t *testing.T) {
	t.Parallel()
	const before, after = `{"sha256":"","name":"","language":"","media":"","content":"`, `"}`
	longest := strings.Repeat("x", int(maxValue)-len("["+before+after))
	in := newBounded(strings.NewReader("["+before+longest+after+","+before+after+","+before+longest+"x"+after+"]"), MaxBundle)
	r, n := &bundleReader{in: in, text: stream{in: in}}, 0
	err := eachOf(r, "documents", "document", (*BundleDocument).readPlain, func(BundleDocument) error { n++; return nil })
	if want := "a value in it is longer than 67108864 bytes"; err == nil || err.Error() != want || n != 2 {
		t.Errorf("%d of 2 documents, %v", n, err)
	}
}

// TestNothingIsMadeOfWhatIsRefused, or not asked for: what is short as text may be long as what it says.
func TestNothingIsMadeOfWhatIsRefused(t *testing.T) { // not beside others: what they take counts, too
	const size = 4 << 20
	lists := "[" + strings.Repeat("[],", size/3) + "[]]"
	entry := func(kind, payload string) BundleEntry {
		return BundleEntry{Kind: kind, Payload: payload, Salt: strings.Repeat("A", 43) + "="}
	}
	payload := func(kind, payload string) func() {
		return func() {
			v := newVerification()
			v.payload(entry(kind, payload), Leaf{Kind: kind, Commitment: Commit([32]byte{}, []byte(payload))})
		}
	}
	dossier := func(before, after string) func() {
		return func() {
			if rep, err := Verify(strings.NewReader(`{"entries":[{"seq":0,"kind":"\ud83d\ude00","at":"","leaf":"",`+before+lists+after+`}]}`), ""); err != nil || rep.OK {
				t.Error(rep, err)
			}
		}
	}
	for what, do := range map[string]func(){
		"an unknown field": dossier(`"proof":[],"more":`, ``), "a proof": dossier(`"proof":`, ``), "a proof in other case": dossier(`"proof":[],"PROOF":`, ``),
		"no object": payload("", lists), "decisions": payload("", `{"decisions":`+lists+`}`), "a decision": payload("", `{"decisions":[{"state":`+lists+`}]}`),
		"a time": payload("", `{"event_time":`+lists+`}`), "erased": payload(KindErased, `{"entries":[`+lists+`]}`),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		do()
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 16*size {
			t.Errorf("%s: %d bytes for %d", what, taken, size)
		}
	}
}
