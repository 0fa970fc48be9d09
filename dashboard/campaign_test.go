package dashboard_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/web"
)

const spring = "/admin/campaigns/spring-"

func alert(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var said []string
	for _, n := range find(parse(t, w), "div", "role", "alert") {
		said = append(said, text(n))
	}
	return strings.Join(said, "; ")
}

func TestTheListOfCampaigns(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	page := parse(t, h.as(account.Viewer).get("/admin/campaigns"))
	if words := text(page); !strings.Contains(words, "spring-running Running Its sending window to open 600 400 120 80") || !strings.Contains(words, "spring-draft Draft Approval 600 –") {
		t.Errorf("the list says %s", words)
	}
	if len(find(page, "a", "href", spring+"running")) != 1 || len(find(page, "form", "action", "/admin/campaigns")) != 0 {
		t.Error("a campaign has no link, or a viewer a form")
	}
	empty := newHouse(t)
	if words := text(parse(t, empty.as(account.Viewer).get("/admin/campaigns"))); !strings.Contains(words, "There is no campaign yet") {
		t.Errorf("an empty list says %s", words)
	}
}

func TestTheListDoesNotWaitForTheBaseToBeJudged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	h.desk.slow = true
	dashboard.Hurry(h.board, time.Millisecond)
	if words := text(parse(t, h.as(account.Viewer).get("/admin/campaigns"))); !strings.Contains(words, "spring-draft Draft Approval – –") || !strings.Contains(words, "600 400 120 80") {
		t.Errorf("the list says %s", words)
	}
}

func TestANewCampaignBeginsWithTheStarter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	if w := b.post("/admin/campaigns", "name", " autumn "); w.Header().Get("Location") != "/admin/campaigns/autumn/edit?done=campaign_created" || !strings.Contains(h.desk.did(), "create autumn") || !strings.Contains(h.desk.did(), "starter") {
		t.Errorf("%d to %q: %s", w.Code, w.Header().Get("Location"), h.desk.did())
	}
	if w := b.post("/admin/campaigns", "name", "spring-draft"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(alert(t, w), "a campaign of that name") || strings.Contains(h.desk.did(), "create spring-draft") {
		t.Errorf("a name that is taken: %d, %s", w.Code, h.desk.did())
	}
	h.desk.refuse = fault.New(fault.Invalid, "file.invalid", "{where}: {name} may not be", "where", "name", "name", "BAD")
	w := b.post("/admin/campaigns", "name", "BAD")
	if kept := find(parse(t, w), "input", "id", "name"); w.Code != http.StatusUnprocessableEntity || attr(kept[0], "value") != "BAD" || !strings.Contains(alert(t, w), "BAD may not be") {
		t.Errorf("a bad name: %d", w.Code)
	}
}

// TestTheWayOfACampaign holds what each page leads to, by status and role.
func TestTheWayOfACampaign(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	for _, c := range []struct {
		role   account.Role
		status string
		open   []string
		next   string
	}{
		{account.Viewer, "draft", []string{"audience", ""}, ""},
		{account.Marketer, "draft", []string{"edit", "audience", "check", ""}, spring + "draft/edit"},
		{account.Approver, "draft", []string{"audience", "check", "approve", ""}, spring + "draft/approve"},
		{account.Approver, "approved", []string{"audience", "check", "approve", "start", ""}, spring + "approved/start"},
		{account.Marketer, "approved", []string{"edit", "audience", "check", ""}, ""},
		{account.Administrator, "running", []string{"audience", "check", "", "results"}, ""},
		{account.Viewer, "closed", []string{"audience", "", "results"}, spring + "closed/results"},
	} {
		page := parse(t, h.as(c.role).get(spring+c.status))
		var open []string
		for _, n := range find(find(page, "nav", "class", "path")[0], "a", "", "") {
			open = append(open, strings.TrimPrefix(strings.TrimPrefix(attr(n, "href"), spring+c.status), "/"))
		}
		if !slices.Equal(open, c.open) {
			t.Errorf("%s, %s: the way leads to %v, not %v", c.status, c.role, open, c.open)
		}
		var next []string
		for _, n := range find(page, "a", "class", "button") {
			next = append(next, attr(n, "href"))
		}
		if strings.Join(next, " ") != c.next {
			t.Errorf("%s, %s: next is %v, not %s", c.status, c.role, next, c.next)
		}
	}
}

