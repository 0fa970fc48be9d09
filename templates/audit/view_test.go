package audit

import "testing"

// TestALongNameBreaksAtItsMarks on a narrow screen, and not within a word; the end of a sentence is no mark, and a text is only text.
func TestALongNameBreaksAtItsMarks(t *testing.T) {
	t.Parallel()
	const want = "organisation.<wbr>similar_<wbr>to_<wbr>purchases is not &lt;b&gt; stated. 1.5 say so."
	if got := breakable("organisation.similar_to_purchases is not <b> stated. 1.5 say so."); got != want {
		t.Errorf("%q", got)
	}
}
