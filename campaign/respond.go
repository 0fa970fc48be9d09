package campaign

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Show is what a recipient's page needs to know. It changes nothing, unless it shows that this database is older
// than what happened.
func (d *Desk) Show(ctx context.Context, link LinkID) (FormView, error) {
	var view FormView
	unasked := false
	err := d.store.View(ctx, func(r Reader) error {
		vs, err := d.visits(r, link)
		if err != nil {
			return err
		}
		v, known := vs[link]
		if !known {
			return unknownLink()
		}
		view, unasked = v.view, v.invitation.unasked()
		if view.Last == nil && len(v.standing) == 0 { // nearly always: nothing that could stand otherwise
			return nil
		}
		view.Current, err = v.stand(r)
		return err
	})
	if unasked {
		if failed := d.foundOut(ctx, link); failed != nil {
			d.log.Error("what a message that nobody knew of tells could not be stored", "error", failed)
		}
	}
	return view, err
}

// stand gives where each question stands for the person, which other messages, paper, the base and the never-write list
// decide too: what a page says is what the export says. An answer is judged by what was answered to this message.
func (v *visit) stand(r Reader) (out []CurrentChoice, err error) {
	rows, err := StandingOf(r, v.view.Contact)
	for _, q := range v.campaign.File.Questions() {
		if n := slices.IndexFunc(rows, func(row ConsentRow) bool { return row.Purpose == q.Purpose && row.Channel == q.Channel }); n >= 0 {
			out = append(out, CurrentChoice{Question: q, State: rows[n].State, At: rows[n].At})
		}
	}
	return out, err
}

// CountView counts one showing of a campaign's form. Views are counted in total, never per person. It
// does not wait for the store: nobody waits for a page because something else is being written.
func (d *Desk) CountView(id CampaignID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.views[id]++
	d.meter.Shown()
}

// FlushViews stores the views counted since the last time. A view that could not be stored is counted
// again.
func (d *Desk) FlushViews(ctx context.Context) error {
	d.mu.Lock()
	views := d.views
	d.views = map[CampaignID]int64{}
	d.mu.Unlock()
	if len(views) == 0 {
		return nil
	}
	err := d.store.Update(ctx, func(tx Tx) error {
		for id, n := range views {
			if err := tx.CountFormViews(id, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		for id, n := range views {
			d.views[id] += n
		}
	}
	return err
}

// Document is a kept version of what people were shown, by its SHA-256 (hex).
func (d *Desk) Document(ctx context.Context, sha256 string) (doc Document, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		doc, err = r.Document(sha256)
		return err
	})
	return doc, err
}

// visit is what the store knows of a link's person and asking, read once.
type visit struct {
	view       FormView
	invitation Invitation
	campaign   Campaign
	answers    []Response // oldest first
	standing   map[PersonKey]Suppression
}

// visits reads what the store knows of some links, with one statement for all of a kind. Unknown ones are
// left out, and so are those of people who were erased.
func (d *Desk) visits(r Reader, links ...LinkID) (map[LinkID]*visit, error) {
	is, err := r.InvitationsByLink(links)
	if err != nil {
		return nil, err
	}
	vs := make(map[LinkID]*visit, len(is))
	of := make(map[InvitationID]*visit, len(is))
	ids := make([]InvitationID, 0, len(is))
	var keys []PersonKey
	for link, i := range is {
		if i.Erased() {
			continue
		}
		v := &visit{invitation: i}
		vs[link], of[i.ID], ids, keys = v, v, append(ids, i.ID), append(keys, i.silencing()...)
	}
	answers, err := r.ResponsesOf(ids...)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		of[a.Invitation].answers = append(of[a.Invitation].answers, a)
	}
	standing, err := r.SuppressedKeys(keys)
	if err != nil {
		return nil, err
	}
	campaigns := map[CampaignID]Campaign{}
	for _, v := range vs {
		id := v.invitation.Campaign
		c, ok := campaigns[id]
		if !ok {
			if c, err = r.CampaignByID(id); err != nil {
				return nil, err
			}
			campaigns[id] = c
		}
		if err := d.behold(v, c, standing, r.Now()); err != nil {
			return nil, err
		}
	}
	return vs, nil
}

