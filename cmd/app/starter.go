package app

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/mailer"
)

// shipped are the languages that reoptin has complete texts for, in the order of a starter file.
var shipped = []string{"fr", "en", "de", "es", "it", "nl", "pt"}

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
dpo = "dpo@exemple.example"                # leave empty when none is designated
authority = "CNIL"                         # the supervisory authority people may complain to
# logo = "logo.png"                        # beside this file: PNG or JPEG, at most 16 KiB; shown above the form
# accent = "#0d5a63"                       # the one colour of the form's buttons; made darker or lighter where it could not be read
# recipients = ["Example Hosting, Ireland"] # who else gets the data; message and form must name each

# Facts that some rows of ` + "`reoptin contacts rules`" + ` need. Leave them out when nobody can state them.
# similar_to_purchases = true              # what you write about is similar to what people bought
# b2b_subject = "catering equipment"       # the profession your professional messages are tied to
# successor_of = ["Old Name SA"]           # companies you legally continue

[[purpose]]
key = "newsletter"
category = "marketing"
retention = "36mo"
title.fr = "Notre lettre d'information"
description.fr = "Recevoir par e-mail nos informations commerciales sur nos produits."
title.en = "Our newsletter"
description.en = "Receive our marketing messages about our products by e-mail."

# Contact policy by country. Where nothing is said: P2, only people with an independent legal basis.
# [policy.country.FR]
# mode = "P1"                              # doubtful people with some proof may be asked by e-mail
# justification = "reference of the legal opinion"
# approved_by = "dpo@exemple.example"
# approved_at = 2026-01-31
# post = false                             # true where a balancing test for letters is documented
`

// StarterCampaign is a complete campaign file in every shipped language that the organisation's
// purposes speak, ready to be created, linted and approved as it stands.
func StarterCampaign(name string, o campaign.Organisation, today campaign.Date) string {
	var b strings.Builder
	languages := spoken(o)
	fmt.Fprintf(&b, "# One round of asking. Create it with: reoptin campaign create %s.toml\n\n", name)
	fmt.Fprintf(&b, "name = %s\n", quote(name))
	fmt.Fprintf(&b, "purposes = [%s]                # keys of the organisation's purposes\n", list(purposeKeys(o)))
	b.WriteString("channels = [\"email\"]                   # how you would write later; each is asked on its own: email, sms, phone, post\n")
	fmt.Fprintf(&b, "languages = [%s]               # the first is the fallback\n", list(languages))
	b.WriteString("\n[audience]\nask = [\"doubtful\"]                     # also: refresh, soft_opt_in, b2b\n")
	b.WriteString("active_within = \"36mo\"                 # last contact coming from the person; the most recent are asked first\nroutes = [\"email\"]\n")
	fmt.Fprintf(&b, "\n[sender]\nname = %s\naddress = %s\nreply_to = %s\n", quote(o.Name), quote(o.Email), quote(o.Email))
	fmt.Fprintf(&b, "\n[schedule]\n# start = %sT09:00:00Z         # nothing is sent before; leave out to send as soon as it is started\n", today.AddDays(1))
	fmt.Fprintf(&b, "deadline = %s                  # last day to answer; then silence is a no\n", workday(today.AddDays(answerDays)))
	b.WriteString("# window = \"Mon-Fri 09:00-19:00\"        # narrower than sending.window in reoptin.toml\n# timezone = \"Europe/Paris\"            # or \"recipient\": the clock of each person; quiet_days = [\"12-25\"] sends nothing then\n# rate = \"60/min\"                        # lower than sending.rate in reoptin.toml; connections = 2 has no more messages under way at once\n")
	for _, l := range languages {
		t, _ := mailer.StarterText(l)
		fmt.Fprintf(&b, "\n[message.%s]\nsubject = %s\nbody = \"\"\"\n%s\"\"\"\n", l, quote(t.Subject), strings.TrimSpace(t.Body)+"\n")
		fmt.Fprintf(&b, "\n[form.%s]\ntitle = %s\nintro = %s\n", l, quote(t.FormTitle), quote(t.FormIntro))
	}
	return b.String()
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
	for _, l := range append([]string{own}, shipped...) {
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

// workday is d, or the Monday after when d falls on a weekend.
func workday(d campaign.Date) campaign.Date {
	switch d.Time().Weekday() {
	case time.Saturday:
		return d.AddDays(2)
	case time.Sunday:
		return d.AddDays(1)
	}
	return d
}
