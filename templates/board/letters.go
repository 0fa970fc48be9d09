package board

// Letters is the page on which the letters of a campaign are printed, and what became of them is said.
type Letters struct {
	CampaignHead
	Problem string
	Hint    string
	Left    string
	Print   *LettersPrint // nil: the person may not, or nothing is left
	Batches []LetterBatch
	None    *Empty
	Back    *LettersBack // nil: the person may not
}

// LettersPrint asks for the next batch.
type LettersPrint struct {
	Action string
	Window Field
}

// LetterBatch is a batch with what can be done with it.
type LetterBatch struct {
	ID, Title, Facts string
	State            Badge
	Again            string // where it is printed again; empty: it cannot be
	Large            string // how it is printed again otherwise
	Mark             string
	Because          Field
}

// LettersBack takes in the codes of letters that came back.
type LettersBack struct {
	Action  string
	Because Field
	Codes   string // what was typed, when something of it is wrong
	Result  string
	Wrong   []string // lines that open no letter
}

// LettersHTML draws it.
func LettersHTML(l Letters) ([]byte, error) { return render(lettersPage(l)) }
