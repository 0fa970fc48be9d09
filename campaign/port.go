package campaign

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/reoptin/reoptin/campaign/lint"
)

// Store is where everything durable is kept. View sees one consistent snapshot; Update commits on
// nil and rolls back on an error or a panic. Neither nests, each has one timestamp, and nothing but
// SQL runs inside them. A unique violation or lost compare-and-set comes back as fault.Conflict,
// a missing row as fault.NotFound, a full or failing disk as fault.Unavailable.
type Store interface {
	View(context.Context, func(Reader) error) error
	Update(context.Context, func(Tx) error) error
	// Encode writes the payload of an entry as it will be committed to. It needs no transaction: whoever
	// writes many entries has this done before the one writer has their turn.
	Encode(payload any) (Encoded, error)
	Packer
}

// Reader reads.
type Reader interface {
	Now() time.Time // of the transaction, UTC, whole milliseconds
	Contacts
	Campaigns
	Invitations
	Responses
	Bounces
	Suppressions
	Lists
	Domains
	LetterReader
	Cases
	Stocks
	Codes
	ReceiptMails
	Testimonies
	Balances
}

// Tx reads and writes.
type Tx interface {
	Reader
	Entries
	ContactWriter
	CampaignWriter
	InvitationWriter
	ResponseWriter
	BounceWriter
	SuppressionWriter
	ListWriter
	DomainWriter
	LetterWriter
	CaseWriter
	StockWriter
	CodeWriter
	ReceiptMailWriter
	TestimonyEraser
}

// Entries appends to the ledger. Rows of evidence written afterwards with the number it returns
// (responses, suppressions, documents, sendings) are covered by the entry: their digest joins the
// entry's payload when the transaction commits.
type Entries interface {
	Append(Entry) (EntryNo, error)
}

// ContactFilter narrows a list; zero fields do not.
type ContactFilter struct {
	Class Class
	Route Route
	Code  string
}

// Takes reports whether a verdict is of the part.
func (f ContactFilter) Takes(v Verdict) bool {
	return (f.Class == "" || f.Class == v.Class) && (f.Route == "" || f.Route == v.Route) && (f.Code == "" || f.Code == v.Code)
}

// ReasonCount counts contacts by verdict.
type ReasonCount struct {
	Class    Class
	Route    Route
	Code     string
	Contacts int
}

// Audited is a contact whose verdict is another one now, or was given to the contact alone, which the day of the
// former says. That is of a page that is read into again: whoever is given it looks at it and does not keep it.
type Audited struct {
	Contact ContactID
	Was     *Verdict // without a class: none
	Now     *Verdict // many point to one; its day does not count
}

// Contacts reads the base.
type Contacts interface {
	Organisation() (Organisation, error) // fault.NotFound before the first apply
	Contact(ContactID) (Contact, error)
	KeyHolders([]PersonKey) (map[PersonKey][]ContactID, error)                  // all that have each of some keys, the oldest first
	ShortKeyHolders(keys []ShortKey, each func(n int, holder ContactID)) error  // of ascending keys
	ContactsOf([]ContactID) (map[ContactID]Contact, error)                      // those that exist
	PackedOf([]ContactID) (map[ContactID]Packed, error)                         // likewise
	ContactsByExternalID(string) ([]Contact, error)                             // likewise those whose first row has the number
	ContactPage(f ContactFilter, after ContactID, limit int) ([]Contact, error) // by id
	ContactCount() (int, error)
	// Sweep goes through the whole base in parts, by number. A part may be done beside others and on a snapshot
	// of its own, which is the same for all: do sees what this transaction sees as long as it has written
	// nothing. What it gives is run afterwards, one part after the other, where Sweep was called. The contacts
	// have no external id and no attributes; a verdict of the last audit of the whole base has no day. Their texts are pieces of
	// those of many contacts: whoever keeps one longer than that makes a copy.
	Sweep(do func(Reader, []Contact) (then func() error, err error)) error
	ReasonCounts() ([]ReasonCount, error) // of the last saved audit
	LastAudit() (Date, error)             // the day as of which it judged the whole base; zero: there was none
	Imports() ([]Import, error)
	ImportChanges(id ImportID, after ContactID, limit int) ([]ImportChange, error) // by First
	ChangesOf(ContactID) ([]ImportChange, error)                                   // the imports that made or changed a contact, as far as that is kept
	FirstMadeAfter(time.Time) (ContactID, error)                                   // whom an import after a time made, the first; 0: none
	LaterImport(ImportID) (ImportID, error)                                        // one that changed the same contacts since; 0: none
}

