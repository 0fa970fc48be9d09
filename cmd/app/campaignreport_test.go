package app

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer/smtptest"
)

// reported is a closed campaign in which everything that a report counts has happened.
func reported(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, plan{people: 12, senders: 1, channels: both})
	h.importRows([]string{"out@d.example"}, map[string]string{"optout": "yes", "optout_at": "2025-09-02"})
	h.neighbour(0, "", nil)
	h.neighbour(1, "", nil)
	h.approve(spring, func(f *campaign.File) {
		f.Audience.Routes = []campaign.Route{campaign.RouteEmail, campaign.RouteLetter}
	})
	h.start(spring)
	h.relays(func(e smtptest.Event) smtptest.Step {
		switch to := e.To; {
		case e.Stage == smtptest.Rcpt && to == person(0):
			return smtptest.Step{Reply: "550 5.1.1 no such user"}
		case e.Stage == smtptest.Dot && slices.Contains([]string{person(1), person(2), person(3)}, to):
			return smtptest.Step{Drop: true, Store: true}
		}
		return smtptest.Step{}
	})
	_, err := h.app.Suppress(t.Context(), person(11), "telephone")
	h.must(err)
	h.send().send()
	h.relays(nil)
	h.prints(0, 2)
	h.says(person(1), "newsletter.email") // settles what was uncertain
	_, err = h.app.Desk.Settle(t.Context(), Operator(), spring, h.invitation(person(2)).ID, true, "Madame Secret has it")
	h.must(err)
	h.says(person(4), "newsletter.email", "newsletter.sms")
	h.says(person(5))
	h.wait(26 * time.Hour)
	h.says(person(6), "newsletter.sms")
	_, err = h.app.CloseCampaign(t.Context(), spring)
	h.must(err)
	return h
}

// TestACampaignReportCountsEverybodyOnce: from the base to the asked nobody is lost without a reason, and the sums are
// those that the status shows.
func TestACampaignReportCountsEverybodyOnce(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := reported(t)
	r, err := h.app.CampaignReport(t.Context(), spring, ReportOptions{})
	h.must(err)
	left := r.Funnel.Imported
	for _, l := range r.Losses() {
		left -= l.People
	}
	if left != r.Funnel.ToAsk {
		t.Errorf("of %d imported %d are left, and %d to ask", r.Funnel.Imported, left, r.Funnel.ToAsk)
	}
	for _, s := range r.Unasked() {
		left -= r.Invitations[s]
		n := 0
		for _, e := range r.Ends(s) {
			n += e.People
		}
		if (s == campaign.Withheld || s == campaign.Refused) && n != r.Invitations[s] {
			t.Errorf("%d are %s, with reasons for %d", r.Invitations[s], s, n)
		}
	}
	if left != r.Answers.Asked {
		t.Errorf("%d are left, and %d asked", left, r.Answers.Asked)
	}
	if st := h.status(); r.Answers.People != st.Responses.People || r.Answers.Granted != st.Responses.Granted || r.Answers.Asked != st.Asked() || r.FormViews != st.FormViews {
		t.Errorf("%+v is not %+v", r.Answers, st)
	}
	if a := r.Answers; a.People != 4 || a.Granted != 3 || a.Refused != 1 || a.Silent != a.Asked-4 {
		t.Errorf("%+v", a)
	}
	want := []campaign.DoubtEnd{{As: campaign.Sent, By: campaign.EndedByAnswer, Invitations: 1}, {As: campaign.Sent, By: campaign.EndedByPerson, Invitations: 1}}
	if !slices.Equal(r.Settled, want) || r.Invitations[campaign.Uncertain] != 1 {
		t.Errorf("settled %+v, %d open", r.Settled, r.Invitations[campaign.Uncertain])
	}
	if e := r.Ends(campaign.Refused); len(e) != 1 || e[0] != (ReportEnd{"no_mailbox", 1, 0}) {
		t.Errorf("refused %+v", e)
	}
	if e := r.Ends(campaign.Withheld); len(e) != 1 || e[0].Reason != campaign.WithheldSuppressed {
		t.Errorf("withheld %+v", e)
	}
	if u := r.Usable; len(u) != 2 || u[0] != (ReportUse{"newsletter", "email", 2}) || u[1] != (ReportUse{"newsletter", "sms", 2}) {
		t.Errorf("usable %+v", u)
	}
	if d := r.Days; len(d) != 2 || d[0].Answers != 3 || d[1].AnswersSoFar != 4 {
		t.Errorf("days %+v", d)
	}
	if r.SilentErased == "" || r.Ledger.Size == 0 || !strings.Contains(r.Ledger.Checkpoint, r.Ledger.Root) {
		t.Errorf("%s, ledger %+v", r.SilentErased, r.Ledger)
	}
}

