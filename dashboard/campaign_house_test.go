package dashboard_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/fault"
)

// acts is what a fake desk was asked to do, and what it answers.
type acts struct {
	done      []string // act, name and what was said, in order
	refuse    error    // what every act answers
	findings  []lint.Finding
	foretold  []lint.Finding // of the people, before a start
	grown     bool           // people came into the base since the approval
	funnel    campaign.Funnel
	plan      campaign.Plan
	hash      string
	uncertain []campaign.Invitation
	results   []campaign.Result
	course    []campaign.CourseDay
	retained  campaign.Retention
	answers   []campaign.Answered
	filter    campaign.ResponseFilter
	page      string // the kept page of every answer
	steps     []dashboard.Step
	verdict   dashboard.Verdict
	entered   chan struct{}
	stop      chan struct{} // VerifyLedger waits for it, if it is there
	many      int           // further lines of an export of consents, behind which it waits for stop
	slow      bool          // judging the base takes for ever
	unable    error         // Startable
}

func (d *desk) act(format string, args ...any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse != nil {
		return d.refuse
	}
	d.done = append(d.done, fmt.Sprintf(format, args...))
	return nil
}

func (d *desk) did() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.done, "\n")
}

// content is a campaign's content with a word in every field that people type.
func content(name, word string) campaign.File {
	return campaign.File{Name: name, Purposes: []string{"news"}, Channels: []string{"email"}, Languages: []string{"fr", "en"},
		Audience: campaign.Audience{Ask: []string{"doubtful"}, ActiveWithin: word, Routes: []campaign.Route{campaign.RouteEmail}},
		Sender:   campaign.Sender{Name: word, Address: word, ReplyTo: word},
		Schedule: campaign.Schedule{Deadline: campaign.NewDate(2026, 4, 2), Window: word, Timezone: "", Rate: word},
		Message:  map[string]campaign.MessageText{"fr": {Subject: word, Body: word + "\n\n" + word}, "en": {Subject: word, Body: word}},
		Form:     map[string]campaign.FormText{"fr": {Title: word, Intro: word}, "en": {Title: word, Intro: word}}}
}

func (d *desk) Campaign(_ context.Context, name string) (campaign.Campaign, error) {
	for _, c := range d.campaigns {
		if c.Name == name {
			return c, d.fail
		}
	}
	return campaign.Campaign{}, fault.New(fault.NotFound, "campaign.not_found", "there is no campaign {name}", "name", name)
}

func (d *desk) Change(ctx context.Context, _ campaign.Actor, f campaign.File, seen string) (campaign.Writing, error) {
	if c, err := d.Campaign(ctx, f.Name); err == nil && c.File.Mark() != seen {
		return campaign.Writing{}, fault.New(fault.Conflict, "campaign.rewritten", "{writer} changed campaign {name} meanwhile", "name", f.Name, "writer", c.WrittenBy)
	}
	if err := d.act("create %s %+v", f.Name, f); err != nil {
		return campaign.Writing{}, err
	}
	for i := range d.campaigns {
		if d.campaigns[i].Name == f.Name {
			done := campaign.Writing{Replaced: true}
			if d.campaigns[i].Status == campaign.Approved {
				done.Voided = []string{"message.fr.body"}
			}
			d.campaigns[i].File, d.campaigns[i].Status, d.campaigns[i].Frozen = f, campaign.Draft, nil
			return done, nil
		}
	}
	d.campaigns = append(d.campaigns, campaign.Campaign{ID: 99, Name: f.Name, Status: campaign.Draft, File: f})
	return campaign.Writing{}, nil
}

func (d *desk) Delete(_ context.Context, _ campaign.Actor, name string) error {
	return d.act("delete %s", name)
}

func (d *desk) Limits(campaign.File, campaign.Organisation) (campaign.Limits, error) {
	return campaign.Limits{Location: time.FixedZone("CET", 3600), N: 60, Per: time.Minute, RateBy: "sending.rate", Window: "always"}, d.fail
}

func (d *desk) LintFile(f campaign.File, _ campaign.Organisation, _ ...lint.Observation) ([]lint.Finding, error) {
	if f.Sender.Name == "" {
		return nil, fault.New(fault.Invalid, "file.invalid", "{where}: is missing", "where", "sender.name")
	}
	return d.findings, d.fail
}

