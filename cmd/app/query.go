package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/tabular"
)

// ContactQuery narrows a list of contacts.
type ContactQuery struct {
	Class, Route, Reason string
	Page
}

func (q ContactQuery) filter() (campaign.ContactFilter, error) {
	f := campaign.ContactFilter{Class: campaign.Class(q.Class), Route: campaign.Route(q.Route), Code: q.Reason}
	switch f.Class {
	case "", campaign.OptedIn, campaign.OptedOut, campaign.Doubtful, campaign.Unusable:
	default:
		return f, fault.New(fault.Invalid, "contacts.class", "{class} is no class", "class", q.Class).Hint("opted_in, opted_out, doubtful or unusable")
	}
	switch f.Route {
	case "", campaign.RouteEmail, campaign.RouteLetter, campaign.RouteOnsite, campaign.RouteNone:
	default:
		return f, fault.New(fault.Invalid, "contacts.route", "{route} is no route", "route", q.Route).Hint("email, letter, onsite or none")
	}
	if f.Code != "" && !slices.Contains(campaign.RuleCodes(), f.Code) {
		return f, fault.New(fault.Invalid, "contacts.reason", "{reason} is no row of the decision table", "reason", q.Reason).Hint("reoptin contacts rules")
	}
	return f, nil
}

// ContactLine is one contact in a list.
type ContactLine struct {
	ID         int64  `json:"id"`
	ExternalID string `json:"external_id"`
	Email      string `json:"email"`
	Class      string `json:"class"`
	Route      string `json:"route"`
	Reason     string `json:"reason"`
}

// ContactList is a page of contacts.
type ContactList struct {
	Contacts []ContactLine `json:"contacts"`
	Next     string        `json:"next"`
	AsOf     string        `json:"as_of"` // the day as of which the base was judged; "" before the first audit
}

// OtherDay is the day as of which the base was judged when that is not today, else "".
func (a *App) OtherDay(ctx context.Context) (day string, err error) {
	err = a.store.View(ctx, func(r campaign.Reader) error {
		judged, err := r.LastAudit()
		if judged != campaign.DateOf(a.clock()) {
			day = judged.String()
		}
		return err
	})
	return day, err
}

// judged notes as of which day.
func (l *ContactList) judged(r campaign.Reader) error {
	day, err := r.LastAudit()
	l.AsOf = day.String()
	return err
}

func contactLine(c campaign.Contact) ContactLine {
	return ContactLine{ID: int64(c.ID), ExternalID: c.ExternalID, Email: shownEmail(c), Class: string(c.Verdict.Class), Route: string(c.Verdict.Route), Reason: c.Verdict.Code}
}

// shownEmail is the mailbox in its normal form, or the text that is none.
func shownEmail(c campaign.Contact) string {
	if c.Email != "" {
		return string(c.Email)
	}
	return c.BadEmail
}

// Contacts lists a page of the base.
func (a *App) Contacts(ctx context.Context, q ContactQuery) (ContactList, error) {
	l := ContactList{Contacts: []ContactLine{}}
	f, err := q.filter()
	if err != nil {
		return l, err
	}
	after, err := q.after(0)
	if err != nil {
		return l, err
	}
	limit := q.limit()
	err = a.store.View(ctx, func(r campaign.Reader) error {
		cs, next, err := campaign.ContactsNow(r, f, campaign.ContactID(after), limit)
		for _, c := range cs {
			l.Contacts = append(l.Contacts, contactLine(c))
		}
		if next > 0 {
			l.Next = strconv.FormatInt(int64(next), 10)
		}
		return errors.Join(err, l.judged(r))
	})
	return l, err
}

// ExportContacts writes the whole base, or a part of it, as CSV or as the JSON of a list. Cells that a
// spreadsheet would run as formulas are defused in CSV.
func (a *App) ExportContacts(ctx context.Context, w io.Writer, q ContactQuery, asJSON bool) error {
	f, err := q.filter()
	if err != nil {
		return err
	}
	e := campaign.Export{What: campaign.ExportContacts, Format: textFormat(asJSON), Only: q.words()}
	return a.takeOut(ctx, w, Operator(), e, func(w io.Writer, e *campaign.Export) (err error) {
		e.Count, err = a.writeContacts(ctx, w, f, asJSON)
		return err
	})
}

// words say how a list is narrowed.
func (q ContactQuery) words() map[string]string {
	return map[string]string{"class": q.Class, "route": q.Route, "reason": q.Reason}
}

func (a *App) writeContacts(ctx context.Context, w io.Writer, f campaign.ContactFilter, asJSON bool) (n int, err error) {
	if asJSON {
		l := ContactList{Contacts: []ContactLine{}}
		err := a.store.View(ctx, func(r campaign.Reader) error {
			if err := l.judged(r); err != nil {
				return err
			}
			return eachContact(r, f, func(c campaign.Contact) error { l.Contacts = append(l.Contacts, contactLine(c)); return nil })
		})
		return len(l.Contacts), errors.Join(err, writeJSON(w, l))
	}
	out := tabular.NewWriter(w, ',')
	out.Guard = true
	if err := out.Write("id", "external_id", "email", "class", "route", "reason"); err != nil {
		return n, err
	}
	err = a.store.View(ctx, func(r campaign.Reader) error {
		return eachContact(r, f, func(c campaign.Contact) error {
			n++
			l := contactLine(c)
			return out.Write(strconv.FormatInt(l.ID, 10), l.ExternalID, l.Email, l.Class, l.Route, l.Reason)
		})
	})
	return n, errors.Join(err, out.Flush())
}