// ContactWriter writes the base.
type ContactWriter interface {
	PutOrganisation(Organisation) error
	// PutContacts inserts (ID 0), else replaces; keys are replaced too. A change that Raises is fault.Conflict.
	PutContacts([]Contact) ([]ContactID, error)
	NextImport() (ImportID, error)                        // the number that the next AddImport gives
	PutImported(ImportID, []Contact) ([]ContactID, error) // PutContacts that can be taken back
	// AddPeople inserts contacts that can be taken back, numbered from first on one after another. Their keys,
	// ascending, follow with AddKeys: without them nothing is committed.
	AddPeople(ImportID, []Packed) (first ContactID, err error)
	AddKeys(iter.Seq2[ShortKey, ContactID]) error
	PutVerdicts(map[ContactID]Verdict) error
	// KeepAudit keeps an audit of the whole base: judge gives what changed, by number, and all the others
	// are as of the new day.
	KeepAudit(asOf Date, judge func(put func([]Audited) error) error) error
	AddImport(Import) (ImportID, error)

	// Taking an import back needs its entry; nothing else may raise or remove a contact.
	RestoreContacts(EntryNo, []Contact) error
	RemoveContacts(EntryNo, []ContactID) error
	EndImport(EntryNo, Undone) error
	ForgetChanges(before time.Time) error // of imports that are too old to be taken back
}

// ImportID numbers an import.
type ImportID int64

// Import is one import as it was done.
type Import struct {
	ID                                                                 ImportID
	Source                                                             string // file name
	SHA256                                                             string // hex of the file
	At                                                                 time.Time
	Undone                                                             time.Time // when it was taken back; zero: it stands
	Rows, Created, Updated, Unchanged, Duplicates, Conflicts, Rejected int
}

// CourseDay is what happened in a campaign on one day, in UTC.
type CourseDay struct {
	Day     Date
	Sent    int // messages that left for certain, and letters that were handed over
	Answers int // answers, each change of mind too
}

// Tally is what a campaign's people have done so far.
type Tally struct {
	Invitations            map[State]int
	People                 int // who answered
	Astray                 int // of them those whose message the relay refused, or a person called not sent, and who got it all the same
	Granted                int // people whose latest answer has at least one yes
	Refused                int // people whose latest answer is all no and who never said yes
	Withdrawn              int // people who took a yes back
	Hard, Soft, Complaints int
}

// Campaigns reads campaigns.
type Campaigns interface {
	Campaign(name string) (Campaign, error)
	CampaignByID(CampaignID) (Campaign, error)
	CampaignList() ([]Campaign, error) // by creation
	Tally(CampaignID) (Tally, error)
	Course(CampaignID) ([]CourseDay, error)   // by day, those on which nothing happened left out
	States(CampaignID) (map[State]int, error) // how many invitations stand where
	// FiguresOf gives how deliveries ended: of all first, then of at most n mailbox providers, those with most
	// messages first; none before the first end.
	FiguresOf(id CampaignID, n int) ([]ProviderFigures, error)
	// LateEnds lists bounces and complaints that came after their delivery had ended, with entries after the
	// given one and after what was heard, and the last entry that was looked at.
	LateEnds(id CampaignID, after EntryNo) ([]Late, EntryNo, error)
	Resumed(id CampaignID, after EntryNo) (bool, error) // whether a person resumed it in an entry after the given one
	Document(sha256 string) (Document, error)
}