// behold fills in what a visit's person is shown.
func (d *Desk) behold(v *visit, c Campaign, standing map[PersonKey]Suppression, now time.Time) (err error) {
	i := &v.invitation
	v.campaign, v.standing = c, map[PersonKey]Suppression{}
	v.view = FormView{Invitation: i.ID, Contact: i.Contact, Campaign: c.ID, Language: i.Language, Email: i.Email, Shown: i.Shown(), Frozen: c.Frozen}
	refused := false
	for _, k := range i.silencing() {
		if s, ok := standing[k]; ok {
			v.standing[k] = s
			v.view.Suppressed, refused = v.view.Suppressed || !s.Lifts, refused || s.refuses()
		}
	}
	v.view.Dead, v.view.Barred = v.view.Suppressed && !refused, refused && !liftable(v.standing)
	v.look()
	for _, s := range v.standing {
		if !s.Lifts && slices.Contains(liftedReasons, s.Reason) && (v.view.Last == nil || s.Entry > v.view.Last.Entry) && s.At.After(v.view.Stopped) {
			v.view.Stopped = s.At
		}
	}
	v.view.Open, v.view.Ended, err = d.open(c, now)
	v.view.Open = v.view.Open && !v.view.Barred
	return err
}

// unknownLink is what the link of somebody who was erased is answered, like one that never was.
func unknownLink() error { return fault.New(fault.NotFound, "link.unknown", "this link is not known") }

// look takes the answers into the view.
func (v *visit) look() {
	v.view.Current = current(v.campaign.File.Questions(), v.answers)
	if n := len(v.answers); n > 0 {
		v.view.Last = &v.answers[n-1]
	}
}

// open reports whether a yes may still be given.
func (d *Desk) open(c Campaign, now time.Time) (open, ended bool, err error) {
	l, err := d.bounds(c.File, c.Frozen.Organisation)
	intime := now.Before(deadline(c.File, l))
	return c.Status != Closed && intime, c.Status == Closed && intime, err
}

// current is the latest state of each question; the latest answer wins.
func current(qs []Question, answers []Response) []CurrentChoice {
	var out []CurrentChoice
	for _, q := range qs {
		var latest *CurrentChoice
		for _, a := range answers {
			for _, dec := range a.Decisions {
				if dec.Purpose == q.Purpose && dec.Channel == q.Channel {
					latest = &CurrentChoice{Question: q, State: dec.State, At: a.At}
				}
			}
		}
		if latest != nil {
			out = append(out, *latest)
		}
	}
	return out
}

// Respond records what a person chose on the form: decisions, the person's class and the ledger
// entry in one Update, a no to everything in the send journal too, and only then a receipt.
//
// The same nonce with the same choice gives the same receipt; with another choice it is
// fault.Conflict. A yes after the deadline is fault.Gone. What could not be stored is
// fault.Unavailable: nobody is thanked for it.
func (d *Desk) Respond(ctx context.Context, link LinkID, a Answer) (Receipt, error) {
	return d.answer(ctx, link, a, EntryAnswered)
}

// Object records a no to everything: the RFC 8058 one-click, or the unsubscribe page's button. It
// is an objection (GDPR art. 21(2)) and never expires. Repeating it records nothing new.
func (d *Desk) Object(ctx context.Context, link LinkID, a Answer) (Receipt, error) {
	a.Lines = nil
	return d.answer(ctx, link, a, EntryObjected)
}

func anyYes(lines []AnswerLine) bool {
	return slices.ContainsFunc(lines, func(l AnswerLine) bool { return l.Yes })
}

// allNo is a no to every question a campaign asks.
func allNo(v FormView) []AnswerLine {
	var ls []AnswerLine
	for _, q := range v.Frozen.File.Questions() {
		ls = append(ls, AnswerLine{Question: q})
	}
	return ls
}

// repeated finds the answer that an act only repeats: the same nonce with the same choice, or an
// objection by someone whose last answer was no to everything. A no on a page that was used before is none where
// another answer came in between: whoever goes back to it and says no once more means it.
func (v *visit) repeated(rows []ConsentRow, a Answer, kind EntryKind) (*Response, error) {
	if kind == EntryObjected && v.objected(rows) && (a.Kind != ByComplaint || v.complained()) {
		return v.view.Last, nil
	}
	n := slices.IndexFunc(v.answers, func(earlier Response) bool { return a.Nonce != "" && earlier.Nonce == a.Nonce })
	if n < 0 {
		return nil, nil
	}
	if !sameChoice(v.answers[n], a) {
		return nil, fault.New(fault.Conflict, "response.nonce", "this page was already answered with another choice")
	}
	if n < len(v.answers)-1 && !anyYes(a.Lines) && (a.Kind == ByForm || a.Kind == ByPage) {
		return nil, nil
	}
	return &v.answers[n], nil
}

