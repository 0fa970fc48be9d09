package board

// Undo is what taking an import back would do.
type Undo struct {
	Frame
	Back    Link
	Name    string // of the file
	Problem string // why it cannot be
	Figures []Figure
	Action  string // where the button posts to; empty: no button
}

// UndoHTML draws it.
func UndoHTML(u Undo) ([]byte, error) { return render(undoPage(u)) }
