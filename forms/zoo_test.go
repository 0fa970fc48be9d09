package forms_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/link"
)

const (
	chrome  = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
	safari  = "Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.0 Mobile/15E148 Safari/604.1"
	ancient = "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/49.0.2623.112 Safari/537.36"
)

// ticksAll is what a machine sends that fills in every field it sees.
func ticksAll(nonce string) url.Values {
	return fields("form", nonce, "action", "save", "decision.newsletter.email", "yes", "decision.newsletter.sms", "yes", "decision.offers.email", "yes", "decision.offers.sms", "yes")
}

// TestZoo plays what looks at links in mail, as far as it is known: whatever it does, no yes is recorded, and the
// person who comes after it is heard.
func TestZoo(t *testing.T) {
	t.Parallel()
	for name, beast := range map[string]func(h *house, form string){
		"looks ahead with HEAD, then GET": func(h *house, form string) {
			h.do(http.MethodHead, form, "")
			h.get(form)
		},
		"opens the link from many places at once": func(h *house, form string) {
			for n := range 40 {
				h.do(http.MethodGet, form, "", "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", n), "User-Agent", chrome)
			}
		},
		"follows every link on the page": func(h *house, form string) {
			for _, a := range find(parse(h.t, h.get(form)), "a", "", "") {
				if to := attr(a, "href"); strings.HasPrefix(to, "?") {
					h.get(form + to)
				} else if strings.HasPrefix(to, "/") {
					h.get(to)
				}
			}
		},
		"sends the form as it is": func(h *house, form string) {
			h.post(form, fields("form", h.nonce(form)))
			h.post(form, fields("form", h.nonce(form), "action", "save"))
		},
		"ticks everything at once": func(h *house, form string) { h.post(form, ticksAll(h.fresh(form))) },
		"fills what nobody sees": func(h *house, form string) {
			h.post(form, with(ticksAll(h.nonce(form)), "remark", "hello"))
		},
		"follows what nobody sees, then ticks everything": func(h *house, form string) {
			h.get(form + "?seen=1")
			h.post(form, ticksAll(h.nonce(form)))
		},
		"HEAD, then ticks everything slowly": func(h *house, form string) {
			h.do(http.MethodHead, form, "")
			h.post(form, ticksAll(h.nonce(form)))
		},
		"says that it is a gateway": func(h *house, form string) {
			h.post(form, ticksAll(h.nonce(form)), "User-Agent", "Mozilla/5.0 (compatible; BarracudaSentinel/1.0)")
		},
		"calls itself a browser and is none": func(h *house, form string) {
			h.post(form, ticksAll(h.nonce(form)), "User-Agent", chrome)
			h.post(form, ticksAll(h.nonce(form)), "User-Agent", firefox)
		},
		"posts without a page": func(h *house, form string) {
			h.post(form, ticksAll(""))
			h.post(form, ticksAll(strings.Repeat("A", 120)))
			h.do(http.MethodPost, form+"?"+ticksAll("x").Encode(), "")
		},
		"posts an old page": func(h *house, form string) {
			nonce := h.nonce(form)
			h.wait(25 * time.Hour)
			h.post(form, ticksAll(nonce))
		},
		"posts another page": func(h *house, form string) {
			h.post(form, ticksAll(h.nonceOf(campaign.LinkID{9})))
			h.post(form, ticksAll(h.nonce(h.path(link.OneClick))))
		},
		"fetches ahead": func(h *house, form string) {
			h.do(http.MethodGet, form, "", "Sec-Purpose", "prefetch")
			h.do(http.MethodGet, form, "", "Purpose", "prefetch")
		},
		"tries other methods": func(h *house, form string) {
			for _, m := range []string{http.MethodOptions, http.MethodPut, http.MethodPatch, http.MethodDelete, "PROPFIND", http.MethodTrace} {
				h.do(m, form, ticksAll(h.nonce(form)).Encode())
			}
			h.do(http.MethodGet, form+"?_method=POST&"+ticksAll("x").Encode(), "", "X-HTTP-Method-Override", "POST")
		},
		"says everything twice": func(h *house, form string) {
			h.post(form, with(ticksAll(h.nonce(form)), "decision.newsletter.email", "no"))
			h.post(form, fields("form", h.nonce(form), "action", "save", "action", "refuse-all", "decision.newsletter.email", "yes"))
		},
		"posts to every page of the person at once": func(h *house, form string) {
			for _, p := range allPages[1:] {
				h.post(h.path(p), ticksAll(h.fresh(form)))
			}
			h.post("/l", ticksAll(h.fresh(form)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			form := h.path(link.Form)
			beast(h, form)
			for _, a := range h.desk.answers {
				for _, l := range a.Lines {
					if l.Yes {
						t.Errorf("a yes was recorded: %+v", a)
					}
				}
			}
			h.wait(15 * time.Minute)
			before := h.desk.acts()
			if w := h.post(form, saved(h.nonce(form)), "User-Agent", chrome, "Sec-Fetch-Site", "same-origin"); w.Code != http.StatusSeeOther || h.desk.acts() != before+1 {
				t.Errorf("the person after it: %d", w.Code)
			}
		})
	}
}

