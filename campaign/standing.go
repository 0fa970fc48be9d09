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
	taken     map[PersonKey]InvitationID // keys of which it is known already who holds them
	lists     listing
	dead      map[string]*DeadDomain // domains that take no mail, at least those of the judged contacts
}

// baseRecord is what an audit of the whole base asks once: of most people reoptin's own record holds nothing, or
// no more than that they said no. A part that would be too large to hold is nil, and everybody is asked for.
type baseRecord struct {
	silenced      *Halves[uint8]
	reasons       []SuppressionReason // of those who are silenced
	taken, listed *Halves[struct{}]
	kinds         []KeyKind // under which lists name people
	dead          map[string]*DeadDomain
}

// mostHalves bounds each part: a hundred octets of memory for every contact of a large base.
const mostHalves = 4_000_000

func recordOfBase(r Reader) (*baseRecord, error) {
	b := &baseRecord{}
	silenced, reasons, err := r.SilencedHalves(mostHalves)
	if err != nil {
		return nil, err
	}
	b.silenced, b.reasons = silenced, make([]SuppressionReason, len(reasons))
	for n, why := range reasons {
		b.reasons[n] = graver("", why) // never none, whatever a damaged file says
	}
	if b.taken, err = r.TakenHalves(mostHalves); err != nil {
		return nil, err
	}
	if b.listed, err = r.ListedHalves(mostHalves); err != nil {
		return nil, err
	}
	if b.kinds, err = r.ListedKinds(); err != nil {
		return nil, err
	}
	b.dead, err = r.DeadDomains()
	return b, err
}

// standings are the Standing of each contact of a page, whose numbers follow each other. They go into what may hold those of
// an earlier page.
func (b *baseRecord) standings(into []Standing, r Reader, page []Contact) ([]Standing, error) {
	k, err := b.record(r, page[0].ID, page[len(page)-1].ID)
	if err != nil {
		return nil, err
	}
	out := slices.Grow(into[:0], len(page))[:len(page)]
	clear(out)
	b.silence(out, page)
	var which []int
	var met []Contact
	for i := range page {
		if b.met(k, &page[i]) {
			which, met = append(which, i), append(met, page[i])
			continue
		}
		out[i].Dead = dead(b.dead, page[i].Email)
	}
	if len(met) == 0 {
		return out, nil
	}
	some, err := k.standings(met)
	for n, s := range some {
		out[which[n]] = s
	}
	return out, err
}

// record reads who was asked and what was answered of the contacts between two.
func (b *baseRecord) record(r Reader, first, last ContactID) (*record, error) {
	k := &record{r: r, campaigns: map[CampaignID]Campaign{}, consents: map[ContactID][]ConsentRow{}, lists: listing{r, b.kinds}, dead: b.dead}
	var err error
	if k.asked, err = r.InvitedContacts(first, last); err != nil {
		return nil, err
	}
	rows, err := r.ConsentsBetween(first, last)
	for _, row := range rows {
		k.consents[row.Contact] = append(k.consents[row.Contact], row)
	}
	return k, err
}

// met reports whether there may be more to know of a contact than a suppression.
func (b *baseRecord) met(k *record, c *Contact) bool {
	if _, asked := k.asked[c.ID]; asked || len(k.consents[c.ID]) > 0 || b.silenced == nil || holds(b.taken, c.Keys) {
		return true
	}
	return len(b.kinds) > 0 && holds(b.listed, listedUnder(*c, b.kinds))
}

// holds reports whether one of some keys may be in a set; one that is nil was too large to look into.
func holds(set *Halves[struct{}], keys []PersonKey) bool {
	if set == nil {
		return true
	}
	for n := range keys {
		if _, ok := set.Get(keys[n].Half()); ok {
			return true
		}
	}
	return false
}

// silence says of each contact of a page why a key of theirs stands. All keys are looked at for the one bit of theirs before any
// that may stand is looked for: so the processor waits for the memory of many at once.
func (b *baseRecord) silence(out []Standing, page []Contact) {
	if b.silenced == nil {
		return
	}
	may := make([]keyOf, 0, len(page))
	for i := range page {
		keys := page[i].Keys
		for n := range keys {
			if b.silenced.May(&keys[n]) {
				may = append(may, keyOf{i, n})
			}
		}
	}
	for _, at := range may {
		if why, stands := b.silenced.Get(page[at.contact].Keys[at.key].Half()); stands {
			if s := &out[at.contact]; s.Suppressed != b.reasons[why] {
				s.Suppressed = graver(s.Suppressed, b.reasons[why])
			}
		}
	}
}

