package board

import "strconv"

// Base is the page of the base: what it is worth, and how to bring one.
type Base struct {
	Frame
	Empty   *Empty // set: there are no figures, and why
	Total   string
	Note    string // what the figures leave out, or empty
	Classes []Segment
	Routes  []Segment
	Reasons []ReasonLine
	Find    *Search // nil: there is nobody to find
	Bring   *Bring  // nil: the person may not
	Audit   *Audit  // nil: the person may not, or there is nothing to audit
	Imports []ImportLine
}

// ReasonLine is one row of the decision table with the people it decided.
type ReasonLine struct {
	Code  string
	Text  string
	Class Badge
	Route string
	N     string
	Bar   string // its length, in percent of the longest
	Kind  string // its colour
	Href  string // the people
}

// Bar is the length of a bar in percent of the longest; what is not nothing can be seen.
func Bar(n, longest int) string {
	if n <= 0 || longest <= 0 {
		return "0%"
	}
	return strconv.FormatFloat(max(100*float64(n)/float64(longest), 0.8), 'f', 2, 64) + "%"
}

// Search looks for one contact.
type Search struct {
	Action  string
	Who     string // what was looked for
	Problem string
	All     Link // the whole list; empty: it is on the page
}

// Bring takes a base file.
type Bring struct {
	Action  string
	File    Field
	Problem string
	Waiting *Link // a file that is there already
}

// Audit judges the base.
type Audit struct {
	Action  string
	Day     Field
	Problem string
	Mend    *Link // where that is mended; nil: here
}

// ImportLine is one import as it was done.
type ImportLine struct {
	Source, At, Rows, Created, Updated, Rejected string
	Undone                                       string // when it was taken back, in words; empty: it stands
	Undo                                         *Link
}

// BaseHTML draws it.
func BaseHTML(b Base) ([]byte, error) { return render(basePage(b)) }

// Contacts is a list of contacts.
type Contacts struct {
	Frame
	Back   Link
	Find   Search
	Filter Filter
	Count  string
	Lines  []ContactLine
	None   *Empty
	Pages  Pages
}

// Filter narrows a list.
type Filter struct {
	Action string
	Fields []Field
	All    *Link // nil: nothing is left out
}

// ContactLine is one contact in a list.
type ContactLine struct {
	Name, Email, ExternalID, Route, Code, Href string
	Class                                      Badge
}

// ContactsHTML draws it.
func ContactsHTML(c Contacts) ([]byte, error) { return render(contactsPage(c)) }

// Contact is all that is known of one contact.
type Contact struct {
	Frame
	Back        Link
	Who         []Pair
	Class       Badge
	Reach       Badge
	Timeline    []MomentLine
	Unjudged    string   // set: there is no verdict, and why
	Headline    string   // the row of the decision table in words
	Reasons     []string // in English: what it says of this person
	Verdict     []Pair
	Next        string // what to do about it; "": nothing is said
	Changes     []Pair // what would change it, and to what
	Suppressed  []Pair // empty: not on the never-write list
	Invitations []InvitationLine
	Consents    []ConsentLine
	Claims      [][]Pair
	Facts       []Pair
	Attributes  []Pair
}

// MomentLine is one moment of a contact's timeline.
type MomentLine struct {
	At, What string
	Ours     bool  // it happened here; else the base claims it
	Link     *Link // opens what was shown; nil: nothing was
}

// InvitationLine is one invitation of a contact.
type InvitationLine struct {
	Campaign, Href, Reason, Reply, Sent string
	State                               Badge
	Answers                             []Link
}

// ConsentLine is where one purpose and channel stands.
type ConsentLine struct {
	Purpose, Channel, At, Href string
	State                      Badge
}

// ContactHTML draws it.
func ContactHTML(c Contact) ([]byte, error) { return render(contactPage(c)) }
