package board

// Login is the page where people come in.
type Login struct {
	Frame
	Action   string
	To       string // the page to go on to
	Name     Field
	Password Field
	Problem  string  // why it did not work; empty at first
	SignOn   *SignOn // nil: there is no identity provider
	Kept     []Pair  // hidden fields: a form that goes through the login
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

// SignOn is the form that leads to an identity provider.
type SignOn struct {
	Action string
	To     string
	Label  string
	Apart  string // why it opens in a page of its own: what was typed is in this one; empty: it does not
}

// SignedOn is the page between the provider and ours.
type SignedOn struct {
	Frame
	On Link
}

// SignedOnHTML draws it.
func SignedOnHTML(s SignedOn) ([]byte, error) { return render(signedOnPage(s)) }
