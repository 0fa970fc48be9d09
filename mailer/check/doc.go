// Package check asks the DNS what a receiver would ask about a sender: may this address send for this
// domain (SPF, RFC 7208), which key checks the signatures (DKIM, RFC 6376), what is to become of messages
// that neither proves (DMARC, RFC 9989), who takes mail for the domain, and what an address is called.
//
// Names in, findings out: it knows nothing of the house, sends nothing, and what the DNS says is material to
// be judged, bounded in number and size. A record that is not there is a finding, never an error; an error
// says that the DNS could not be asked, so that nobody takes a dead resolver for a missing record.
//
//	resolver.go   the questions, and who answers them within a time
//	spf.go        what SPF says of an address, with what limits the count
//	spfterm.go    a record taken apart
//	spfmacro.go   names with the sender's in them
//	dkim.go       the record of a key
//	dmarc.go      the policy of a domain, and to which organisation it belongs
//	mail.go       whether a domain takes mail
//	tag.go        what DKIM and DMARC records are made of
package check
