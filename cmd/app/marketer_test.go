package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// A window, rate or time zone that cannot be read was once refused by the command line alone: a draft that
// came another way would have failed at its start.
func TestADraftWithAnUnreadableScheduleIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	o, err := h.app.Desk.Organisation(t.Context())
	h.must(err)
	for name, change := range map[string]func(*campaign.Schedule){
		"window":   func(s *campaign.Schedule) { s.Window = "always" },
		"rate":     func(s *campaign.Schedule) { s.Rate = "fast" },
		"timezone": func(s *campaign.Schedule) { s.Timezone = "Mars/Olympus" },
	} {
		f, err := desk{h.app.Desk, h.app}.Starter(t.Context(), "autumn", "")
		h.must(err)
		change(&f.Schedule)
		if _, err := h.app.Desk.Create(t.Context(), Operator(), f); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err := desk{h.app.Desk, h.app}.Starter(t.Context(), "autumn", "")
	h.must(err)
	if _, err := h.app.Desk.Create(t.Context(), Operator(), f); err != nil || o.Name == "" {
		t.Errorf("the starter: %v", err)
	}
}

// TestTheDeskReadsAnswersForItsPages holds the lists and counts behind the pages against real rows.
func TestTheDeskReadsAnswersForItsPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 5}).start(spring).send()
	ctx := t.Context()
	say := func(n int, yes bool) {
		i := h.invitation(person(n))
		h.wait(time.Minute)
		_, err := h.app.Desk.Respond(ctx, i.Link, campaign.Answer{Kind: campaign.ByForm, Language: "fr", Lines: []campaign.AnswerLine{{Question: campaign.Question{Purpose: "newsletter", Channel: "email"}, Yes: yes}}})
		h.must(err)
	}
	say(1, true)
	say(2, false)
	say(3, true)
	say(3, false) // takes it back
	qs, err := h.app.Desk.Results(ctx, spring)
	h.must(err)
	if want := []campaign.Result{{Question: campaign.Question{Purpose: "newsletter", Channel: "email"}, Granted: 1, Refused: 1, Withdrawn: 1}}; !slices.Equal(qs, want) {
		t.Errorf("%+v", qs)
	}
	list := func(f campaign.ResponseFilter) (who []string, more bool) {
		as, more, err := h.app.Desk.Responses(ctx, f)
		h.must(err)
		for _, a := range as {
			who = append(who, string(a.Email))
			if a.Name != spring || len(a.Decisions) != 1 {
				t.Errorf("%+v", a)
			}
		}
		return who, more
	}
	if who, more := list(campaign.ResponseFilter{Limit: 3}); !more || !slices.Equal(who, []string{person(3), person(3), person(2)}) {
		t.Errorf("the newest: %v %v", who, more)
	}
	if who, more := list(campaign.ResponseFilter{Limit: 3, Address: campaign.Address(strings.ToUpper(person(3)))}); more || !slices.Equal(who, []string{person(3), person(3)}) {
		t.Errorf("of one: %v %v", who, more)
	}
	today := campaign.DateOf(h.clock())
	for days, want := range map[[2]int]bool{{0, 0}: true, {-3, -1}: false, {1, 9}: false, {-3, 3}: true} {
		if who, _ := list(campaign.ResponseFilter{Limit: 3, From: today.AddDays(days[0]), To: today.AddDays(days[1])}); (len(who) > 0) != want {
			t.Errorf("between %v days from now: %v", days, who)
		}
	}
	if _, _, err := h.app.Desk.Responses(ctx, campaign.ResponseFilter{Limit: 3, Campaign: "summer"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("of a campaign that is not there: %v", err)
	}
	if _, err := h.app.Desk.Response(ctx, "nobody"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an answer that is not there: %v", err)
	}
}

// TestWhatTheMailerRefusesStaysRefused types raw HTML, images and links of the author's own into the
// dashboard: nothing is drawn, nothing can be approved, and the page says where.
func TestWhatTheMailerRefusesStaysRefused(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan DemoReady, 1), make(chan error, 2)
	defer func() {
		stop()
		<-ended
	}()
	go func() {
		defer close(ended)
		ended <- Demo(ctx, DemoOptions{Listen: "127.0.0.1:0", Dir: t.TempDir(), Contacts: 10, Log: slog.New(slog.DiscardHandler), Clock: time.Now}, func(d DemoReady) { ready <- d })
	}()
	var d DemoReady
	select {
	case d = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	base, path, _ := strings.Cut(strings.TrimPrefix(d.Start, "http://"), "/")
	v := newVisitor(t, "http://"+base)
	v.get("/" + path)
	token := v.find(demoNonce, v.get("/admin/campaigns"))
	v.post("/admin/campaigns", url.Values{"form": {token}, "name": {"autumn"}})
	at := "/admin/campaigns/autumn/"
	f := campaign.File{}
	good := htmlText(v.find(regexp.MustCompile(`(?s)<textarea id="text"[^>]*>(.*?)</textarea>`), v.get(at+"text")))
	if err := (source{"x", "campaign file", good}).decode(&f); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![x](https://evil.example/x.png)", "[a](javascript:alert(1))", "{{nothing}}"} {
		m := f.Message["fr"]
		m.Body = "Bonjour\n\n" + bad
		f.Message["fr"] = m
		seen := v.find(regexp.MustCompile(`name="was" value="([^"]+)"`), v.get(at+"text"))
		v.post(at+"text", url.Values{"form": {token}, "was": {seen}, "text": {campaignText(f)}})
		for _, page := range []string{"check", "approve", "edit"} {
			body := v.get(at + page)
			if !strings.Contains(body, "message.fr.body") || strings.Contains(body, "<iframe") || strings.Contains(body, bad) && strings.HasPrefix(bad, "<") {
				t.Errorf("%s with %q:\n%s", page, bad, body)
			}
			if page == "approve" && strings.Contains(body, `name="content_sha256"`) {
				t.Errorf("%q can be approved", bad)
			}
		}
		if res, err := v.client.Get(v.base + at + "frame/message.fr"); err != nil || res.StatusCode == http.StatusOK {
			t.Errorf("%q is framed: %v %v", bad, res.Status, err)
		} else {
			res.Body.Close()
		}
	}
}

// htmlText undoes the escaping of a page.
func htmlText(s string) string {
	return strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}