// What looks like a machine's is asked for once more, yes and no alike, and says so in its evidence; what a person's
// browser sends, old ones and those that say little, is not.
func TestSuspicionAsksOnceMore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before  func(h *house, form string)
		header  []string
		suspect bool
	}{
		"nothing said":          {nil, nil, false},
		"a browser":             {nil, []string{"User-Agent", chrome, "Sec-Fetch-Site", "same-origin"}, false},
		"an old browser":        {nil, []string{"User-Agent", ancient}, false},
		"Safari before 16.4":    {nil, []string{"User-Agent", safari}, false},
		"a browser in name":     {nil, []string{"User-Agent", firefox}, true},
		"a gateway":             {nil, []string{"User-Agent", "Mimecast URL scan"}, true},
		"HEAD before":           {func(h *house, form string) { h.do(http.MethodHead, form, "") }, nil, true},
		"HEAD a quarter before": {func(h *house, form string) { h.do(http.MethodHead, form, ""); h.wait(16 * time.Minute) }, nil, false},
		"the unseen link":       {func(h *house, form string) { h.get(form + "?seen=1") }, nil, true},
		"another's HEAD": {func(h *house, form string) {
			h.do(http.MethodHead, "/c/"+h.links.Mint(link.Form, campaign.LinkID{9}, time.Time{}), "")
		}, nil, false},
	} {
		for _, choice := range []url.Values{saved(""), fields("action", "refuse-all")} {
			t.Run(name+" "+choice.Get("action"), func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				form := h.path(link.Form)
				if c.before != nil {
					c.before(h, form)
				}
				body := url.Values{}
				for k, v := range choice {
					body[k] = v
				}
				body.Set("form", h.nonce(form))
				w := h.post(form, body, c.header...)
				if !c.suspect {
					if w.Code != http.StatusSeeOther || h.desk.acts() != 1 {
						t.Errorf("%d, %d recorded", w.Code, h.desk.acts())
					}
					return
				}
				step := parse(t, w)
				if w.Code != http.StatusOK || h.desk.acts() != 0 || !strings.Contains(text(step), "Est-ce bien votre choix") {
					t.Fatalf("%d, %d recorded", w.Code, h.desk.acts())
				}
				again := url.Values{"confirmed": {"yes"}}
				for _, input := range find(step, "input", "type", "hidden") {
					again.Add(attr(input, "name"), attr(input, "value"))
				}
				h.wait(3 * time.Second)
				if w := h.post(form, again, c.header...); w.Code != http.StatusSeeOther || h.desk.acts() != 1 || !h.desk.answers[0].Request.Suspect {
					t.Errorf("confirmed: %d, %d recorded", w.Code, h.desk.acts())
				}
			})
		}
	}
}
