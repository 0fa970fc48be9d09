package dashboard

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"
)

// UploadBytes is the largest base file that a browser may bring; the command line takes larger ones.
const UploadBytes = 512 << 20

const (
	fileBytes    = 2 << 20  // a file of text, as a file or typed
	mappingBytes = 64 << 10 // a choice for each of many columns
	uploadTime   = 30 * time.Minute
	auditTime    = 10 * time.Minute
)

// token is what a form proves its origin by. Of a form with a base file it is the first part, so that
// nothing of the file is read before it is known who sends it.
func (v *visit) token(r route) string {
	if r.path != "/base/import" {
		return v.FormValue("form")
	}
	v.patience(uploadTime)
	media, params, err := mime.ParseMediaType(v.Request().Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" {
		return v.FormValue("form")
	}
	v.parts = multipart.NewReader(v.Request().Body, params["boundary"])
	p, err := v.parts.NextPart()
	if err != nil || p.FormName() != "form" {
		return ""
	}
	text, err := io.ReadAll(io.LimitReader(p, 1024))
	if err != nil {
		return ""
	}
	return string(text)
}

// patience gives a request that is known to take long more time than others have.
func (v *visit) patience(d time.Duration) {
	c := http.NewResponseController(v.Response())
	until := time.Now().Add(d)                                 // the connection's own clock
	_, _ = c.SetReadDeadline(until), c.SetWriteDeadline(until) // what cannot wait longer keeps its own time
}
