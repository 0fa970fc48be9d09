package campaign

import "slices"

// record is reoptin's own record of people, read in bulk inside one transaction.
type record struct {
	r         Reader
	campaigns map[CampaignID]Campaign
	asked     map[ContactID]Asked
	consents  map[ContactID][]ConsentRow
	own       map[InvitationID]ContactID // when set: the invitations of the contacts that are judged
	held      map[PersonKey]bool         // keys that a claim of the judged contacts holds: taken by nobody else, and not suppressed
	lists     listing
}

// recordOf reads who was asked and what was answered.
func recordOf(r Reader) (*record, error) {
	k := &record{r: r, campaigns: map[CampaignID]Campaign{}, consents: map[ContactID][]ConsentRow{}}
	var err error
	if k.lists, err = newListing(r); err != nil {
		return nil, err
	}
	if k.asked, err = r.InvitedContacts(); err != nil {
		return nil, err
	}
	for after := ContactID(0); ; {
		rows, err := r.ConsentPage(after, auditPage)
		if err != nil || len(rows) == 0 {
			return k, err
		}
		for _, row := range rows {
			k.consents[row.Contact] = append(k.consents[row.Contact], row)
		}
		after = rows[len(rows)-1].Contact
	}
}

// recordOfSome reads the record of some contacts. campaigns are those that were read already.
func recordOfSome(r Reader, cs []Contact, campaigns ...Campaign) (*record, error) {
	k := &record{r: r, campaigns: map[CampaignID]Campaign{}, asked: map[ContactID]Asked{}, consents: map[ContactID][]ConsentRow{}, own: map[InvitationID]ContactID{}}
	for _, c := range campaigns {
		k.campaigns[c.ID] = c
	}
	ids := make([]ContactID, len(cs))
	for n := range cs {
		ids[n] = cs[n].ID
	}
	var err error
	if k.lists, err = newListing(r); err != nil {
		return nil, err
	}
	all, err := r.AskedOf(ids)
	if err != nil {
		return nil, err
	}
	for id, some := range all {
		for _, a := range some {
			k.own[a.Invitation] = id
			if was, ok := k.asked[id]; left(a.State) && (!ok || was.At.Before(a.At)) {
				k.asked[id] = a
			}
		}
	}
	rows, err := r.ConsentsOf(ids...)
	for _, row := range rows {
		k.consents[row.Contact] = append(k.consents[row.Contact], row)
	}
	return k, err
}

// left reports whether a message left, or may have. What is only planned or claimed has asked nobody.
func left(s State) bool { return s == Sending || s == Sent || s == Refused || s == Uncertain }

// standings are the Standing of each contact of a page.
func (k *record) standings(page []Contact) ([]Standing, error) {
	hits, err := k.lists.hits(page)
	if err != nil {
		return nil, err
	}
	var keys []PersonKey
	for _, c := range page {
		for _, key := range c.Keys {
			if hits != nil || !k.held[key] { // against a list, also a line that lifts counts
				keys = append(keys, key)
			}
		}
	}
	suppressed, err := k.r.SuppressedKeys(keys)
	if err != nil {
		return nil, err
	}
	taken, err := k.r.KeysTaken(keys)
	if err != nil {
		return nil, err
	}
	out := make([]Standing, len(page))
	for i, c := range page {
		s := &out[i]
		s.Suppressed = gravest(c.Keys, suppressed)
		if hits != nil {
			s.list(hits[i], c.Keys, suppressed)
		}
		questions, err := k.ask(s, c.ID)
		if err != nil {
			return nil, err
		}
		s.answer(k.consents[c.ID], questions)
		if err := k.askOther(s, c, taken); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// list takes what the lists say of a person. The never-write list has a line of whoever a hash means since the
// list or the person was taken over; should one be lacking, the list itself still forbids.
func (s *Standing) list(lists []List, keys []PersonKey, known map[PersonKey]Suppression) {
	s.Listed = registers(lists)
	if _, named := refusing(lists); named && len(unsaid(keys, known)) > 0 {
		s.Suppressed = SuppressImported
	}
}

// answer takes the current answers of a person: one yes is a yes. A no is one only when it was given
// to everything that was asked; a no to one channel leaves the rest unanswered.
func (s *Standing) answer(rows []ConsentRow, questions int) {
	if len(rows) < questions && !slices.ContainsFunc(rows, func(r ConsentRow) bool { return r.State == Granted }) {
		return
	}
	for _, r := range rows {
		at := DateOf(r.At)
		switch {
		case r.State == Granted && s.Answer != Granted, r.State == s.Answer && at.After(s.AnsweredAt),
			s.Answer == "", s.Answer != Granted && r.State != Granted && at.After(s.AnsweredAt):
			s.Answer, s.AnsweredAt = r.State, at
		}
	}
}

// suppressionOrder is from the gravest reason to the least.
var suppressionOrder = []SuppressionReason{SuppressObjection, SuppressComplaint, SuppressManual, SuppressImported, SuppressJournal, SuppressErasure, SuppressBounce}

func gravest(keys []PersonKey, suppressed map[PersonKey]Suppression) (reason SuppressionReason) {
	at := len(suppressionOrder)
	for _, k := range keys {
		if s, ok := suppressed[k]; ok && !s.Lifts {
			n := slices.Index(suppressionOrder, s.Reason)
			if n < 0 {
				n = 0 // a reason that this version does not know is taken for the gravest
			}
			if n < at {
				at, reason = n, suppressionOrder[n]
			}
		}
	}
	return reason
}

// ask takes over that the person was asked, and until when they may answer; it gives the number of
// questions.
func (k *record) ask(s *Standing, id ContactID) (questions int, err error) {
	a, ok := k.asked[id]
	if !ok || !left(a.State) {
		return 0, nil
	}
	c, err := k.campaign(a.Campaign)
	if err != nil {
		return 0, err
	}
	s.Asked, s.AskedAt, s.Closed = true, DateOf(a.At), c.Status == Closed
	s.Deadline = c.File.Schedule.Deadline
	if c.Frozen != nil {
		s.Deadline = c.Frozen.File.Schedule.Deadline
	}
	return len(c.File.Questions()), nil
}

func (k *record) campaign(id CampaignID) (Campaign, error) {
	if c, ok := k.campaigns[id]; ok {
		return c, nil
	}
	c, err := k.r.CampaignByID(id)
	if err == nil {
		k.campaigns[id] = c
	}
	return c, err
}

// askOther finds an invitation of somebody else that holds a key of this person (T-12).
func (k *record) askOther(s *Standing, c Contact, taken map[PersonKey]InvitationID) error {
	for _, key := range c.Keys {
		id, ok := taken[key]
		if !ok || id != 0 && (k.own[id] == c.ID || k.own == nil && k.asked[c.ID].Invitation == id) {
			continue
		}
		if id == 0 { // put back from the journal: the key is known, the invitation is not
			s.OtherAsked = true
			return nil
		}
		i, err := k.r.Invitation(id)
		if err != nil {
			return err
		}
		if i.Contact != c.ID {
			s.OtherAsked, s.OtherAskedAt = true, DateOf(i.SentAt)
			return nil
		}
	}
	return nil
}
