package campaign

import (
	"slices"
	"time"
)

// refuses reports whether a line of the never-write list is the person's own no. A dead mailbox says
// nothing of what they want, and of an erased person nothing is shown.
func (s Suppression) refuses() bool {
	return !s.Lifts && s.Reason != SuppressBounce && s.Reason != SuppressErasure
}

// ends reports whether a no to one channel takes back a yes (ADR 0062): one that is not dated before the day of that yes, and of
// which no import told before it. Whoever says yes after that has taken the no back, as they do one to everything.
func (o Objection) ends(yes ConsentRow) bool {
	told := !o.Told.IsZero() && o.Told.Before(yes.Since())
	return o.Scope == yes.Channel && !o.total() && !told && (o.At.IsZero() || !o.At.Before(DateOf(yes.Since())))
}

// takeBack gives a row as it stands against the noes to one channel that the base carries.
func (f *Facts) takeBack(row ConsentRow) ConsentRow {
	if row.State != Granted {
		return row
	}
	for _, o := range f.Objections {
		if !o.ends(row) {
			continue
		}
		at := o.At.Time()
		if o.At.IsZero() {
			at = o.Told
		}
		if at.Before(row.Since()) { // unknown, or that day: it does not come before the yes that it takes back
			at = row.Since()
		}
		return row.withdrawn(at, NoEntry)
	}
	return row
}

// withdrawn is a yes that was taken back by what is no answer.
func (r ConsentRow) withdrawn(at time.Time, proof EntryNo) ConsentRow {
	r.State, r.At, r.Given, r.Response, r.Kind, r.Proof = Withdrawn, at, Date{}, "", "", proof
	return r
}

// StandingOf is where some contacts stand, as StandingConsents says.
func StandingOf(r Reader, ids ...ContactID) ([]ConsentRow, error) {
	rows, err := r.ConsentsOf(ids...)
	if err != nil {
		return nil, err
	}
	return StandingConsents(r, rows)
}

// StandingConsents gives rows as they stand against the never-write list and the base: a yes is withdrawn by a no that
// came by another way than the form, such as a telephone call, an import or the send journal, and that no yes of the same person lifted. Its proof is
// the entry of that no; one to a single channel stands in the contact, and has none. A yes whose promised time is over is expired.
func StandingConsents(r Reader, rows []ConsentRow) ([]ConsentRow, error) {
	var ids []ContactID
	for _, row := range rows {
		if row.State == Granted {
			ids = append(ids, row.Contact)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	people, err := r.ContactsOf(ids)
	if err != nil {
		return nil, err
	}
	keys := map[ContactID][]PersonKey{}
	var all []PersonKey
	for _, id := range ids {
		if keys[id], err = keysOf(r, id, people[id].Keys); err != nil {
			return nil, err
		}
		all = append(all, keys[id]...)
	}
	listed, err := r.SuppressedKeys(all)
	if err != nil {
		return nil, err
	}
	past, err := pastsOf(r, listed)
	if err != nil {
		return nil, err
	}
	out, said, today := slices.Clone(rows), promises{r, map[CampaignID]Campaign{}}, DateOf(r.Now())
	for n, row := range rows {
		for _, k := range keys[row.Contact] {
			s, no := listed[k]
			if no = no && s.refuses(); !no {
				s, no = past.no(k, row.Contact, row.Proof)
			}
			if no && row.State == Granted && (out[n].State == Granted || s.Entry > out[n].Proof) {
				out[n] = row.withdrawn(s.At, s.Entry)
			}
		}
		c := people[row.Contact]
		if out[n], err = said.expired(c.Facts.takeBack(out[n]), today); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// moved reports a yes to e-mail that was given for another mailbox than a person has now: it does not move with them
// (COMPLIANCE T-34).
func (r ConsentRow) moved(to Address) bool { return r.Channel == "email" && moved(r.Email, to) }

// Usable reports whether a consent as it stands allows to write to a person by its channel. A yes of somebody of whom the
// base says since that nothing may be sent to them stands, and may not be used.
func (r ConsentRow) Usable(c Contact) bool {
	f := &c.Facts
	return r.State == Granted && !f.Restricted && !f.Erasure && !f.Deceased && !f.Minor && !r.moved(c.Email)
}

// eachUsable goes through all consents that may be used.
func eachUsable(r Reader, do func(ConsentRow)) error {
	return eachStandingPage(r, func(rows []ConsentRow) error {
		ids := make([]ContactID, len(rows))
		for n := range rows {
			ids[n] = rows[n].Contact
		}
		people, err := r.ContactsOf(slices.Compact(ids))
		for _, row := range rows {
			if row.Usable(people[row.Contact]) {
				do(row)
			}
		}
		return err
	})
}

// EachStanding goes through all consents as they stand.
func EachStanding(r Reader, do func(ConsentRow) error) error {
	return eachStandingPage(r, func(rows []ConsentRow) error {
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachStandingPage gives all consents as they stand, those of some people at a time.
func eachStandingPage(r Reader, do func([]ConsentRow) error) error {
	for after := ContactID(0); ; {
		rows, err := r.ConsentPage(after, page)
		if err != nil || len(rows) == 0 {
			return err
		}
		standing, err := StandingConsents(r, rows)
		if err != nil {
			return err
		}
		if err := do(standing); err != nil {
			return err
		}
		after = rows[len(rows)-1].Contact
	}
}

// keysOf are the keys under which a no of a contact is kept: now, and of every invitation that it got.
func keysOf(r Reader, id ContactID, now []PersonKey) ([]PersonKey, error) {
	is, err := r.InvitationsOfContact(id)
	if err != nil {
		return nil, err
	}
	keys := silenced(now)
	for _, i := range is {
		keys = mergeKeys(keys, i.silencing())
	}
	return keys, nil
}