// TestAnUnsentMessageIsAskedAgainOnlyWhileItsCampaignGoesOn: the button says what it does.
func TestAnUnsentMessageIsAskedAgainOnlyWhileItsCampaignGoesOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	h.desk.reports["spring-closed"] = h.desk.reports["spring-running"]
	b := h.as(account.Approver)
	for name, says := range map[string]string{"running": "It was not sent: ask again", "closed": "It was not sent"} {
		if buttons := find(parse(t, b.get(spring+name)), "button", "value", "not-sent"); len(buttons) != 1 || text(buttons[0]) != says {
			t.Errorf("%s: %d buttons, which do not say %q", name, len(buttons), says)
		}
	}
}

func TestARunningCampaign(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	page := parse(t, h.as(account.Approver).get(spring+"running"))
	words := text(page)
	for _, want := range []string{"600 people in all", "Asked 400 67%", "Uncertain 2", "Its sending window to open", "60 a minute, bounded by sending.rate", "120 people: 80 yes", "1 message of unknown outcome", "Invitation 7 to word"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	if n := find(page, "div", "sse-connect", spring+"running/events"); len(n) != 1 || len(find(page, "noscript", "", "")) != 1 {
		t.Error("the page does not follow the campaign, or not without a script")
	}
	for act, want := range map[string]int{"pause": 1, "close": 1, "resume": 0, "settle": 1} {
		if n := len(find(page, "form", "action", spring+"running/"+act)); n != want {
			t.Errorf("%s: %d forms", act, n)
		}
	}
	page = parse(t, h.as(account.Viewer).get(spring+"running"))
	for _, act := range []string{"pause", "close", "settle"} {
		if len(find(page, "form", "action", spring+"running/"+act)) != 0 {
			t.Errorf("a viewer has a form to %s", act)
		}
	}
	if closed := parse(t, h.as(account.Approver).get(spring+"closed")); len(find(closed, "div", "hx-ext", "sse")) != 0 || len(find(closed, "form", "action", spring+"closed/close")) != 0 {
		t.Error("a closed campaign is followed, or can be closed")
	}
}

// TestTheActsOnACampaign tries each as it should be, and each way in which it must not happen.
func TestTheActsOnACampaign(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path  string
		pairs []string
		did   string // empty: nothing may happen
		says  string
	}{
		"pause":             {"running/pause", []string{"reason", "the shop moves"}, "pause spring-running by administrator: the shop moves", ""},
		"pause, no reason":  {"running/pause", nil, "", "Say why"},
		"resume":            {"paused/resume", nil, "resume spring-paused by administrator", ""},
		"close":             {"running/close", []string{"name", "spring-running"}, "close spring-running by administrator", ""},
		"close, untyped":    {"running/close", nil, "", "Type the campaign's name"},
		"close, other name": {"running/close", []string{"name", "spring-draft"}, "", "Type the campaign's name"},
		"start":             {"approved/start", []string{"name", "spring-approved"}, "start spring-approved by administrator", ""},
		"start, untyped":    {"approved/start", nil, "", "Type the campaign's name"},
		"settle":            {"running/settle", []string{"invitation", "7", "as", "not-sent", "because", "the log"}, "settle spring-running 7 false by administrator: the log", ""},
		"settle, no reason": {"running/settle", []string{"invitation", "7", "as", "sent"}, "", "Say how you know"},
		"settle, unclear":   {"running/settle", []string{"invitation", "7", "because", "x"}, "", "sent or not"},
		"settle, no number": {"running/settle", []string{"invitation", "x", "as", "sent", "because", "x"}, "", "sent or not"},
		"delete":            {"draft/delete", []string{"name", "spring-draft"}, "delete spring-draft", ""},
		"delete, untyped":   {"draft/delete", nil, "", "Type the campaign's name"},
		"approve":           {"draft/approve", []string{"content_sha256", "f00d", "because", "it is fine"}, `approve spring-draft by administrator administrator as administrator because "it is fine"`, ""},
		"approve, changed":  {"draft/approve", []string{"content_sha256", "0ld"}, "", "changed after this page was opened"},
		"test":              {"draft/test", []string{"to", "colleague@lumen.example", "language", "en"}, "test spring-draft en colleague@lumen.example by administrator", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.furnish("word")
			b := h.as(account.Administrator)
			w := b.post(spring+c.path, c.pairs...)
			if h.desk.did() != c.did {
				t.Fatalf("it did %q", h.desk.did())
			}
			if c.did == "" {
				if w.Code != http.StatusUnprocessableEntity || !strings.Contains(alert(t, w), c.says) {
					t.Errorf("%d: %s", w.Code, alert(t, w))
				}
				return
			}
			if w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "?done=campaign_") {
				t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
			}
			// What the desk refuses is said on the page, and nothing is told as done.
			h.desk.refuse = fault.New(fault.Conflict, "x", "the desk says no")
			if w := b.post(spring+c.path, c.pairs...); w.Code != http.StatusUnprocessableEntity || !strings.Contains(alert(t, w), "the desk says no") {
				t.Errorf("refused: %d %s", w.Code, alert(t, w))
			}
		})
	}
}

