package campaign

import "context"

// claim takes the next n invitations and checks each person again: the base may have changed since
// the campaign was armed. more is false when nothing was due; those whom the gate put off, or who were withheld, were. Nobody is taken whose mailbox
// provider is crowded.
func (r *run) claim(n int, crowded map[string]bool) (good []Invitation, more bool, err error) {
	r.desk.points.At("claim.before")
	var c Campaign
	var claimed []Invitation
	var held int
	trial := r.gate
	err = r.desk.store.Update(r.going, func(tx Tx) (err error) {
		var ask Gate
		claimed, held = nil, 0
		trial, ask = r.gate.trial()
		if c, err = tx.CampaignByID(r.campaign.ID); err == nil && c.Status == Running {
			claimed, held, err = tx.Claim(c.ID, n, r.owner, past(crowded, ask))
		}
		return err
	})
	if err != nil && r.going.Err() != nil { // shutting down, or stopped
		return nil, false, nil
	}
	fewer := false
	if err == nil {
		r.gate, fewer = trial.adopt(r.desk, r.gate, claimed)
		r.desk.meter.Claimed(len(claimed), held)
	}
	if err != nil || len(claimed) == 0 {
		return nil, err == nil && (held > 0 || fewer || r.gate.undecided()), err
	}
	if good, err = r.stillAsked(c, claimed); err == nil {
		err = r.pinRelays(good)
	}
	return good, true, err
}

// stillAsked audits each person again with the facts of this instant, and withholds the invitations
// of those who are no longer to be asked. It looks while others write: what must hold up to the dot, a no
// above all, is asked once more by the commit.
func (r *run) stillAsked(c Campaign, claimed []Invitation) (good []Invitation, err error) {
	ctx := context.WithoutCancel(r.going) // what is claimed is seen through
	var others []Invitation
	err = r.desk.store.View(ctx, func(rd Reader) error {
		good, others, err = part(rd, c, claimed)
		return err
	})
	if err != nil || len(others) == 0 {
		return good, err
	}
	for _, i := range others {
		r.ends.note(i.Email.Provider(), false)
	}
	return good, r.desk.withholdOthers(ctx, others)
}

// part tells those who are still to be asked from the others.
func part(r Reader, c Campaign, claimed []Invitation) (good, others []Invitation, err error) {
	o, err := organisation(r)
	if err != nil {
		return nil, nil, err
	}
	return partBy(r, c, o, claimed)
}

// partBy is part by an organisation that need not be the one that stands.
func partBy(r Reader, c Campaign, o Organisation, claimed []Invitation) (good, others []Invitation, err error) {
	ids := make([]ContactID, len(claimed))
	for n, i := range claimed {
		ids[n] = i.Contact
	}
	known, err := r.ContactsOf(ids)
	if err != nil {
		return nil, nil, err
	}
	people := make([]Contact, len(claimed))
	for n, id := range ids {
		people[n] = known[id]
	}
	theirs, err := recordOfSome(r, people, c)
	if err != nil {
		return nil, nil, err
	}
	theirs.held = heldBy(claimed)
	verdicts, err := theirs.verdictsBy(o, people)
	if err != nil {
		return nil, nil, err
	}
	today := DateOf(r.Now())
	for n, i := range claimed {
		if ok, _ := c.File.asks(people[n], verdicts[n], today); ok && goesWhereItWas(i, people[n], verdicts[n]) {
			good = append(good, i)
		} else {
			others = append(others, i)
		}
	}
	return good, others, nil
}

// goesWhereItWas reports whether a person is still asked on the route and at the address that were pinned when the
// invitation was planned.
func goesWhereItWas(i Invitation, c Contact, v Verdict) bool {
	return c.Email == i.Email && v.Route == i.Route && (i.Route != RouteLetter || sameLetterbox(i, c))
}

// heldBy are the keys that some claims hold. The store gives no claim whose key another invitation holds,
// or that is on the never-write list, so they need not be looked up again; the commit looks once more.
func heldBy(claimed []Invitation) map[PersonKey]bool {
	held := make(map[PersonKey]bool, 2*len(claimed))
	for _, i := range claimed {
		for _, k := range i.Keys {
			held[k] = true
		}
	}
	return held
}

// release gives back claims that were not started.
func (r *run) release(is []Invitation) error {
	ends := make([]settling, len(is))
	for n, i := range is {
		ends[n] = settling{invitation: i, outcome: Outcome{Kind: OutcomeLost}, owner: r.owner}
	}
	err := r.desk.store.Update(context.WithoutCancel(r.going), func(tx Tx) error { return r.desk.putEnds(tx, ends) })
	if err != nil {
		r.desk.mark()
	}
	return err
}
