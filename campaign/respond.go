package campaign

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// Show is what a recipient's page needs to know. It changes nothing.
func (d *Desk) Show(ctx context.Context, link LinkID) (FormView, error) {
	var v visit
	err := d.store.View(ctx, func(r Reader) (err error) {
		v, err = d.visit(r, link)
		return err
	})
	return v.view, err
}

// CountView counts one showing of a campaign's form. Views are counted in total, never per person. It
// does not wait for the store: nobody waits for a page because something else is being written.
func (d *Desk) CountView(id CampaignID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.views[id]++
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

func (d *Desk) visit(r Reader, link LinkID) (v visit, err error) {
	if v.invitation, err = r.InvitationByLink(link); err != nil {
		return v, err
	}
	i := &v.invitation
	if i.Email == "" { // erased: the link answers like an unknown one
		return v, fault.New(fault.NotFound, "link.unknown", "this link is not known")
	}
	if v.campaign, err = r.CampaignByID(i.Campaign); err != nil {
		return v, err
	}
	if v.answers, err = r.ResponsesOf(i.ID); err != nil {
		return v, err
	}
	if v.standing, err = r.SuppressedKeys(mailboxKeys(i.Keys)); err != nil {
		return v, err
	}
	c := &v.campaign
	v.view = FormView{Invitation: i.ID, Contact: i.Contact, Campaign: c.ID, Language: i.Language, Email: i.Email, Frozen: c.Frozen}
	for _, s := range v.standing {
		v.view.Suppressed = v.view.Suppressed || !s.Lifts
	}
	v.look()
	v.view.Open, err = d.open(*c, r.Now())
	return v, err
}

// look takes the answers into the view.
func (v *visit) look() {
	v.view.Current = current(v.campaign.File.Questions(), v.answers)
	if n := len(v.answers); n > 0 {
		v.view.Last = &v.answers[n-1]
	}
}

// open reports whether a yes may still be given.
func (d *Desk) open(c Campaign, now time.Time) (bool, error) {
	l, err := d.bounds(c.File, c.Frozen.Organisation)
	return c.Status != Closed && now.Before(deadline(c.File, l)), err
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

func (d *Desk) answer(ctx context.Context, link LinkID, a Answer, kind EntryKind) (Receipt, error) {
	var receipt Receipt
	var no []PersonKey
	at := d.clock()
	err := d.store.Update(ctx, func(tx Tx) (err error) {
		at = tx.Now()
		receipt, no, err = d.answerIn(tx, link, a, kind)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	d.points.At("answer.after-update")
	if err := d.record(ctx, suppressRecords(no, at)...); err != nil {
		return Receipt{}, fault.New(fault.Unavailable, "response.unsaved", "the answer could not be saved in full; please try again").Because(err).At("campaign.answer")
	}
	d.points.At("answer.after-journal")
	return receipt, nil
}

// answerIn is the part of an answer that is one transaction. no are the keys that stand suppressed
// after it.
func (d *Desk) answerIn(tx Tx, link LinkID, a Answer, kind EntryKind) (receipt Receipt, no []PersonKey, err error) {
	v, err := d.visit(tx, link)
	if err != nil {
		return receipt, nil, err
	}
	if kind == EntryObjected {
		a.Lines = allNo(v.view)
	}
	if a.Language == "" { // one-click: what the person read was the message
		a.Language = v.view.Language
	}
	repeat, err := repeated(tx, v.view, a, kind)
	switch {
	case err != nil:
		return receipt, nil, err
	case repeat != nil:
		receipt.Response, receipt.Repeat = *repeat, true
	case stale(v.view, a):
		return receipt, nil, fault.New(fault.Conflict, "response.stale", "another answer was given after this page was opened")
	default:
		if receipt.Response, err = d.putAnswer(tx, &v, a, kind); err != nil {
			return receipt, nil, err
		}
	}
	if receipt.View = v.view; v.view.Suppressed {
		no = mailboxKeys(v.invitation.Keys)
	}
	return receipt, no, nil
}

// storing is how long an answer may take from its time to its commit: a page that was made meanwhile
// does not show it yet.
const storing = time.Second

// AnsweredSince reports whether the latest answer may be missing on a page that was made at a time.
func (v FormView) AnsweredSince(made time.Time) bool {
	return v.Last != nil && v.Last.At.Add(storing).After(made)
}

// stale reports a yes from a page that was made before the latest answer was stored: it may not take
// back a no that its page did not show. What counts is when the page was made, not how old it was when
// it came back: an answer may wait for its turn behind others. A stale no is welcome.
func stale(v FormView, a Answer) bool {
	yes := slices.ContainsFunc(a.Lines, func(l AnswerLine) bool { return l.Yes })
	return yes && a.Nonce != "" && v.AnsweredSince(a.Opened)
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
// objection by someone who already said no to everything.
func repeated(r Reader, v FormView, a Answer, kind EntryKind) (*Response, error) {
	if kind == EntryObjected && v.Suppressed && v.Last != nil && !granted(v.Current) {
		return v.Last, nil
	}
	if a.Nonce == "" {
		return nil, nil
	}
	earlier, err := r.ResponseByNonce(v.Invitation, a.Nonce)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !sameChoice(earlier, a) {
		return nil, fault.New(fault.Conflict, "response.nonce", "this page was already answered with another choice")
	}
	return &earlier, nil
}

func sameChoice(earlier Response, a Answer) bool {
	if len(earlier.Decisions) != len(a.Lines) {
		return false
	}
	for _, l := range a.Lines {
		if !slices.ContainsFunc(earlier.Decisions, func(dec Decision) bool {
			return dec.Purpose == l.Purpose && dec.Channel == l.Channel && (dec.State == Granted) == l.Yes
		}) {
			return false
		}
	}
	return true
}

func granted(cs []CurrentChoice) bool {
	return slices.ContainsFunc(cs, func(c CurrentChoice) bool { return c.State == Granted })
}

// decide turns lines into decisions: a no after a yes is a withdrawal.
func decide(v FormView, lines []AnswerLine) ([]Decision, error) {
	qs := v.Frozen.File.Questions()
	if len(lines) == 0 {
		return nil, fault.New(fault.Invalid, "response.empty", "nothing was chosen")
	}
	var out []Decision
	for n, l := range lines {
		if !slices.Contains(qs, l.Question) || slices.ContainsFunc(lines[:n], func(e AnswerLine) bool { return e.Question == l.Question }) {
			return nil, fault.New(fault.Invalid, "response.question", "an answer was given to something that was not asked")
		}
		if l.Yes && !v.Open {
			return nil, fault.New(fault.Gone, "response.late", "the time to say yes is over; a no is still possible")
		}
		state := Declined
		was := slices.IndexFunc(v.Current, func(c CurrentChoice) bool { return c.Question == l.Question })
		switch {
		case l.Yes:
			state = Granted
		case was >= 0 && v.Current[was].State != Declined:
			state = Withdrawn
		}
		out = append(out, Decision{Purpose: l.Purpose, Channel: l.Channel, State: state})
	}
	return out, nil
}

// putAnswer writes one answer with everything that belongs to it.
func (d *Desk) putAnswer(tx Tx, v *visit, a Answer, kind EntryKind) (Response, error) {
	decisions, err := decide(v.view, a.Lines)
	if err != nil {
		return Response{}, err
	}
	if v.invitation, err = arrives(tx, v.invitation); err != nil {
		return Response{}, err
	}
	contact, err := tx.Contact(v.view.Contact)
	if err != nil {
		return Response{}, err
	}
	id, err := d.newUUID()
	if err != nil {
		return Response{}, err
	}
	resp := Response{ID: id, Invitation: v.view.Invitation, Contact: v.view.Contact, Campaign: v.view.Campaign, Kind: a.Kind, Language: a.Language,
		Document: a.Document, Nonce: a.Nonce, At: tx.Now(), Decisions: decisions}
	payload, err := d.answeredPayload(v, contact, resp, a)
	if err != nil {
		return Response{}, err
	}
	if resp.Entry, err = tx.Append(Entry{Kind: kind, Campaign: v.view.Campaign, Contact: v.view.Contact, Payload: payload}); err != nil {
		return Response{}, err
	}
	if err := tx.AddResponse(resp.Entry, resp); err != nil {
		return Response{}, err
	}
	v.answers = append(v.answers, resp)
	v.look()
	if err := d.applyAnswer(tx, v, resp); err != nil {
		return Response{}, err
	}
	return resp, d.judgeAnew(tx, contact, v.campaign)
}

// applyAnswer carries out what an answer means beyond itself: a no to everything is a suppression,
// a yes lifts the person's own earlier no, and an answer proves that the message arrived.
func (d *Desk) applyAnswer(tx Tx, v *visit, resp Response) error {
	state := v.view.Current
	yes, allNo := granted(state), len(state) == len(v.campaign.File.Questions()) && !granted(state)
	keys := mailboxKeys(v.invitation.Keys)
	var err error
	lines := suppressions(keys, SuppressObjection, "campaign "+v.campaign.Name, tx.Now())
	switch {
	case allNo:
		v.view.Suppressed = true
		_, err = tx.Suppress(resp.Entry, lines)
	case yes && liftable(v.standing):
		for n := range lines {
			lines[n].Lifts = true
		}
		v.view.Suppressed = false
		_, err = tx.Suppress(resp.Entry, lines)
	}
	if err != nil {
		return err
	}
	return arrived(tx, v.invitation, resp.Entry)
}

// arrives gives the invitation that is being answered. Whatever was believed of it, the message
// reached its person: one that was thought unsent becomes uncertain and its keys stay taken for
// ever. That has an entry of its own, which must stand before the answer's: the last word on the
// invitation is the answer.
func arrives(tx Tx, i Invitation) (Invitation, error) {
	if i.State != Planned && i.State != Claimed && i.State != Withheld {
		return i, nil
	}
	if _, err := tx.Restore(i.Link, i.Attempt, i.Keys, "the person answered the message"); err != nil {
		return i, err
	}
	return tx.InvitationByLink(i.Link)
}

// arrived settles an invitation whose person answered as sent.
func arrived(tx Tx, i Invitation, no EntryNo) error {
	if i.State != Uncertain {
		return nil
	}
	return tx.Resolve(i.ID, Sent, "answered", no)
}

// liftable reports whether a yes through the person's own link takes back what stands against their
// keys: their own no does not stand against their later yes; a dead mailbox, a complaint or an erasure
// of any of the keys does.
func liftable(standing map[PersonKey]Suppression) bool {
	own := []SuppressionReason{SuppressObjection, SuppressJournal, SuppressImported, SuppressManual}
	lift := false
	for _, s := range standing {
		if !s.Lifts {
			if !slices.Contains(own, s.Reason) {
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
	return d.judgeAnew(tx, c)
}

// judgeAnew saves a verdict with the facts of this transaction; campaigns are those read already.
func (d *Desk) judgeAnew(tx Tx, c Contact, campaigns ...Campaign) error {
	vs, err := verdictsNow(tx, []Contact{c}, campaigns...)
	if err != nil {
		return err
	}
	return tx.PutVerdicts(map[ContactID]Verdict{c.ID: vs[0]})
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
