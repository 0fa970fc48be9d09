// Package page is the frame that every HTML page of the house shares: language and direction,
// the viewport, the style sheet, the wish not to be indexed, and the page shown when something
// went wrong. No page has a script, an inline style or anything from elsewhere.
package page

import (
	"bytes"
	"context"

	"github.com/a-h/templ"

	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/static"
)

// Head says what stands in the head of a page.
type Head struct {
	Language string // BCP 47, for the lang attribute
	Title    string
	Sheet    string // name of the style sheet; empty: consent.css
	Style    string // path of a style sheet of its own, in its place
}

func (h Head) stylesheet() string {
	if h.Style != "" {
		return h.Style
	}
	if h.Sheet == "" {
		return static.Path("consent.css")
	}
	return static.Path(h.Sheet)
}

// Failure is what a visitor sees of an error: never its text, its place or its cause.
type Failure struct {
	P         i18n.Printer
	Key       string // page.error.not_found …: its title is under .title, its text under .text
	RequestID string // shown so that a person can quote it; empty: not shown
}

// Render writes a component into memory, so that a failure cannot leave half a page behind a 200.
// It does not stop when a request is cancelled.
func Render(c templ.Component) ([]byte, error) {
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
