package mailer

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/fault"
)

func TestDocumentsAreKeptWithPlaceholders(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	docs, err := c.Documents(frozen())
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Documents(frozen())
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for n, d := range docs {
		names += d.Name + " "
		if d.SHA256 != again[n].SHA256 {
			t.Errorf("%s: the same campaign gives other bytes", d.Name)
		}
		for _, slot := range []string{"{{greeting}}", "{{source}}", "{{relationship}}", "{{choose}}", "{{unsubscribe}}"} {
			if n := strings.Count(string(d.Content), slot); n != 1 {
				t.Errorf("%s: %s stands %d times", d.Name, slot, n)
			}
		}
		if strings.Contains(string(d.Content), "choix.lumiere.example") {
			t.Errorf("%s: a link of one person is kept", d.Name)
		}
	}
	if names != "message.fr.html message.fr.txt message.en.html message.en.txt " {
		t.Error(names)
	}
}

// Every item of COMPLIANCE A.9 stands in both parts of both languages.
func TestMandatoryContent(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	tags := regexp.MustCompile(`<[^>]*>`)
	for language, wants := range map[string][]string{
		"fr": {"Maison Lumière SAS", "12 rue de la République, 69002 Lyon, France", "contact@lumiere.example", "RCS Lyon 123 456 789", "+33 4 00 00 00 00", "dpo@lumiere.example",
			"formulaire boutique, le 22 décembre 2025", "par e-mail", "par SMS", "messages commerciaux", "Votre réponse est libre", "ne change rien d'autre", "2 avril 2026", "effacerons vos données de prospection",
			"changer d'avis à tout moment", "Plus aucun message", "Accès, rectification, effacement, limitation, portabilité et opposition", "CNIL", "36 mois", "Après un non", "intérêt légitime", "votre accord et lui seul",
			"personne d'autre ne les reçoit", "Aucun profilage, aucun suivi des ouvertures ni des clics", "non obligatoire", "communication commerciale", "Notre politique de confidentialité"},
		"en": {"Maison Lumière SAS", "12 rue de la République, 69002 Lyon, France", "contact@lumiere.example", "RCS Lyon 123 456 789", "+33 4 00 00 00 00", "dpo@lumiere.example",
			"formulaire boutique, on 22 December 2025", "by e-mail", "by text message", "marketing messages", "You are free to say no", "Nothing else changes", "2 April 2026", "delete your marketing data",
			"change your mind at any time", "No more messages", "Access, rectification, erasure, restriction, portability and objection", "CNIL", "36 months", "After a no", "legitimate interest", "your consent and nothing else",
			"nobody else receives them", "No profiling, and no tracking of opens or clicks", "you do not have to answer", "commercial message", "Our privacy notice"},
	} {
		_, parts, err := c.Preview(frozen(), campaign.Sample{Language: language, Values: campaign.Values{"source": "formulaire boutique", "source_date": "2025-12-22"}})
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.ReplaceAll(tags.ReplaceAllString(parts.HTML, " "), "&#39;", "'")
		for _, want := range wants {
			if !strings.Contains(parts.Text, want) || !strings.Contains(shown, want) {
				t.Errorf("%s: %q is missing", language, want)
			}
		}
		if n := len(strings.Fields(parts.Text)); n > 450 {
			t.Errorf("%s: %d words", language, n)
		}
		for _, link := range []string{"https://choix.lumiere.example/c/", "https://choix.lumiere.example/u/", "https://lumiere.example/confidentialite"} {
			if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(link) + `\S*$`).MatchString(parts.Text) {
				t.Errorf("%s: %s does not stand alone on a line", language, link)
			}
		}
		if !strings.Contains(parts.HTML, `<html lang="`+language+`" dir="ltr">`) || strings.Contains(parts.HTML, "<img") || strings.Contains(parts.HTML, "url(") {
			t.Errorf("%s: language, image or remote resource", language)
		}
	}
}

// What the layout says passes the rules that look at the message alone.
func TestLayoutPassesTheLint(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	f := frozen()
	f.File.Channels = []string{"email"}
	o := f.Organisation
	d := lint.Draft{Name: f.File.Name, Languages: f.File.Languages, Sender: lint.Sender(f.File.Sender), BaseURL: "https://choix.lumiere.example", Window: "Mon-Fri 09:00-19:00",
		Controller: lint.Controller{Name: o.Name, Brands: o.Brands, LegalName: o.LegalName, LegalForm: o.LegalForm, Registration: o.Registration, Address: o.Address, Country: o.Country,
			Email: o.Email, Phone: o.Phone, PrivacyURL: o.PrivacyURL, DPO: o.DPO, Authority: o.Authority},
		Questions: []lint.Question{{Purpose: "newsletter", Channel: "email", Retention: "36mo", Title: o.Purposes[0].Title, Description: o.Purposes[0].Description}},
		Today:     time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Deadline: f.File.Schedule.Deadline.Time()}
	for _, language := range f.File.Languages {
		for sample, v := range map[string]campaign.Values{"complete": {"first_name": "Jeanne", "source": "formulaire", "source_date": "2025-03-14", "relationship": "customer"}, "no name": {"source": "formulaire"}, "no source": {"first_name": "Li", "last_name": "O'Brien & fils"}} {
			m, parts, err := c.Preview(f, campaign.Sample{Language: language, Email: "jeanne@example.net", Values: v})
			if err != nil {
				t.Fatal(err)
			}
			d.Sheets = append(d.Sheets, lint.Sheets{Language: language, Sample: sample, Message: lint.Message{Subject: parts.Subject, Text: parts.Text, HTML: parts.HTML, Header: parts.Header, Raw: m.Bytes}})
		}
		text := f.File.Message[language]
		d.Authored = append(d.Authored, lint.Authored{Where: "message." + language + ".subject", Language: language, Text: text.Subject}, lint.Authored{Where: "message." + language + ".body", Language: language, Text: text.Body})
	}
	for _, found := range lint.Check(d) {
		if strings.HasPrefix(found.Where, "message") || strings.HasPrefix(found.Where, "sender") {
			if !strings.HasPrefix(found.Message, "The form") {
				t.Errorf("%+v", found)
			}
		}
	}
}

