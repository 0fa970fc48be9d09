package campaign

import (
	"encoding/json"
	"slices"
	"time"
)

// Choice is yes or no for one question.
type Choice string

// The states a consent can be in.
const (
	Granted   Choice = "granted"
	Declined  Choice = "refused"
	Withdrawn Choice = "withdrawn"

	// Expired is a yes whose promised time is over (ADR 0066). Nobody says it: rows that stand so are told from the others by StandingConsents.
	Expired Choice = "expired"
)

// Decision is yes or no for one purpose and channel.
type Decision struct {
	Purpose string `json:"purpose"`
	Channel string `json:"channel"`
	State   Choice `json:"state"`
}

func (d Decision) question() Question { return Question{Purpose: d.Purpose, Channel: d.Channel} }

// ResponseKind says by which act a person answered.
type ResponseKind string

// The acts.
const (
	ByForm     ResponseKind = "form"      // the hosted form
	ByOneClick ResponseKind = "one_click" // RFC 8058
	ByPage     ResponseKind = "page"      // the unsubscribe page's own button

	ByPaper ResponseKind = "paper" // on paper, entered by a named person with a scan
	ByVoice ResponseKind = "voice" // by voice, entered by a named person

	ByMail      ResponseKind = "mail"      // the person wrote that it should stop
	ByComplaint ResponseKind = "complaint" // the person's mailbox provider reported the message as unwanted
)

// Response is one act of a person: a set of decisions with its evidence. It is never changed.
type Response struct {
	ID         string // UUIDv7: receipt_id
	Entry      EntryNo
	Invitation InvitationID // 0: it was entered by hand for somebody who was not asked, or the send journal brought it back and its message is lost
	Contact    ContactID
	Campaign   CampaignID
	Kind       ResponseKind
	Language   string
	Document   string // SHA-256 of the form document that was shown; "" for one-click
	Nonce      string // of the form, or mark of a notice; "" for one-click; unique per invitation, so that of a page used before has a number behind it
	At         time.Time
	Decisions  []Decision
}

// Voucher is what shows an answer that was entered by hand.
type Voucher struct {
	Author  string // who entered it
	Given   Date   // the day on which the person gave it
	Name    string // of the file; "" when there is none
	Media   string
	SHA256  string // hex, of the file
	Content []byte
}

// granted reports whether an answer holds a yes.
func (r Response) granted() bool {
	return slices.ContainsFunc(r.Decisions, func(d Decision) bool { return d.State == Granted })
}

// ConsentRow is the current state of one purpose and channel for one person.
type ConsentRow struct {
	Contact  ContactID
	Email    Address // the mailbox that was asked, or that the person had when an answer was entered by hand
	Purpose  string
	Channel  string
	State    Choice
	At       time.Time
	Given    Date // the day on which an answer that was entered by hand was given, as far as its entry is kept
	Response string
	Kind     ResponseKind // by which act it was said; "" for a no that was no answer
	Campaign CampaignID   // whose question it answers; 0 when it was entered by hand and answers none
	Proof    EntryNo
}

// Since is from when it counts: what was entered by hand from the day on which it was given.
func (r ConsentRow) Since() time.Time {
	if r.Given.IsZero() {
		return r.At
	}
	return r.Given.Time()
}

// agrees reports whether it is a yes to a question.
func (r ConsentRow) agrees(to Question) bool {
	return r.State == Granted && r.Purpose == to.Purpose && r.Channel == to.Channel
}

// SuppressionReason says where a suppression came from.
type SuppressionReason string

// Why an address must never be written to.
const (
	SuppressObjection SuppressionReason = "objection" // a no to everything, by form or unsubscribe
	SuppressComplaint SuppressionReason = "complaint"
	SuppressBounce    SuppressionReason = "bounce"
	SuppressImported  SuppressionReason = "imported" // an opt-out that the base carried
	SuppressManual    SuppressionReason = "manual"   // suppress add
	SuppressJournal   SuppressionReason = "journal"  // put back from the send journal
	SuppressErasure   SuppressionReason = "erasure"
)

