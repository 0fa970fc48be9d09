package campaign

import "github.com/reoptin/reoptin/internal/fault"

// Programs count their rows anew. Two of their exports, each with its number 1, would make one person of two strangers, lay the noes
// and the name of one over the other, and lose a mailbox. One such pair may be a mistake in a row; where most people who are
// known by their number are strangers, the numbers are none of the company's own.

// strangers counts people who share a number.
type strangers struct {
	known int // all of them
	other int // those who share nothing else, and have another name
	line  int // of the first of these
}

// fewStrangers is how many may be mistakes.
const fewStrangers = 3

// see looks at two who share a number.
func (s *strangers) see(line int, a, b *Contact) {
	s.known++
	differ := func(x, y string) bool { return x != "" && y != "" && plain(x) != plain(y) }
	if differ(a.FirstName, b.FirstName) && differ(a.LastName, b.LastName) && moved(a.Email, b.Email) {
		if s.other++; s.other == 1 {
			s.line = line
		}
	}
}

// refuse asks whose the numbers are where most people who are known join strangers; some may be known beside those that were seen.
func (s *strangers) refuse(beside int) error {
	known := s.known + beside
	if s.other < fewStrangers || 2*s.other <= known {
		return nil
	}
	return fault.New(fault.Invalid, "import.strangers", "{n} people share a number with somebody of another name and another mailbox, the first at line {line}: these are no numbers of the company's own",
		"n", s.other, "line", s.line).
		Hint("--map external_id= reads the file without its numbers; where those of the base are wrong, take that import back first: reoptin contacts undo IMPORT")
}

// meet looks at somebody of the file who is known by a number.
func (im *importing) meet(p *comer, c *Contact, stored map[ContactID]Contact) {
	if was := stored[p.ids[0]]; closenessOf(&was, c) == closeNumber {
		im.met.see(p.line, &was, c)
	} else {
		im.met.known++
	}
}
