package board

// Retention is whose and what time is over.
type Retention struct {
	Frame
	Back    Link
	Problem string
	Lines   []RetentionLine
	Action  string // empty: nothing is due
	Shown   string // tells these lines from others
	Field   Field
}

// RetentionLine is what one rule comes to.
type RetentionLine struct{ Rule, Before, People, Entries string }

// RetentionHTML draws it.
func RetentionHTML(r Retention) ([]byte, error) { return render(retentionPage(r)) }
