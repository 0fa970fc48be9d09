package board

// Relays is by which ways messages leave, and what the checks found.
type Relays struct {
	Frame
	Problem string
	None    *Empty
	Relays  []RelayCard
	Check   string // where the button posts to; empty: the person may not
	Asked   string // when the checks ran
	Lines   []CheckLine
}

// RelayCard is one relay.
type RelayCard struct {
	Name, Section, Why, Said string
	State                    Badge
	Facts                    []Pair
	Today                    []WarmthLine
}

// WarmthLine is what one mailbox provider got today.
type WarmthLine struct{ Provider, Sent, Most, Step string }

// CheckLine is one thing that was looked at.
type CheckLine struct {
	Check, About, Text, Mend string
	State                    Badge
	Records                  []string
}

// RelaysHTML draws it.
func RelaysHTML(r Relays) ([]byte, error) { return render(relaysPage(r)) }
