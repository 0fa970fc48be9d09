package board

import "github.com/reoptin/reoptin/templates/page"

// Demo is the door of the demonstration, which leads to its dashboard by itself.
type Demo struct {
	Board string // the page of the dashboard
}

// Inbox is the list of received messages.
type Inbox struct {
	Messages []InboxLine
	Total    int
	Home     string
	Older    string // link, empty on the last page
	Newer    string
}

// InboxLine is one received message in the list.
type InboxLine struct {
	Link    string
	To      string
	Subject string
	At      string
}

// Mail is one received message: as a person sees it, its text part, its headers.
type Mail struct {
	Subject string
	From    string
	To      string
	At      string
	Frame   string // address of the HTML part, shown in a sandbox
	Text    string
	Header  string
	Inbox   string
	Raw     string
}

func head(title string) page.Head {
	return page.Head{Language: "en", Title: title, Sheet: "demo.css"}
}

// DemoHTML draws the door.
func DemoHTML(d Demo) ([]byte, error) { return page.Render(demoPage(d)) }

// InboxHTML draws the list of messages.
func InboxHTML(b Inbox) ([]byte, error) { return page.Render(inboxPage(b)) }

// MailHTML draws one message.
func MailHTML(m Mail) ([]byte, error) { return page.Render(mailPage(m)) }
