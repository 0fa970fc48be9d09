package mailer

import (
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// returning is where what comes back about one message goes.
type returning struct {
	path   string // envelope sender; signed, it is the CFBL-Address (RFC 9477) too
	stop   string // address that a mail program writes to for an unsubscribe (RFC 2369 section 3.2)
	signed bool

	reference string // what mail providers report back; "" where none is asked to
}

// returnDays is how long after the last day of a campaign a bounce still counts. Mail servers give up after
// five days; complaints come later.
const returnDays = 60

// returning gives the addresses of a message. Without a reader for what comes back, and for a test message,
// which stands in no record, it is the sender's own address.
func (c *Composer) returning(id campaign.LinkID, f campaign.File, test bool) (returning, error) {
	if test || !c.returns && len(c.reports) == 0 {
		return returning{path: f.Sender.Address}, nil
	}
	var expires time.Time
	if d := f.Schedule.Deadline; !d.IsZero() {
		expires = d.AddDays(returnDays).Time()
	}
	local := link.ReturnMark + c.links.Mint(link.Bounce, id, expires)
	if !c.returns {
		return returning{path: f.Sender.Address, reference: local}, nil
	}
	domain := c.returnDomain
	if domain == "" {
		domain = campaign.Address(f.Sender.Address).Domain()
	}
	if !returnable(domain) {
		return returning{}, noReturn(domain)
	}
	r := returning{signed: true, path: local + "@" + domain, stop: link.StopMark + c.links.Mint(link.MailtoUnsubscribe, id, time.Time{}) + "@" + domain}
	if len(c.reports) > 0 {
		r.reference = local
	}
	return r, nil
}

// ReturnPath is the envelope sender of an invitation, and whether it is signed and so no other's.
func (c *Composer) ReturnPath(id campaign.LinkID, f campaign.File) (path string, signed bool, err error) {
	r, err := c.returning(id, f, false)
	return r.path, r.signed, err
}

// maxAddress is how long an address in an envelope may be (RFC 5321 section 4.5.3.1.3, without brackets).
const maxAddress = 254

// returnable reports whether a signed address at a domain can stand in an envelope.
func returnable(domain string) bool {
	return ascii(domain) && mailbox("b@"+domain) && len(link.ReturnMark)+link.TokenSize+1+len(domain) <= maxAddress
}

func noReturn(domain string) error {
	return fault.New(fault.Invalid, "mailer.return", "no return path can be written at the domain {domain}", "domain", domain).At("mailer.Compose").
		Hint("set smtp.envelope_domain to the name that bounces return to, like bounce.example.com")
}
