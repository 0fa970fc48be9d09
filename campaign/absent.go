package campaign

import "strings"

// What is missing is often written down: as a word, a sign or a zero. Taken at its word it would be the wording of a consent, or a
// number that strangers share.

// isAbsent knows the cells that databases, spreadsheets and programs write where they have nothing.
func isAbsent(s string) bool {
	switch s {
	case "NULL", "null", "(null)", `\N`, "NaN", "nan", "#N/A", "#N/D", "#NV":
		return true
	}
	const shortest = len("00000000")
	return len(s) >= shortest && s[0] == '0' && s[1] == '0' && strings.Trim(s, "0-/.: ") == "" // a day that is none
}

// voids are words by which people say that there is nothing or that nobody knows, beside those of vague and denied.
var voids = set("nil null nan undefined empty vide leer missing absent absente manquant manquante fehlt fehlend nc nr nd nonrenseigne nonrenseignee nonconnu nonconnue nonprecise nonprecisee noncommunique " +
	"sansobjet notavailable notapplicable notknown notset notspecified unspecified keiner keinen keines nichtvorhanden nichtbekannt ninguno ninguna nadie nodisponible nessuno nessuna nondisponibile " +
	"geen nietbekend nenhum nenhuma naodisponivel")

// guests are what shops write where a customer has no number.
var guests = set("guest guests invite invitee gast invitado invitada ospite convidado convidada anonymous anonyme visitor visiteur")

// longestVoid bounds the texts that are looked at: most that tell something are longer, or have a number.
const longestVoid = 24

// isVoid holds for a text that tells nothing.
func isVoid(s string) bool {
	if len(s) > longestVoid || strings.ContainsAny(s, "123456789") {
		return false
	}
	p := plain(s)
	return p == "" || vague[p] || denied[p] || voids[p]
}

// evidence reads a text by which a consent could be shown. That there is one, as a plain yes has it, does not say which.
func (r *rowReader) evidence(f *fieldAt) string {
	s := r.text(f)
	if s == "" || isVoid(s) || len(s) <= longestVoid && s != "1" && affirmed[strings.ToLower(s)] { // 1 may be a version, and *Yes.* the label of a button
		return ""
	}
	return s
}

// number reads the company's own number of a person.
func (r *rowReader) number(f *fieldAt) string {
	s := r.text(f)
	if s == "" || strings.Trim(s, "0") == "" || isVoid(s) || len(s) <= longestVoid && s[0] > '9' && guests[plain(s)] {
		return ""
	}
	return s
}
