package mailer

import (
	"context"
	"errors"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// Relays is a campaign.Carrier over several relays, each with a Mailer and a Composer of its own. Which one a message
// leaves by is the desk's choice, made before it is composed: signature and return path may differ. Nothing
// here ever hands a message to another relay than that.
type Relays struct {
	by    map[string]*Mailer // by host and port
	first *Mailer
}

var _ campaign.Carrier = (*Relays)(nil)

// NewRelays joins mailers, the preferred one first. The error is fault.Invalid for a relay that is there twice.
func NewRelays(first *Mailer, more ...*Mailer) (*Relays, error) {
	r := &Relays{by: map[string]*Mailer{}, first: first}
	for _, m := range append([]*Mailer{first}, more...) {
		if r.by[m.relay.Address()] != nil {
			return nil, fault.New(fault.Invalid, "mailer.relay_twice", "the relay {address} is set twice", "address", m.relay.Address()).At("mailer.NewRelays")
		}
		r.by[m.relay.Address()] = m
	}
	return r, nil
}

func (r *Relays) of(relay string) *Mailer {
	if m := r.by[relay]; m != nil {
		return m
	}
	return r.first
}

// Compose composes for the relay of the invitation.
func (r *Relays) Compose(i campaign.Invitation, c campaign.Content, room []byte) (campaign.Message, error) {
	return r.of(i.Relay).Compose(i, c, room)
}

// ReturnPath is the envelope sender of an invitation that leaves by a relay, and whether it is signed.
func (r *Relays) ReturnPath(relay string, id campaign.LinkID, f campaign.File) (path string, signed bool, err error) {
	return r.of(relay).ReturnPath(id, f)
}

// Deliver hands a message to its relay.
func (r *Relays) Deliver(ctx context.Context, m campaign.Message, commit func(context.Context) error) campaign.Outcome {
	return r.of(m.Relay).Deliver(ctx, m, commit)
}

// Connections is how many are open to all relays.
func (r *Relays) Connections() (n int) {
	for _, m := range r.by {
		n += m.Connections()
	}
	return n
}

// Close says goodbye on every connection.
func (r *Relays) Close() error {
	var errs []error
	for _, m := range r.by {
		errs = append(errs, m.Close())
	}
	return errors.Join(errs...)
}
