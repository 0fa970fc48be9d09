package campaign

import "time"

// File is a campaign as its author writes it: campaign.toml, or what the dashboard edits.
// The toml names are the file's contract.
type File struct {
	Name      string                 `toml:"name" json:"name"`
	Purposes  []string               `toml:"purposes" json:"purposes"`
	Channels  []string               `toml:"channels" json:"channels"`
	Languages []string               `toml:"languages" json:"languages"` // the first is the fallback
	Audience  Audience               `toml:"audience" json:"audience"`
	Sender    Sender                 `toml:"sender" json:"sender"`
	Schedule  Schedule               `toml:"schedule" json:"schedule"`
	Message   map[string]MessageText `toml:"message" json:"message"`
	Form      map[string]FormText    `toml:"form" json:"form"`
}

// Audience says whom to ask.
type Audience struct {
	Ask          []string `toml:"ask" json:"ask"`                               // doubtful, refresh, soft_opt_in, b2b
	ActiveWithin string   `toml:"active_within" json:"active_within,omitempty"` // "36mo": last contact coming from the person
	Routes       []Route  `toml:"routes" json:"routes"`
}

// Sender is who the message comes from.
type Sender struct {
	Name    string `toml:"name" json:"name"`
	Address string `toml:"address" json:"address"`
	ReplyTo string `toml:"reply_to" json:"reply_to,omitempty"`
}

// Schedule says when to send and until when people may answer.
type Schedule struct {
	Start    time.Time `toml:"start" json:"start,omitzero"`
	Deadline Date      `toml:"deadline" json:"deadline,omitzero"` // last day to answer, inclusive
	Window   string    `toml:"window" json:"window,omitempty"`
	Timezone string    `toml:"timezone" json:"timezone,omitempty"` // or "recipient": that of each person
	Rate     string    `toml:"rate" json:"rate,omitempty"`         // "600/min"

	QuietDays []string `toml:"quiet_days" json:"quiet_days,omitempty"` // "2026-05-14", or "12-25" for every year

	Connections int `toml:"connections" json:"connections,omitempty"` // messages under way at once; 0: as many as the relay has
}

// MessageText is the author's part of the message in one language: Markdown with {{placeholders}}.
// The layout adds the links, the sender's details and the legal block.
type MessageText struct {
	Subject string `toml:"subject" json:"subject"`
	Body    string `toml:"body" json:"body"`
}

// FormText is the author's part of the form in one language.
type FormText struct {
	Title string `toml:"title" json:"title"`
	Intro string `toml:"intro" json:"intro"`
}

// Status is where a campaign stands.
type Status string

// draft → approved → running ⇄ paused → closed.
const (
	Draft    Status = "draft"
	Approved Status = "approved"
	Running  Status = "running"
	Paused   Status = "paused"
	Closed   Status = "closed"
)

// CampaignID numbers a campaign.
type CampaignID int64

// Campaign is one round of asking.
type Campaign struct {
	ID         CampaignID
	Name       string
	Status     Status
	File       File    // the draft; after approval equal to Frozen.File
	Frozen     *Frozen // set at approval
	ApprovedBy string
	WrittenBy  string  // who changed the content last; "" is not known
	Voided     *Voided // what took the last approval back; nil: none was
	CreatedAt  time.Time
	ApprovedAt time.Time
	StartedAt  time.Time
	ClosedAt   time.Time
	Waiting    Waiting
	FormViews  int64

	BegunAt     time.Time // when its first turn came; zero: it has not begun
	CanaryUntil time.Time // until when the first wave is waited for; zero: it is not complete, or there is none
}

// Waiting says what a running campaign waits for.
type Waiting struct {
	For    string    // start, window, rate, relay, canary, paused or ""
	Until  time.Time // zero when not known
	Reason string    // the relay's own words, for people
}

// Frozen is a campaign's content as approved: nothing that a recipient sees may differ from it.
type Frozen struct {
	File         File              `json:"file"`
	Organisation Organisation      `json:"organisation"`
	Documents    map[string]string `json:"documents"` // "message.fr.html" → SHA-256 (hex) of the kept document
	Hash         string            `json:"-"`         // SHA-256 (hex) of the canonical JSON of the fields above
}

// Document is a version of what people are shown, kept once under its hash: as rendered, with
// placeholders in place and nothing personal in it.
type Document struct {
	SHA256   string // hex of Content
	Name     string // message.fr.html, message.fr.txt, form.fr.html, thanks.fr.html …
	Language string
	Media    string // text/html; charset=utf-8 …
	Content  []byte
}

// Question is one thing a person is asked: one purpose over one channel. It has no default value,
// so that a pre-ticked box cannot be expressed.
type Question struct {
	Purpose string
	Channel string
}

// Questions lists what a campaign asks, purposes first, each channel on its own.
func (f File) Questions() []Question {
	var qs []Question
	for _, p := range f.Purposes {
		for _, c := range f.Channels {
			qs = append(qs, Question{p, c})
		}
	}
	return qs
}
