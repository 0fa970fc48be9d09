package campaign

import "github.com/reoptin/reoptin/internal/fault"

// Alignment is how a receiver can tell whom a message is from (DMARC, RFC 9989) that leaves by a relay, as far as
// the settings say it: it is signed for the organisation that From names, or it returns to that organisation.
type Alignment struct {
	Setting string // where the relay is set: smtp, smtp2, smtp3
	Signer  string // domain for which messages are signed here; "": none are
	Relay   string // domain for which the relay signs; "": nobody knows
	Returns string // domain of the return path; "": that of From
}

// Check is fault.Invalid for an address of From for which nothing would speak. Everybody is asked once: who was
// written to in a way that receivers distrust cannot be asked again.
func (a Alignment) Check(from Address) error {
	domain := from.Domain()
	if a.Signer != "" {
		return Signable(from, a.Signer)
	}
	if a.Relay != "" && SameOrganisation(domain, a.Relay) || a.Returns == "" || SameOrganisation(domain, a.Returns) {
		return nil
	}
	return fault.New(fault.Invalid, "campaign.unaligned", "sender.address is of {domain}, messages return to {returns}, and nobody is known to sign for {domain}: whoever checks DMARC refuses such a message",
		"domain", domain, "returns", a.Returns).At("campaign.Alignment").
		Hint("set " + a.Setting + ".envelope_domain to a name of the sender's domain, or sign with dkim.*; where the relay signs, name its record in dkim.relay")
}

// Signable is fault.Invalid for an address of From that is of another organisation than the signature.
func Signable(from Address, signer string) error {
	if SameOrganisation(from.Domain(), signer) {
		return nil
	}
	return fault.New(fault.Invalid, "campaign.foreign_signature", "sender.address is of {domain}, and messages are signed for {signer}: whoever checks DMARC refuses such a message",
		"domain", from.Domain(), "signer", signer).At("campaign.Alignment").Hint("write as an address of the domain that signs, or sign for the sender's domain")
}

// CheckSender says why a campaign's messages would be distrusted, if they would: by the relay that is used first, or by
// another that may take over while nobody looks.
func (d *Desk) CheckSender(f File) error {
	if !f.Mails() {
		return nil
	}
	for _, a := range d.alignments {
		if err := a.Check(Address(f.Sender.Address)); err != nil {
			return err
		}
	}
	return nil
}
