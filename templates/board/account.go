package board

// Account is the page of the person's own account.
type Account struct {
	Frame
	Facts   []Pair
	Action  string
	Fields  []Field
	Problem string
}

// AccountHTML draws it.
func AccountHTML(a Account) ([]byte, error) { return render(accountPage(a)) }
