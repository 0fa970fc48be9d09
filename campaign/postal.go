package campaign

import (
	"slices"
	"strings"
)

// A person who is asked by post is known by name and postal address as people write them: accents, capitals, punctuation
// and the usual abbreviations of streets do not count, nor the order of given and family name. The given name does: those
// who live together are asked each on their own. A key errs on the side of not asking.

// Postal is the key of a name at a postal address; none without both.
func (k Keyer) Postal(c *Contact) (PersonKey, bool) {
	if !c.HasPostal() {
		return PersonKey{}, false
	}
	who := words(c.FirstName + " " + c.LastName)
	if len(who) == 0 {
		who = words(c.Company)
	}
	slices.Sort(who)
	where := append(street(c.Address1), street(c.Address2)...)
	place := plain(c.PostalCode)
	if place == "" {
		place = strings.Join(words(c.City), "")
	}
	// Of kind person, with a beginning of its own: the tables know no other kind (ADR 0040).
	return k.Key(KeyPerson, "postal:"+strings.Join(who, " ")+"|"+strings.Join(where, " ")+"|"+place), true
}

// words are those of a text, reduced to their letters and digits.
func words(s string) (out []string) {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !isWord(r) }) {
		if w = plain(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

func isWord(r rune) bool {
	return r > 0x7f && r != '’' && r != 'º' && r != '°' && r != '–' && r != '\u00a0' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// street are the words of a street, each as it is written shortest; what only joins them is left out.
func street(s string) (out []string) {
	for _, w := range words(numbered(s)) {
		w, _ = strings.CutSuffix(w, "strasse")
		if short, ok := shortStreet[w]; ok {
			w = short
		}
		if w, _ = strings.CutSuffix(w, "str"); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// numbered parts the number of a house from the letter behind it: 12bis, 12b.
func numbered(s string) string {
	var b strings.Builder
	digit := false
	for _, r := range s {
		is := r >= '0' && r <= '9'
		if digit && !is {
			b.WriteByte(' ')
		}
		digit = is
		b.WriteRune(r)
	}
	return b.String()
}

// shortStreet gives for a word of a street the one that stands for all its spellings; "" for those that only join.
var shortStreet = shortWords(
	"r rue rua ruelle", "av ave aven avenue avenida avda avinguda", "bd bld blv blvd boul boulevard bvd", "pl place plaza plza platz plz plein piazza pza praca pca",
	"ch che chem chemin", "rte route", "imp impasse", "all allee allees", "sq sqr square", "fg fbg faubourg", "crs cours", "q quai", "res resid residence",
	"bat batiment", "apt appt app appartement apartment", "esc escalier", "lot lotissement", "za zone", "rd road", "ln lane", "dr drive", "ct court", "hwy highway",
	"st saint street sankt san santo sao", "ste sainte santa suite", "c calle cl", "v via", "vle viale", "cso corso", "lg largo", "trav travessa", "ptge passage pass", "w weg", "g gasse",
	"b bis", "t ter", "north nord norte", "s south sud sur", "e east est", "o west ouest oeste",
)

func shortWords(groups ...string) map[string]string {
	out := map[string]string{}
	for _, g := range groups {
		all := strings.Fields(g)
		for _, w := range all {
			out[w] = all[0]
		}
	}
	for _, w := range strings.Fields("n de du des d la le les l da do dos das del della dei di el los las the of van der den und et no nr num numero") {
		out[w] = ""
	}
	return out
}

// The values of an invitation by post that say where it goes, beside the name.
const (
	ValueLine1    = "address_line1"
	ValueLine2    = "address_line2"
	ValuePostcode = "postal_code"
	ValueCity     = "city"
	ValueRegion   = "region"
	ValueCountry  = "country"
)

// regionColumns are other columns of a base that hold the part of a country which stands in an address.
var regionColumns = []string{"state", "region", "province", "county", "bundesland", "provincia", "estado"}

// postalValues adds to what fills a letter where it goes.
func postalValues(v Values, c Contact, home string) Values {
	for name, value := range map[string]string{ValueLine1: c.Address1, ValueLine2: c.Address2, ValuePostcode: c.PostalCode, ValueCity: c.City, ValueCountry: c.Country} {
		if value != "" {
			v[name] = value
		}
	}
	if v[ValueCountry] == "" {
		v[ValueCountry] = home
	}
	for name, value := range c.Attributes {
		if value != "" && slices.Contains(regionColumns, plain(name)) {
			v[ValueRegion] = value
		}
	}
	return v
}

// PostalValuesOf are what a letter may say about a person: also where they live.
func PostalValuesOf(c Contact, home string) Values { return postalValues(ValuesOf(c), c, home) }

// sameLetterbox reports whether a letter that was planned still goes where the contact lives.
func sameLetterbox(i Invitation, c Contact) bool {
	return i.Values[ValueLine1] == c.Address1 && i.Values[ValueLine2] == c.Address2 && i.Values[ValuePostcode] == c.PostalCode && i.Values[ValueCity] == c.City
}

// postalOf is the postal key of an invitation, made again of what its letter says.
func (d *Desk) postalOf(i Invitation) []PersonKey {
	v := i.Values
	k, ok := d.keys.Postal(&Contact{FirstName: v["first_name"], LastName: v["last_name"], Company: v["company"],
		Address1: v[ValueLine1], Address2: v[ValueLine2], PostalCode: v[ValuePostcode], City: v[ValueCity]})
	if !ok || !slices.Contains(i.Keys, k) {
		return nil
	}
	return []PersonKey{k}
}

// Erased reports whether an invitation says nothing any more of whom it asked.
func (i Invitation) Erased() bool {
	return i.Email == "" && (i.Route != RouteLetter || len(i.Values) == 0)
}

// silencing are the keys under which a no to an invitation is kept: the mailbox, and for whoever was asked by post the
// person, since a mailbox may not be known.
func (i Invitation) silencing() []PersonKey {
	if i.Route == RouteLetter {
		return i.Keys
	}
	return mailboxKeys(i.Keys)
}

// Shown is whom an answer concerns, as pages show it: the mailbox redacted; of a postal address as pages show it: one letter of the name, and the place.
func (i Invitation) Shown() string {
	if i.Route != RouteLetter {
		return i.Email.Redacted()
	}
	name := first(i.Values["first_name"]) + "••• " + first(i.Values["last_name"]) + "•••"
	if i.Values["first_name"]+i.Values["last_name"] == "" {
		name = first(i.Values["company"]) + "•••"
	}
	return name + ", " + i.Values[ValuePostcode] + " " + i.Values[ValueCity]
}

// Letters reports whether a campaign asks by post.
func (f File) Letters() bool { return slices.Contains(f.Audience.Routes, RouteLetter) }

// Mails reports whether a campaign asks by e-mail.
func (f File) Mails() bool { return slices.Contains(f.Audience.Routes, RouteEmail) }
