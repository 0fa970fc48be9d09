package board

// Responses is the list of answers.
type Responses struct {
	Frame
	Action  string // the filter
	Fields  []Field
	Problem string
	Lines   []ResponseLine
	None    *Empty
	Pages   Pages
}

// ResponseLine is one answer in the list.
type ResponseLine struct {
	At, Href, Campaign, CampaignHref, Who, By string
	Decisions                                 []Badge
}

// ResponsesHTML draws it.
func ResponsesHTML(r Responses) ([]byte, error) { return render(responsesPage(r)) }

// Response is one answer.
type Response struct {
	Frame
	Back      Link
	Lead      string
	Decisions []Decided
	Facts     []Pair
	Shown     string // address of the page as it was shown; empty: none was
	ShownNote string
	Verify    string // where the button posts to; empty: the person may not
	Export    string
	Steps     []ProofStep
	Verdict   *Flash
}

// Decided is one decision in words.
type Decided struct {
	Purpose, Channel string
	State            Badge
}

// ProofStep is one step of a proof with its result.
type ProofStep struct {
	State  Badge
	Label  string
	Text   string
	Detail string
}

// ResponseHTML draws it.
func ResponseHTML(r Response) ([]byte, error) { return render(responsePage(r)) }
