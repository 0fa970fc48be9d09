package board

// Login is the page where people come in.
type Login struct {
	Frame
	Action   string
	To       string // the page to go on to
	Name     Field
	Password Field
	Problem  string // why it did not work; empty at first
	Kept     []Pair // hidden fields: a form that goes through the login
}

// LoginHTML draws it.
func LoginHTML(l Login) ([]byte, error) { return render(loginPage(l)) }

// SendOn is a form that came without its login, for the person to send now.
type SendOn struct {
	Frame
	Action string
	Fields []Pair // hidden
}

// SendOnHTML draws it.
func SendOnHTML(s SendOn) ([]byte, error) { return render(sendOnPage(s)) }