// Preview draws what the real one must escape as text, so that a frame's own policy is what is tested.
func (d *desk) Preview(_ context.Context, f campaign.File, s campaign.Sample) (lint.Sheets, error) {
	body := html.EscapeString(f.Message[s.Language].Body + f.Form[s.Language].Title + string(s.Email))
	return lint.Sheets{Language: s.Language, Message: lint.Message{Subject: f.Message[s.Language].Subject, Text: f.Message[s.Language].Body, HTML: "<!DOCTYPE html><style>p{color:red}</style><p>message " + body,
		Header: map[string][]string{"Subject": {f.Message[s.Language].Subject}}}, Form: lint.Form{HTML: "<!DOCTYPE html><p>form " + body, Thanks: "<!DOCTYPE html><p>thanks " + body}}, d.fail
}

func (d *desk) PreviewLetter(_ context.Context, w io.Writer, f campaign.File, s campaign.Sample) error {
	_, err := io.WriteString(w, "%PDF-2.0 letter "+f.Message[s.Language].Body+string(s.Email)+" "+s.Values[campaign.ValueLine1])
	return errors.Join(err, d.fail)
}

func (d *desk) SampleOf(_ context.Context, a campaign.Address) (campaign.Sample, error) {
	if a != "jeanne@example.net" {
		return campaign.Sample{}, fault.New(fault.NotFound, "contact.not_found", "there is no such contact")
	}
	return campaign.Sample{Email: a}, nil
}

func (d *desk) Audience(context.Context, string) (campaign.Funnel, error) { return d.funnel, d.fail }

func (d *desk) SendTest(_ context.Context, by campaign.Actor, name, language string, to campaign.Address) error {
	return d.act("test %s %s %s by %s", name, language, string(to), by.Name)
}

func (d *desk) Review(context.Context, campaign.Actor, string) (campaign.Review, error) {
	r := campaign.Review{Hash: d.hash, Findings: d.findings, Grown: d.grown, Documents: map[string]string{"form.fr.html": "abc"}}
	for _, f := range d.findings {
		switch f.Severity {
		case lint.Error:
			r.Blocked++
		case lint.Approval:
			r.Reasons++
		}
	}
	return r, d.fail
}

func (d *desk) ApproveSeen(_ context.Context, by campaign.Actor, name, who, because, seen string) (campaign.Approval, error) {
	if seen != d.hash {
		return campaign.Approval{}, fault.New(fault.Conflict, "campaign.unseen", "the content changed after it was looked at; look at it again")
	}
	return campaign.Approval{}, d.act("approve %s by %s %s as %s because %q", name, by.Name, by.Role, who, because)
}

func (d *desk) Forecast(context.Context, string) (campaign.Forecast, error) {
	return campaign.Forecast{ToAsk: d.plan.ToAsk, Funnel: d.funnel, Plan: d.plan, Groups: map[string]int{"doubtful": 500, "refresh": 100},
		Providers: []campaign.Share{{Provider: "gmail.com", People: 400}}, Others: campaign.Others{Providers: 3, People: 200}, Sending: campaign.Course{Late: 7},
		Answers:  campaign.Answers{From: 12, To: 120, PercentFrom: 2, PercentTo: 20, Own: []campaign.Past{{Campaign: "autumn", Asked: 300, Answered: 21}}},
		Findings: d.foretold,
		Silence:  campaign.Silence{From: 480, To: 588, Lost: 500, Stays: 100},
		Relays:   []campaign.RelayTerms{{Relay: "smtp.sendgrid.net:587", Provider: "Twilio SendGrid", Terms: campaign.TermsConsent, Source: "Email Policy"}}}, d.fail
}

func (d *desk) Start(_ context.Context, by campaign.Actor, name string) (campaign.Funnel, error) {
	return campaign.Funnel{}, d.act("start %s by %s", name, by.Name)
}

func (d *desk) Pause(_ context.Context, by campaign.Actor, name, reason string) error {
	return d.act("pause %s by %s: %s", name, by.Name, reason)
}

