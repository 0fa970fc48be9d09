package app

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
)

// A campaign whose hours are those of each person lives by the clock of the house, and not by that of most people in the
// organisation's country: so do people whose zone nobody knows, and so does its deadline.
func TestHoursOfTheRecipientFallBackOnTheHouse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ country, house, want string }{
		{"FR", "America/Martinique", "America/Martinique"},
		{"CA", "America/Toronto", "America/Toronto"}, // the country has several
		{"FR", "recipient", "Europe/Paris"},
		{"FR", "", "Europe/Paris"},
		{"CA", "", "UTC"},
	} {
		s := config.Default().Sending
		s.Timezone = c.house
		f := campaign.File{Schedule: campaign.Schedule{Timezone: "recipient", Window: "Mon-Fri 09:00-19:00"}}
		l, err := bounds(s)(f, campaign.Organisation{Country: c.country})
		if err != nil || l.Location.String() != c.want {
			t.Errorf("%+v: %v, %v", c, l.Location, err)
			continue
		}
		nine := time.Date(2026, 3, 10, 9, 0, 0, 0, l.Location)
		if h := l.Local(""); !h.Open(nine) || h.Open(nine.Add(-time.Minute)) {
			t.Errorf("%+v: whose zone nobody knows is not written to from nine by it", c)
		}
	}
}

// In the evening of the last day a yes counts where the house is, also when by the clock of the organisation's country the
// day is over.
func TestYesInTheEveningOfTheLastDay(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2, sending: func(s *config.Sending) { s.Timezone = "America/Martinique" }})
	h.approve("summer", func(f *campaign.File) {
		f.Schedule.Timezone, f.Schedule.Deadline = "recipient", campaign.NewDate(2026, 3, 12)
	})
	h.start("summer").send()
	h.took(2)
	h.until("2026-03-13T03:59:00Z") // 23:59 of the twelfth in Martinique, 04:59 of the thirteenth in Paris
	if r := h.statusOf("summer"); r.Status != campaign.Running {
		t.Fatalf("the campaign is %s", r.Status)
	}
	form := h.form(person(0))
	h.post(form, http.StatusSeeOther, "form", h.opened(form), "action", "save", "decision.newsletter.email", "yes")
	h.expectClass(person(0), "OPTED_IN_VALID")
	h.until("2026-03-13T04:00:00Z")
	if r := h.statusOf("summer"); r.Status != campaign.Closed || r.Responses.Granted != 1 {
		t.Errorf("the campaign is %s: %+v", r.Status, r.Responses)
	}
}

// The zone of the machine is nobody's: a base that says "Local" of somebody says nothing, and their country counts.
func TestTheMachinesZoneIsNobodys(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1, sending: func(s *config.Sending) { s.Timezone = "recipient" }})
	who := []string{"Local@d.example", "localtime@d.example"}
	for _, e := range who {
		zone, _, _ := strings.Cut(e, "@")
		r := h.importRows([]string{e}, map[string]string{"timezone": zone})
		if c := h.contact(e); c.Timezone != "" || len(r.Notes) != 1 {
			t.Errorf("%s lives by %q: %+v", e, c.Timezone, r.Notes)
		}
	}
	h.start(spring)
	for _, e := range who {
		if i := h.invitation(e); i.Zone != "Europe/Paris" {
			t.Errorf("%s is asked by the clock of %q", e, i.Zone)
		}
	}
	for _, zone := range []string{"Local", "Paris", "localtime"} {
		if _, err := h.app.Rectify(t.Context(), who[0], []string{"timezone=" + zone}, false); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q was taken for a zone: %v", zone, err)
		}
	}
	_, err := h.app.Rectify(t.Context(), who[0], []string{"timezone=America/New_York"}, false)
	h.must(err)
	_, err = h.app.Rectify(t.Context(), who[0], []string{"timezone="}, false)
	h.must(err)

	// A base of before this version may hold it.
	s := config.Default().Sending
	s.Window, s.Timezone = "Mon-Sun 09:00-10:00", "recipient"
	l, err := bounds(s)(campaign.File{Schedule: campaign.Schedule{Timezone: "Asia/Kathmandu"}}, campaign.Organisation{Country: "FR"})
	h.must(err)
	if nine := time.Date(2026, 3, 10, 9, 0, 0, 0, l.Location); !l.Local("Local").Open(nine) || l.Local("Local").Open(nine.Add(time.Hour)) {
		t.Error("somebody is asked by the clock of the machine")
	}
}

// hungOn is a house that lives by a clock, with people by mail and by post.
func hungOn(t *testing.T, zone string) *house {
	t.Helper()
	h := newHouse(t, plan{people: 2, channels: []string{"email", "post"}, sending: func(s *config.Sending) { s.Timezone = zone }})
	h.neighbour(0, "", nil)
	h.neighbour(1, "", nil)
	h.approve("summer", func(f *campaign.File) {
		f.Audience.Routes, f.Schedule.Deadline = []campaign.Route{campaign.RouteEmail, campaign.RouteLetter}, campaign.NewDate(2026, 3, 12)
	})
	return h
}

