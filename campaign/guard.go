package campaign

import "slices"

// Raises says what a change of a stored contact would lift, "" when it only lowers permission. The store asks
// it before it replaces a contact: whatever the desk made of a row, a stored no, a doubt and what is known
// against a claim stay. It shares nothing with Lower, which it watches.
func Raises(was, now *Contact) string {
	a, b := &was.Facts, &now.Facts
	for _, flag := range [...]struct {
		what    string
		was, is bool
	}{{"a complaint", a.Complaint, b.Complaint}, {"that a person is a minor", a.Minor, b.Minor}, {"that a person is deceased", a.Deceased, b.Deceased},
		{"a request for erasure", a.Erasure, b.Erasure}, {"a restriction", a.Restricted, b.Restricted},
		{"that a consent was given for another address", a.AddressChanged || was.Email != now.Email && moved(was.Email, now.Email) && a.saidYes(), b.AddressChanged},
		{"that no opposition was offered", b.OppositionOffered, a.OppositionOffered}} {
		if flag.was && !flag.is {
			return flag.what
		}
	}
	switch {
	case lacks(a.Objections, b.Objections):
		return "an objection"
	case lacks(a.ExternalLists, b.ExternalLists):
		return "an entry on an outside list"
	case lacks(a.Origins, b.Origins):
		return "where an address comes from"
	case a.Bounce == "hard" && b.Bounce != "hard":
		return "a bounce"
	}
	return raisedClaims(a.Claims, b.Claims)
}

func lacks[T comparable](was, now []T) bool {
	return slices.ContainsFunc(was, func(v T) bool { return !slices.Contains(now, v) })
}

// raisedClaims: every claim stays, since the most protective one counts; where nothing was claimed nothing but
// a yes is too much, and so is a yes that proves itself beside those that do not.
func raisedClaims(was, now []Claim) string {
	has := func(list []Claim, c Claim) bool {
		return slices.ContainsFunc(list, func(o Claim) bool { return compareClaims(o, c) == 0 })
	}
	for _, c := range was {
		if !has(now, c) {
			return "a claim"
		}
	}
	was, now = written(was), written(now) // what was only stated is no doubt that could stay
	bare := len(was) == 0 && len(now) > 0 && !slices.ContainsFunc(now, func(c Claim) bool { return c.Status != statusYes })
	if bare || anyProven(now) && !anyProven(was) {
		return "a doubt"
	}
	return ""
}
