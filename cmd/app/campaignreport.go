package app

import (
	"context"
	"encoding/base64"
	"io"
	"math"
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/templates/audit"
)

// ReportOptions say where the report of a campaign goes.
type ReportOptions struct {
	HTML     string // file of the page; "": none
	Language string // of the page; "": the organisation's own
}

// CampaignReport is what a campaign came to: the JSON of `campaign report`. It counts people and names none.
type CampaignReport struct {
	Campaign     string              `json:"campaign"`
	Organisation string              `json:"organisation"`
	Status       campaign.Status     `json:"status"`
	At           string              `json:"at"` // of the figures
	Purposes     []ReportPurpose     `json:"purposes"`
	Channels     []string            `json:"channels"`
	Languages    []string            `json:"languages"`
	AskedBy      []campaign.Route    `json:"routes"`
	Content      string              `json:"content_sha256"`
	ApprovedBy   string              `json:"approved_by"`
	ApprovedAt   string              `json:"approved_at"`
	StartedAt    string              `json:"started_at"`
	Deadline     string              `json:"deadline"`
	ClosedAt     string              `json:"closed_at"`
	Funnel       campaign.Funnel     `json:"funnel"` // as of the start
	Invitations  Counts              `json:"invitations"`
	Letters      Counts              `json:"letters"` // those of them that go by post
	Unreached    []campaign.End      `json:"unreached"`
	Settled      []campaign.DoubtEnd `json:"settled"` // what was uncertain
	Answers      ReportAnswers       `json:"answers"`
	Questions    []ReportQuestion    `json:"questions"`
	Days         []ReportDay         `json:"days"`
	Bounces      ReportBounces       `json:"bounces"`
	Complaints   int                 `json:"complaints"`
	FormViews    int64               `json:"form_views"`
	Usable       []ReportUse         `json:"usable"` // now, over all campaigns
	Base         ReportBase          `json:"base"`   // as of the last audit
	SilentErased string              `json:"silent_erased_from"`
	Ledger       ReportLedger        `json:"ledger"`
	Verify       []string            `json:"verify"` // commands

	balance campaign.Balance
}

// Counts is how many invitations stand in each state.
type Counts map[campaign.State]int

// ReportPurpose is a purpose with the title under which it was approved.
type ReportPurpose struct {
	Purpose string `json:"purpose"`
	Title   string `json:"title"`
}

// ReportAnswers are the people of a campaign by their latest word.
type ReportAnswers struct {
	Asked     int     `json:"asked"` // sent and uncertain, and whoever answered all the same
	People    int     `json:"people"`
	Granted   int     `json:"granted"`
	Refused   int     `json:"refused"`
	Withdrawn int     `json:"withdrawn"`
	Silent    int     `json:"silent"`
	Percent   float64 `json:"percent"` // who answered, of those who were asked
}

// ReportQuestion is how one question was answered.
type ReportQuestion struct {
	Purpose    string `json:"purpose"`
	Channel    string `json:"channel"`
	Granted    int    `json:"granted"`
	Refused    int    `json:"refused"`
	Withdrawn  int    `json:"withdrawn"`
	Unanswered int    `json:"unanswered"`
}

// ReportDay is what happened on one day, in UTC.
type ReportDay struct {
	Day          string  `json:"day"`
	Sent         int     `json:"sent"`
	Answers      int     `json:"answers"` // each change of mind too
	AnswersSoFar int     `json:"answers_so_far"`
	Percent      float64 `json:"percent"` // of those asked in all
}

// ReportBounces are what came back.
type ReportBounces struct {
	Hard int `json:"hard"`
	Soft int `json:"soft"`
}

// ReportUse is how many people may be written to for a purpose by a channel.
type ReportUse struct {
	Purpose string `json:"purpose"`
	Channel string `json:"channel"`
	People  int    `json:"people"`
}

// ReportBase is the base by class.
type ReportBase struct {
	Contacts  int                    `json:"contacts"`
	Classes   map[campaign.Class]int `json:"classes"`
	Unaudited int                    `json:"unaudited"`
}

// ReportLedger is the ledger's head when the figures were read, and the newest signed one.
type ReportLedger struct {
	Size       int64  `json:"size"`
	Root       string `json:"root"` // base64
	Checkpoint string `json:"checkpoint"`
	Key        string `json:"key"`
}

// CampaignReport adds up what came of a campaign that was started, and writes it as a page when one is wanted. The
// ledger's head is signed first, so that whoever is given the report holds a head that the ledger must continue.
func (a *App) CampaignReport(ctx context.Context, name string, o ReportOptions) (r CampaignReport, err error) {
	words, err := a.wordsIn(o.Language)
	if err != nil {
		return r, err
	}
	c, err := a.Desk.Campaign(ctx, name)
	if err != nil {
		return r, err
	}
	if err := c.Reportable(); err != nil { // before anything is signed for it
		return r, err
	}
	sealed, err := a.Checkpoint(ctx)
	if err != nil {
		return r, err
	}
	key, err := a.LedgerKey()
	if err != nil {
		return r, err
	}
	b, err := a.Desk.Balance(ctx, name)
	if err != nil {
		return r, err
	}
	r = reportOf(b)
	r.Ledger.Checkpoint, r.Ledger.Key = sealed.Note, key
	for _, c := range r.checks() {
		r.Verify = append(r.Verify, c.command)
	}
	if o.HTML == "" {
		return r, nil
	}
	p := words.For(append([]string{o.Language}, spoken(b.Organisation)...)...)
	return r, WriteFile(o.HTML, func(w io.Writer) error {
		page, err := audit.CampaignHTML(reportPage{r, p}.page())
		if err != nil {
			return err
		}
		_, err = w.Write(page)
		return err
	})
}