func TestApproval(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Approver)
	page := parse(t, b.get(spring+"draft/approve"))
	if hash := find(page, "input", "name", "content_sha256"); len(hash) != 1 || attr(hash[0], "value") != "f00d" || len(find(page, "input", "name", "because")) != 0 || !strings.Contains(text(page), "form.fr.html abc") {
		t.Errorf("the page lacks the hash or a document, or asks for a reason: %s", text(page))
	}
	h.desk.findings = []lint.Finding{{Severity: lint.Approval, Message: "a reward"}}
	if page := parse(t, b.get(spring+"draft/approve")); len(find(page, "input", "name", "because")) != 1 || !strings.Contains(text(page), "in spite of 1 finding") {
		t.Error("no reason is asked for")
	}
	h.desk.findings = []lint.Finding{{Severity: lint.Error, Message: "no way out"}}
	if page := parse(t, b.get(spring+"draft/approve")); len(find(page, "form", "action", spring+"draft/approve")) != 0 || !strings.Contains(text(page), "1 finding blocks") {
		t.Error("a blocked campaign can be approved")
	}
	h.desk.findings, h.desk.hash = nil, "cafe"
	if page := parse(t, b.get(spring+"approved/approve")); len(find(page, "form", "action", spring+"approved/approve")) != 0 || !strings.Contains(text(page), "approved by word") {
		t.Error("what is approved can be approved again")
	}
	h.desk.grown = true
	if page := parse(t, b.get(spring+"approved/approve")); len(find(page, "form", "action", spring+"approved/approve")) != 1 || !strings.Contains(text(page), "People came into the base since") {
		t.Error("what people came to since cannot be approved anew")
	}
}

func TestStarting(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Approver)
	page := parse(t, b.get(spring+"approved/start"))
	words := text(page)
	for _, want := range []string{"600 people are asked, once and for all", "60 a minute, bounded by sending.rate", "at once", "2 April 2026", "Ask 600 people now"} {
		if !strings.Contains(words, want) {
			t.Errorf("the page lacks %q:\n%s", want, words)
		}
	}
	if in := find(page, "input", "id", "name"); attr(in[0], "value") != "" {
		t.Error("the name is typed already")
	}
	for _, s := range []string{"draft", "running", "paused", "closed"} {
		if page := parse(t, b.get(spring+s+"/start")); len(find(page, "form", "action", spring+s+"/start")) != 0 {
			t.Errorf("a %s campaign can be started", s)
		}
	}
	h.desk.unable = fault.New(fault.Unavailable, "config.missing", "nothing can be sent").Hint("set smtp.url")
	w := b.post(spring+"approved/start", "name", "spring-approved")
	if w.Code != http.StatusUnprocessableEntity || h.desk.did() != "" || !strings.Contains(text(parse(t, w)), "set smtp.url") {
		t.Errorf("without a relay: %d, %s", w.Code, h.desk.did())
	}
	h.desk.plan.Letters = h.desk.plan.ToAsk
	if words := text(parse(t, b.get(spring+"approved/start"))); !strings.Contains(words, "600 letters, printed under Letters") || strings.Contains(words, "60 a minute") || strings.Contains(words, "First message") {
		t.Errorf("a campaign of letters is told when its messages leave:\n%s", words)
	}
	h.desk.plan.Letters = 0
	h.desk.foretold = []lint.Finding{{Rule: "CAMP-002", Severity: lint.Error, Message: "People came into the audience after the approval. Have it approved again.", Text: "3 people"}}
	if words := text(parse(t, b.get(spring+"approved/start"))); !strings.Contains(words, "Have it approved again. (3 people)") {
		t.Errorf("what holds a start back is not said before it:\n%s", words)
	}
	h.desk.foretold = []lint.Finding{{Rule: "CAMP-010", Severity: lint.Warning, Where: "audience", Message: "The campaign asks nobody. reoptin campaign audience says why, reason by reason."},
		{Rule: "CAMP-010", Severity: lint.Warning, Where: "audience.routes", Message: "People who may be asked by letter only are left out, since routes has no letter. Add it to ask them too; letters need no relay.", Text: "4 people"}}
	h.desk.plan.ToAsk = 0 // the page once offered to ask 0 people
	if page := parse(t, b.get(spring+"approved/start")); len(find(page, "form", "action", spring+"approved/start")) != 0 || !strings.Contains(text(page), "nobody to ask") || !strings.Contains(text(page), "letters need no relay. (4 people)") || strings.Contains(text(page), "reoptin campaign") {
		t.Error("a campaign can be started that asks nobody")
	}
	demo := newHouse(t, func(_ *web.Deps, d *dashboard.Deps) {
		d.Demo = &dashboard.Demo{Campaign: "spring-approved", Inbox: "/inbox"}
	})
	demo.furnish("word")
	page = parse(t, demo.as(account.Administrator).get(spring+"approved/start"))
	if in := find(page, "input", "id", "name"); attr(in[0], "value") != "spring-approved" || len(find(page, "a", "href", "/inbox")) != 1 {
		t.Error("the demonstration's start is not one button, or has no inbox")
	}
}

