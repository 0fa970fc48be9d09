package board

// Failure is the page shown instead of an answer.
type Failure struct {
	Frame
	Text    string
	Detail  string // the house's own sentence about it; may be empty
	Hint    string // the command that helps; may be empty
	Request string // what to quote, in words; empty: not shown
	Back    Link
}

// FailureHTML draws it.
func FailureHTML(f Failure) ([]byte, error) { return render(failurePage(f)) }
