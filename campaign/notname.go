package campaign

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reoptin/reoptin/internal/address"
	"github.com/reoptin/reoptin/internal/fault"
)

// leastName and leastNumber are how many signs a name, a number or the first part of a mailbox has that says of whom it is, when it stands alone.
const (
	leastName   = 4
	leastNumber = 4
	leastLocal  = 5
	phoneTail   = 8 // the digits that a number has with its country before it, and without
)

// unnamed refuses a text that is kept when a person is erased, and says who it was: by a mailbox or what stands before its @, the name,
// a number of the base or a telephone. More mailboxes are those that they had.
func unnamed(text string, c Contact, more ...Address) error {
	if !namedIn(text, c, more) {
		return nil
	}
	return fault.New(fault.Invalid, "note.names", "these words name the person, and would be kept when they are erased").Hint("leave out address, name, number and telephone")
}

func namedIn(text string, c Contact, more []Address) bool {
	low := strings.ToLower(text)
	boxes := append([]Address{Address(c.BadEmail), c.Email}, more...)
	if slices.ContainsFunc(boxes, func(box Address) bool { return mailboxIn(low, string(box)) }) {
		return true
	}
	first, last := strings.TrimSpace(c.FirstName), strings.TrimSpace(c.LastName)
	if utf8.RuneCountInString(last) >= leastName && holdsWord(low, last) || first != "" && last != "" && holdsWord(low, first) && holdsWord(low, last) {
		return true
	}
	for _, number := range append([]string{c.ExternalID}, c.MergedIDs...) {
		if utf8.RuneCountInString(number) >= leastNumber && holdsWord(low, number) {
			return true
		}
	}
	phone := strings.ReplaceAll(digitsOf(c.Phone), " ", "")
	return len(phone) >= phoneTail && strings.Contains(digitsOf(text), phone[len(phone)-phoneTail:])
}

// mailboxIn reports whether a text in small letters holds a mailbox, or the part of it before the @ where that is not what anybody's is called.
func mailboxIn(low, box string) bool {
	at := strings.LastIndexByte(box, '@')
	if at < 0 {
		return false
	}
	local := box[:at]
	role, _ := address.Role(local)
	return strings.Contains(low, strings.ToLower(box)) || !role && utf8.RuneCountInString(local) >= leastLocal && holdsWord(low, local)
}

// unnamedOf is unnamed by all that is held of a person: also what they were asked under, and what they were called before an import.
func unnamedOf(r Reader, text string, c Contact, more ...Address) error {
	is, err := r.InvitationsOfContact(c.ID)
	if err != nil {
		return err
	}
	changes, err := r.ChangesOf(c.ID)
	if err != nil {
		return err
	}
	known := []Contact{c}
	for _, i := range is {
		known = append(known, Contact{Email: i.Email, FirstName: i.Values["first_name"], LastName: i.Values["last_name"]})
	}
	for _, before := range changes {
		if before.Before != nil {
			known = append(known, *before.Before)
		}
	}
	for _, k := range known {
		if err := unnamed(text, k, more...); err != nil {
			return err
		}
	}
	return nil
}

// holdsWord reports whether a text in small letters holds a word, and not only as a part of a longer one.
func holdsWord(low, word string) bool {
	word = strings.ToLower(word)
	inside := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for from := 0; ; {
		at := strings.Index(low[from:], word)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(low[:at])
		after, size := utf8.DecodeRuneInString(low[at+len(word):])
		if !inside(before) && (size == 0 || !inside(after)) {
			return true
		}
		_, step := utf8.DecodeRuneInString(low[at:])
		from = at + step
	}
}

// digitsOf are the digits of a text; those of one number may stand apart, and anything else parts two numbers.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(" .-/()+\u00a0\u202f", r):
			return -1
		case r < '0' || r > '9':
			return ' '
		}
		return r
	}, s)
}