// CampaignWriter writes campaigns.
type CampaignWriter interface {
	CreateCampaign(Campaign) (CampaignID, error)
	PutDraft(id CampaignID, f File, by string) error   // refused unless draft or approved; the status becomes draft
	Void(CampaignID, Voided) error                     // keeps what took an approval back, until the next approval
	DeleteDraft(CampaignID) error                      // refused unless draft
	Freeze(id CampaignID, f Frozen, by string) error   // draft → approved; stores Frozen
	MoveCampaign(id CampaignID, from, to Status) error // compare-and-set; sets started/closed times
	SetWaiting(CampaignID, Waiting) error
	CountFormViews(id CampaignID, n int64) error
	CountEnds(CampaignID, map[string]Figures) (map[string]Figures, error)    // adds, by mailbox provider; gives the new sums of those
	CountEarlier(CampaignID, map[string]Figures) (map[string]Figures, error) // of what ended before it was last resumed
	ForgetEnds(CampaignID) error                                             // counts anew, and hears only what comes from now on
	HeardTo(CampaignID, EntryNo) error
	Begin(CampaignID) error // notes that its first turn has come, once
	SetCanary(id CampaignID, until time.Time) error
	PutDocument(EntryNo, Document) error // once per hash; a known hash is left alone
}

// LinkAttempt is one attempt to reach the person of an invitation.
type LinkAttempt struct {
	Link    LinkID
	Attempt int
}

// Invitations reads the single-send table.
type Invitations interface {
	Invitation(InvitationID) (Invitation, error)
	InvitationByLink(LinkID) (Invitation, error)
	InvitationsByLink([]LinkID) (map[LinkID]Invitation, error) // those that exist
	Unended([]LinkAttempt) ([]LinkID, error)                   // those that are neither sent nor refused, not at this attempt, and those that are not known
	InvitationByMessageID(string) (Invitation, error)          // of its last message
	InvitationsOfContact(ContactID) ([]Invitation, error)
	AskedOf([]ContactID) (map[ContactID][]Asked, error)   // every invitation of some contacts, oldest first
	Claims([]InvitationID) (map[InvitationID]Held, error) // where some invitations stand
	InvitationPage(id CampaignID, s State, after InvitationID, limit int) ([]Invitation, error)
	InvitedContacts(first, last ContactID) (map[ContactID]Asked, error) // every contact between two with an invitation that holds its keys or was sent
	KeysTaken([]PersonKey) (map[PersonKey]InvitationID, error)
	TakenHalves(most int) (*Halves[struct{}], error)                   // of every key that is held; nil: there are more than most
	NextDue(CampaignID) (at time.Time, why string, ok bool, err error) // earliest NotBefore of a planned invitation, and its reason
	Warmths(relay string) ([]Warmth, error)                            // how far a relay has come, by mailbox provider
	PlannedAddresses(id CampaignID, each func(Address)) error          // of those who are still to be asked
	PutOff(id CampaignID, now time.Time, each func(PutOff)) error      // whom a gate has put off to later than now
	PlannedPlaces(id CampaignID, each func(Invitation)) error          // likewise: whom, on which route, and where it goes; no more of each
	RelaysOf([]InvitationID) (map[InvitationID]string, error)          // at which of several relays the dots of some were written last
}

// Asked is what reoptin's own record says about having asked a contact.
type Asked struct {
	Invitation InvitationID
	Campaign   CampaignID
	State      State
	At         time.Time // of sending
}

// Held says who holds an invitation.
type Held struct {
	State   State
	Owner   string
	Attempt int
}

// InvitationWriter moves invitations along the edges; every refused edge is fault.Conflict.
type InvitationWriter interface {
	Plan([]Invitation) error // link ids already set; a contact already invited by this campaign is left alone
	// Claim takes up to n due planned invitations of a campaign, highest priority first, writes their
	// person keys, and withholds those that are suppressed or whose key is taken. Whom the gate holds back is put
	// off until then; held counts them. A gate that is nil holds nobody back.
	Claim(c CampaignID, n int, owner string, g Gate) (claimed []Invitation, held int, err error)
	PutWarmths(relay string, ws []Warmth) error
	Recall(CampaignID) error          // whoever was put off is due again
	RecallThose([]InvitationID) error // likewise of some
	PutRelays(map[InvitationID]string) error
	// Commit is the compare-and-set before the dot: claimed by owner, campaign running, not
	// suppressed → sending. The message id and hash are stored in the same step.
	Commit(owner string, ms []Message) (won []InvitationID, err error)
	// Settle ends deliveries, all of them or none. An end that is not planned again needs an entry.
	Settle([]Settled) error
	Withhold(InvitationID, string) error                               // planned or claimed → withheld; frees the keys
	WithholdPlanned(CampaignID, string) (int, error)                   // all planned and claimed of a campaign
	Silence(EntryNo, CampaignID) (int, error)                          // closing: a row for everyone asked who did not answer
	Recover() (released, uncertain int, err error)                     // claimed → planned, sending → uncertain (with entries)
	Resolve(id InvitationID, to State, reason string, e EntryNo) error // uncertain or refused, by evidence or operator
	// Restore, by the journal or an answer: planned, claimed → uncertain; unknown: keys taken. because is kept in the entry.
	Restore(link LinkID, attempt int, keys []PersonKey, because string) (changed bool, err error)
}