func TestTheAudienceAndTheResults(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Viewer)
	page := parse(t, b.get(spring+"draft/audience"))
	if words := text(page); !strings.Contains(words, "Imported 1,000") || !strings.Contains(words, "− Retention period over. T-22 · Unusable 300") || !strings.Contains(words, "To ask 600 by e-mail 600") {
		t.Errorf("the funnel says %s", words)
	}
	var bars []string
	for _, r := range find(page, "rect", "", "") {
		bars = append(bars, attr(r, "x")+" "+attr(r, "width"))
	}
	if want := []string{"0.00% 100.00%", "70.00% 30.00%", "60.00% 10.00%", "0.00% 60.00%", "0.00% 60.00%"}; !slices.Equal(bars, want) {
		t.Errorf("the bars are %v", bars)
	}
	page = parse(t, b.get(spring+"closed/results"))
	if words := text(page); !strings.Contains(words, "Answered 30% of those asked 120") || !strings.Contains(words, "word by e-mail 80 30 10") {
		t.Errorf("the results say %s", words)
	}
	if len(find(page, "a", "href", spring+"closed/consents")) != 0 {
		t.Error("a viewer may take the consents away")
	}
	m := h.as(account.Marketer)
	if len(find(parse(t, m.get(spring+"closed/results")), "a", "href", spring+"closed/consents")) != 1 {
		t.Error("a marketer may not")
	}
	w := m.get(spring + "closed/consents")
	if w.Header().Get("Content-Disposition") != `attachment; filename="consents.csv"` || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") || !strings.Contains(w.Body.String(), "jeanne") {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
	if words := text(parse(t, b.get(spring+"draft/results"))); !strings.Contains(words, "nothing to count yet") {
		t.Error("a draft has results")
	}
}

// TestAnExportIsSentWhileItIsWritten, since a large one fits neither into memory nor into the time for an answer; and when it fails no
// browser takes it for whole: half a list of who agreed looks like a list.
func TestAnExportIsSentWhileItIsWritten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Marketer)
	srv := httptest.NewServer(h.srv.Echo)
	t.Cleanup(srv.Close)
	ask := func(method string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+spring+"closed/consents", nil)
		h.must(err)
		r.Host = h.host
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		w, err := srv.Client().Do(r)
		h.must(err)
		t.Cleanup(func() { w.Body.Close() })
		return w
	}
	if w := ask("HEAD"); w.StatusCode != http.StatusOK || w.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("HEAD: %d %v", w.StatusCode, w.Header)
	}
	h.desk.many = 10000
	for _, fails := range []error{nil, errors.New("the disk is gone")} {
		h.desk.refuse, h.desk.stop = fails, make(chan struct{})
		w := ask("GET")
		begin := make([]byte, 1000)
		if _, err := io.ReadFull(w.Body, begin); err != nil || w.StatusCode != http.StatusOK {
			t.Fatalf("%d %v", w.StatusCode, err)
		}
		close(h.desk.stop)
		if rest, err := io.ReadAll(w.Body); (err != nil) != (fails != nil) || err == nil && len(rest) < 100000 {
			t.Errorf("failed with %v: %d more octets, %v", fails, len(rest), err)
		}
	}
}

