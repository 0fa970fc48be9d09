package board

import (
	"slices"

	"github.com/a-h/templ"

	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/static"
	"github.com/reoptin/reoptin/templates/page"
)

// Frame is what surrounds every page of the dashboard.
type Frame struct {
	P         i18n.Printer
	Title     string
	Home      string // address of the first page
	Nav       []Link // empty when nobody is logged in
	Setup     []Link // what is set up once and seldom looked at
	User      *User  // nil when nobody is logged in
	Look      Look
	Token     string // of the session, for every form; empty when nobody is logged in
	Flash     *Flash // nil: nothing to say
	Bare      bool   // a page of its own, such as the login: one narrow column
	Installed string // name of the organisation, or empty
	Demo      *Demonstration
	Refresh   string // the address that the page goes on to by itself; empty: it stays
}

// Demonstration is what every page of one says.
type Demonstration struct {
	Text  string
	Inbox Link
}

// Link is a place to go.
type Link struct {
	Label   string
	Href    string
	Current bool
}

// User is who is logged in.
type User struct {
	Name    string
	Role    string // in words
	Account Link
	Logout  string // where the button posts to
}

// Look is how pages look, and how to change that.
type Look struct {
	Action    string // where the buttons post to
	To        string // the page to come back to
	Theme     string // auto, light or dark
	Themes    []Option
	Languages []Option
}

// Option is one of several to choose from.
type Option struct {
	Value   string
	Label   string
	Lang    string // BCP 47, when the label is in a language of its own
	Current bool
}

// Flash says once what became of the last act.
type Flash struct {
	Bad  bool
	Text string
	Mend *Link // the page on which it is mended; nil: none
}

// settingUp reports whether the page is one of those that set the house up.
func (f Frame) settingUp() bool {
	return slices.ContainsFunc(f.Setup, func(l Link) bool { return l.Current })
}

// title names the page and the house it belongs to.
func (f Frame) title() string {
	if f.Installed == "" {
		return f.Title + " · reoptin"
	}
	return f.Title + " · " + f.Installed
}

// theme is for the root element; the system's own wish needs none.
func (f Frame) theme() string {
	if f.Look.Theme == "auto" {
		return ""
	}
	return f.Look.Theme
}

// configuration lets htmx show why a part of a page cannot be drawn anew, and keeps it from writing styles
// or running text as code, which the content security policy forbids anyway.
const configuration = `{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true,"historyEnabled":false,"refreshOnHistoryMiss":true,` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"4..","swap":true},{"code":"...","swap":false,"error":true}]}`

func script(name string) string { return static.Path(name) }

// render draws a page whole before anything of it is sent.
func render(c templ.Component) ([]byte, error) { return page.Render(c) }
