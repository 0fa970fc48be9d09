package campaign

import (
	"encoding/json"
	"time"
)

// Testimony is a ledger entry about a person with what it says, as long as that was not erased.
type Testimony struct {
	Entry    EntryNo
	Kind     EntryKind
	At       time.Time
	Campaign CampaignID
	LeafHash []byte
	Payload  json.RawMessage // nil: erased
}

// ErasureID is the random number under which the send journal and the database know that a person was erased.
type ErasureID [16]byte

// Erasure is one person of whom nothing is held any more but what Kept says.
type Erasure struct {
	ID      ErasureID
	Contact ContactID
	Why     ErasureReason
	Entry   EntryNo
	At      time.Time
}

// ErasureReason says why somebody was erased.
type ErasureReason string

// Why people are erased.
const (
	EraseRequested ErasureReason = "request" // they asked for it, or a named person decided it
	EraseJournal   ErasureReason = "journal" // the send journal knows of it, the database that was put back did not
	EraseUnasked   ErasureReason = "unasked" // they may not be asked, and their time is over
	EraseSilent    ErasureReason = "silence" // they were asked, did not answer or said no, and their time is over
)

// Testimonies reads what the ledger says of people.
type Testimonies interface {
	TestimoniesOf(ContactID) ([]Testimony, error)              // every entry about a person, oldest first
	TestimoniesNaming([]PersonKey) ([]Testimony, error)        // entries that put the keys of one person alone on the never-write list
	PayloadsOf([]EntryNo) (map[EntryNo]json.RawMessage, error) // what entries say, as far as it is still held
	Erased([]ErasureID) (map[ErasureID]Erasure, error)         // those that were done
	ErasedContact(ContactID) (Erasure, error)                  // fault.NotFound: nobody was erased under that number

	// Who and what is due by age; each in rising order.
	UnaskedBefore(at time.Time, after ContactID, limit int) ([]ContactID, error)     // may not be asked, never were, and came before
	SilentBefore(at time.Time, after ContactID, limit int) ([]ContactID, error)      // did not answer, and their campaigns ended before
	RefusedBefore(at time.Time, after ContactID, limit int) ([]ContactID, error)     // agree to nothing any more, and said so before
	AnsweredAllBefore(at time.Time, after ContactID, limit int) ([]ContactID, error) // gave their last answer before, and nobody writes to them, waits for them or owes them a right
	AnsweredBefore(at time.Time, after ContactID, limit int) ([]ContactID, error)    // gave their last answer before
	OldEntries(k EntryKind, at time.Time, after EntryNo, limit int) ([]EntryNo, error)
	OldCases(at time.Time, after EntryNo, limit int) ([]EntryNo, error) // entries of cases that ended before
}

// TestimonyEraser destroys what is held of people. It needs an entry of this transaction of kind erased that lists
// what is destroyed.
type TestimonyEraser interface {
	// EraseTestimonies destroys what entries say, with the salt of their commitments, the words of others in the rows
	// that they cover, and their vouchers.
	EraseTestimonies(no EntryNo, entries []EntryNo) error
	// ErasePerson takes a contact out of the base with everything that was kept of its past, and empties the
	// personal columns of its invitations. Those keep their keys.
	ErasePerson(no EntryNo, e Erasure) error
	// ForgetFigures lets go of figures about domains with a handful of messages, of campaigns that ended before a
	// time: the name of such a domain may be that of a person.
	ForgetFigures(before time.Time) error
}