func (d *desk) Resume(_ context.Context, by campaign.Actor, name string) error {
	return d.act("resume %s by %s", name, by.Name)
}

func (d *desk) Close(_ context.Context, by campaign.Actor, name string) (campaign.Closing, error) {
	return campaign.Closing{}, d.act("close %s by %s", name, by.Name)
}

func (d *desk) Uncertain(context.Context, string) ([]campaign.Invitation, error) {
	return d.uncertain, d.fail
}

func (d *desk) Settle(_ context.Context, by campaign.Actor, name string, id campaign.InvitationID, sent bool, because string) (campaign.State, error) {
	if because == "" {
		return "", fault.New(fault.Invalid, "settle.because", "say how you know")
	}
	return campaign.Sent, d.act("settle %s %d %v by %s: %s", name, id, sent, by.Name, because)
}

func (d *desk) Course(context.Context, string) ([]campaign.CourseDay, error) { return d.course, d.fail }

func (d *desk) Retention() campaign.Retention { return d.retained }

func (d *desk) Results(context.Context, string) ([]campaign.Result, error) { return d.results, d.fail }

func (d *desk) Situations() []string { return []string{"proof-missing", "soft-opt-in"} }

func (d *desk) Starter(_ context.Context, name, _ string) (campaign.File, error) {
	return content(name, "starter"), nil
}

func (d *desk) ReadCampaign(text string) (campaign.File, error) {
	name, ok := strings.CutPrefix(text, "name = ")
	if !ok {
		return campaign.File{}, fault.New(fault.Invalid, "file.syntax", "{path}, line {line}: {what}", "path", "campaign.toml", "line", 3, "what", "nonsense")
	}
	return content(name, "text"), nil
}

func (d *desk) CampaignText(f campaign.File) string { return "name = " + f.Name }

func (d *desk) Startable(context.Context, string) error { return d.unable }

func (d *desk) ExportConsents(_ context.Context, _ campaign.Actor, w io.Writer) error {
	_, err := io.WriteString(w, "contact,email\n1,jeanne@example.net\n"+strings.Repeat("2,max@example.net\n", d.many))
	if d.many > 0 {
		<-d.stop // until somebody has read the beginning
	}
	return errors.Join(err, d.refuse)
}

func (d *desk) Responses(_ context.Context, f campaign.ResponseFilter) ([]campaign.Answered, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.filter = f
	return d.answers, len(d.answers) > 1, d.fail
}

func (d *desk) Response(_ context.Context, id string) (campaign.Answered, error) {
	for _, a := range d.answers {
		if a.ID == id {
			return a, d.fail
		}
	}
	return campaign.Answered{}, fault.New(fault.NotFound, "response.not_found", "there is no answer {id}", "id", id)
}

func (d *desk) Document(context.Context, string) (campaign.Document, error) {
	return campaign.Document{Content: []byte(d.page)}, d.fail
}

func (d *desk) Proof(context.Context) (dashboard.Proof, error) {
	return dashboard.Proof{Size: 12, Root: "cm9vdA==", Covered: 10, SignedAt: time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC), Note: "note\n", Key: "key",
		Anchors: []dashboard.Anchor{{Way: "mail", Whom: "dpo@lumen.example", Size: 10, At: time.Date(2026, 3, 9, 8, 1, 0, 0, time.UTC)}, {Way: "timestamp", Whom: "https://tsa.example", Late: true}, {Way: "file"}},
		Given:   []dashboard.Given{{Way: "mail", Whom: "dpo@lumen.example", Size: 10, At: time.Date(2026, 3, 9, 8, 1, 0, 0, time.UTC)}},
		Keys:    []dashboard.LedgerKey{{Key: "old key", Since: time.Date(2026, 1, 9, 8, 0, 0, 0, time.UTC)}, {Key: "key", Since: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), By: "root", Entry: "7"}}}, d.fail
}

func (d *desk) ExportDossier(_ context.Context, _ campaign.Actor, w io.Writer, name, who, language string) error {
	if err := d.act("dossier of %q %q in %s", name, who, language); err != nil {
		return err
	}
	_, err := io.WriteString(w, "PK")
	return err
}

