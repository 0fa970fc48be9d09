package board

// Suppressions is the never-write list.
type Suppressions struct {
	Frame
	Add    *SuppressionForm // nil: the person may not
	Check  SuppressionForm
	Answer *Answer
	Lines  []SuppressionLine
	None   *Empty
	Pages  Pages
}

// SuppressionForm asks for an address.
type SuppressionForm struct {
	Action  string
	Fields  []Field
	Problem string
}

// Answer says whether an address stands on the list.
type Answer struct {
	Text   string
	Listed bool
	Pairs  []Pair
}

// SuppressionLine is one act.
type SuppressionLine struct {
	At, Reason, Source, Keys string
	Kind                     Badge
}

// SuppressionsHTML draws it.
func SuppressionsHTML(s Suppressions) ([]byte, error) { return render(suppressionsPage(s)) }