// nonceOf is the nonce by which an answer is kept: a page that was used before has given it away.
func (v *visit) nonceOf(a Answer) string {
	if a.Nonce != "" && slices.ContainsFunc(v.answers, func(earlier Response) bool { return earlier.Nonce == a.Nonce }) {
		return fmt.Sprintf("%s.%d", a.Nonce, len(v.answers))
	}
	return a.Nonce
}

// objected reports whether the person's last answer was no to everything, and still stands. A line of the never-write
// list that came by another way is no answer of theirs.
func (v *visit) objected(rows []ConsentRow) bool {
	no := allNo(v.view)
	return v.view.Last != nil && sameChoice(*v.view.Last, Answer{Lines: no}) && v.stands(rows, no)
}

// complained reports whether a complaint of the person stands. One that comes behind their no says more than it: no later yes lifts
// it, and the stop rules count it.
func (v *visit) complained() bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(v.standing)), func(s Suppression) bool { return !s.Lifts && s.Reason == SuppressComplaint })
}

// stands reports whether an answer would say what stands already and change nothing: the same answer twice is one event
// (COMPLIANCE F.5). What was said elsewhere since, as the rows have it, counts too.
func (v *visit) stands(rows []ConsentRow, lines []AnswerLine) bool {
	if v.view.Last == nil || v.invitation.State == Uncertain {
		return false
	}
	if granted(v.view.Current) && liftable(v.standing) || v.refusesAll() && !v.silent() {
		return false
	}
	for _, l := range lines {
		now := slices.ContainsFunc(v.view.Current, func(c CurrentChoice) bool { return c.Question == l.Question && (c.State == Granted) == l.Yes })
		if !now || !slices.ContainsFunc(rows, func(row ConsentRow) bool {
			return row.Purpose == l.Purpose && row.Channel == l.Channel && (row.State == Granted) == l.Yes
		}) {
			return false
		}
	}
	return true
}

// refusesAll reports whether the answers come to a no to everything that was asked.
func (v *visit) refusesAll() bool {
	return len(v.view.Current) == len(v.campaign.File.Questions()) && !granted(v.view.Current)
}

// silent reports whether every key of the person stands by an objection, or by what stood already when they last answered,
// over which theirs wrote no line.
func (v *visit) silent() bool {
	return !slices.ContainsFunc(v.invitation.silencing(), func(k PersonKey) bool {
		s, known := v.standing[k]
		return !known || s.Lifts || s.Reason != SuppressObjection && s.Entry > v.view.Last.Entry
	})
}

// sameChoice reports whether an answer says again what an earlier one said. What that one took back beside its lines it did
// not say.
func sameChoice(earlier Response, a Answer) bool {
	for _, l := range a.Lines {
		if !slices.ContainsFunc(earlier.Decisions, func(dec Decision) bool { return l.Question == dec.question() && (dec.State == Granted) == l.Yes }) {
			return false
		}
	}
	return !slices.ContainsFunc(earlier.Decisions, func(dec Decision) bool {
		return dec.State != Withdrawn && !slices.ContainsFunc(a.Lines, func(l AnswerLine) bool { return l.Question == dec.question() })
	})
}

func granted(cs []CurrentChoice) bool {
	return slices.ContainsFunc(cs, func(c CurrentChoice) bool { return c.State == Granted })
}

