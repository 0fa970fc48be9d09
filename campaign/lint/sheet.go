// Package lint reads a campaign as people will see it and says what is wrong with it, rule by rule
// (COMPLIANCE part C). It sees sheets already rendered and plain facts about the draft; it knows no
// database, no mail library and no HTTP server, so the command line can lint a file by itself.
package lint

import "time"

// Draft is all that Check looks at.
type Draft struct {
	Name       string
	Controller Controller
	Languages  []string // configured, the first is the fallback
	Questions  []Question
	Sender     Sender
	Start      time.Time // zero when not set
	Deadline   time.Time // midnight of the last day to answer; zero when not set
	Today      time.Time
	Window     string   // "Mon-Fri 09:00-19:00"
	BaseURL    string   // what links in the message start with
	Sheets     []Sheets // each language, at least three sample contacts each, one with missing fields
	Authored   []Authored
	AskedValid bool              // audience selects OPTED_IN_VALID contacts (CAMP-007)
	Unpolicied map[string]string // country → why its policy may not be used (CAMP-005)
	Closed     map[string]bool   // … where no signature opens it either
	Lower      map[string]bool   // … but P1 is open
	Messages   int               // messages that each person would get; 0: one (CAMP-006)
	Recipients []string          // who gets the data besides the controller, by name (INFO-009)
	ByPost     bool              // nobody is asked by e-mail: the headers of messages are not looked at
	Rate       int               // messages a day at most; 0: not known (SND-002)
	Launch     *Launch           // what the house knows of a stored campaign; nil: only its texts are judged
	Network    []Observation     // what asking outside found; nil: nobody was asked
}

// Launch is what the house knows of a stored campaign that its texts do not say.
type Launch struct {
	ApprovedBy   string         // "" before an approval
	ApprovedHash string         // of the content as approved
	ContentHash  string         // of the content as it stands
	Unmailable   int            // people in the audience who may not be asked
	Joined       int            // people in the audience who came into the base after the approval
	AskedBefore  int            // people in the audience who were asked before
	Stale        []string       // lists of people who must not be written to that are older than a day
	Lost         []string       // documents of the approval that are not kept
	People       int            // to ask by e-mail
	Counted      bool           // the audience was looked at: what follows says something
	Begun        bool           // it was started: the audience are those who are planned, and each is judged again at their turn
	ToAsk        int            // people to ask, by whatever way
	Unposted     int            // who may be asked by letter only, where the campaign sends none
	Countries    map[string]int // people to ask by country
	Tongues      map[string]int // people to ask by language, as far as it is known
	Fresh        bool           // the sender has not written for 30 days, and no warm-up is set
}

// Observation is what one question to the network found, for the rule that it belongs to.
type Observation struct {
	Rule     string
	Severity Severity
	About    string // domain, host or file
	Message  string
}

// Controller is who asks.
type Controller struct {
	Name         string
	Brands       []string
	LegalName    string
	LegalForm    string
	Registration string
	Address      string
	Country      string
	Email        string
	Phone        string
	PrivacyURL   string
	DPO          string
	Authority    string
	Public       bool // public authority
}

// Question is one purpose over one channel, with its wording per language.
type Question struct {
	Purpose     string
	Channel     string
	Retention   string
	Title       map[string]string
	Description map[string]string
}

// Sender is the From and Reply-To of the message.
type Sender struct {
	Name    string
	Address string
	ReplyTo string
}

// Sheets is what one sample contact would see.
type Sheets struct {
	Language string
	Sample   string // which sample contact: "complete", "no name", "no source"
	Message  Message
	Form     Form
}

// Message is the message as rendered.
type Message struct {
	Subject string
	Text    string // text/plain part
	HTML    string // text/html part
	Header  map[string][]string
	Raw     []byte // whole MIME message, CRLF
}

// Form is the hosted form as served.
type Form struct {
	HTML         string
	Style        string // the style sheet of both pages
	Header       map[string][]string
	Thanks       string // HTML of the page after an answer
	AcceptsEmpty bool   // an answer in which nothing was chosen is recorded
}

// Authored is one text its author wrote, so that a finding can say where: "message.fr.subject".
type Authored struct {
	Where    string
	Language string
	Text     string
}

// Severity says what a finding does to a launch.
type Severity string

// Severities: an error blocks, an approval needs the named approver's written reason.
const (
	Error    Severity = "error"
	Approval Severity = "approval"
	Warning  Severity = "warning"
	Info     Severity = "info"
)

// Finding is one thing that is wrong, with the words found and what to do.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Where    string   `json:"where"`
	Places   []string `json:"places,omitempty"` // where one cause shows at several; Where is the first, or the setting to mend
	Line     int      `json:"line,omitempty"`   // of the author's text at Where, from 1; 0 when the words are not in it
	Text     string   `json:"text"`
	Message  string   `json:"message"`
	Proposed string   `json:"proposed,omitempty"` // a wording that would do, in the language of the text
	Source   string   `json:"source"`
}
