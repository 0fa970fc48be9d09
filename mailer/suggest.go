package mailer

import (
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
	"github.com/reoptin/reoptin/internal/fault"
)

// foreignCode is what other programs fill in or run. Here it would be sent as it stands.
var foreignCode = expression.Of(`\{%[^\n]{0,60}|<%[^\n]{0,60}|[$#]\{[^}\n]{0,60}\}?|\*\|[^|\n]{1,60}\|\*`)

// single is a word in one pair of braces.
var single = expression.Of(`(?:^|[^{])(\{ ?([\p{L}\p{N}_.]{1,80}) ?\})(?:[^}]|$)`)

// otherTongues are names that authors bring from other programs and languages, in small letters without marks.
var otherTongues = map[string][]string{
	"first_name":   {"firstname", "fname", "name", "prenom", "vorname", "nombre", "nome", "voornaam", "givenname", "forename"},
	"last_name":    {"lastname", "lname", "surname", "nom", "nachname", "name2", "apellido", "apellidos", "cognome", "achternaam", "apelido", "familyname"},
	"title":        {"anrede", "civilite", "salutation", "titel", "titulo", "titolo", "aanhef"},
	"greeting":     {"hello", "bonjour", "hallo", "hola", "saluto", "salut", "saludo", "anredezeile", "greet"},
	"company":      {"societe", "entreprise", "firma", "empresa", "azienda", "bedrijf", "companyname"},
	"organisation": {"organization", "sender", "brand", "marke", "marque", "marca", "organisatie", "absender"},
	"deadline":     {"date", "enddate", "frist", "until", "echeance", "plazo", "scadenza", "prazo", "datum"},
	"purposes":     {"purpose", "finalites", "finalite", "zweck", "zwecke", "finalidad", "finalita", "doel"},
	"source":       {"origin", "origine", "quelle", "herkunft", "origen", "fonte", "bron", "origem"},
	"choose":       {"choice", "link", "form", "choisir", "lien", "url", "button", "cta", "confirm"},
	"unsubscribe":  {"unsub", "optout", "desinscription", "abmelden", "baja", "unsubscribelink", "unsubscribeurl"},
	"retention":    {"duree", "dauer", "duration", "durata", "duracion"},
	"brands":       {"marques", "marken", "marcas", "marchi", "merken"},
}

// suggestion is the placeholder that an author most likely meant; "" when none is near.
func suggestion(name string, known []string) string {
	low := strings.NewReplacer("_", "", "-", "", " ", "", ".", "", "é", "e", "è", "e", "à", "a", "ç", "c").Replace(strings.ToLower(name))
	best, least := "", 3
	for _, k := range known {
		if slices.Contains(otherTongues[k], low) {
			return k
		}
		if d := distance(low, strings.ReplaceAll(k, "_", "")); d < least && d*2 <= len(k) {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to change, add or drop to make one word of the other. Long words are not compared.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 40 || len(y) > 40 {
		return len(x) + len(y)
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before := row[0]
		row[0] = i + 1
		for j := range y {
			change := before
			if x[i] != y[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}

// unfilled refuses what nothing here would fill in: code of other programs, and a known name in one pair of braces.
func unfilled(where, text string, known []string) error {
	if found := foreignCode.FindString(text); found != "" {
		return foreign(where, "{code} is a placeholder or code of another program, which nothing here fills in", "code", found)
	}
	for _, m := range single.FindAllStringSubmatch(text, -1) {
		if near := suggestion(m[2], known); near != "" {
			return foreign(where, "{code} stands in one pair of braces; write {meant}", "code", m[1], "meant", "{{"+near+"}}")
		}
	}
	return nil
}

// filled is what an author writes between double braces: a name, and what stands there where a person has no
// value for it.
type filled struct{ name, otherwise string }

// read takes a placeholder apart. Only what a contact may lack takes a fallback: {{company|your company}}.
func read(where, inner string) (filled, error) {
	name, otherwise, has := strings.Cut(inner, "|")
	f := filled{strings.TrimSpace(name), strings.TrimSpace(otherwise)}
	switch {
	case !has:
		return f, nil
	case !personal(f.name) || f.name == "greeting" || f.name == "source":
		return f, foreign(where, "{name} takes no fallback: it always has a value", "name", "{{"+f.name+"}}")
	case f.otherwise == "" || clean(f.otherwise, maxValue) != f.otherwise || strings.Contains(f.otherwise, "|"):
		return f, foreign(where, "{name}: behind the bar stands one line of text, of at most 200 characters", "name", "{{"+f.name+"|…}}")
	case unlinked(f.otherwise) != f.otherwise:
		return f, foreign(where, "{word} would become a link; the links of the message are set by the layout", "word", f.otherwise)
	}
	return f, nil
}

// unknownPlaceholder is the fault for a name that nothing here has.
func unknownPlaceholder(where, name string, known []string) error {
	f := fault.New(fault.Invalid, "mailer.placeholder", "{where}: there is no placeholder {name} here; it can use {known}",
		"where", where, "name", "{{"+name+"}}", "known", strings.Join(known, ", "))
	if near := suggestion(name, known); near != "" {
		f = fault.New(fault.Invalid, "mailer.placeholder_near", "{where}: there is no placeholder {name} here; it can use {known}; do you mean {meant}?",
			"where", where, "name", "{{"+name+"}}", "known", strings.Join(known, ", "), "meant", "{{"+near+"}}")
	}
	return f.At("mailer.Documents").Hint("correct it in the campaign file, then reoptin campaign create FILE")
}