// TestCampaignPagesAreWellMade looks at every page of campaigns and answers in both languages, with attacks
// in every field that people type: the pages keep their shape.
func TestCampaignPagesAreWellMade(t *testing.T) {
	t.Parallel()
	unwatched(t)
	looks := func(word string, languages ...string) map[string]string {
		h := newHouse(t)
		h.furnish(word)
		b := h.as(account.Administrator)
		out := map[string]string{}
		look := func(name, language string, w *httptest.ResponseRecorder) {
			if w.Code != http.StatusOK && w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusConflict {
				t.Errorf("%s: %d", name, w.Code)
			}
			page := parse(t, w)
			out[language+" "+name] = shape(page)
			for _, f := range flaws(page, language) {
				t.Errorf("%s in %s with %q: %s", name, language, word, f)
			}
		}
		for _, language := range languages {
			b.header["Accept-Language"] = language
			for _, r := range dashboard.Routes(h.board) {
				if r.Method != "GET" || !strings.HasPrefix(r.Path, "/campaigns") && !strings.HasPrefix(r.Path, "/responses") && r.Path != "/proof" || regexp.MustCompile(`frame|events|consents|/page`).MatchString(r.Path) {
					continue
				}
				statuses := []string{"draft", "approved", "running", "paused", "closed"}
				if !strings.Contains(r.Path, ":campaign") {
					statuses = statuses[:1]
				}
				for _, s := range statuses {
					path := strings.NewReplacer(":campaign", "spring-"+s, ":response", "a-1").Replace(r.Path)
					look(path, language, b.get("/admin"+path))
				}
			}
			look("/responses/a-2", language, b.get("/admin/responses/a-2"))
			look("verify", language, b.post("/admin/responses/a-1/verify"))
			look("verify ledger", language, b.post("/admin/proof/verify"))
			look("filter", language, b.get("/admin/responses?"+url.Values{"campaign": {word}, "address": {word}, "before": {"9"}}.Encode()))
			for _, path := range []string{"/campaigns/spring-draft/edit", "/campaigns/spring-draft/preview", "/campaigns/spring-draft/text", "/campaigns"} {
				h.desk.refuse = fault.New(fault.Invalid, "x", "{word}", "word", word)
				look("post "+path, language, b.post("/admin"+path, "name", word, "text", word, "subject_fr", word, "body_fr", word, "title_fr", word, "intro_fr", word, "purposes", word, "channels", word, "ask", word,
					"routes", word, "active_within", word, "sender_name", word, "sender_address", word, "sender_reply_to", word, "window", word, "timezone", word, "rate", word, "start", word, "deadline", word, "sample", word, "languages", "fr"))
				h.desk.refuse = nil
			}
			h.desk.refuse = fault.New(fault.Conflict, "x", "{word}", "word", word)
			look("test", language, b.post(spring+"draft/test", "to", word+"@", "language", word))
			h.desk.refuse = nil
		}
		return out
	}
	plain := looks("Plain Word", "en", "fr")
	for _, attack := range attacks {
		for name, got := range looks(attack, "en") {
			if got != plain[name] {
				t.Errorf("%s changes its shape with %q", name, attack)
			}
		}
	}
}

func TestResultsDayByDayAndWhatSilenceMeans(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.furnish("word")
	b := h.as(account.Viewer)
	page := parse(t, b.get(spring+"closed/results"))
	course := find(page, "section", "aria-labelledby", "course")[0]
	if words := text(course); !strings.Contains(words, "2 March 2026 to 6 March 2026 · one bar is one day") || !strings.Contains(words, "2 March 2026 400 10 6 March 2026 0 40") {
		t.Errorf("the table behind says %s", words)
	}
	drawn := ""
	for _, r := range find(course, "rect", "", "") {
		drawn += attr(r, "class") + " " + attr(r, "x") + " " + attr(r, "height") + "; "
	}
	if drawn != "off 0.00% 100.00%; good 0.00% 25.00%; good 28.57% 100.00%; " {
		t.Errorf("drawn as %s", drawn)
	}
	h.desk.course = []campaign.CourseDay{{Day: campaign.NewDate(2026, 1, 1), Sent: 1}, {Day: campaign.NewDate(2026, 6, 30), Answers: 1}}
	if words := text(parse(t, b.get(spring+"closed/results"))); !strings.Contains(words, "one bar is 4 days") || !strings.Contains(words, "1 January 2026 to 4 January 2026 1 0 30 June 2026 0 1") {
		t.Errorf("half a year: %s", words)
	}
	for i := range h.desk.campaigns {
		h.desk.campaigns[i].ClosedAt = h.clock()
	}
	const day = 24 * time.Hour
	for says, r := range map[string]campaign.Retention{"From 9 April 2026 on the server erases them, as their message promised": {Silent: 30 * day, Propose: true}, "From 9 April 2026 on the server erases them": {Silent: 30 * day}, "although their message promised it": {Propose: true}} {
		h.desk.retained = r
		if words := text(parse(t, b.get(spring+"closed/results"))); !strings.Contains(words, "284 people did not answer") || !strings.Contains(words, says) {
			t.Errorf("%+v: %s", r, words)
		}
	}
	if words := text(parse(t, b.get(spring+"running/results"))); strings.Contains(words, "Silence is no consent") {
		t.Error("silence means something while people may still answer")
	}
}