// Suppression is a line of the never-write list: a person key that must never be written to, and
// why. Lines are only ever added; the last line of a key decides. A line that lifts is written only
// when the person says yes through their own link (COMPLIANCE D.2 T-04).
type Suppression struct {
	Key    PersonKey
	Lifts  bool
	Scope  string // all
	Reason SuppressionReason
	Source string // import 3, campaign printemps, name of the operator …
	At     time.Time
	Entry  EntryNo
	Line   int64     // its place among the lines of its entry
	By     ContactID // of one that lifts, as SuppressionLines gives it: whose yes it was
}

// Place is where a line stands on the list.
func (s Suppression) Place() SuppressionPlace { return SuppressionPlace{s.Entry, s.Line} }

// SuppressionPlace is a line of the never-write list, by its entry and its place among the lines of that. Before all of them is
// one of NoEntry.
type SuppressionPlace struct {
	Entry EntryNo
	Line  int64
}

// SuppressionAct is one act that put keys on the never-write list, or lifted them.
type SuppressionAct struct {
	Entry  EntryNo
	At     time.Time
	Lifts  bool
	Reason SuppressionReason
	Source string
	Keys   int
}

// FormView is what the recipient's pages need to know about one invitation.
type FormView struct {
	Invitation InvitationID
	Contact    ContactID
	Campaign   CampaignID
	Language   string // of the message the person got
	Email      Address
	Shown      string // whom the answer concerns, for the page: never whole
	Frozen     *Frozen
	Open       bool            // a yes can still be given: the campaign is not closed and the deadline not past
	Ended      bool            // the campaign was closed, and its deadline is not past
	Barred     bool            // a no stands that no yes takes back, so none can be given
	Current    []CurrentChoice // latest per question, in the order of the questions; empty before an answer. Show gives them as they stand
	Last       *Response       // latest answer, nil before one
	Suppressed bool
	Dead       bool      // it is suppressed, and by nothing but a mailbox that takes no messages
	Stopped    time.Time // when a no that a yes lifts came which is no answer to this message and later than any; zero: none did
}

// Masked is whom an answer concerns, as a page may show it to whoever has the link.
func (v FormView) Masked() string {
	if v.Shown != "" {
		return v.Shown
	}
	return v.Email.Redacted()
}

// CurrentChoice is where one question stands.
type CurrentChoice struct {
	Question
	State Choice
	At    time.Time
}

// MarshalJSON writes it as the entry of a later answer keeps it.
func (c CurrentChoice) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Question
		State Choice
		At    Instant
	}{c.Question, c.State, Instant{c.At}})
}

// Answer is what a person did on a page. Lines may cover all questions or, for a change of one
// line, some of them.
type Answer struct {
	Kind     ResponseKind
	Language string // of the page
	Document string // SHA-256 of the form document shown
	Nonce    string
	NonceAge time.Duration
	Word     uint32 // the person's last word that the page showed; only with a nonce
	Lines    []AnswerLine
	Request  Request
	Token    TokenUsed
	Reporter string // the mail provider that passed the no on; "" when the person or their mailbox provider did
}

// TokenUsed is by which token of a signed link an answer came (COMPLIANCE B.2 row 26); zero: by none that was read for it.
type TokenUsed struct {
	Purpose string // what the token opens: form, preferences …
	Key     int    // id of the key that signed it
}

// AnswerLine is yes or no to one question.
type AnswerLine struct {
	Question
	Yes bool
}

// Request is the little that is kept about how an answer arrived (COMPLIANCE B.2 row 27): no
// address, no user agent string.
type Request struct {
	TLS          bool   `json:"tls"`
	SecFetchSite string `json:"sec_fetch_site,omitempty"`
	UAFamily     string `json:"ua_family,omitempty"` // firefox, chrome, safari, edge, other
	Suspect      bool   `json:"suspect,omitempty"`   // it looked like a machine's, and was confirmed
}

// Receipt is what a person is shown after an act, and may keep.
type Receipt struct {
	Response Response
	Repeat   bool // it says what stands, or the same nonce says the same again: nothing new was recorded
	View     FormView
}