func reportOf(b campaign.Balance) CampaignReport {
	c, f, sums := b.Campaign, b.Campaign.File, b.Report
	r := CampaignReport{Campaign: c.Name, Organisation: b.Organisation.Name, Status: c.Status, At: stamp(b.At), Channels: f.Channels, Languages: f.Languages, AskedBy: f.Audience.Routes,
		Content: c.Frozen.Hash, ApprovedBy: c.ApprovedBy, ApprovedAt: stamp(c.ApprovedAt), StartedAt: stamp(c.StartedAt), Deadline: sums.Deadline, ClosedAt: stamp(c.ClosedAt),
		Funnel: b.Opening, Invitations: sums.Invitations, Letters: Counts{}, Unreached: append([]campaign.End{}, b.NotAsked...), Settled: append([]campaign.DoubtEnd{}, b.Doubts...),
		Bounces: ReportBounces{sums.Bounces.Hard, sums.Bounces.Soft}, Complaints: sums.Complaints, FormViews: sums.FormViews,
		Questions: []ReportQuestion{}, Days: []ReportDay{}, Usable: []ReportUse{}, Base: ReportBase{b.Base.Contacts, map[campaign.Class]int{}, b.Base.Unaudited},
		SilentErased: b.Erased.String(), Ledger: ReportLedger{Size: b.Ledger.Size, Root: base64.StdEncoding.EncodeToString(b.Ledger.Root[:])}, balance: b}
	for _, key := range f.Purposes {
		p, _ := b.Organisation.Purpose(key)
		r.Purposes = append(r.Purposes, ReportPurpose{key, campaign.Text(p.Title, f.Languages[0])})
	}
	for _, s := range campaign.States {
		r.Letters[s] = sums.Letters[s]
	}
	for _, k := range Classes() {
		r.Base.Classes[k] = b.Base.Classes[k]
	}
	asked, a := sums.Asked(), sums.Responses
	r.Answers = ReportAnswers{Asked: asked, People: a.People, Granted: a.Granted, Refused: a.Refused, Withdrawn: a.Withdrawn, Silent: sums.Silent(), Percent: percent(a.People, asked)}
	for _, q := range b.Results {
		r.Questions = append(r.Questions, ReportQuestion{q.Purpose, q.Channel, q.Granted, q.Refused, q.Withdrawn, max(asked-q.Granted-q.Refused-q.Withdrawn, 0)})
	}
	for _, d := range b.Days {
		r.Days = append(r.Days, ReportDay{d.Day.String(), d.Sent, d.Answers, d.AnswersSoFar, percent(d.AnswersSoFar, asked)})
	}
	for _, u := range b.Usable {
		r.Usable = append(r.Usable, ReportUse{u.Purpose, u.Channel, u.People})
	}
	return r
}

// percent is a part of a whole with one decimal.
func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return math.Round(1000*float64(n)/float64(of)) / 10
}

// proofCheck is a command by which a report is checked, and what it shows.
type proofCheck struct{ command, shows string }

func (r CampaignReport) checks() []proofCheck {
	name := ShellWord(r.Campaign)
	return []proofCheck{
		{"reoptin ledger verify --since checkpoint.txt", "since"},
		{"reoptin proof export --campaign " + name + " --out proof.zip", "export"},
		{"reoptin-verify --key " + ShellWord(r.Ledger.Key) + " proof.zip", "offline"},
	}
}

// Loss is a step of the funnel: the people that one class, or the campaign's own choice, leaves out.
type Loss struct {
	Name    string // a class, or choice
	People  int
	Reasons []campaign.FunnelStep
}

// lossChoice is what the campaign itself leaves out, beside the classes.
const lossChoice = "choice"

// Losses are why people of the base were not to be asked, together as a report shows them.
func (r CampaignReport) Losses() (out []Loss) {
	for _, name := range []string{string(campaign.OptedIn), string(campaign.OptedOut), string(campaign.Unusable), string(campaign.Doubtful), lossChoice} {
		l := Loss{Name: name}
		for _, m := range r.Funnel.Minus {
			of := string(m.Class)
			if m.Chosen() {
				of = lossChoice
			}
			if of == name {
				l.People, l.Reasons = l.People+m.Contacts, append(l.Reasons, m)
			}
		}
		if l.People > 0 {
			out = append(out, l)
		}
	}
	return out
}

// Unasked are those whom the campaign planned to ask, and has not: by state, in the order of a report.
func (r CampaignReport) Unasked() (states []campaign.State) {
	for _, s := range []campaign.State{campaign.Withheld, campaign.Refused, campaign.Planned, campaign.Claimed, campaign.Sending} {
		if r.Invitations[s] > 0 {
			states = append(states, s)
		}
	}
	return states
}

// Ends are why invitations came to a state, each reason once, with the letters among them.
func (r CampaignReport) Ends(s campaign.State) (out []ReportEnd) {
	for _, e := range r.Unreached {
		if e.State != s {
			continue
		}
		at := slices.IndexFunc(out, func(o ReportEnd) bool { return o.Reason == e.Reason })
		if at < 0 {
			at, out = len(out), append(out, ReportEnd{Reason: e.Reason})
		}
		out[at].People += e.People
		if e.Route == campaign.RouteLetter {
			out[at].Letters += e.People
		}
	}
	return out
}

// ReportEnd is one reason with its people.
type ReportEnd struct {
	Reason          string
	People, Letters int
}