func TestAuthorsText(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	for name, s := range map[string]struct {
		subject, body, want string
	}{
		"unknown in body":       {"", "Hello {{nickname}}", "{{nickname}}"},
		"unknown in subject":    {"Hi {{nickname}}", "", "{{nickname}}"},
		"personal in subject":   {"Hi {{first_name}}", "", "{{first_name}}"},
		"not closed":            {"", "Hello {{first_name", "not closed"},
		"markdown link":         {"", "See [here](https://x.example)", "link"},
		"relative link":         {"", "See [here](/x)", "link"},
		"autolink":              {"", "<mailto:a@b.example>", "link"},
		"reference link":        {"", "See [here]\n\n[here]: /x", "link"},
		"bare link":             {"", "See https://x.example", "link"},
		"bare www":              {"", "See www.x.example", "link"},
		"image":                 {"", "![x](y.png)", "image"},
		"raw html":              {"", "a <b>b</b>", "HTML"},
		"html block":            {"", "<div>b</div>", "HTML"},
		"code":                  {"", "`x`", "code"},
		"link twice":            {"", "{{choose}}\n\n{{choose}}", "once"},
		"link in a sentence":    {"", "Click {{choose}} now", "once"},
		"objection in sentence": {"", "Or {{unsubscribe}}", "once"},
		"private use":           {"", "a \uE000 b", "private-use"},
		"attribute with markup": {"", "{{attribute.<b>}}", "{{attribute.<b>}}"},
		"layout's own":          {"", "{{relationship}}", "{{relationship}}"},
		"empty subject":         {" ", "", "empty"},
	} {
		f := frozen()
		m := f.File.Message["fr"]
		if s.subject != "" {
			m.Subject = s.subject
		}
		if s.body != "" {
			m.Body = s.body
		}
		f.File.Message["fr"] = m
		_, err := c.Documents(f)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), s.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAuthorsMarkdown(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	f := frozen()
	f.Organisation.Name = "R&D *plus* <x>"
	f.File.Message["fr"] = campaign.MessageText{Subject: "{{ organisation }} : votre choix", Body: "{{greeting}}\n\nDe **{{organisation}}**, le {{deadline}} : {{purposes}}, {{first_name}} _et_ {{last_name}}.\r\nSuite\\*.\n\n" +
		"- un\n- deux {{attribute.carte_de_fidélité}}\n\n{{choose}}\n\n{{unsubscribe}}\n\n1. a\n2. b\n\n> cité\n\n---\n\n## Fin &amp; suite\n"}
	m, parts, err := c.Preview(f, campaign.Sample{Language: "fr", Values: campaign.Values{"first_name": "A_b_c", "last_name": "<i>", "attribute.carte_de_fidélité": "n°7"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"De R&D *plus* <x>, le 2 avril 2026 : Notre lettre d'information, A_b_c et <i>. Suite*.", "- un\n- deux n°7", "Choisir : oui ou non\nhttps://", "1. a\n2. b", "> cité", "* * *", "Fin & suite"} {
		if !strings.Contains(parts.Text, want) {
			t.Errorf("text lacks %q:\n%s", want, parts.Text)
		}
	}
	for _, want := range []string{"<strong>R&amp;D *plus* &lt;x&gt;</strong>", "A_b_c <em>et</em> &lt;i&gt;", "<li>deux n°7</li>", "<h2>Fin &amp; suite</h2>"} {
		if !strings.Contains(parts.HTML, want) {
			t.Errorf("HTML lacks %q:\n%s", want, parts.HTML)
		}
	}
	if strings.Count(parts.HTML, `href="https://choix.lumiere.example/c/`) != 1 || strings.Count(parts.HTML, `class="objection`) != 1 || strings.Index(parts.HTML, "/c/") > strings.Index(parts.HTML, "cité") {
		t.Error("the author's own places for the links are not used")
	}
	if !strings.Contains(string(m.Bytes), "Subject: R&D *plus* <x> : votre choix\r\n") {
		t.Errorf("subject %q", parts.Subject)
	}
}

func TestLanguagesAndOrganisation(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	f := frozen()
	f.File.Languages = []string{"pl"}
	if _, err := c.Documents(f); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "no message layout for language pl") {
		t.Errorf("%v", err)
	}
	f = frozen()
	f.Organisation.Address = "{{first_name}} street"
	if _, err := c.Documents(f); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	f = frozen()
	f.File.Purposes = []string{"nothing"}
	if _, err := c.Documents(f); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	f = frozen()
	f.Organisation.DPO, f.Organisation.Phone, f.Organisation.Registration = "", "", ""
	_, parts, err := c.Preview(f, campaign.Sample{Language: "en"})
	if err != nil || strings.Contains(parts.Text, "officer") || strings.Contains(parts.Text, ", ,") || strings.Contains(parts.Text, "contact@lumiere.example,") {
		t.Errorf("%v\n%s", err, parts.Text)
	}
}