// Responses reads answers.
type Responses interface {
	Response(id string) (Response, error)
	ResponsesKnown(ids []string) (map[string]bool, error)              // those of some that there are
	ResponsesWithdrawing(after EntryNo, limit int) ([]Response, error) // those that take a yes back, by entry
	ResponsesOf(...InvitationID) ([]Response, error)                   // oldest first of each
	ResponsesOfUnasked(ContactID) ([]Response, error)                  // entered by hand for somebody who was not asked, oldest first
	// HeldSince gives those of some contacts who were corrected since a time, have an answer by hand, entered since for
	// somebody who was not asked, or an open case.
	HeldSince(at time.Time, ids []ContactID) ([]ContactID, error)
	Voucher(EntryNo) (Voucher, error) // of an answer that was entered by hand
	ResponsePage(c CampaignID, after EntryNo, limit int) ([]Response, error)
	ResponsesBefore(c CampaignID, before EntryNo, limit int) ([]Response, error) // the newest first; 0: of all campaigns
	LastEntryBefore(before time.Time) (EntryNo, error)                           // the newest one made before a time, or NoEntry
	ConsentsOf(...ContactID) ([]ConsentRow, error)                               // latest per purpose and channel, by contact
	ConsentsBetween(first, last ContactID) ([]ConsentRow, error)                 // likewise
	AnsweredPurposes() ([]string, error)                                         // about which anybody ever answered, ascending
	ConsentPage(after ContactID, limit int) ([]ConsentRow, error)                // whole contacts, by contact
}

// ResponseWriter adds answers, each covered by its entry; nothing changes or deletes one.
type ResponseWriter interface {
	AddResponses([]Response) error
	AddVoucher(EntryNo, Voucher) error
}

// Bounces reads what came back.
type Bounces interface {
	BouncesOf(...InvitationID) (map[InvitationID][]Bounce, error) // oldest first of each
}

// BounceWriter adds what came back, each covered by its entry; the same notice again is fault.Conflict.
type BounceWriter interface {
	AddBounce(Bounce) error
}

// Suppressions reads the never-write list.
type Suppressions interface {
	Suppressed([]PersonKey) (Suppression, bool, error)                 // the first that stands
	SuppressedKeys([]PersonKey) (map[PersonKey]Suppression, error)     // the last line of each key that has one; it may lift
	SuppressionLines([]PersonKey) (map[PersonKey][]Suppression, error) // all lines of each key, the oldest first, each that lifts with whose yes it was
	// SilencedHalves gives every key that stands, and why, as a place in reasons; nil when the list has more than
	// most lines.
	SilencedHalves(most int) (halves *Halves[uint8], reasons []SuppressionReason, err error)
	SuppressedBegins() ([]uint64, error) // ascending: the first 8 octets of the keys that have a line
	LiftedKeys() ([]PersonKey, error)    // those whose last line lifts
	SuppressionPage(after SuppressionPlace, limit int) ([]Suppression, error)
	SuppressionActs(before EntryNo, limit int) ([]SuppressionAct, error) // the newest first; before 0: from the end
}

// SuppressionWriter adds to the never-write list. A line that would change nothing is left out: a no
// to a key that stands, a lift of one that does not. A no over a bounce does change something: the
// person spoke; and so does a complaint over a no that their own yes would lift.
type SuppressionWriter interface {
	Suppress(EntryNo, []Suppression) (added int, err error)
}

// RecordKind says what a line of the send journal means.
type RecordKind byte

