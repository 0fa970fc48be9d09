package campaign

// EntryNo is the number of a ledger entry, from 0.
type EntryNo int64

// NoEntry says that an act has no entry of its own.
const NoEntry EntryNo = -1

// EntryKind says what a ledger entry records (COMPLIANCE B.1).
type EntryKind string

// The kinds of entry.
const (
	EntryOrganisation EntryKind = "organisation.applied"
	EntryImported     EntryKind = "imported"
	EntryImportUndone EntryKind = "import.undone" // an import was taken back
	EntryClassified   EntryKind = "classified"
	EntryLookedUp     EntryKind = "domains.looked_up" // the DNS was asked which domains take no mail; the payload counts and names none
	EntrySuppressed   EntryKind = "suppressed"
	EntryApproved     EntryKind = "campaign.approved"
	EntryVoided       EntryKind = "campaign.voided"  // an approval was taken back by a change
	EntryDeleted      EntryKind = "campaign.deleted" // a draft was deleted
	EntryStarted      EntryKind = "campaign.started"
	EntryPaused       EntryKind = "campaign.paused"
	EntryResumed      EntryKind = "campaign.resumed"
	EntryClosed       EntryKind = "campaign.closed"
	EntryAsked        EntryKind = "asked"
	EntryRefused      EntryKind = "refused"   // the relay refused the message for good
	EntryUncertain    EntryKind = "uncertain" // whether the message was taken is not known
	EntrySettled      EntryKind = "settled"   // an uncertain or refused invitation, by a named person
	EntryAnswered     EntryKind = "answered"
	EntryObjected     EntryKind = "objected"
	EntryRequest      EntryKind = "answered.request" // what the request of an answer said of itself; it is kept for a shorter time
	EntryBounced      EntryKind = "bounced"          // a message that had left came back

	EntryLettersClaimed EntryKind = "letters.claimed" // a batch is about to be printed
	EntryLettersAgain   EntryKind = "letters.again"   // a batch is about to be printed once more
	EntryLettersMarked  EntryKind = "letters.marked"  // what a named person says of a batch

	EntryCaseOpened   EntryKind = "case.opened"   // a person asked for something by right
	EntryCaseExtended EntryKind = "case.extended" // it takes longer than a month; the payload names the case, when it was and is due, and why
	EntryCaseClosed   EntryKind = "case.closed"   // it was done, or refused with a reason; the payload names the case and the note

	EntryErased     EntryKind = "erased"      // the content of entries was destroyed; the payload lists them and names nobody
	EntryArchived   EntryKind = "archived"    // the least that is kept of the answers of somebody who was erased
	EntryAccessed   EntryKind = "accessed"    // a person was given what is held about them
	EntryExported   EntryKind = "exported"    // somebody took out a file with data of people; the payload says who, what and how much, and names none of them
	EntryRectified  EntryKind = "rectified"   // what is held about a person was corrected; the payload names the fields
	EntryKeyRotated EntryKind = "key.rotated" // the ledger's key was replaced

	EntryUserAdded    EntryKind = "user.added"    // who was given an account, and its role; written by the store
	EntryUserDisabled EntryKind = "user.disabled" // who lost it

	EntryTokenAdded   EntryKind = "token.added"   // which program was given a token, its role and its end; written by the store
	EntryTokenRevoked EntryKind = "token.revoked" // which one was taken back
)

// Entry is one line of the ledger before it is numbered. The store salts, commits, numbers and
// hashes it in the transaction that appends it. Payload must be a struct or map that encoding/json
// writes, or what Store.Encode made of one; it may hold personal data, the leaf never does.
type Entry struct {
	Kind     EntryKind
	Campaign CampaignID // 0 when none: lets a proof be exported per campaign; not in the leaf
	Contact  ContactID  // 0 when none
	Payload  any
}

// Encoded is a payload as Store.Encode wrote it.
type Encoded []byte

// Actor is who acts: a person by name, the machine, or a recipient.
type Actor struct {
	Kind string `json:"kind"`           // operator, machine, subject, mailbox-provider
	Name string `json:"name,omitempty"` // of the operator: login, or the operating-system user on the command line
	Role string `json:"role,omitempty"` // of the account that was logged in; empty on the command line
}

// Machine is the program itself.
var Machine = Actor{Kind: "machine"}
