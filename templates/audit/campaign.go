package audit

import "github.com/reoptin/reoptin/internal/i18n"

// Campaign is the report of what a campaign came to.
type Campaign struct {
	P            i18n.Printer
	Organisation string
	Name         string
	Status       string
	At           string
	Headline     []string // the result in sentences
	Facts        []Pair   // what was asked, when and how
	Purposes     []Pair
	Approval     []Pair
	Imported     int
	Funnel       []Step // from the imported to the asked
	Asked        int
	Ways         []string // headings of the columns of States, all of them last where there are several
	States       []State
	Doubts       []Line // how what was uncertain was settled
	Back         []Line // what came back, and the form
	Answers      []Part
	Questions    []Answered
	Days         []Day
	DaysNote     string
	Usable       []Use
	Base         []Part
	People       int
	Closing      []string // what silence means, and what becomes of them
	Ledger       []Pair
	Checkpoint   string // signed; empty: there is none
	Checks       []Pair // commands, with what each shows
}

// State counts invitations of one state, by way.
type State struct {
	Label   string
	N       []int
	Reasons []State
}

// Answered is one question with its answers.
type Answered struct {
	Purpose, Channel               string
	Yes, No, Withdrawn, Unanswered int
}

// Day is one day, or several together.
type Day struct {
	Label                       string
	Sent, Answers, SoFar, Asked int
}

// Use is how many people may be written to, for what.
type Use struct {
	Purpose, Channel string
	N                int
}

// CampaignHTML draws the report.
func CampaignHTML(c Campaign) ([]byte, error) { return render(campaign(c)) }

// contents are the sections with their numbers.
func (c Campaign) contents() (out []Pair) {
	for _, s := range []string{"asked", "way", "answers", "days", "use", "proof"} {
		if s != "days" || len(c.Days) > 0 {
			out = append(out, Pair{s, c.P.T("report." + s + ".title")})
		}
	}
	return out
}

func (c Campaign) most() (n int) {
	for _, d := range c.Days {
		n = max(n, d.Sent, d.Answers)
	}
	return n
}
