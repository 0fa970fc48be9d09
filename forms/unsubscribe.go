package forms

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/web"
)

// postUnsubscribe takes both kinds of POST. A mail program sends the one-click pair of RFC 8058,
// with no nonce and no way to answer a question; the page's own button sends action=unsubscribe
// with its nonce. Anything else is answered with 200 and does nothing.
func (f *Forms) postUnsubscribe(c echo.Context) error {
	r := c.Request()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return unreadable(err)
	}
	if isOneClick(raw) {
		return f.oneClick(c)
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	body, err := readEither(r)
	switch {
	case err != nil:
		return err
	case body.Get("action") == "unsubscribe":
		return f.enter(c, link.OneClick, func(c echo.Context, v *visit) error { return f.pressUnsubscribe(c, v, body) })
	}
	return web.Blob(c, http.StatusOK, "text/plain; charset=utf-8", nil)
}

// oneClickName and oneClickValue are all that a mail program has to send (RFC 8058 section 3.1).
const (
	oneClickName  = "List-Unsubscribe"
	oneClickValue = "One-Click"
)

// oneClickPart is the pair as a part of a multipart body: with a file's name or none, whatever its boundary.
var oneClickPart = expression.Of(`(?m)^(?i:content-disposition):[^\n]*;\s*(?i:name)="?` + oneClickName + `"?[ \t\r]*(?:;[^\n]*)?\n(?:[^\r\n]+\r?\n)*\r?\n\s*` + oneClickValue + `\s*(?:\n--|\z)`)

// isOneClick reports whether a body holds the pair, whatever its type says and whatever stands beside it: nobody tells
// the person that a no was lost, and one that nobody meant is taken back by the person's own link.
func isOneClick(raw []byte) bool {
	for _, field := range strings.FieldsFunc(string(raw), func(r rune) bool { return strings.ContainsRune("&;\r\n", r) }) {
		name, value, _ := strings.Cut(field, "=")
		if plainly(name) == oneClickName && plainly(value) == oneClickValue {
			return true
		}
	}
	return oneClickPart.Match(raw)
}

// plainly is a name or value of a form without its encoding; one that cannot be read is nothing.
func plainly(s string) string {
	s, err := url.QueryUnescape(s)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

// readEither reads a urlencoded or multipart body; any other type is read as empty.
func readEither(r *http.Request) (url.Values, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	switch {
	case err == nil && media == echo.MIMEApplicationForm:
		return parse(r)
	case err == nil && media == echo.MIMEMultipartForm:
		if err := r.ParseMultipartForm(web.FormBytes); err != nil {
			return nil, unreadable(err)
		}
		return url.Values(r.MultipartForm.Value), nil
	}
	return nil, nil
}

// oneClick records the objection and answers 200 and nothing else, for links that open nothing too:
// a mail program must learn nothing, and cannot do anything about it.
func (f *Forms) oneClick(c echo.Context) error {
	ctx := c.Request().Context()
	token, err := f.links.Parse(link.OneClick, c.Param("token"), f.clock())
	if err != nil {
		_, err = f.desk.Show(ctx, campaign.LinkID{}) // the same work as for a link that is unknown
		err = passUnknown(err)
	} else {
		_, err = f.desk.Object(ctx, campaign.LinkID(token.ID), campaign.Answer{Kind: campaign.ByOneClick, Token: tokenUsed(link.OneClick, token), Request: trace(c)})
		err = passUnknown(err)
	}
	if err != nil {
		return fault.Wrap("forms.oneClick", err)
	}
	return web.Blob(c, http.StatusOK, "text/plain; charset=utf-8", nil)
}

func passUnknown(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// pressUnsubscribe takes the page's own button. Whoever presses it sends the page's hidden fields too, a program that
// presses everything no less, and is told from one by the nonce. What sends the button's value and nothing else has
// pressed nothing: it says what it says on purpose, as a mail program does, and can only say no.
func (f *Forms) pressUnsubscribe(c echo.Context, v *visit, body url.Values) error {
	if len(body) == 1 && len(body["action"]) == 1 {
		return f.record(c, v, campaign.Answer{Kind: campaign.ByPage, Language: v.language, Request: trace(c)}, f.desk.Object)
	}
	rest := url.Values{"action": {"refuse-all"}, "form": body["form"], fieldTrap: body[fieldTrap]}
	a, notice := f.understand(v, rest, pageUnsubscribe)
	if notice != "" {
		return f.show(c, v, http.StatusUnprocessableEntity, pageUnsubscribe, notice)
	}
	return f.record(c, v, a.objection(c), f.desk.Object)
}
