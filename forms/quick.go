package forms

import (
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// Most answers are plain ones to a form that this process has served: the nonce vouches for link and page, the form
// tells what it asked, and the desk looks at the person again when it stores the answer. For these nothing is read
// beforehand, which was a quarter of an answer's cost. Whatever is not plain, or does not go well, takes the long way,
// which looks at everything and says what is wrong; coming to the desk twice with one nonce is one answer. The
// preferences page does not tell what was asked: of two campaigns it may be the same page, so it is always the long way.

// served remembers what forms ask, by the hash of the page. It never changes, so there is nothing to invalidate.
type served struct {
	mu     sync.Mutex
	frozen map[[32]byte]*campaign.Frozen
}

func (s *served) get(page [32]byte) *campaign.Frozen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frozen[page]
}

func (s *served) put(page [32]byte, z *campaign.Frozen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frozen == nil || len(s.frozen) >= shelfSize && s.frozen[page] == nil {
		s.frozen = map[[32]byte]*campaign.Frozen{}
	}
	s.frozen[page] = z
}

// plain takes a plain answer to the form, and reports whether it was one.
func (f *Forms) plain(c echo.Context) (done bool, err error) {
	token, err := f.links.Parse(link.Form, c.Param("token"), f.clock())
	if err != nil || f.always {
		return false, nil
	}
	body, err := read(c)
	if err != nil {
		return true, err // which cannot be read twice
	}
	if body.Has("request") {
		return false, nil
	}
	nonce, err := f.links.CheckNonce(body.Get("form"), token.ID, f.clock())
	if err != nil {
		return false, nil
	}
	z := f.served.get(nonce.Document)
	if z == nil {
		return false, nil
	}
	v := &visit{id: campaign.LinkID(token.ID), path: c.Request().URL.Path, view: campaign.FormView{Frozen: z}, open: !token.Expired, token: tokenUsed(link.Form, token)}
	a, notice := f.understand(v, body, pageForm)
	if notice != "" || a.yes() && !v.open || f.asksOnce(c, v, a) || f.suspicious(c, v) {
		return false, nil
	}
	answer := a.answer(c, campaign.ByForm)
	answer.Token = v.token
	switch _, err := f.desk.Respond(c.Request().Context(), v.id, answer); {
	case fault.Is(err, fault.Unavailable): // it may have waited for long: a second time, and the page is cut off without a word
		v.language = a.proof.Language
		return true, f.unsaved(c, v, err)
	case err != nil:
		return false, nil
	}
	return true, f.toReceipt(c, v, a.proof.Language)
}
