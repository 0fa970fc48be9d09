package app

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/mailer"
)

// tongues are the languages of countries that speak another than English.
var tongues = map[string]string{
	"FR": "fr", "BE": "fr", "LU": "fr", "CH": "fr", "MC": "fr", "DE": "de", "AT": "de", "LI": "de", "ES": "es", "IT": "it", "SM": "it", "NL": "nl", "PT": "pt",
}

// answerDays is how long people may answer when nothing else is said (COMPLIANCE A.13).
const answerDays = 30

// StarterOrganisation is a commented organisation file to begin with.
func StarterOrganisation() string { return starterOrganisation }

const starterOrganisation = `# Who asks, for which purposes, and how far it may go in each country.
# Apply it with: reoptin organisation apply organisation.toml

[organisation]
name = "Maison Exemple"                    # as people know you
brands = ["Maison Exemple"]
legal_name = "Maison Exemple SAS"
legal_form = "SAS"
registration = "RCS Paris 000 000 000"
address = "1 rue de l'Exemple, 75001 Paris, France"
country = "FR"                             # ISO 3166, two letters
email = "contact@exemple.example"          # a mailbox that someone reads
phone = ""
privacy_url = "https://exemple.example/confidentialite"
# privacy_version = "2026-03"              # of that page, as it calls it: shown beside the link and kept with every proof
dpo = "dpo@exemple.example"                # leave empty when none is designated
authority = "CNIL"                         # the supervisory authority people may complain to
# logo = "logo.png"                        # beside this file: PNG or JPEG, at most 16 KiB; shown above the form
# accent = "#0d5a63"                       # the one colour of the form's buttons; made darker or lighter where it could not be read
# recipients = ["Example Hosting, Ireland"] # who else gets the data; message and form name each
# second_person = true                     # whoever wrote a campaign last does not approve it

# Facts that some rows of ` + "`reoptin contacts rules`" + ` need. Leave them out when nobody can state them.
# kind = "charity"                         # what you are: company, charity, public_authority or employer (of those you write to)
# similar_to_purchases = true              # what you write about is similar to what people bought
# b2b_subject = "catering equipment"       # the profession your professional messages are tied to
# successor_of = ["Old Name SA"]           # companies you legally continue

[[purpose]]
key = "newsletter"
category = "marketing"
retention = "36mo"
title.fr = "Notre lettre d’information"
description.fr = "Recevoir par e-mail nos informations commerciales sur nos produits."
title.en = "Our newsletter"
description.en = "Receive our marketing messages about our products by e-mail."
title.de = "Unser Newsletter"
description.de = "Per E-Mail Werbung zu unseren Produkten erhalten."
title.es = "Nuestro boletín"
description.es = "Recibir por correo electrónico mensajes comerciales sobre nuestros productos."
title.it = "La nostra newsletter"
description.it = "Ricevere per e-mail messaggi commerciali sui nostri prodotti."
title.nl = "Onze nieuwsbrief"
description.nl = "Per e-mail reclame over onze producten ontvangen."
title.pt = "A nossa newsletter"
description.pt = "Receber por e-mail mensagens comerciais sobre os nossos produtos."

# Contact policy by country. Where nothing is said: P2, only people with an independent legal basis.
# [policy.country.FR]
# mode = "P1"                              # doubtful people with some proof may be asked by e-mail
# justification = "reference of the legal opinion"
# approved_by = "dpo@exemple.example"
# approved_at = 2026-01-31
# post = false                             # true where a balancing test for letters is documented
`

// StarterChoice is what a starter campaign is chosen by.
type StarterChoice struct {
	Situation string   // one of Situations; empty: the first
	Languages []string // empty: all that the organisation's purposes speak
}

// Situation is why people are asked, which decides the words and whom to ask.
type Situation struct {
	Name string
	Says string   // what it is, for help
	ask  []string // the audience
}

// Situations are those that there are starter texts for; the first is what is taken when none is named.
func Situations() []Situation {
	return []Situation{
		{"proof-missing", "the records do not prove that people agreed", []string{"doubtful"}},
		{"purpose-changed", "what data is to be used for is new", []string{"doubtful", "refresh"}},
		{"end-of-retention", "the time for which data may be kept is ending", []string{"doubtful", "refresh"}},
		{"merged-brands", "brands or companies have become one", []string{"doubtful", "refresh"}},
		{"soft-opt-in", "customers who are written to without having said yes", []string{"soft_opt_in"}},
	}
}

// starterText is the author's part of message and form to begin with.
type starterText struct {
	Subject string `toml:"subject"`
	Body    string `toml:"body"`
	Title   string `toml:"title"`
	Intro   string `toml:"intro"`
}

//go:embed starter/*.toml
var starters embed.FS

// starterTexts are the texts of a language, by situation.
func starterTexts(language string) (map[string]starterText, error) {
	file, err := starters.ReadFile("starter/" + language + ".toml")
	if err != nil {
		return nil, unspoken(language)
	}
	var texts map[string]starterText
	_, err = toml.Decode(string(file), &texts)
	return texts, fault.Wrap("app.starterTexts", err)
}

func unspoken(language string) error {
	return fault.New(fault.Invalid, "starter.language", "there are no starter texts in {language}; there are some in {known}", "language", language, "known", strings.Join(shipped(), ", ")).
		Hint("write the name as in --language fr,de")
}

// shipped are the languages that there are complete texts for, in the order of a starter file.
func shipped() []string {
	known := mailer.Languages()
	return slices.DeleteFunc([]string{"fr", "en", "de", "es", "it", "nl", "pt"}, func(l string) bool { return !slices.Contains(known, l) })
}