// The records of the send journal.
const (
	RecordIntent   RecordKind = 'I' // the dot may be written from here on
	RecordAccepted RecordKind = 'A'
	RecordRefused  RecordKind = 'R'
	RecordReleased RecordKind = 'L' // a complete 4xx to the dot, or a named operator
	RecordSuppress RecordKind = 'S'
	RecordHead     RecordKind = 'H' // size and root of the ledger at a checkpoint
	RecordErase    RecordKind = 'E' // a person is erased; the link is the number of the erasure
	RecordWithdraw RecordKind = 'W' // an answer took a yes back; the link is its receipt, the keys are the person's and the questions'
	RecordCase     RecordKind = 'C' // a person asked for something by right; the link is a number drawn for it
	RecordExtend   RecordKind = 'X' // it takes longer: the link is the number of the request, whose own line stands before
	RecordBatch    RecordKind = 'B' // a batch of letters has a number, at the end of the link
)

// recordKeys is how many keys one line of the journal holds; a person with more has several lines.
const recordKeys = 4

// Record is one line of the send journal: keyed digests only.
type Record struct {
	Kind    RecordKind
	Attempt int         // of a suppression what it weighs, see weightOf; of a withdrawal by which of acts, of a case which of CaseKinds
	Link    LinkID      // zero for suppressions and heads; of an erasure or a batch its number, of a withdrawal its receipt
	Keys    []PersonKey // at most 4
	Size    int64       // head: ledger size
	Root    [32]byte    // head: tree hash
	At      time.Time   // of a case: when it counts as asked for; of its extension: until when it is due
}

// Known says whether this program knows what a record means.
func (r Record) Known() bool {
	switch r.Kind {
	case RecordSuppress, RecordHead, RecordErase, RecordBatch, RecordExtend:
		return true
	case RecordWithdraw:
		return r.Attempt < len(acts)
	case RecordCase:
		return r.Attempt < len(CaseKinds())
	}
	return r.ofInvitation()
}

// ofInvitation says whether a record tells of one attempt to reach one person.
func (r Record) ofInvitation() bool {
	switch r.Kind {
	case RecordIntent, RecordAccepted, RecordRefused, RecordReleased:
		return true
	}
	return false
}

// Journal is the send journal: an append-only file that outlives a restored database. Append
// returns after one fsync that covers all records given. After a failed Append the journal refuses
// every further one.
type Journal interface {
	Append(context.Context, ...Record) error
	Replay(func(Record) error) error
	ReplayNew(func(Record) error) error // what the database had not seen when the journal was opened
}

// Carrier turns an invitation into a message and hands it to the relay.
type Carrier interface {
	// Compose makes all bytes; nothing can fail later. It may write them into room, whose owner has
	// no other use for it; nil is none.
	Compose(i Invitation, c Content, room []byte) (Message, error)
	// Deliver calls commit at most once: body flushed, dot not written. When commit fails it cuts
	// the connection without a word and reports OutcomeLost.
	Deliver(ctx context.Context, m Message, commit func(context.Context) error) Outcome
	// Close says goodbye on every connection.
	Close() error
}

// Pace bounds how fast messages go out.
type Pace interface {
	// Enter takes a place among the messages to a mailbox provider, if one is free; leave gives it back.
	Enter(provider string) (leave func(), free bool)
	// Turn blocks until one more message may start.
	Turn(ctx context.Context) error
	// Ready reports whether one may start without waiting.
	Ready() bool
	// Limit sets the rate: n messages of a campaign per duration, and of all together for EveryCampaign.
	Limit(c CampaignID, n int, per time.Duration)
}

// Sheets renders what people will see, for lint, preview and approval.
type Sheets interface {
	// Render fills message and form for a sample contact, in the sample's language.
	Render(Frozen, Sample) (lint.Sheets, error)
	// Letter writes the letter to a sample contact as PDF, as of a moment. Its code opens nothing.
	Letter(context.Context, io.Writer, Frozen, Sample, time.Time) error
	// Documents renders every language with placeholders in place, as kept.
	Documents(Frozen) ([]Document, error)
}

// Sample is a made-up or real contact for Render.
type Sample struct {
	Language string
	Values   Values
	Email    Address
}