// TestALaterNoIsNoUseAnyMore: what the base may be used for is as it stands, not as it was answered.
func TestALaterNoIsNoUseAnyMore(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := reported(t)
	h.wait(time.Minute)
	_, err := h.app.Suppress(t.Context(), person(4), "telephone")
	h.must(err)
	r, err := h.app.CampaignReport(t.Context(), spring, ReportOptions{})
	h.must(err)
	if u := r.Usable; len(u) != 2 || u[0].People != 1 || u[1].People != 1 {
		t.Errorf("usable %+v", u)
	}
}

// TestTheCampaignReportStandsForItselfAndNamesNobody: what is forwarded loads nothing, runs nothing, and holds
// counts only.
func TestTheCampaignReportStandsForItselfAndNamesNobody(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := reported(t)
	r, err := h.app.CampaignReport(t.Context(), spring, ReportOptions{HTML: h.at("report.html"), Language: "en"})
	h.must(err)
	b, err := os.ReadFile(h.at("report.html"))
	h.must(err)
	asJSON, err := json.Marshal(r)
	h.must(err)
	for _, never := range []string{"p000@", "@d.example", "Robin", "Secret", "Voisin", "X-p", "<script", "http://", "https://", "url(", "@import"} {
		if strings.Contains(string(b), never) || strings.Contains(string(asJSON), never) {
			t.Errorf("the report holds %q", never)
		}
	}
	page, err := html.Parse(strings.NewReader(string(b)))
	h.must(err)
	standsForItself(t, page)
}

// TestTheCampaignReportIsFrenchThroughout: no sentence of the code's English is left.
func TestTheCampaignReportIsFrenchThroughout(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := reported(t)
	_, err := h.app.CampaignReport(t.Context(), spring, ReportOptions{HTML: h.at("report.html"), Language: "fr"})
	h.must(err)
	raw, err := os.ReadFile(h.at("report.html"))
	h.must(err)
	body := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(raw[strings.Index(string(raw), "</style>"):]), " ")
	english := regexp.MustCompile(`(?i)\b(the|people|consent|asked|said|of|report\.[a-z_.]+|board\.[a-z_.]+)\b`)
	for _, found := range english.FindAllStringIndex(body, -1) {
		t.Errorf("English in the French report: …%s…", body[max(0, found[0]-60):min(len(body), found[1]+40)])
	}
}

// TestAReportOfWhatHasNotStartedIsRefused, and nothing is signed or written for it.
func TestAReportOfWhatHasNotStartedIsRefused(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	if _, err := h.app.CampaignReport(t.Context(), spring, ReportOptions{HTML: h.at("no.html")}); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if _, err := h.app.CampaignReport(t.Context(), "autumn", ReportOptions{}); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := os.Stat(h.at("no.html")); err == nil {
		t.Error("a page was written")
	}
}

// TestWhoAnsweredARefusedMessageHidesNobodysSilence: a message that the relay refused at the dot may have arrived all the same.
func TestWhoAnsweredARefusedMessageHidesNobodysSilence(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring)
	var dots atomic.Int32
	h.relays(func(e smtptest.Event) smtptest.Step {
		if e.Stage == smtptest.Dot && dots.Add(1) == 1 {
			return smtptest.Step{Reply: "554 5.6.0 no", Store: true}
		}
		return smtptest.Step{}
	})
	h.send()
	h.expect(map[campaign.State]int{campaign.Refused: 1, campaign.Sent: 1})
	for _, who := range []string{person(0), person(1)} {
		if h.invitation(who).State == campaign.Refused {
			h.says(who, "newsletter.email")
		}
	}
	r, err := h.app.CampaignReport(t.Context(), spring, ReportOptions{})
	h.must(err)
	if a := r.Answers; a.Asked != 2 || a.People != 1 || a.Silent != 1 || a.Percent != 50 {
		t.Errorf("%+v", a)
	}
	if q := r.Questions[0]; q.Granted != 1 || q.Unanswered != 1 {
		t.Errorf("%+v", q)
	}
}
