package board

import "github.com/reoptin/reoptin/templates/page"

// Demo is the start page of the demonstration.
type Demo struct {
	Classes  []Count // the base by class
	Total    int
	Asked    []Count // invitations by state
	Answers  []Count
	Campaign string
	Status   string
	Waiting  string
	ToAsk    int
	Mails    int
	Action   string // where the button posts to
	Nonce    string // of the button
	Command  string // does the same from a terminal
	Verify   []string
	Board    string // the dashboard, to which this page logs in
}

// Count is a labelled number.
type Count struct {
	Label string
	N     int
	Share int // percent of the total, for the bar
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

// DemoHTML draws the start page.
func DemoHTML(d Demo) ([]byte, error) { return page.Render(demoPage(d)) }

// InboxHTML draws the list of messages.
func InboxHTML(b Inbox) ([]byte, error) { return page.Render(inboxPage(b)) }

// MailHTML draws one message.
func MailHTML(m Mail) ([]byte, error) { return page.Render(mailPage(m)) }
