// Package consent draws the pages for the people who are asked: the form, the preferences, the
// page of the unsubscribe link, the receipt, and the step that asks once more.
//
// The first three are kept as documents: drawn once per campaign and language with a Slot wherever
// something belongs to one person or one visit, and filled when they are served. Nothing here can
// draw a ticked box: Box has no such field. Yes and no share one class.
package consent

import (
	"github.com/a-h/templ"

	"github.com/reoptin/reoptin/internal/i18n"
	"github.com/reoptin/reoptin/templates/page"
)

// Stylesheet is the name of the style sheet of all pages here.
const Stylesheet = "consent.css"

// Draw writes a page or a fragment into memory.
func Draw(c templ.Component) ([]byte, error) { return page.Render(c) }

// Slot marks a spot of a kept page that is filled when the page is served. It is written between
// two code points of the private use area; the caller turns them into braces after drawing, once
// every brace that an author wrote has been made inert.
type Slot string

// The slots of kept pages.
const (
	SlotAction      Slot = "action"         // path the forms post to, attribute
	SlotNonce       Slot = "nonce"          // of this rendering, attribute
	SlotAddress     Slot = "masked_address" // text
	SlotNotice      Slot = "notice"         // fragment: why the page is shown again, or nothing
	SlotCurrent     Slot = "current"        // fragment: the choices that stand, or nothing
	SlotRequests    Slot = "requests"       // fragment: what the person asked for by right, or nothing
	SlotPreferences Slot = "preferences"    // path of the preferences page, attribute
)

// SlotOpen and SlotClose stand around a slot's name while a page is drawn.
const (
	SlotOpen  = "\uE000"
	SlotClose = "\uE001"
)

// Text is the slot as it is drawn.
func (s Slot) Text() string { return SlotOpen + string(s) + SlotClose }

// Sheet is what the pages of one campaign in one language share.
type Sheet struct {
	P          i18n.Printer // speaks Language
	Language   string       // one of the campaign's languages, BCP 47
	Tongues    []Tongue     // all languages of the campaign; no switch is drawn for one
	Controller Controller
	Style      string // path of the style sheet; empty: the house's own
	Logo       Logo
}

// Logo is the organisation's picture; without a path there is none.
type Logo struct {
	Path          string
	Width, Height int // in pixels, as shown
}

// Tongue is one language of the switch.
type Tongue struct {
	Code    string // BCP 47
	Name    string // in itself: Français
	Current bool
}

// Controller is who asks.
type Controller struct {
	Name           string
	LegalName      string // with its form: Lumen SAS
	Registration   string
	Address        string
	Email          string
	Phone          string
	PrivacyURL     string
	PrivacyVersion string // "" when nobody stated it
	DPO            string
	Authority      string
	Recipients     string // who else is given the data, named
}

// Purpose is one thing the data would be used for, with a box per channel.
type Purpose struct {
	Key         string
	Title       string
	Description string
	Retention   string // in words: 36 months
	Boxes       []Box
}

// Box is one question. It cannot be ticked beforehand.
type Box struct {
	Name    string // decision.newsletter.email
	Channel string // in words: by e-mail
}

// Form is the consent form.
type Form struct {
	Sheet
	Title    string
	Intro    []string // paragraphs
	Purposes []Purpose
	Deadline string // last day to answer, in words; empty when there is none
}

// Preferences is the page that shows what stands and lets each line be changed.
type Preferences struct {
	Sheet
	Purposes []Purpose
}

// Unsubscribe is the page of the unsubscribe link.
type Unsubscribe struct{ Sheet }

// Line is where one question stands, in words, with the ways to change it.
type Line struct {
	Field   string // newsletter.email, the value of the field change
	Purpose string // title
	Channel string // in words
	State   string // in words: yes, no, withdrawn, no answer yet
	Since   string // instant in words; empty before an answer
	CanYes  bool
	CanNo   bool
}

// Lines is the list of what stands. Each visit has its own action and nonce.
type Lines struct {
	P      i18n.Printer
	Action string
	Nonce  string
	Lines  []Line
}

// Unsaved is the page after an answer that could not be stored.
type Unsaved struct {
	P         i18n.Printer
	RequestID string
}

// Notice is why a page is shown again: Text under .text, and Title under .title of the key.
type Notice struct {
	P   i18n.Printer
	Key string
}

// Confirm is the step that asks once more, for yes and no alike.
type Confirm struct {
	Sheet
	Action string
	Nonce  string
	Fields []Field // what was posted, to be posted again
	Lines  []Line  // what would be recorded
	Tick   string  // what an empty box says that must be ticked; empty: a press is enough
	Back   string  // the page before
	Notice string  // key of why it is shown again; empty: no notice
}

// Field is one hidden field.
type Field struct{ Name, Value string }

// Receipt is what was recorded.
type Receipt struct {
	Sheet
	Masked      string
	Lead        string // key of the sentence that says what it means; "" where it means that no more
	Lines       []Line
	At          string
	ID          string // empty: nothing was recorded through this link yet
	Proof       string // number of the ledger entry
	Document    string // SHA-256 of the page that was answered; empty for one-click
	Preferences string // path
	PDF, JSON   string // paths of the receipt as a file
	Action      string // path that the buttons below post to; empty: there are none
	Nonce       string
	Notice      string // key of why it is shown again; empty: no notice
	Checks      bool   // it can be checked here
	Mails       bool   // it can be sent by mail: there is a mailbox
	Mailed      string // when it was asked for by mail, in words; empty: not yet
}

// Asked is what a person asked for by right.
type Asked struct {
	P        i18n.Printer
	Requests []Request
}

// Request is one of them, in words.
type Request struct{ What, Stands string }

// Verify says whether a receipt is what is recorded.
type Verify struct {
	Sheet
	Holds     bool
	Steps     []Step
	ID, Proof string
	Back      string // path of the receipt
}

// Step is one thing that was checked, by the key of its name.
type Step struct {
	Name string
	OK   bool
}

// Code is the page on which the code of a letter is typed.
type Code struct {
	P       i18n.Printer
	Tongues []Tongue
	Name    string // of the organisation
	Style   string
	Logo    Logo
	Typed   string
	Notice  string // key of why it is shown again; empty: no notice
	Wait    int    // minutes until a code may be tried again; 0: now
	Contact string // where else to say no; empty: not known
}

// title is what stands in the browser's tab.
func (s Sheet) title(text string) string { return text + " · " + s.Controller.Name }
