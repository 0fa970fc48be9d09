package board

// CampaignEdit is the form of a campaign's content, with its preview.
type CampaignEdit struct {
	CampaignHead
	Action   string // saves
	Refresh  string // draws the preview anew
	TextHref string
	Was      string // mark of the content that it was drawn from
	Problem  string
	Groups   []Group
	Texts    []Group // by language
	Sample   Field
	Preview  Preview
	Delete   *Act // nil: cannot be deleted
}

// CampaignEditHTML draws it.
func CampaignEditHTML(c CampaignEdit) ([]byte, error) { return render(campaignEditPage(c)) }

// Group is some fields that belong together.
type Group struct {
	ID     string
	Title  string
	Text   string
	Choose []Choose
	Fields []Field
	Areas  []Area
}

// Choose is a set of boxes to tick.
type Choose struct {
	Name    string
	Legend  string
	Hint    string
	Error   string
	Options []Option
}

// Area is a field of several lines.
type Area struct {
	Field
	Rows int
	Lang string // of what is typed, or empty
	Mono bool
}

// CampaignText is a campaign as the text of its file.
type CampaignText struct {
	CampaignHead
	Action  string
	Back    string
	Was     string // mark of the content that it was drawn from
	Problem string
	Area    Area
}

// CampaignTextHTML draws it.
func CampaignTextHTML(c CampaignText) ([]byte, error) { return render(campaignTextPage(c)) }

// leading keeps a first empty line, which browsers drop from a textarea.
func leading(s string) string {
	if len(s) > 0 && s[0] == '\n' {
		return "\n" + s
	}
	return s
}
