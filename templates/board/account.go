package board

// Account is the page of the person's own account.
type Account struct {
	Frame
	Facts    []Pair
	Action   string
	Username string // for the browser's store of passwords, which needs to know whose this is
	Fields   []Field
	Problem  string
}

// AccountHTML draws it.
func AccountHTML(a Account) ([]byte, error) { return render(accountPage(a)) }
