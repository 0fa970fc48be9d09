package campaign

// LetterSheet is what a letter says in one language, as it is kept: the layout's words and the author's, placeholders of the
// person in place, nothing personal in it. Printing only fills the placeholders and draws it.
type LetterSheet struct {
	Language string          `json:"language"`
	Sender   string          `json:"sender"` // the organisation as people know it
	Return   string          `json:"return"` // its address in one line
	Subject  string          `json:"subject"`
	Body     []string        `json:"body"` // paragraphs; a line break in one stays
	Ask      string          `json:"ask"`
	Items    []LetterItem    `json:"items"`
	Answer   []string        `json:"answer"`
	Object   string          `json:"object"`
	Legal    []LetterSection `json:"legal"`
	Privacy  string          `json:"privacy"` // address of the privacy notice

	Home   string            `json:"home"` // country of the sender: letters within it name no country
	Labels map[string]string `json:"labels"`
}

// LetterItem is one question: as a sentence, and in brief beside its boxes.
type LetterItem struct {
	Purpose string `json:"purpose"`
	Channel string `json:"channel"`
	Text    string `json:"text"`
	Brief   string `json:"brief"`
}

// LetterSection is a titled paragraph of what must be told.
type LetterSection struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// LetterDocument is the name under which a language's letter is kept.
func LetterDocument(language string) string { return "letter." + language + ".json" }