// eachContact goes through who matches a filter as they stand now.
func eachContact(r campaign.Reader, f campaign.ContactFilter, do func(campaign.Contact) error) error {
	return campaign.EachNow(r, f, func(cs []campaign.Contact) error {
		for _, c := range cs {
			if err := do(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// ContactView is everything reoptin knows of one contact.
type ContactView struct {
	ID         int64             `json:"id"`
	ExternalID string            `json:"external_id"`
	MergedIDs  []string          `json:"merged_ids"`
	Joined     []string          `json:"joined_by"` // mailbox, external_id, postal: what rows of the base shared; empty when there was one
	Email      string            `json:"email"`
	Class      string            `json:"class"`
	Route      string            `json:"route"`
	Code       string            `json:"code"`
	Reasons    []string          `json:"reasons"`
	AsOf       string            `json:"as_of"`
	Rule       campaign.RuleRow  `json:"rule"` // that decides today
	Today      campaign.Verdict  `json:"today"`
	Next       string            `json:"next"`
	Changes    []campaign.Change `json:"changes"`
	Facts      campaign.Facts    `json:"facts"`
	Suppressed bool              `json:"suppressed"`
	Domain     *DomainView       `json:"domain"` // of the mailbox, when it was found to take no mail
	Invitation *InvitationView   `json:"invitation"`
	Consents   []ConsentLine     `json:"consents"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Corrected  []CorrectedField  `json:"corrected"` // by right: no import changes these
}

// CorrectedField is a field that the person had corrected.
type CorrectedField struct {
	Field string `json:"field"`
	On    string `json:"on"`
}

func correctedFields(c campaign.Contact) []CorrectedField {
	out := make([]CorrectedField, len(c.Corrected))
	for n, k := range c.Corrected {
		out[n] = CorrectedField{k.Field, k.On.String()}
	}
	return out
}

// InvitationView is the one message to a contact.
type InvitationView struct {
	ID       int64  `json:"id"`
	Campaign string `json:"campaign"`
	State    string `json:"state"`
	Reason   string `json:"reason,omitempty"`
	SentAt   string `json:"sent_at,omitempty"`
}

// ConsentLine is the current state of one purpose and channel of one person.
type ConsentLine struct {
	Contact  int64  `json:"contact"`
	Email    string `json:"email"`
	Purpose  string `json:"purpose"`
	Channel  string `json:"channel"`
	State    string `json:"state"`
	At       string `json:"at"`
	Response string `json:"response"`
	Proof    int64  `json:"proof"`
	By       string `json:"by"` // by which act; "" when it was no answer, expired when its promised time is over
}

// timeOver is what ended a yes whose promised time is over.
const timeOver = string(campaign.Expired)

// consentLine is a row for other programs. They know three states, and of these the one that ends a yes is true of one whose time is
// over as far as they are concerned: by says what ended it (ADR 0066).
func consentLine(c campaign.ConsentRow) ConsentLine {
	if c.State == campaign.Expired {
		c.State, c.Kind = campaign.Withdrawn, campaign.ResponseKind(timeOver)
	}
	return ConsentLine{Contact: int64(c.Contact), Email: string(c.Email), Purpose: c.Purpose, Channel: c.Channel, State: string(c.State),
		At: stamp(c.Since()), Response: c.Response, Proof: int64(c.Proof), By: string(c.Kind)}
}

// stamp writes a time for machines, "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// find gives the contact of an address or an id.
func (a *App) find(r campaign.Reader, who string) (campaign.Contact, error) {
	return campaign.FindContact(r, a.keyer, who)
}

// Contact shows one contact.
func (a *App) Contact(ctx context.Context, who string) (ContactView, error) {
	var v ContactView
	err := a.store.View(ctx, func(r campaign.Reader) error {
		c, err := a.find(r, who)
		if err != nil {
			return err
		}
		v = ContactView{ID: int64(c.ID), ExternalID: c.ExternalID, MergedIDs: append([]string{}, c.MergedIDs...), Joined: append([]string{}, c.Joined...), Email: shownEmail(c), Class: string(c.Verdict.Class),
			Route: string(c.Verdict.Route), Code: c.Verdict.Code, Reasons: append([]string{}, c.Verdict.Reasons...), AsOf: c.Verdict.AsOf.String(), Attributes: c.Attributes, Consents: []ConsentLine{}, Facts: c.Facts, Corrected: correctedFields(c)}
		e, err := campaign.Explain(r, c)
		if err != nil {
			return err
		}
		v.Rule, v.Today, v.Next, v.Changes, v.Domain = e.Rule, e.Verdict, e.Next, append([]campaign.Change{}, e.Changes...), domainView(e.Dead)
		if _, v.Suppressed, err = campaign.SuppressedFor(r, c.ID, c.Keys); err != nil {
			return err
		}
		if v.Invitation, err = invitationView(r, c.ID); err != nil {
			return err
		}
		rows, err := campaign.StandingOf(r, c.ID)
		for _, row := range rows {
			v.Consents = append(v.Consents, consentLine(row))
		}
		return err
	})
	return v, err
}

func invitationView(r campaign.Reader, id campaign.ContactID) (*InvitationView, error) {
	is, err := r.InvitationsOfContact(id)
	if err != nil || len(is) == 0 {
		return nil, err
	}
	i := is[len(is)-1]
	for _, other := range is { // the one that was sent, if any
		if other.State != campaign.Withheld {
			i = other
		}
	}
	c, err := r.CampaignByID(i.Campaign)
	if err != nil {
		return nil, err
	}
	return &InvitationView{ID: int64(i.ID), Campaign: c.Name, State: string(i.State), Reason: i.Reason, SentAt: stamp(i.SentAt)}, nil
}

// ExportConsents writes who agreed to what, as of now.
func (a *App) ExportConsents(ctx context.Context, w io.Writer, format string) error {
	return a.exportConsents(ctx, Operator(), w, format)
}

func (a *App) exportConsents(ctx context.Context, actor campaign.Actor, w io.Writer, format string) error {
	return a.takeOut(ctx, w, actor, campaign.Export{What: campaign.ExportConsents, Format: format}, func(w io.Writer, e *campaign.Export) error {
		return a.store.View(ctx, func(r campaign.Reader) (err error) {
			if format == "json" {
				e.Count, err = writeConsentsJSON(w, r)
			} else {
				e.Count, err = writeConsentsCSV(w, r)
			}
			return err
		})
	})
}

func eachConsent(r campaign.Reader, do func(ConsentLine) error) error {
	return campaign.EachStanding(r, func(row campaign.ConsentRow) error { return do(consentLine(row)) })
}

func writeConsentsJSON(w io.Writer, r campaign.Reader) (int, error) {
	lines := []ConsentLine{}
	if err := eachConsent(r, func(l ConsentLine) error { lines = append(lines, l); return nil }); err != nil {
		return 0, err
	}
	return len(lines), writeJSON(w, lines)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func writeConsentsCSV(w io.Writer, r campaign.Reader) (n int, err error) {
	out := tabular.NewWriter(w, ',')
	out.Guard = true
	if err := out.Write("contact", "email", "purpose", "channel", "state", "at", "response", "proof", "by"); err != nil {
		return 0, err
	}
	err = eachConsent(r, func(l ConsentLine) error {
		n++
		return out.Write(fmt.Sprint(l.Contact), l.Email, l.Purpose, l.Channel, l.State, l.At, l.Response, fmt.Sprint(l.Proof), l.By)
	})
	return n, errors.Join(err, out.Flush())
}

// WritePublic writes files that every user of the machine may read into a folder, which is made where it is missing. It says which.
func WritePublic(dir string, files map[string]string) (written []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, unwritable(dir, err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		err := WriteFile(path, func(w io.Writer) error {
			_, err := io.WriteString(w, files[name])
			return err
		})
		if err != nil {
			return written, err
		}
		if err := os.Chmod(path, 0o644); err != nil {
			return written, unwritable(path, err)
		}
		written = append(written, path)
	}
	return written, nil
}

// Whole prints what write writes once all of it is there, so that whoever reads it never gets a part. It
// may be larger than the memory, and waits in a temporary file.
func Whole(out io.Writer, write func(io.Writer) error) error {
	spool, err := os.CreateTemp("", "reoptin-out-")
	if err != nil {
		return unwritable(os.TempDir(), err)
	}
	defer func() { _, _ = spool.Close(), os.Remove(spool.Name()) }()
	_ = os.Remove(spool.Name()) // where the system allows it, a process that is killed leaves nothing behind
	if err := write(spool); err != nil {
		return unwritable(os.TempDir(), err)
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return fault.Wrap("app.Whole", err)
	}
	_, err = io.Copy(out, spool)
	return err
}

// writeRejects writes the rows an import refused, with the reason of each.
func writeRejects(path string, header []string, rejects []campaign.Reject) error {
	return WriteFile(path, func(w io.Writer) error { return rejectsTo(tabular.NewWriter(w, ','), header, rejects) })
}

func rejectsTo(out *tabular.Writer, header []string, rejects []campaign.Reject) error {
	if err := out.Write(append([]string{"line", "column", "reason"}, header...)...); err != nil {
		return err
	}
	for _, r := range rejects {
		if err := out.Write(append([]string{strconv.Itoa(r.Line), r.Column, r.Reason}, r.Cells...)...); err != nil {
			return err
		}
	}
	return out.Flush()
}
