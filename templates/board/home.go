package board

// Home is the first page: how things stand, and what needs a person.
type Home struct {
	Frame
	Tasks     []Task
	Total     string // the base in words
	Classes   []Segment
	BaseEmpty *Empty // set: there is no base yet
	BaseNote  string // what the figures leave out, or empty
	Campaigns []CampaignLine
	Ledger    []Pair
	None      *Empty // set: there is no campaign yet
	Refresh   string // where the figures are read anew
}

// Task is one thing that waits for a person.
type Task struct {
	ID    string // of its link, which keeps the focus when the figures are drawn anew
	Title string
	Text  string
	Href  string // empty: no page of the dashboard does it, or none that the person may open
	Grave bool
}

// CampaignLine is one campaign in a list.
type CampaignLine struct {
	Name    string
	Href    string // empty: no page
	Status  Badge
	Waits   string // what it waits for, in words
	ToAsk   string // empty: the list does not say
	Sent    string
	Answers string
	Granted string
}

// HomeHTML draws it.
func HomeHTML(h Home) ([]byte, error) { return render(homePage(h)) }

// toAsk reports whether the list says how many people there are to ask.
func (h Home) toAsk() bool { return len(h.Campaigns) > 0 && h.Campaigns[0].ToAsk != "" }
