// Package mailer turns invitations into messages and hands them to a relay, one by one.
//
// It fulfils two ports of campaign. Carrier composes all bytes first, so that nothing but the network
// can fail afterwards, and then delivers:
//
//	MAIL, RCPT, DATA, the whole body flushed → commit (the desk makes "sending" durable) → dot → reply
//
// No code path writes the dot before commit has said yes, and what is unclear after the dot is
// reported as uncertain, never as a failure to try again. A connection on which anything was unclear
// is closed at once: a late reply to one message must never be read as the reply to the next.
// Pace bounds how fast messages go out.
//
//	compose.go   fill the kept documents, then MIME by go-mail
//	document.go  the kept documents: layout and author's text, placeholders in place
//	deliver.go   the transaction and its outcome
//	conn.go      one connection to a relay
//	pool.go      the connections to one relay
//	relays.go    several relays, each with a mailer of its own
//	pace.go      rate, and connections per domain
package mailer
