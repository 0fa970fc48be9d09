package board

// Campaigns is the list of campaigns.
type Campaigns struct {
	Frame
	Lines     []CampaignLine
	None      *Empty
	Action    string // where a new one is posted to; empty: the person may not
	Field     Field
	Situation Field
	Problem   string
	Mend      *Link // where the problem is mended; nil: here
}

// CampaignsHTML draws it.
func CampaignsHTML(c Campaigns) ([]byte, error) { return render(campaignsPage(c)) }

// CampaignHead is what every page of one campaign begins with.
type CampaignHead struct {
	Frame
	Name   string
	Status Badge
	Path   []PathStep
	Note   string // what a person should know first, or empty

	Letters *Link // to the page of letters; nil: the campaign has none
}

// PathStep is one step of a campaign's way.
type PathStep struct {
	Label   string
	Note    string // the same in words
	Kind    string // done, now, next, open, later
	Href    string // empty: not open, or not for this person
	Current bool   // this page
}

// Campaign is the page of one campaign.
type Campaign struct {
	CampaignHead
	Next     string // what is to do now, in a sentence
	NextLink *Link
	Facts    []Pair
	Progress *Progress
	Stream   string // where progress is followed; empty: nothing moves
	Problem  string
	Acts     []Act
	Settle   *Settle
}

// CampaignHTML draws it.
func CampaignHTML(c Campaign) ([]byte, error) { return render(campaignPage(c)) }

// Progress is how a started campaign stands.
type Progress struct {
	Status   Badge
	Total    string
	Segments []Segment
	Facts    []Pair
	Changed  string // set: the status is another than when the page was opened
}

// ProgressHTML draws it alone, for a page that follows it.
func ProgressHTML(p Progress) ([]byte, error) { return render(progress(p)) }

// Act is one thing that can be done, behind a heading that opens.
type Act struct {
	Label  string
	Text   string
	Action string
	Fields []Field
	Button string
	Grave  bool
	Open   bool
}

// Settle lists the invitations of unknown outcome.
type Settle struct {
	Title, Text string
	Action      string // empty: the person may not
	NotSent     string // what the button for a message that was not sent does
	Lines       []SettleLine
}

// SettleLine is one of them.
type SettleLine struct {
	ID    string
	Title string // who, and when
	Reply string
	Field Field
}

// Audience is the funnel of one campaign.
type Audience struct {
	CampaignHead
	Intro    string
	Rows     []FunnelRow
	Forecast *Forecast // nil: it has started, or there is nobody to ask
}

// Forecast is what starting a campaign would come to.
type Forecast struct {
	Facts    []Pair
	Warnings []string
}

// AudienceHTML draws it.
func AudienceHTML(a Audience) ([]byte, error) { return render(audiencePage(a)) }

// FunnelRow is one line of a funnel with its bar.
type FunnelRow struct {
	Label  string
	Detail string // code and class, small
	N      string
	Kind   string // colour of the bar
	Strong bool
	From   string // of the bar, in percent
	Width  string
}

// Check is findings, previews and the test message of one campaign.
type Check struct {
	CampaignHead
	Preview Preview
	Test    *Act // nil: the person may not
	Problem string
}

// CheckHTML draws it.
func CheckHTML(c Check) ([]byte, error) { return render(checkPage(c)) }

// PreviewID is the part of a page that is drawn anew while somebody types.
const PreviewID = "preview"

// FailedPreviewHTML draws why there is none, in its place.
func FailedPreviewHTML(problem string) ([]byte, error) {
	return render(preview(Frame{}, Preview{Problem: problem}))
}

// Preview is what people would see, and what the lint says about it.
type Preview struct {
	Problem  string // set: nothing can be drawn
	Summary  string
	Clean    bool
	Findings []Finding
	Sheets   []Sheet
}

// Finding is one thing that the lint found.
type Finding struct {
	Severity Badge
	Rule     string
	Where    string
	Words    string
	Message  string
	Proposed string // a wording that would do
	Source   string
}

// Sheet is what people see in one language: message, letter or both, and the form.
type Sheet struct {
	Language string // in itself
	Code     string
	Subject  string
	From     string
	Message  string // address of the HTML part; empty: nobody is asked by e-mail
	Letter   string // address of the PDF; empty: there is none
	Form     string // address of the form
	Thanks   string // address of the page after an answer
	Text     string
	Header   string
}

// Approve is the page of the approval.
type Approve struct {
	CampaignHead
	Review  []Pair
	Preview Preview
	Kept    []Pair
	Action  string // empty: it cannot be approved now
	Hash    string
	Field   *Field // the reason, where one is needed
	Blocked string
	Problem string
	Button  string
}

// ApproveHTML draws it.
func ApproveHTML(a Approve) ([]byte, error) { return render(approvePage(a)) }

// Start is the page that starts a campaign.
type Start struct {
	CampaignHead
	Lead     string
	Facts    []Pair
	Forecast *Forecast
	Action   string // empty: it cannot be started now
	Field    Field
	Button   string
	Problem  string
	Hint     string
}

// StartHTML draws it.
func StartHTML(s Start) ([]byte, error) { return render(startPage(s)) }

// Results is what came of a campaign.
type Results struct {
	CampaignHead
	Rows     []FunnelRow
	Course   *Course // nil: nothing happened yet
	Silent   []string
	Question []ResultLine
	Facts    []Pair
	Export   string // empty: the person may not
	None     string
}

// ResultLine is one question with its answers.
type ResultLine struct {
	Purpose, Channel, Granted, Refused, Withdrawn string
}

// ResultsHTML draws it.
func ResultsHTML(r Results) ([]byte, error) { return render(resultsPage(r)) }

// Course is what happened day by day.
type Course struct {
	Note, Days    string
	Sent, Answers []DayBar
	Lines         []CourseLine
}

// DayBar is one bar of a drawing, in percent of it.
type DayBar struct{ X, Y, Width, Height string }

// CourseLine is one day, or several together.
type CourseLine struct{ Day, Sent, Answers string }
