//go:build !failpoint

package failpoint

// Enabled says whether this build obeys its marks.
const Enabled = false

// Variable is the environment variable that gives orders: here there is none.
const Variable = ""

// Points are the marks of one part of the program. The zero value is ready.
type Points struct{}

// Of gives marks that call f, in a build that obeys them.
func Of(func(name string)) Points { return Points{} }

// At is a mark.
func (Points) At(string) {}