// StarterCampaign is a complete campaign file for a situation, ready to be created, linted and approved as it stands.
func StarterCampaign(name string, o campaign.Organisation, today campaign.Date, c StarterChoice) (string, error) {
	s, err := situation(c.Situation)
	if err != nil {
		return "", err
	}
	languages, err := chosenLanguages(o, c.Languages)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	starterHead(&b, name, o, today, s, languages)
	for _, l := range languages {
		texts, err := starterTexts(l)
		if err != nil {
			return "", err
		}
		t := texts[s.Name]
		fmt.Fprintf(&b, "\n[message.%s]\nsubject = %s\nbody = \"\"\"\n%s\"\"\"\n", l, quote(t.Subject), strings.TrimSpace(t.Body)+"\n")
		fmt.Fprintf(&b, "\n[form.%s]\ntitle = %s\nintro = %s\n", l, quote(t.Title), quote(t.Intro))
	}
	b.WriteString(starterFoot)
	return b.String(), nil
}

// starterFoot tells what the texts can hold. It stands last, so that the lines above stay where people know them.
const starterFoot = `
# The layout adds the questions, the link to the form, the objection and all that the law wants said.
# The texts are Markdown without links, images and HTML. They can use {{greeting}} {{first_name}} {{last_name}} {{title}}
# {{company}} {{source}} {{attribute.COLUMN}} {{organisation}} {{brands}} {{purposes}} {{retention}} {{deadline}}, and, alone in a
# paragraph, {{choose}} {{unsubscribe}}. {{company|your company}} says what stands where a contact has no value.
# A form can use {{organisation}} and {{deadline}}: it shows nothing of a person.
`

func situation(name string) (Situation, error) {
	var names []string
	for _, s := range Situations() {
		if s.Name == name || name == "" {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Situation{}, fault.New(fault.Invalid, "starter.situation", "there is no situation {name}; there are {known}", "name", name, "known", strings.Join(names, ", ")).
		Hint("reoptin campaign new --help says what each is for")
}

// chosenLanguages are those asked for, each of which the organisation's purposes must speak.
func chosenLanguages(o campaign.Organisation, wanted []string) ([]string, error) {
	if len(wanted) == 0 {
		if all := spoken(o); len(all) > 0 {
			return all, nil
		}
		wanted = shipped()[:1] // the purposes speak none of ours: say which texts are missing
	}
	var out []string
	for _, l := range wanted {
		switch l = strings.ToLower(strings.TrimSpace(l)); {
		case !slices.Contains(shipped(), l):
			return nil, unspoken(l)
		case !slices.Contains(spoken(o), l):
			return nil, fault.New(fault.Invalid, "starter.untranslated", "the organisation's purposes have no title and description in {language}", "language", l).
				Hint("add title." + l + " and description." + l + " to each [[purpose]] of the organisation file, then reoptin organisation apply FILE")
		case !slices.Contains(out, l):
			out = append(out, l)
		}
	}
	return out, nil
}

// starterHead writes all but the texts.
func starterHead(b *strings.Builder, name string, o campaign.Organisation, today campaign.Date, s Situation, languages []string) {
	fmt.Fprintf(b, "# One round of asking: %s. Create it with: reoptin campaign create %s.toml\n", s.Says, name)
	b.WriteByte('\n')
	fmt.Fprintf(b, "name = %s\n", quote(name))
	fmt.Fprintf(b, "purposes = [%s]                # keys of the organisation's purposes\n", list(purposeKeys(o)))
	b.WriteString("channels = [\"email\"]                   # how you would write later; each is asked on its own: email, sms, phone, post\n")
	fmt.Fprintf(b, "languages = [%s]               # the first is the fallback\n", list(languages))
	fmt.Fprintf(b, "\n[audience]\nask = [%s]                     # doubtful, refresh, soft_opt_in, b2b\n", list(s.ask))
	b.WriteString("active_within = \"36mo\"                 # last contact coming from the person; the most recent are asked first\nroutes = [\"email\"]                     # email, letter; who may be asked by letter only is left out unless letter stands here\n")
	fmt.Fprintf(b, "\n[sender]\nname = %s\naddress = %s\nreply_to = %s\n", quote(o.Name), quote(o.Email), quote(o.Email))
	fmt.Fprintf(b, "\n[schedule]\n# start = %sT09:00:00Z         # nothing is sent before; leave out to send as soon as it is started\n", today.AddDays(1))
	fmt.Fprintf(b, "deadline = %s                  # last day to answer; then silence is a no\n", workday(today.AddDays(answerDays), o.Country))
	b.WriteString("# window = \"Mon-Fri 09:00-19:00\"        # narrower than sending.window in reoptin.toml\n# timezone = \"Europe/Paris\"            # or \"recipient\": the clock of each person; quiet_days = [\"12-25\"] sends nothing then\n# rate = \"60/min\"                        # lower than sending.rate in reoptin.toml; connections = 2 has no more messages under way at once\n")
}

func purposeKeys(o campaign.Organisation) []string {
	var keys []string
	for _, p := range o.Purposes {
		keys = append(keys, p.Key)
	}
	return keys
}

// spoken are the shipped languages in which every purpose has its words, the country's own first.
func spoken(o campaign.Organisation) []string {
	own := tongues[o.Country]
	if own == "" {
		own = "en"
	}
	var out []string
	for _, l := range append([]string{own}, shipped()...) {
		wordless := slices.ContainsFunc(o.Purposes, func(p campaign.Purpose) bool { return p.Title[l] == "" || p.Description[l] == "" })
		if !wordless && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

func list(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return strings.Join(quoted, ", ")
}

// workday is d, or the next day on which a country works.
func workday(d campaign.Date, country string) campaign.Date {
	for d.Time().Weekday() == time.Saturday || d.Time().Weekday() == time.Sunday || lint.Holiday(country, d.Time()) {
		d = d.AddDays(1)
	}
	return d
}
