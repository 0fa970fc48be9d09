package campaign

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// What an answer costs the one writer is mostly the asking: each reads and writes a dozen tables for one
// person. So answers that come while others are being stored are stored together, a statement for all
// of them. Whoever comes first does it for all who wait; none is thanked before the commit.

// answering is one answer on its way to the store.
type answering struct {
	ctx    context.Context
	link   LinkID
	answer Answer
	kind   EntryKind
	told   chan bool // true: it is its turn; false: another one has stored it

	visit   *visit
	receipt Receipt
	at      time.Time
	rows    []ConsentRow // where the person stood before it, when it is no plain first yes
	no      []PersonKey  // which stand suppressed after it
	taken   []Record     // of each yes that it takes back
	err     error
}

// mostAnswers bounds how many are stored together: whoever came first must not wait for ever.
const mostAnswers = 64

// longestWait bounds how long what a person says on a page waits for its turn. The store gives up on another writer after ten seconds, and a page
// that takes thirty is cut off without a word: whoever has waited this long is told that nothing was saved, and nothing is.
const longestWait = 15 * time.Second

// answers is the queue of those who answer, in the order in which they came.
type answers struct {
	mu      sync.Mutex
	held    bool
	waiting []*answering
}

// take waits for a turn, or until another one has stored the answer: mine is false then. When the visitor
// goes away first there is neither.
func (q *answers) take(p *answering) (mine bool, gone error) {
	q.mu.Lock()
	if !q.held {
		q.held = true
		q.mu.Unlock()
		return true, nil
	}
	q.waiting = append(q.waiting, p)
	q.mu.Unlock()
	select {
	case mine := <-p.told:
		return mine, nil
	case <-p.ctx.Done():
	}
	if q.remove(p) {
		return false, visitorGone(p.ctx)
	}
	return <-p.told, nil // it is being stored, or its turn has come
}

func (q *answers) remove(p *answering) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.waiting, p)
	if at < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, at, at+1)
	return true
}

// together is an answer whose turn it is with those who wait behind it.
func (q *answers) together(first *answering) []*answering {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), mostAnswers-1)
	batch := append([]*answering{first}, q.waiting[:n]...)
	q.waiting = slices.Delete(q.waiting, 0, n)
	return batch
}