// keyOf is one key of a contact of a page.
type keyOf struct{ contact, key int }

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
	if k.dead, err = r.DeadDomainsOf(domainsOf(mailboxes(cs)...)); err != nil {
		return nil, err
	}
	all, err := r.AskedOf(ids)
	if err != nil {
		return nil, err
	}
	for id, some := range all {
		for _, a := range some {
			k.own[a.Invitation] = id
			if was, ok := k.asked[id]; wentOut(a.State) && (!ok || was.At.Before(a.At)) {
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

// wentOut reports whether a message left, or may have. What is only planned or claimed has asked nobody.
func wentOut(s State) bool { return s == Sending || s == Sent || s == Refused || s == Uncertain }

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
	past, err := pastsOf(k.r, suppressed)
	if err != nil {
		return nil, err
	}
	taken, err := k.holders(keys)
	if err != nil {
		return nil, err
	}
	out := make([]Standing, len(page))
	var silenced []InvitationID
	for i, c := range page {
		s := &out[i]
		s.Suppressed, s.Dead = gravest(c.Keys, past.against(c.ID, c.Keys, k.consents[c.ID], suppressed)), dead(k.dead, c.Email)
		if hits != nil {
			s.list(hits[i], c.Keys, suppressed)
		}
		questions, err := k.ask(s, c.ID)
		if err != nil {
			return nil, err
		}
		rows := k.consents[c.ID]
		for n := range rows {
			rows[n] = c.Facts.takeBack(rows[n])
		}
		s.answer(rows, questions, c.Email)
		if s.Until, err = k.until(rows, c.Email, s.Moved); err != nil {
			return nil, err
		}
		if err := k.askOther(s, c, taken); err != nil {
			return nil, err
		}
		if s.Asked && s.Suppressed == SuppressBounce {
			silenced = append(silenced, k.asked[c.ID].Invitation)
		}
	}
	return out, k.gone(out, page, suppressed, silenced)
}

// gone takes over of some invitations whose mailbox is not used any more what came back of them: that it is dead counts
// before that its person has left. Who has another mailbox since has left nothing, and stands as that does.
func (k *record) gone(into []Standing, page []Contact, suppressed map[PersonKey]Suppression, of []InvitationID) error {
	if len(of) == 0 {
		return nil
	}
	back, err := k.r.BouncesOf(of...)
	for i := range page {
		bs := back[k.asked[page[i].ID].Invitation]
		said := func(m Meaning) bool { return slices.ContainsFunc(bs, func(b Bounce) bool { return b.Meaning == m }) }
		if !said(MeansLeft) || said(MeansHard) {
			continue
		}
		asked, err := k.r.Invitation(bs[0].Invitation)
		if err != nil {
			return err
		}
		if into[i].Left = !moved(asked.Email, page[i].Email); !into[i].Left {
			was := mailboxKeys(asked.Keys)
			into[i].Suppressed = gravest(slices.DeleteFunc(slices.Clone(page[i].Keys), func(k PersonKey) bool { return slices.Contains(was, k) }), suppressed)
		}
	}
	return err
}

// holders says which invitation holds each of some keys, if one does.
func (k *record) holders(keys []PersonKey) (map[PersonKey]InvitationID, error) {
	if k.taken == nil {
		return k.r.KeysTaken(keys)
	}
	taken, err := k.r.KeysTaken(slices.DeleteFunc(slices.Clone(keys), func(key PersonKey) bool { _, known := k.taken[key]; return known }))
	if err != nil {
		return nil, err
	}
	for key, by := range k.taken {
		taken[key] = by
	}
	return taken, nil
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
// to everything that was asked; a no to one channel leaves the rest unanswered. A yes does not move with the person to
// another mailbox (T-34).
func (s *Standing) answer(rows []ConsentRow, questions int, mailbox Address) {
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
	s.Moved = s.Answer == Granted && !slices.ContainsFunc(rows, func(r ConsentRow) bool { return r.State == Granted && !r.moved(mailbox) })
}

// until is the last day of what a person agreed to for the mailbox that they have, or when they have another, for any; zero when
// something of it has no end.
func (k *record) until(rows []ConsentRow, mailbox Address, moved bool) (last Date, err error) {
	said := promises{k.r, k.campaigns}
	for _, r := range rows {
		if r.State != Granted || !moved && r.moved(mailbox) {
			continue
		}
		day, err := said.until(r)
		if err != nil || day.IsZero() {
			return Date{}, err
		}
		last = later(last, day)
	}
	return last, nil
}

// suppressionOrder is from the gravest reason to the least.
var suppressionOrder = []SuppressionReason{SuppressObjection, SuppressComplaint, SuppressManual, SuppressImported, SuppressJournal, SuppressErasure, SuppressBounce}

func gravest(keys []PersonKey, suppressed map[PersonKey]Suppression) (reason SuppressionReason) {
	for _, k := range keys {
		if s, ok := suppressed[k]; ok && !s.Lifts {
			reason = graver(reason, s.Reason)
		}
	}
	return reason
}

// graver is the graver of two reasons, of which the first may be none. One that this version does not know is
// taken for the gravest.
func graver(a, b SuppressionReason) SuppressionReason {
	known := max(0, slices.Index(suppressionOrder, b))
	if at := slices.Index(suppressionOrder, a); at >= 0 && at <= known {
		return a
	}
	return suppressionOrder[known]
}

// ask takes over that the person was asked, and until when they may answer; it gives the number of
// questions.
func (k *record) ask(s *Standing, id ContactID) (questions int, err error) {
	a, ok := k.asked[id]
	if !ok || !wentOut(a.State) {
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
	if next := s.Deadline.AddDays(1); !s.Closed && DateOf(k.r.Now()) == next {
		s.Open = next
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
