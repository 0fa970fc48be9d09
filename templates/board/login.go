package board

// Login is the page where people come in.
type Login struct {
	Frame
	Action   string
	To       string // the page to go on to
	Name     Field
	Password Field
	Problem  string // why it did not work; empty at first
}

// LoginHTML draws it.
func LoginHTML(l Login) ([]byte, error) { return render(loginPage(l)) }