// decide turns lines into decisions: a no after a yes is a withdrawal, also where the rows have the yes from elsewhere.
func decide(v FormView, rows []ConsentRow, lines []AnswerLine) ([]Decision, error) {
	qs := v.Frozen.File.Questions()
	if len(lines) == 0 {
		return nil, fault.New(fault.Invalid, "response.empty", "nothing was chosen")
	}
	var out []Decision
	for n, l := range lines {
		if !slices.Contains(qs, l.Question) || slices.ContainsFunc(lines[:n], func(e AnswerLine) bool { return e.Question == l.Question }) {
			return nil, fault.New(fault.Invalid, "response.question", "an answer was given to something that was not asked")
		}
		if l.Yes && v.Barred {
			return nil, fault.New(fault.Gone, "response.barred", "something stands against it that no yes takes back, such as a complaint; a no is still possible")
		}
		if l.Yes && !v.Open {
			return nil, fault.New(fault.Gone, "response.late", "the time to say yes is over; a no is still possible")
		}
		state := Declined
		was := slices.IndexFunc(v.Current, func(c CurrentChoice) bool { return c.Question == l.Question })
		switch {
		case l.Yes:
			state = Granted
		case was >= 0 && v.Current[was].State != Declined, slices.ContainsFunc(rows, func(row ConsentRow) bool { return row.agrees(l.Question) }):
			state = Withdrawn
		}
		out = append(out, Decision{Purpose: l.Purpose, Channel: l.Channel, State: state})
	}
	return out, nil
}

// applyAnswer carries out what an answer means beyond itself: a no to everything is a suppression,
// an answer that says yes lifts the person's own earlier no, and an answer proves that the message arrived.
func (d *Desk) applyAnswer(tx Tx, v *visit, resp Response) error {
	allNo := v.refusesAll()
	keys := v.invitation.silencing()
	var err error
	lines := suppressions(keys, resp.Kind.objection(), "campaign "+v.campaign.Name, tx.Now())
	switch {
	case allNo:
		v.view.Suppressed = true
		_, err = tx.Suppress(resp.Entry, lines)
	case resp.granted() && liftable(v.standing):
		for n := range lines {
			lines[n].Lifts = true
		}
		v.view.Suppressed = false
		_, err = tx.Suppress(resp.Entry, lines)
	}
	if err != nil {
		return err
	}
	return arrived(tx, v.invitation, "answered", resp.Entry)
}

// arrived settles an invitation as sent whose person answered, or whose message came back.
func arrived(tx Tx, i Invitation, because string, no EntryNo) error {
	if i.State != Uncertain {
		return nil
	}
	return tx.Resolve(i.ID, Sent, because, no)
}

// objection is why a no that was given so is on the never-write list.
func (k ResponseKind) objection() SuppressionReason {
	if k == ByComplaint {
		return SuppressComplaint
	}
	return SuppressObjection
}

// liftedReasons are those of a no that a yes through the person's own link lifts.
var liftedReasons = []SuppressionReason{SuppressObjection, SuppressJournal, SuppressImported, SuppressManual}

// liftable reports whether a yes through the person's own link takes back what stands against their
// keys: their own no does not stand against their later yes; a dead mailbox, a complaint or an erasure
// of any of the keys does.
func liftable(standing map[PersonKey]Suppression) bool {
	lift := false
	for _, s := range standing {
		if !s.Lifts {
			if !slices.Contains(liftedReasons, s.Reason) {
				return false
			}
			lift = true
		}
	}
	return lift
}

// reclassify saves the person's verdict with the answer in it.
func (d *Desk) reclassify(tx Tx, id ContactID) error {
	c, err := tx.Contact(id)
	if err != nil {
		return err
	}
	return judgeAnew(tx, []Contact{c}, nil)
}

// judgeAnew saves verdicts with the facts of this transaction; campaigns are those read already, and of the keys in
// taken it is known who holds them.
func judgeAnew(tx Tx, cs []Contact, taken map[PersonKey]InvitationID, campaigns ...Campaign) error {
	known, err := recordOfSome(tx, cs, campaigns...)
	if err != nil {
		return err
	}
	known.taken = taken
	vs, err := known.verdicts(cs)
	if err != nil {
		return err
	}
	verdicts := make(map[ContactID]Verdict, len(cs))
	for n, c := range cs {
		verdicts[c.ID] = vs[n]
	}
	return tx.PutVerdicts(verdicts)
}

// documentsOf are the kept documents of one language, by name.
func documentsOf(f *Frozen, language string) map[string]string {
	out := map[string]string{}
	for name, sha := range f.Documents {
		if strings.Contains(name, "."+language+".") {
			out[name] = sha
		}
	}
	return out
}

// strictHex is the keyed hash of the mailbox (COMPLIANCE B.2 row 5).
func strictHex(keys []PersonKey) string {
	for _, k := range keys {
		if k.Kind == KeyStrict {
			return hex.EncodeToString(k.Digest[:])
		}
	}
	return ""
}
