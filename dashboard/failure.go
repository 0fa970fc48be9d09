package dashboard

import (
	"errors"
	"net/http"

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
	f := board.Failure{Frame: v.frame(v.P.T(key + ".title")), Text: v.P.T(key + ".text"),
		Back: board.Link{Label: v.P.T("board.error.back"), Href: v.d.href("/")}}
	f.Flash = nil
	if status < http.StatusInternalServerError {
		f.Detail, f.Hint = v.sentence(err), fault.HintOf(err)
	} else {
		f.Request = v.P.T("board.error.request", "id", web.RequestID(v))
	}
	return board.FailureHTML(f)
}

// sentence is what a fault says, in the reader's language where the catalogue has it.
func (v *visit) sentence(err error) string {
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		return ""
	}
	return v.P.Or(f.Key, f.Text, f.Args...)
}
