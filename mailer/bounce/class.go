package bounce

// Class is what one answer of a mail server means (COMPLIANCE E.4).
type Class string

// The classes.
const (
	Delivered    Class = "delivered"     // accepted
	Soft         Class = "soft"          // the same message may be tried again
	SoftFinal    Class = "soft-final"    // not now, and not again: a full mailbox, a delivery time that ran out
	Hard         Class = "hard"          // the mailbox does not exist
	OwnerChanged Class = "owner-changed" // hard, and what the former owner agreed to is void
	Recheck      Class = "recheck"       // the destination cannot be reached: hard after a second look at the DNS
	Script       Class = "script"        // the next server cannot carry an address outside ASCII
	Policy       Class = "policy"        // the server does not want us; says nothing about the mailbox
	Content      Class = "content"       // the message itself is not wanted: size, form
	Config       Class = "config"        // our own setting is wrong: authentication, sender, protocol
)

// Gone reports whether the mailbox must not be written to again.
func (c Class) Gone() bool { return c == Hard || c == OwnerChanged }

// Ours reports whether the answer speaks of the sender's side and never of the person.
func (c Class) Ours() bool { return c == Policy || c == Content || c == Config }

// Meaning is what a message that came back says of one recipient.
type Meaning string

// The meanings. Everything that failed and does not say that the mailbox is gone is soft: whose fault it
// was is in the class.
const (
	MeansHard      Meaning = "hard"      // the mailbox does not exist
	MeansSoft      Meaning = "soft"      // not delivered
	MeansDelayed   Meaning = "delayed"   // not delivered yet
	MeansDelivered Meaning = "delivered" // delivered, relayed or expanded
	MeansComplaint Meaning = "complaint" // reported as spam by the person
	MeansOptOut    Meaning = "optout"    // the person wrote that it should stop
	MeansReport    Meaning = "report"    // a feedback report that is no complaint
	MeansAuto      Meaning = "auto"      // a machine answered for the person: out of office, challenge
	MeansLeft      Meaning = "left"      // a machine answered that the person has left whom the mailbox belongs to
)
