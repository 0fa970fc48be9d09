package board

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Account is the page of the person's own account.
type Account struct {
	Frame
	Facts    []Pair
	Action   string
	Username string // for the browser's store of passwords, which needs to know whose this is
	Fields   []Field
	Problem  string

	HasFactor                bool
	Recovery                 string // how many codes are left
	SetUp, Remove, EndOthers string // where the forms go
	Sessions                 []SessionLine

	HasApp    bool
	Keys      []KeyLine
	AddKey    *KeyForm
	RemoveKey string
}

// KeyLine is one passkey.
type KeyLine struct{ Name, Key, Added, Used string }

// KeyForm is a form that the script of the page fills with what a passkey says. Without the script it is hidden.
type KeyForm struct {
	Ask    string // where the question comes from
	Action string
	To     string
	Kept   []Pair
	Label  string
	Make   bool // a key is made, and gets a name
}

// SessionLine is one login that lasts.
type SessionLine struct {
	Began, Seen string
	Here        bool // it is the one that looks
}

// Prove is a page that asks for what proves who somebody is: a code after the password, or both before an act that binds.
type Prove struct {
	Frame
	Text     string
	Action   string
	To       string
	Username string // for the browser's store of passwords; empty: no password is asked for
	Fields   []Field
	Button   string
	Problem  string
	Kept     []Pair // hidden fields: a form that goes through the page
	SignOn   *SignOn
	Key      *KeyForm // nil: the account has no passkey
}

// ProveHTML draws it.
func ProveHTML(p Prove) ([]byte, error) { return render(provePage(p)) }

// QR is a code to be drawn, and which of its fields are black.
type QR struct {
	Size  int
	Black func(x, y int) bool
}

// quiet is the empty margin that readers need around a code, in its fields.
const quiet = 4

func (q QR) box() string {
	side := strconv.Itoa(q.Size + 2*quiet)
	return "0 0 " + side + " " + side
}

// path draws the black fields, row by row.
func (q QR) path() string {
	var b strings.Builder
	for y := range q.Size {
		for x := 0; x < q.Size; x++ {
			from := x
			for x < q.Size && q.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return b.String()
}

// Factor shows a person how to set up an app that makes codes.
type Factor struct {
	Frame
	Action  string
	Seed    string
	QR      QR
	Code    Field
	Problem string
}

// groups cuts the seed into what people can copy.
func (f Factor) groups() string {
	var out []string
	for part := range slices.Chunk([]byte(f.Seed), 4) {
		out = append(out, string(part))
	}
	return strings.Join(out, " ")
}

// FactorHTML draws it.
func FactorHTML(f Factor) ([]byte, error) { return render(factorPage(f)) }

// Recovery shows the codes for when the app is lost, once.
type Recovery struct {
	Frame
	Codes []string
	On    string
}

// RecoveryHTML draws it.
func RecoveryHTML(r Recovery) ([]byte, error) { return render(recoveryPage(r)) }

// AccountHTML draws it.
func AccountHTML(a Account) ([]byte, error) { return render(accountPage(a)) }
