package app

import (
	"context"
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/schedule"
	"github.com/reoptin/reoptin/mailer/intake"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// demoPages are there in the demonstration only: on loopback, the one that logs in under a random token.
type demoPages struct {
	app      *App
	inbox    *intake.Inbox
	token    string
	password string // of the demonstration's account, for this run
}

func (p *demoPages) register(s *web.Server, _ *schedule.Scheduler) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo/"+p.token, p.home)
	mux.HandleFunc("GET /inbox", p.list)
	mux.HandleFunc("GET /inbox/{id}", p.mail)
	mux.HandleFunc("GET /inbox/{id}/html", p.html)
	mux.HandleFunc("GET /inbox/{id}/raw", p.raw)
	s.Mount("/demo/*", mux)
	s.Mount("/inbox", mux)
	s.Mount("/inbox/*", mux)
}

// fail tells the person at the demonstration what went wrong: nobody else can see it.
func fail(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), web.Status(err))
}

// admit logs the person at the demonstration in to its dashboard, unless they are.
func (p *demoPages) admit(w http.ResponseWriter, req *http.Request) error {
	var before account.Secret
	if c, err := req.Cookie(dashboard.SessionCookie(before, false).Name); err == nil {
		if s, ok := account.ParseSecret(c.Value); ok {
			if _, _, err := p.app.Roster.Session(req.Context(), s, true); err == nil {
				return nil
			}
		}
	}
	s, _, _, err := p.app.Roster.Login(req.Context(), account.Login{Name: demoUser, Password: p.password, Network: "demo"})
	if err == nil {
		http.SetCookie(w, dashboard.SessionCookie(s, false))
	}
	return err
}

// campaign is the page of the demonstration's campaign: the one with the button until it was pressed.
func (p *demoPages) campaign(ctx context.Context) (string, error) {
	c, err := p.app.Desk.Campaign(ctx, demoCampaign)
	at := web.AdminPath + "/campaigns/" + demoCampaign
	if c.Status == campaign.Approved {
		at += "/start"
	}
	return at, err
}

// home logs the person in and goes on to the dashboard. It goes on by itself from a page of ours, since
// browsers keep the session's cookie from a redirect that began elsewhere.
func (p *demoPages) home(w http.ResponseWriter, req *http.Request) {
	if err := p.admit(w, req); err != nil {
		fail(w, err)
		return
	}
	at, err := p.campaign(req.Context())
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Refresh", "0; url="+at)
	body, err := board.DemoHTML(board.Demo{Board: at})
	show(w, body, err)
}

// perPage is how many messages a page of the inbox lists.
const perPage = 50

func (p *demoPages) list(w http.ResponseWriter, req *http.Request) {
	from, _ := strconv.Atoi(req.URL.Query().Get("from"))
	from = max(from, 0)
	b := board.Inbox{Total: p.inbox.Count(), Home: web.AdminPath + "/campaigns/" + demoCampaign}
	for _, m := range p.inbox.List(from, perPage, "") {
		b.Messages = append(b.Messages, board.InboxLine{Link: "/inbox/" + strconv.Itoa(m.ID), To: m.To, Subject: m.Subject, At: m.At.Format("15:04:05")})
	}
	if from > 0 {
		b.Newer = "/inbox?from=" + strconv.Itoa(max(from-perPage, 0))
	}
	if from+perPage < b.Total {
		b.Older = "/inbox?from=" + strconv.Itoa(from+perPage)
	}
	body, err := board.InboxHTML(b)
	show(w, body, err)
}

// find gives the message of a path, or answers that there is none.
func (p *demoPages) find(w http.ResponseWriter, req *http.Request) (intake.Mail, bool) {
	id, err := strconv.Atoi(req.PathValue("id"))
	m, ok := p.inbox.Get(id)
	if err != nil || !ok {
		fail(w, fault.New(fault.NotFound, "inbox.message", "there is no such message"))
		return m, false
	}
	return m, true
}

func (p *demoPages) mail(w http.ResponseWriter, req *http.Request) {
	m, ok := p.find(w, req)
	if !ok {
		return
	}
	at := "/inbox/" + strconv.Itoa(m.ID)
	w.Header().Set("Content-Security-Policy", strings.Replace(web.Policy, "default-src 'none'", "default-src 'none'; frame-src 'self'", 1))
	body, err := board.MailHTML(board.Mail{Subject: m.Subject, From: m.From, To: m.To, At: m.At.Format("2 Jan 2006 15:04:05"), Frame: at + "/html", Text: m.Text, Header: m.Header, Inbox: "/inbox", Raw: at + "/raw"})
	show(w, body, err)
}

// html is the message's HTML part in a sandbox of its own: it may hold styles and links, and nothing
// else.
func (p *demoPages) html(w http.ResponseWriter, req *http.Request) {
	m, ok := p.find(w, req)
	if !ok {
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation allow-popups")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	body := m.HTML
	if body == "" {
		body = "<pre>" + html.EscapeString(m.Text) + "</pre>"
	}
	// Links open the whole window, as they would from a mail program.
	if i := strings.Index(strings.ToLower(body), "<head>"); i >= 0 {
		body = body[:i+6] + `<base target="_top">` + body[i+6:]
	} else {
		body = `<base target="_top">` + body
	}
	write(w, "text/html; charset=utf-8", []byte(body))
}

func (p *demoPages) raw(w http.ResponseWriter, req *http.Request) {
	m, ok := p.find(w, req)
	if !ok {
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="message.eml"`)
	write(w, "message/rfc822", m.Raw)
}

// show writes a page that was drawn whole before.
func show(w http.ResponseWriter, body []byte, err error) {
	if err != nil {
		fail(w, err)
		return
	}
	write(w, "text/html; charset=utf-8", body)
}

func write(w http.ResponseWriter, media string, body []byte) {
	w.Header().Set("Content-Type", media)
	_, _ = w.Write(body) // a reader that went away needs no answer
}
