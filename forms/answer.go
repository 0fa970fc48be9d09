package forms

import (
	"encoding/hex"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// youngest is how old a page must be before an answer to it is taken for a person's.
const youngest = 2 * time.Second

// fieldTrap is the field that people never see.
const fieldTrap = "remark"

// act is what a POST asks for, once it is understood.
type act struct {
	lines     []campaign.AnswerLine
	all       bool // the button that says no to everything
	turns     bool // a button beside one line
	confirmed bool // sent from the step that asks once more
	hasty     bool // confirmed, but before anybody can have read that step
	nonce     string
	proof     link.Nonce
}

// yes reports whether anything would be allowed by it.
func (a act) yes() bool {
	for _, l := range a.lines {
		if l.Yes {
			return true
		}
	}
	return false
}

// read reads a urlencoded body; what stands in the address counts for nothing.
func read(c echo.Context) (url.Values, error) {
	r := c.Request()
	media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || media != echo.MIMEApplicationForm {
		return nil, echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	return parse(r)
}

func parse(r *http.Request) (url.Values, error) {
	if err := r.ParseForm(); err != nil {
		return nil, unreadable(err)
	}
	return r.PostForm, nil
}

// unreadable is fault.Invalid unless the body was cut for its size.
func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return fault.New(fault.Invalid, "forms.body", "the answer cannot be read").At("forms.read").Because(err)
}

// understand judges a POST. A key of a notice means that nothing may be recorded and the page is to
// be shown again, saying why.
func (f *Forms) understand(v *visit, post url.Values, names ...string) (act, string) {
	a, notice := f.vouch(v, post, func(n link.Nonce) bool { return shown(v.view.Frozen, n, names) })
	if notice != "" && !a.hasty {
		return a, notice
	}
	if unclear := a.choose(v.view.Frozen.File.Questions(), post); unclear != "" {
		return act{}, unclear
	}
	return a, notice
}

// vouch judges where a POST comes from: a page of ours that was really rendered for this link, at least two
// seconds before and not a day, and by nobody who fills what people do not see.
func (f *Forms) vouch(v *visit, post url.Values, ours func(link.Nonce) bool) (act, string) {
	if strings.TrimSpace(strings.Join(post[fieldTrap], "")) != "" {
		return act{}, "notice.again"
	}
	a := act{nonce: post.Get("form"), confirmed: slices.Equal(post["confirmed"], []string{"yes"})}
	var err error
	if a.proof, err = f.links.CheckNonce(a.nonce, v.id, f.clock()); err != nil || len(post["form"]) != 1 {
		return act{}, "notice.stale"
	}
	if !ours(a.proof) {
		return act{}, "notice.stale"
	}
	if a.proof.Age < youngest {
		a.hasty = a.confirmed
		return a, "notice.again"
	}
	return a, ""
}

// shown reports whether the nonce names one of the pages that may be answered here, as this
// campaign keeps it, in the language of the nonce.
func shown(z *campaign.Frozen, n link.Nonce, names []string) bool {
	for _, name := range names {
		if z.Documents[documentName(name, n.Language)] == hex.EncodeToString(n.Document[:]) {
			return true
		}
	}
	return false
}

// choose reads the choice: exactly one act, and nothing that was not asked.
func (a *act) choose(questions []campaign.Question, post url.Values) (notice string) {
	acts := len(post["action"]) + len(post["change"])
	switch {
	case acts != 1:
		return "notice.unclear"
	case len(post["change"]) == 1:
		return a.change(questions, post)
	case post.Get("action") == "refuse-all":
		for _, q := range questions {
			a.lines = append(a.lines, campaign.AnswerLine{Question: q})
		}
		a.all = true
		return ""
	case post.Get("action") == "save":
		return a.save(questions, post)
	}
	return "notice.unclear"
}

// change reads the buttons beside one line.
func (a *act) change(questions []campaign.Question, post url.Values) (notice string) {
	to := post["to"]
	if len(to) != 1 || (to[0] != "yes" && to[0] != "no") {
		return "notice.unclear"
	}
	for _, q := range questions {
		if field(q) == post.Get("change") {
			a.lines, a.turns = []campaign.AnswerLine{{Question: q, Yes: to[0] == "yes"}}, true
			return ""
		}
	}
	return "notice.unclear"
}

// save reads the boxes: ticked is yes, empty is no, and at least one must be ticked.
func (a *act) save(questions []campaign.Question, post url.Values) (notice string) {
	asked := map[string]bool{}
	for _, q := range questions {
		name := "decision." + field(q)
		values := post[name]
		yes := len(values) == 1 && values[0] == "yes"
		if len(values) > 0 && !yes {
			return "notice.unclear"
		}
		asked[name] = true
		a.lines = append(a.lines, campaign.AnswerLine{Question: q, Yes: yes})
	}
	for name := range post {
		if strings.HasPrefix(name, "decision.") && !asked[name] {
			return "notice.unclear"
		}
	}
	if !a.yes() {
		return "notice.empty"
	}
	return ""
}

// answer is the act as the desk takes it.
func (a act) answer(c echo.Context, kind campaign.ResponseKind) campaign.Answer {
	return campaign.Answer{
		Kind:     kind,
		Language: a.proof.Language,
		Document: hex.EncodeToString(a.proof.Document[:]),
		Nonce:    a.nonce,
		NonceAge: a.proof.Age,
		Word:     a.proof.Word,
		Lines:    a.lines,
		Request:  trace(c),
	}
}

// trace is the little that is kept about how an answer arrived.
func trace(c echo.Context) campaign.Request {
	r := campaign.Request{TLS: c.Scheme() == "https", UAFamily: family(c.Request().UserAgent())}
	switch site := c.Request().Header.Get("Sec-Fetch-Site"); site {
	case "same-origin", "same-site", "cross-site", "none":
		r.SecFetchSite = site
	}
	return r
}

// family is a browser's family and nothing finer.
func family(agent string) string {
	for _, f := range [...]struct{ mark, name string }{
		{"Firefox/", "firefox"}, {"Edg", "edge"}, {"Chrome/", "chrome"}, {"CriOS/", "chrome"}, {"FxiOS/", "firefox"}, {"Safari/", "safari"},
	} {
		if strings.Contains(agent, f.mark) {
			return f.name
		}
	}
	return "other"
}