func (d *desk) FindResponse(_ context.Context, number string) (string, error) {
	if number == "9" {
		return "a-1", nil
	}
	return "", fault.New(fault.NotFound, "response.not_found", "there is no answer {id}", "id", number)
}

func (d *desk) VerifyLedger(ctx context.Context) (dashboard.Verdict, error) {
	if d.stop != nil {
		d.entered <- struct{}{}
		select {
		case <-d.stop:
		case <-ctx.Done():
			return dashboard.Verdict{}, ctx.Err()
		}
	}
	return d.verdict, d.fail
}

func (d *desk) VerifyResponse(context.Context, string) ([]dashboard.Step, error) {
	return d.steps, d.refuse
}

func (d *desk) ExportProof(_ context.Context, _ campaign.Actor, w io.Writer, id string) error {
	_, err := io.WriteString(w, `{"format":"x"}`)
	return err
}

// furnish gives the desk something of everything that the pages of campaigns and answers show, with a word
// in every field that people type.
func (h *house) furnish(word string) {
	d := h.desk
	if d.campaigns == nil {
		h.fill("spring")
	}
	for i := range d.campaigns {
		c := &d.campaigns[i]
		c.File = content(c.Name, word)
		if c.Status != campaign.Draft {
			c.Frozen, c.ApprovedBy = &campaign.Frozen{File: c.File, Hash: "cafe", Organisation: campaign.Organisation{Purposes: []campaign.Purpose{{Key: "news", Title: map[string]string{"en": word}}}}}, word
		}
	}
	d.organisation.Purposes = []campaign.Purpose{{Key: "news", Title: map[string]string{"en": word}}}
	d.findings = []lint.Finding{{Rule: "SUBJ-001", Severity: lint.Warning, Where: "message.fr.subject", Text: word, Message: word, Source: word}}
	d.funnel = campaign.Funnel{Imported: 1000, ToAsk: 600, Routes: map[campaign.Route]int{campaign.RouteEmail: 600}, AsOf: campaign.NewDate(2026, 3, 10),
		Minus: []campaign.FunnelStep{{Code: "T-22", Class: campaign.Unusable, Reason: word, Contacts: 300}, {Code: "audience.ask", Reason: word, Contacts: 100}}}
	d.plan = campaign.Plan{ToAsk: 600, N: 60, Per: time.Minute, RateBy: "sending.rate", Window: word, Opens: h.clock(), Ends: h.clock().Add(time.Hour), Deadline: campaign.NewDate(2026, 4, 2)}
	d.hash = "f00d"
	d.uncertain = []campaign.Invitation{{ID: 7, Email: campaign.Address(word), Reply: word, SentAt: h.clock()}}
	d.results = []campaign.Result{{Question: campaign.Question{Purpose: "news", Channel: "email"}, Granted: 80, Refused: 30, Withdrawn: 10}}
	d.course = []campaign.CourseDay{{Day: campaign.NewDate(2026, 3, 2), Sent: 400, Answers: 10}, {Day: campaign.NewDate(2026, 3, 6), Answers: 40}}
	d.page = `<!DOCTYPE html><p>kept {{nonce}}{{masked_address}}</p>`
	d.answers = []campaign.Answered{
		{Response: campaign.Response{ID: "a-1", Entry: 9, Kind: campaign.ByForm, Language: "fr", Document: "d0c", At: h.clock(), Decisions: []campaign.Decision{{Purpose: "news", Channel: "email", State: campaign.Granted}}}, Name: d.campaigns[2].Name, Email: campaign.Address(word)},
		{Response: campaign.Response{ID: "a-2", Entry: 8, Kind: campaign.ByOneClick, Language: "fr", At: h.clock(), Decisions: []campaign.Decision{{Purpose: "news", Channel: "email", State: campaign.Declined}}}, Name: d.campaigns[2].Name},
	}
	d.steps = []dashboard.Step{{Name: "signature", OK: true}, {Name: "inclusion", OK: true}, {Name: "content", OK: true}, {Name: "decisions", OK: true}, {Name: "document", OK: true}, {Name: "dossier", OK: true}}
	d.verdict = dashboard.Verdict{OK: true, Entries: 12}
	h.asked(word)
	h.relays(word)
}
