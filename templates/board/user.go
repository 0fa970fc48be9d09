package board

// Users is the page of all accounts.
type Users struct {
	Frame
	Lines   []UserLine
	Action  string // where a new one is posted to
	Fields  []Field
	Problem string
	Roles   []Pair // what each role may do
	Trail   []TrailLine
}

// UserLine is one account in the list.
type UserLine struct {
	Name    string
	Role    string
	State   Badge
	Added   string
	Seen    string // when last logged in, in words
	Disable string // where the button posts to; empty: no button
}

// TrailLine is one line of the audit trail in words.
type TrailLine struct {
	At, Who, What string
	Bad           bool
}

// UsersHTML draws it.
func UsersHTML(u Users) ([]byte, error) { return render(usersPage(u)) }