// give ends a turn: those who were stored with the first are told, and the next one has its turn.
func (q *answers) give(batch []*answering) {
	for _, p := range batch[1:] {
		p.told <- false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.held = len(q.waiting) > 0; q.held {
		q.waiting[0].told <- true
		q.waiting = slices.Delete(q.waiting, 0, 1)
	}
}

func visitorGone(ctx context.Context) error {
	return fault.New(fault.Unavailable, "store.ended", "the time for this ran out").Because(ctx.Err()).At("campaign.answer")
}

func (d *Desk) answer(ctx context.Context, link LinkID, a Answer, kind EntryKind) (Receipt, error) {
	ctx, enough := context.WithTimeout(ctx, longestWait)
	defer enough()
	p := &answering{ctx: ctx, link: link, answer: a, kind: kind, told: make(chan bool, 1)}
	mine, gone := d.answers.take(p)
	if gone != nil {
		return Receipt{}, gone
	}
	if mine {
		d.storeWaiting(p)
	}
	if p.err != nil {
		return Receipt{}, p.err
	}
	if !p.receipt.Repeat {
		d.meter.Answered(p.receipt.Response.Kind, p.receipt.Response.granted())
	}
	d.points.At("answer.after-update")
	if err := d.recordAct(ctx, append(p.taken, suppressRecords(p.no, p.at, p.answer.Kind.objection())...)...); err != nil {
		return Receipt{}, err
	}
	d.points.At("answer.after-journal")
	return p.receipt, nil
}

// recordAct keeps in the send journal what a person said or asked for. Without it nobody is thanked.
func (d *Desk) recordAct(ctx context.Context, rs ...Record) error {
	if err := d.record(ctx, rs...); err != nil {
		return fault.New(fault.Unavailable, "response.unsaved", "the answer could not be saved in full; please try again").Because(err).At("campaign.recordAct")
	}
	return nil
}

// storeWaiting stores an answer whose turn it is, with all that wait, in one Update.
func (d *Desk) storeWaiting(first *answering) {
	batch := []*answering{first}
	var err error = fault.New(fault.Internal, "response.cut", "storing the answers was cut short").At("campaign.answer") // by a panic, which goes on
	defer func() {
		for _, p := range batch {
			if err != nil {
				p.err = err
			}
		}
		d.answers.give(batch)
	}()
	// It is done for others too: they do not lose theirs when the first one leaves. But it waits no longer than that one may,
	// and once it has begun it goes on.
	ctx, enough := context.WithCancel(context.WithoutCancel(first.ctx))
	defer enough()
	until, _ := first.ctx.Deadline()
	late := time.AfterFunc(time.Until(until), enough)
	err = d.store.Update(ctx, func(tx Tx) error {
		if !late.Stop() {
			return visitorGone(ctx)
		}
		batch = d.answers.together(first) // now, and not before the wait for other writers
		return d.answerTogether(tx, batch)
	})
	if err == nil || len(batch) == 1 || fault.Is(err, fault.Unavailable) {
		return
	}
	for _, p := range batch { // one of them broke it: the others are not to suffer for that
		if alone := d.store.Update(context.WithoutCancel(p.ctx), func(tx Tx) error { return d.answerTogether(tx, []*answering{p}) }); alone != nil {
			p.err = alone
		}
	}
	err = nil
}

// answerTogether is the part of some answers that is one transaction. What is wrong with one alone is that
// one's err; an error is of them all. People who share anything are answered one after another.
func (d *Desk) answerTogether(tx Tx, list []*answering) error {
	for len(list) > 0 {
		links := make([]LinkID, len(list))
		for n, p := range list {
			links[n] = p.link
		}
		known, err := d.visits(tx, links...)
		if err != nil {
			return err
		}
		var now []*answering
		if now, list = apart(list, known); len(now) == 0 {
			continue
		}
		if err := d.answerApart(tx, now); err != nil {
			return err
		}
	}
	return nil
}

// apart parts those who share neither contact nor key with anybody before them from those who do. Who
// has gone, or has a link that is not known, is neither.
func apart(list []*answering, known map[LinkID]*visit) (now, later []*answering) {
	people, keys := map[ContactID]bool{}, map[PersonKey]bool{}
	for _, p := range list {
		p.visit, p.receipt, p.no, p.taken, p.err = known[p.link], Receipt{}, nil, nil, nil
		if p.ctx.Err() != nil {
			p.err = visitorGone(p.ctx)
			continue
		}
		if p.visit == nil {
			p.err = unknownLink()
			continue
		}
		i := &p.visit.invitation
		if people[i.Contact] || slices.ContainsFunc(i.Keys, func(k PersonKey) bool { return keys[k] }) {
			later = append(later, p)
		} else {
			now = append(now, p)
		}
		people[i.Contact] = true
		for _, k := range i.Keys {
			keys[k] = true
		}
	}
	return now, later
}

// answerApart stores the answers of people who have nothing in common.
func (d *Desk) answerApart(tx Tx, list []*answering) error {
	var fresh []*answering
	var rs []Response
	if err := readRows(tx, list); err != nil {
		return err
	}
	for _, p := range list {
		p.at = tx.Now()
		if decisions := p.judge(); decisions != nil {
			v := p.visit.view
			fresh, rs = append(fresh, p), append(rs, Response{Invitation: v.Invitation, Contact: v.Contact, Campaign: v.Campaign, Kind: p.answer.Kind,
				Language: p.answer.Language, Document: p.answer.Document, Nonce: p.visit.nonceOf(p.answer), At: tx.Now(), Decisions: decisions})
		}
	}
	if len(fresh) > 0 {
		if err := d.putAnswers(tx, fresh, rs); err != nil {
			return err
		}
	}
	for _, p := range list {
		if p.receipt.View = p.visit.view; p.err != nil {
			continue
		}
		if p.visit.view.Suppressed {
			p.no = p.visit.invitation.silencing()
		}
		var err error
		if p.taken, err = d.withdrawRecords(tx, p.receipt.Response); err != nil {
			return err
		}
	}
	return nil
}

// readRows reads where those stand who answered before or say no to anything: only for them does it matter.
func readRows(r Reader, list []*answering) error {
	of := map[ContactID]*answering{}
	for _, p := range list {
		p.rows = nil
		if p.visit.view.Last != nil || len(p.visit.standing) > 0 || p.kind == EntryObjected || slices.ContainsFunc(p.answer.Lines, func(l AnswerLine) bool { return !l.Yes }) {
			of[p.visit.view.Contact] = p
		}
	}
	rows, err := r.ConsentsOf(slices.Sorted(maps.Keys(of))...)
	if err != nil {
		return err
	}
	people, err := r.ContactsOf(refusable(rows))
	for _, row := range rows {
		p, c := of[row.Contact], people[row.Contact]
		p.rows = append(p.rows, c.Facts.takeBack(row))
	}
	return err
}

// refusable are those whose yes the base can take back: a no to one channel is none to e-mail.
func refusable(rows []ConsentRow) (ids []ContactID) {
	for _, row := range rows {
		if row.State == Granted && row.Channel != "email" {
			ids = append(ids, row.Contact)
		}
	}
	return slices.Compact(ids)
}

// judge gives what an answer decides: nothing when it only repeats an earlier one, or may not stand. What is wrong with
// the answer is its own err.
func (p *answering) judge() (decisions []Decision) {
	v, a := p.visit, &p.answer
	if p.kind == EntryObjected {
		a.Lines = allNo(v.view)
	}
	if a.Language == "" { // one-click: what the person read was the message
		a.Language = v.view.Language
	}
	repeat, err := v.repeated(p.rows, *a, p.kind)
	switch {
	case err != nil:
		p.err = err
		return nil
	case repeat == nil && stale(v.view, *a):
		p.err = fault.New(fault.Conflict, "response.stale", "another answer was given after this page was opened")
		return nil
	case repeat == nil:
		if decisions, p.err = decide(v.view, p.rows, a.Lines); p.err != nil || p.kind == EntryObjected || !v.stands(p.rows, a.Lines) {
			return append(decisions, p.leftTakenBack(decisions)...)
		}
		repeat = v.view.Last
	}
	p.receipt.Response, p.receipt.Repeat = *repeat, true
	return nil
}

// leftTakenBack is each yes that a no to everything took back and that an answer which lifts it says nothing of. That no is no
// answer: where it stands no more, nothing else would keep such a yes from counting again.
func (p *answering) leftTakenBack(said []Decision) (out []Decision) {
	if !(Response{Decisions: said}).granted() || !liftable(p.visit.standing) {
		return nil
	}
	for _, row := range p.rows {
		d := Decision{Purpose: row.Purpose, Channel: row.Channel, State: Withdrawn}
		if row.State == Granted && !slices.ContainsFunc(said, func(s Decision) bool { return s.question() == d.question() }) {
			out = append(out, d)
		}
	}
	return out
}

// putAnswers writes answers with everything that belongs to them.
func (d *Desk) putAnswers(tx Tx, list []*answering, rs []Response) error {
	ids := make([]ContactID, len(rs))
	for n := range rs {
		ids[n] = rs[n].Contact
	}
	people, err := tx.ContactsOf(ids)
	if err != nil {
		return err
	}
	contacts, campaigns := make([]Contact, len(rs)), make([]Campaign, len(rs))
	for n, p := range list {
		contact, known := people[rs[n].Contact]
		if !known {
			return unknownLink()
		}
		contacts[n], campaigns[n] = contact, p.visit.campaign
		if err := d.enter(tx, p, contact, &rs[n]); err != nil {
			return err
		}
	}
	if err := tx.AddResponses(rs); err != nil {
		return err
	}
	for n, p := range list {
		p.receipt.Response = rs[n]
		p.visit.answers = append(p.visit.answers, rs[n])
		p.visit.look()
		if err := d.applyAnswer(tx, p.visit, rs[n]); err != nil {
			return err
		}
	}
	return judgeAnew(tx, contacts, holding(list), campaigns...)
}

// holding says who holds the keys of those who answer: the invitation that they answer, as every one of which
// something has left, or may have, holds all of its own.
func holding(list []*answering) map[PersonKey]InvitationID {
	taken := map[PersonKey]InvitationID{}
	for _, p := range list {
		if i := &p.visit.invitation; wentOut(i.State) {
			for _, k := range i.Keys {
				taken[k] = i.ID
			}
		}
	}
	return taken
}

// enter appends the ledger entry of an answer, and that of its request.
func (d *Desk) enter(tx Tx, p *answering, contact Contact, resp *Response) (err error) {
	if p.visit.invitation, err = d.arrives(tx, p.visit.invitation, "the person answered the message"); err != nil {
		return err
	}
	if resp.ID, err = d.newUUID(resp.At); err != nil {
		return err
	}
	payload, err := d.answeredPayload(p.visit, contact, *resp, p.answer)
	if err != nil {
		return err
	}
	resp.Entry, err = tx.Append(Entry{Kind: p.kind, Campaign: resp.Campaign, Contact: resp.Contact, Payload: payload})
	if err != nil || p.answer.Request == (Request{}) {
		return err
	}
	_, err = tx.Append(Entry{Kind: EntryRequest, Campaign: resp.Campaign, Contact: resp.Contact, Payload: requested{resp.Entry, p.answer.Request}})
	return err
}
