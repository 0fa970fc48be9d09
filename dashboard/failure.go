package dashboard

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// failures names the wording of an error page by its status; any other below 500 is a bad request.
var failures = map[int]string{
	http.StatusForbidden:             "board.error.denied",
	http.StatusNotFound:              "board.error.not_found",
	http.StatusMethodNotAllowed:      "board.error.not_found",
	http.StatusGone:                  "board.error.not_found",
	http.StatusConflict:              "board.error.conflict",
	http.StatusRequestEntityTooLarge: "board.error.too_large",
	http.StatusTooManyRequests:       "board.error.too_many",
	http.StatusServiceUnavailable:    "board.error.unavailable",
}

// drawFailure shows an error in the dashboard's frame. What the house says of it is shown when it is
// the person's to mend; its place and cause are in the log alone.
func (v *visit) drawFailure(err error, status int) ([]byte, error) {
	key := failures[status]
	switch {
	case key == "" && status < http.StatusInternalServerError:
		key = "board.error.invalid"
	case key == "":
		key = "board.error.internal"
	}
	if v.byScript() {
		return v.drawFailedPart(err, status, key)
	}
	f := board.Failure{Frame: v.frame(v.P.T(key + ".title")), Text: v.P.T(key + ".text"),
		Back: board.Link{Label: v.P.T("board.error.back"), Href: v.d.href("/")}}
	f.Flash = nil
	if status < http.StatusInternalServerError {
		f.Detail, f.Hint = v.sentence(err), v.hint(err)
		if status == http.StatusNotFound && strings.HasPrefix(f.Hint, "reoptin ") { // a list of the command line, which the bar leads to here
			f.Hint = ""
		}
	} else {
		f.Request = v.P.T("board.error.request", "id", web.RequestID(v))
	}
	return board.FailureHTML(f)
}

// drawFailedPart shows an error in the preview of somebody who is typing. Every other part of a page that
// reads itself anew stays as it is, until it can.
func (v *visit) drawFailedPart(err error, status int, key string) ([]byte, error) {
	if v.Request().Header.Get("HX-Target") != board.PreviewID {
		v.Response().Header().Set("HX-Reswap", "none")
		return nil, nil
	}
	said := v.P.T(key + ".text")
	if status < http.StatusInternalServerError {
		said = cmp.Or(v.sentence(err), said)
	}
	return board.FailedPreviewHTML(said)
}

// sentence is what a fault says, in the reader's language: under its key, or for one whose words are put
// together found by them.
func (v *visit) sentence(err error) string {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		return ""
	}
	if v.P.Or(f.Key, "") == "" {
		return v.said(fault.Fill(f.Text, f.Args...))
	}
	args := slices.Clone(f.Args)
	for i := 0; i+1 < len(args); i += 2 {
		args[i+1] = v.told(f.Key, args[i], args[i+1])
	}
	return v.P.Or(f.Key, "", args...)
}

// told is the value of a fault's argument in the reader's language, if it is one that has words.
func (v *visit) told(key string, name, value any) any {
	switch value := value.(type) {
	case campaign.Status:
		return v.P.Within(v.P.T("board.status." + string(value)))
	case campaign.Date:
		return v.day(value)
	case string:
		if name != "what" && name != "why" && name != "text" {
			return value
		}
		said, known := v.P.Said(value)
		if !known && strings.HasPrefix(key, "file.") { // the words of the library that reads the file
			return v.P.T("board.unread", "what", value)
		}
		return said
	}
	return value
}

// hint is what helps against a fault, in the reader's language; a command is the same in each.
func (v *visit) hint(err error) string { return v.said(fault.HintOf(err)) }

// mend leads to the page on which a fault is mended, when it is another than the one that shows it; nil: there is none.
func (v *visit) mend(err error) *board.Link {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Key != "organisation.missing" {
		return nil
	}
	return &board.Link{Label: v.P.T("board.nav.organisation"), Href: v.d.href("/organisation")}
}

// said is what was written down in English, in the reader's language. What people wrote stays theirs.
func (v *visit) said(english string) string {
	text, _ := v.P.Said(english)
	return text
}

// saidEach says several at once.
func (v *visit) saidEach(english []string) []string {
	out := make([]string, len(english))
	for i, text := range english {
		out[i] = v.said(text)
	}
	return out
}
