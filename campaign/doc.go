// Package campaign is the desk of the house: every rule and every act of taking a marketing base
// from doubt to proof. It knows nothing of HTTP, SQL or SMTP; it declares the ports it needs
// (Store, Journal, Carrier, Sheets, Pace) and the packages around it fulfil them.
//
// The promise that everything here serves: one message per person, ever, and never to anyone who
// said no.
//
//	audit.go        the decision table: what a contact's facts say about asking them
//	merge.go        rows of one person become one contact; permission can only fall
//	invitation.go   the single-send state machine
//	claim.go        who is next, and is still to be asked
//	dispatch.go     compose, deliver
//	beat.go         the one writer of all deliveries: commit, settle
//	ending.go       how deliveries ended, with their entries
//	respond.go      what a person answers, with its evidence
//	lifecycle.go    draft → approved → running ⇄ paused → closed
//	entry.go        what a ledger entry says
//
// Acts live on Desk; each takes an Actor and runs in one transaction, its ledger entry with it.
package campaign
