package app

import (
	"cmp"
	"context"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer/check"
)

// Lookup says whether the DNS is asked which domains of the base take no mail. Without it nobody is asked.
type Lookup struct {
	DNS  bool
	Told func(done, of int) // hears how many domains were asked about; may be nil
}

// LookedUp is what asking found.
type LookedUp = campaign.LookedUp

// lookupPatience is how long one question waits for its answer.
const lookupPatience = 5 * time.Second

// lookUp asks about the domains of the whole base, when that is wished for; nil: it is not.
func (a *App) lookUp(ctx context.Context, l Lookup) (*LookedUp, error) {
	if !l.DNS {
		return nil, nil
	}
	resolver := a.doctor.Resolver
	if resolver == nil {
		resolver = check.System(nil)
	}
	resolver = check.Bounded(resolver, cmp.Or(a.doctor.Patience, lookupPatience), campaign.LookupsAtOnce)
	found, err := a.Desk.LookUpDomains(ctx, Operator(), func(ctx context.Context, domain string) (campaign.DomainFault, error) {
		mail, err := check.LookMail(ctx, resolver, domain)
		return domainFaults[mail], err
	}, l.Told)
	if err != nil {
		return nil, err
	}
	return &found, nil
}

// domainFaults are the desk's words for what the DNS says.
var domainFaults = map[check.Mail]campaign.DomainFault{
	check.MailRefused: campaign.DomainRefuses, check.MailNowhere: campaign.DomainAbsent, check.MailUnreachable: campaign.DomainUnreachable,
}

// DomainView is a domain that takes no mail, as it was found.
type DomainView struct {
	Name     string `json:"name"`
	Why      string `json:"why"`   // null_mx, absent or unreachable
	Since    string `json:"since"` // the day on which it was first found
	LookedUp string `json:"looked_up"`
}

func domainView(d *campaign.DeadDomain) *DomainView {
	if d == nil {
		return nil
	}
	return &DomainView{Name: d.Name, Why: string(d.Why), Since: d.Since.String(), LookedUp: d.At.String()}
}
