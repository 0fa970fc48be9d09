package board

// Organisation is who asks, for what, and how far it may go in each country.
type Organisation struct {
	Frame
	None     *Empty
	Facts    []Pair
	Purposes []Purpose
	Policies []Policy
	Form     *OrganisationForm // nil: the person may not
}

// Purpose is one purpose with the words that people are shown.
type Purpose struct {
	Key, Title, Kept string
	Texts            []PurposeText
}

// PurposeText is a purpose's words in one language.
type PurposeText struct{ Lang, Language, Title, Description string }

// Policy is the contact policy of one country.
type Policy struct {
	Country, Mode, Meaning, Justification, By, At, Post string
	Void                                                string // set: why it does not count as stated
}

// OrganisationForm takes another organisation file.
type OrganisationForm struct {
	Title    string
	Action   string
	Rule     string // what the person may change
	Text     string
	File     Field
	Problem  string
	Excerpt  []TextLine // the lines around what is wrong
	Changes  []string   // of purposes that people agreed to, and whom campaigns would not ask any more; not empty: to be confirmed
	Meaning  string     // what these come to
	Was      string     // mark of the organisation that it was drawn from
	Sure     string     // what confirms these changes and no others
	SureText string
}

// TextLine is one line of a text.
type TextLine struct {
	Number, Text string
	Meant        bool
}

// OrganisationHTML draws it.
func OrganisationHTML(o Organisation) ([]byte, error) { return render(organisationPage(o)) }
