package board

// Rights is what people asked for by right.
type Rights struct {
	Frame
	Open, Done           []CaseLine
	None                 *Empty
	OpenPages, DonePages Pages
	Find                 Search
	Retention            string // where the button posts to that counts whose time is over
}

// CaseLine is one case in a list.
type CaseLine struct {
	Href, Number, Kind, Who, Since, Due string
	Longer                              string // why it was extended; "": it was not
	Left                                Badge
	Closed, Note                        string // of one that is done
}

// RightsHTML draws it.
func RightsHTML(r Rights) ([]byte, error) { return render(rightsPage(r)) }

// Case is one case.
type Case struct {
	Frame
	Back   Link
	Left   Badge
	Lead   string
	Facts  []Pair
	Act    *Link // to what was asked for; nil: it is done, or the person is gone
	Person *Link // nil: the person was erased
	Close  string
	Note   Field
	Tell   string  // what the person must be told of an extension; "": nothing
	Extend *Extend // nil: it cannot have more time
}

// Extend asks until when a case is to have more time, and why.
type Extend struct {
	Action  string
	Text    string
	Problem string
	Fields  []Field
}

// CaseHTML draws it.
func CaseHTML(c Case) ([]byte, error) { return render(casePage(c)) }

// Subject is a person with what can be done for them.
type Subject struct {
	Frame
	Back           Link
	Who, Held      []Pair
	Contact        Link
	Cases          []CaseLine
	Access         string // where the buttons for the files post to
	Rectify, Erase Link
	Enter          Enter
}

// Enter asks for a request that came by letter, by telephone or at the counter.
type Enter struct {
	Action  string
	Problem string
	Fields  []Field
}

// SubjectHTML draws it.
func SubjectHTML(s Subject) ([]byte, error) { return render(subjectPage(s)) }

// Rectify asks what is to be corrected, or shows old and new values before they are saved.
type Rectify struct {
	Frame
	Back    Link
	Action  string
	Problem string
	Fields  []Field
	Changes []ChangeLine // not empty: to be confirmed
	Was     string       // what tells the values that were looked at from others
}

// ChangeLine is one field before and after.
type ChangeLine struct{ Name, Label, Old, New string }

// RectifyHTML draws it.
func RectifyHTML(r Rectify) ([]byte, error) { return render(rectifyPage(r)) }

// Erase says what would go of a person and what stays, and asks who is meant.
type Erase struct {
	Frame
	Back    Link
	Problem string
	Goes    []string
	Stays   []Stays
	Copies  []string
	Action  string
	Who     string // an address that nobody of the base has; else empty
	Fields  []Field
}

// Stays is something that stays of an erased person.
type Stays struct{ What, Why, Until string }

// EraseHTML draws it.
func EraseHTML(e Erase) ([]byte, error) { return render(erasePage(e)) }