// The last day is over when it is over where the house is: east of Greenwich before the date changes by the clock of a
// server. From then on no letter is printed, also none of before, and nothing begins.
func TestTheLastDayIsOverWhereTheHouseIs(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := hungOn(t, "Pacific/Auckland").start("summer")
	job := LetterJob{Campaign: "summer", Out: h.at("letters.pdf"), Most: 1}
	h.wait(time.Date(2026, 3, 12, 10, 59, 0, 0, time.UTC).Sub(h.clock())) // 23:59 there
	run, err := h.app.PrintLetters(t.Context(), job)
	h.must(err)
	h.neighbour(2, "", nil)
	h.approve("autumn", func(f *campaign.File) {
		f.Audience.Routes, f.Schedule.Deadline = []campaign.Route{campaign.RouteLetter}, campaign.NewDate(2026, 3, 12)
	})
	h.wait(2 * time.Minute)
	again := job
	again.Batch = run.Batch
	for name, j := range map[string]LetterJob{"a new batch": job, "one once more": again} {
		if _, err := h.app.PrintLetters(t.Context(), j); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "2026-03-12, is over") {
			t.Errorf("%s is printed: %v", name, err)
		}
	}
	for name, act := range map[string]func() error{
		"start":     func() error { return h.app.Start(t.Context(), "autumn") },
		"startable": func() error { return h.app.Startable(t.Context(), "autumn") },
		"approve":   func() error { _, err := h.app.Approve(t.Context(), "autumn", "dpo@iris.example", "again"); return err },
	} {
		if err := act(); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "2026-03-12, is over") {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.send()
	if _, err := h.app.PrintLetters(t.Context(), again); !fault.Is(err, fault.Invalid) {
		t.Errorf("a batch of a closed campaign is printed: %v", err)
	}
	m, err := h.app.MarkLetters(t.Context(), run.Batch, "posted", "", false) // it was, in time
	if err != nil || m.Sent != 1 {
		t.Errorf("%+v, %v", m, err)
	}
}

// West of Greenwich it is not over yet when the date changes by the clock of a server.
func TestTheLastDayIsNotOverBefore(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := hungOn(t, "America/Martinique")
	h.wait(time.Date(2026, 3, 13, 3, 0, 0, 0, time.UTC).Sub(h.clock())) // 23:00 of the twelfth there
	h.must(h.app.Startable(t.Context(), "summer"))
	h.start("summer").send()
	h.took(2)
}

// A start without a zone is no instant: it was taken for one by the clock of the server, and an hour alone for one that had
// long passed.
func TestAStartWithoutAZoneIsRefused(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	o, err := h.app.Desk.Organisation(t.Context())
	h.must(err)
	text, err := StarterCampaign("summer", o, campaign.DateOf(h.clock()), StarterChoice{})
	h.must(err)
	for start, good := range map[string]bool{"2026-03-11T09:00:00": false, "2026-03-11 09:00": false, "2026-03-11": false, "09:00:00": false,
		"2026-03-11T09:00:00+01:00": true, "2026-03-11 08:00:00Z": true, `"2026-03-11T09:00:00-03:30"`: true} {
		path := h.at("summer.toml")
		whole := strings.Replace(text, "\n[schedule]\n", "\n[schedule]\nstart = "+start+"\n", 1)
		h.must(os.WriteFile(path, []byte(whole), 0o600))
		_, err := ReadCampaign(path)
		_, pasted := desk{app: h.app}.ReadCampaign(whole)
		if good != (err == nil) || good != (pasted == nil) {
			t.Errorf("%s: %v, %v", start, err, pasted)
		}
		if !good && (!strings.Contains(fmt.Sprint(err), "is no date and time like 2026-03-02T09:00:00+01:00") || !strings.Contains(fmt.Sprint(err), ", line ")) {
			t.Errorf("%s: %v", start, err)
		}
	}
}

// The sentence of a start says when no message would ever leave, and when the deadline comes before the last one.
func TestTheStartSaysWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 30, sending: func(s *config.Sending) { s.Window = "Mon-Sat 08:00-20:00" }})
	for name, c := range map[string]struct {
		change func(*campaign.File)
		want   string
	}{
		"never": {func(f *campaign.File) { f.Schedule.Window = "Sun 09:00-19:00" }, ", never, since no hour is in the window Mon-Sat 08:00-20:00 Europe/Paris and Sun 09:00-19:00 Europe/Paris; people may answer until "},
		"late": {func(f *campaign.File) {
			f.Schedule.Window, f.Schedule.Rate = "Wed 09:00-10:00", "4/h"
		}, "; the deadline comes before the last of them, whose turn is about Wed 29 Apr 09:30; people may answer until 2026-04-09"},
		"fits": {func(f *campaign.File) { f.Schedule.Window, f.Schedule.Rate = "Wed 09:00-10:00", "30/h" }, "; done about Wed 11 Mar 10:00; people may answer until 2026-04-09"},
	} {
		h.approve(name, c.change)
		p, err := h.app.Plan(t.Context(), name)
		h.must(err)
		if !strings.Contains(p.Sentence, c.want) {
			t.Errorf("%s: %s", name, p.Sentence)
		}
	}
}
