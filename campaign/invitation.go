package campaign

import (
	"encoding/hex"
	"time"
)

// State is where an invitation stands. The edges are drawn in docs/architecture.md and enforced by
// CanMove here and by triggers in the store.
type State string

// The states of the single-send machine.
const (
	Planned   State = "planned"   // may be claimed
	Claimed   State = "claimed"   // one sender holds it; nothing has left
	Sending   State = "sending"   // past the point of no return
	Sent      State = "sent"      // the relay said yes
	Refused   State = "refused"   // the relay said no, for good
	Uncertain State = "uncertain" // no clear answer; never resent by the machine
	Withheld  State = "withheld"  // no longer to be asked
)

// States lists all states in the order in which reports show them.
var States = [...]State{Planned, Claimed, Sending, Sent, Refused, Uncertain, Withheld}

// edges of the machine; the value says who may take the edge.
var edges = map[[2]State]By{
	{Planned, Claimed}:   ByMachine,
	{Planned, Withheld}:  ByMachine,
	{Planned, Uncertain}: ByJournal,
	{Claimed, Planned}:   ByMachine,
	{Claimed, Sending}:   ByMachine,
	{Claimed, Refused}:   ByMachine,
	{Claimed, Withheld}:  ByMachine,
	{Claimed, Uncertain}: ByJournal,
	{Sending, Sent}:      ByMachine,
	{Sending, Planned}:   ByMachine,
	{Sending, Refused}:   ByMachine,
	{Sending, Uncertain}: ByMachine,
	{Uncertain, Sent}:    ByEvidence,
	{Uncertain, Refused}: ByEvidence,
	{Uncertain, Planned}: ByOperator,
	{Refused, Planned}:   ByOperator,
}

// By says who may take an edge of the state machine.
type By string

// Who may move an invitation.
const (
	ByMachine  By = "machine"
	ByJournal  By = "journal"  // the send journal knows what a restored database does not
	ByEvidence By = "evidence" // an operator, a bounce, a response or thirty days
	ByOperator By = "operator" // a named person, with a ledger entry
)

// CanMove reports whether an edge exists, and who may take it.
func CanMove(from, to State) (By, bool) {
	by, ok := edges[[2]State{from, to}]
	return by, ok
}

// InvitationID numbers an invitation.
type InvitationID int64

// LinkID is the random 16-byte id from which every token of an invitation is minted.
type LinkID [16]byte

// String is hex; it is a capability together with the link key, so logs never show it.
func (l LinkID) String() string { return hex.EncodeToString(l[:]) }

// Invitation is the one message to one person. No code path deletes one.
type Invitation struct {
	ID        InvitationID
	Campaign  CampaignID
	Contact   ContactID
	Link      LinkID
	Route     Route
	Language  string // of the message, one of the campaign's languages
	State     State
	Owner     string // the sender that holds the claim
	Attempt   int    // 0 before the first; +1 at every claim
	NotBefore time.Time
	Priority  int64 // larger is asked first: days of the last contact coming from the person

	Zone   string      // time zone of the person, pinned at planning; "": that of the campaign
	Email  Address     // the mailbox, pinned at planning
	Keys   []PersonKey // all keys of the person, pinned at planning
	Values Values      // filled into the message; erasable

	Reason        string  // why withheld, refused or released: a short code, see WithheldReason…
	Relay         string  // where its dot was written last, of several; while it is sent, where it is to leave
	Reply         string  // the relay's last words
	MessageID     string  // without angle brackets; known before the dot
	MessageSHA256 string  // hex, of the final bytes
	Verdict       Verdict // at planning: why this person may be asked
	PlannedAt     time.Time
	SentAt        time.Time
}

// Values are the personal values filled into a message, by placeholder name.
type Values map[string]string

// Content is what a carrier needs beside the invitation to compose its message.
type Content struct {
	Campaign  CampaignID
	Name      string // campaign name
	Frozen    *Frozen
	Documents map[string]Document // message.LANG.html and message.LANG.txt as kept; composing only fills their placeholders
	Test      bool                // a test message: marked, and its links record nothing
}

// Message is a composed message: all bytes, so that nothing but the network can fail after it. The
// carrier fills the lower half; whose message it is, is set by the desk.
type Message struct {
	Invitation   InvitationID
	Link         LinkID
	Attempt      int
	Keys         []PersonKey
	Relay        string // of several, the one it leaves by
	EnvelopeFrom string
	To           Address
	MessageID    string // without angle brackets
	SHA256       string // hex of Bytes
	Bytes        []byte // CRLF lines, headers and body, not dot-stuffed
}

// OutcomeKind says how a delivery ended.
type OutcomeKind string

// How a delivery may end. Everything unclear after the dot is OutcomeUncertain.
const (
	OutcomeSent      OutcomeKind = "sent"      // complete 2xx to the dot
	OutcomeReleased  OutcomeKind = "released"  // nothing was taken: try the same message later
	OutcomeRefused   OutcomeKind = "refused"   // complete 5xx to the dot, or unknown mailbox at RCPT
	OutcomeUncertain OutcomeKind = "uncertain" // no clear answer after the dot
	OutcomeLost      OutcomeKind = "lost"      // commit said no (opt-out, pause, lost claim); nothing was sent
	OutcomeNoRelay   OutcomeKind = "no_relay"  // no connection, TLS or authentication: the relay, not the person
)

// Outcome is what a carrier reports of one delivery.
type Outcome struct {
	Kind      OutcomeKind
	Committed bool   // commit was called and said yes
	Hard      bool   // the mailbox does not exist: suppress it
	Relay     bool   // the reply speaks of policy, authentication, content, size or the sender
	Stage     string // dial, tls, auth, mail, rcpt, data, body, dot
	Code      int    // reply code, 0 when none
	Status    string // enhanced status "5.1.1", "" when none
	Reply     string // the server's words, one line, at most 500 bytes
	Err       error  // for the log
	Broken    bool   // the connection ended before the dot, or nobody knows what was said on it
	Script    bool   // this relay does not carry addresses with letters outside ASCII: another may

	until time.Time // of what was not begun: its relay cannot be used before
}

// Settled is the end of one delivery as the store records it.
type Settled struct {
	Invitation InvitationID
	Owner      string
	To         State
	Reason     string
	Reply      string
	MessageID  string
	SHA256     string
	NotBefore  time.Time // for To == Planned
	Entry      EntryNo   // what proves it; NoEntry when it is planned again
}

// WithheldReason… are the reasons an invitation is withheld for, as stored and reported.
const (
	WithheldSuppressed = "suppressed"
	WithheldAsked      = "already_asked" // a person key is taken by another invitation
	WithheldAudience   = "audience_changed"
	WithheldClosed     = "campaign_closed"
)
