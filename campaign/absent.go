package campaign

import (
	"maps"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// What is missing is often written down: as a word, a sign or a zero. Taken at its word it would be the wording of a consent, or a
// number that strangers share.

// isAbsent knows the cells that databases, spreadsheets and programs write where they have nothing.
func isAbsent(s string) bool {
	switch s {
	case "NULL", "null", "(null)", `\N`, "NaN", "nan", "#N/A", "#N/D", "#NV", "[]", "{}":
		return true
	}
	const shortest = len("00000000")
	if len(s) < shortest || s[0] != '0' {
		return false
	}
	if strings.HasPrefix(s, "0001-01-01") || strings.HasPrefix(s, "01/01/0001") || strings.HasPrefix(s, "01.01.0001") { // the first day of a calendar
		return true
	}
	return s[1] == '0' && strings.Trim(s, "0-/.: ") == "" // a day that is none
}

// voids are words by which people say that there is nothing or that nobody knows, beside those of vague and denied.
var voids = set("nil null nan undefined empty vide leer missing absent absente manquant manquante fehlt fehlend nc nr nd nonrenseigne nonrenseignee nonconnu nonconnue nonprecise nonprecisee noncommunique " +
	"sansobjet notavailable notapplicable notknown notset notspecified unspecified keiner keinen keines nichtvorhanden nichtbekannt ninguno ninguna nadie nodisponible nessuno nessuna nondisponibile " +
	"geen nietbekend nenhum nenhuma naodisponivel")

// guests are what shops write where a customer has no number.
var guests = set("guest guests invite invitee gast invitado invitada ospite convidado convidada anonymous anonyme visitor visiteur")

// nothings are all words that tell nothing.
var nothings = func() map[string]bool {
	all := maps.Clone(voids)
	maps.Copy(all, vague)
	maps.Copy(all, denied)
	return all
}()

// telling holds for a text that is too long for a word of nothing, or has a figure other than 0, as nearly all numbers and many wordings
// do: they need no further look.
func telling(s string) bool {
	const longest = 24
	return len(s) > longest || strings.ContainsAny(s, "123456789")
}

// isVoid holds for a text that tells nothing, as plain reduces it.
func isVoid(p string) bool { return p == "" || nothings[p] }

// evidence reads a text by which a consent could be shown. That there is one, as a plain yes has it, does not say which.
func (r *rowReader) evidence(f *fieldAt) string {
	s := r.text(f)
	if s == "" || telling(s) || !isVoid(plainWord(s)) && !affirmed[strings.ToLower(s)] { // *Yes.* is the label of a button
		return s
	}
	return ""
}

// number reads the company's own number of a person. One that a spreadsheet has rounded is that of everybody whose number begins so.
func (r *rowReader) number(f *fieldAt) string {
	s := r.text(f)
	if isRounded(s) {
		r.fault(f.name, "a number that a spreadsheet has rounded, so that several people have the same; export the base again without opening it there, or leave the numbers out with --map external_id=")
		return ""
	}
	if s == "" || telling(s) {
		return s
	}
	if p := plainWord(s); strings.Trim(s, "0") == "" || isVoid(p) || guests[p] {
		return ""
	}
	return s
}

// phone reads a telephone number.
func (r *rowReader) phone() string {
	s := r.text(&r.of.phone)
	if isRounded(s) {
		r.note(r.of.phone.name, "a number that a spreadsheet has rounded, ignored")
		return ""
	}
	return s
}

var rounded = expression.Of(`^[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{2,3}$`)

// isRounded knows a long number as spreadsheets show and save it: 1.23457E+17.
func isRounded(s string) bool {
	const shortest = len("1E+11")
	return len(s) >= shortest && strings.IndexByte(s, '+') > 0 && rounded.MatchString(s)
}
