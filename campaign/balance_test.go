package campaign

import "testing"

// TestWhyAMessageWasRefused: a report blames a person for nothing that a server or the journal said.
func TestWhyAMessageWasRefused(t *testing.T) {
	t.Parallel()
	for kept, want := range map[string]string{"rcpt": refusedMailbox, "dot": refusedMessage, journalKnows: refusedJournal, "Madame Lind rang us": refusedSettled} {
		if got := endReason(End{State: Refused, Reason: kept}); got != want {
			t.Errorf("%s: %s, want %s", kept, got, want)
		}
	}
	if got := endReason(End{State: Withheld, Reason: "suppressed"}); got != "suppressed" {
		t.Errorf("withheld: %s", got)
	}
}
