package mailer

import (
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// authored is the campaign with another body in French.
func authored(body string) campaign.Frozen {
	f := frozen()
	m := f.File.Message["fr"]
	m.Body = body
	f.File.Message["fr"] = m
	return f
}

func TestAnUnknownPlaceholderIsAnsweredWithTheOneThatIsMeant(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	for body, want := range map[string]string{
		"{{prenom}}":          "do you mean {{first_name}}?",
		"{{FirstName}}":       "do you mean {{first_name}}?",
		"{{frist_name}}":      "do you mean {{first_name}}?",
		"{{nachname}}":        "do you mean {{last_name}}?",
		"{{organization}}":    "do you mean {{organisation}}?",
		"{{dedline}}":         "do you mean {{deadline}}?",
		"{{zzz}}":             "it can use greeting, first_name",
		"{first_name}":        "write {{first_name}}",
		"Bonjour { prénom },": "write {{first_name}}",
		"*|FNAME|*":           "another program",
		"{% if x %}":          "another program",
		"${HOME}":             "another program",
		"#{name}":             "another program",
		"<% run %>":           "another program",
		"{{env \"HOME\"}}":    "there is no placeholder",
		"{{.}}":               "there is no placeholder",
		"{{{{first_name}}}}":  "not closed",
		"{{first_name":        "not closed",
	} {
		_, err := c.Documents(authored("Du texte " + body))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	if _, err := c.Documents(authored("Un texte avec {accolades} simples.")); err != nil {
		t.Errorf("braces that mean nothing: %v", err)
	}
}

func TestAMissingValueGivesTheDeclaredFallback(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	f := authored("{{greeting}}\n\nPour {{company|l'équipe <R&D>}} à {{attribute.ville | chez vous}}, de {{brands}} : {{retention}}.")
	content := contentOf(t, c, f)
	kept := string(content.Documents["message.fr.html"].Content)
	if !strings.Contains(kept, "{{company|l&#39;équipe &lt;R&amp;D&gt;}}") {
		t.Errorf("the fallback is not kept as safe text:\n%s", kept)
	}
	for name, values := range map[string]campaign.Values{"none": {}, "company": {"company": "Atelier & fils"}} {
		m, err := c.Compose(invitation("fr", values), content, nil)
		if err != nil {
			t.Fatal(err)
		}
		o := open(t, m.Bytes)
		text, html := "Pour l'équipe <R&D> à chez vous, de Maison Lumière : 36 mois.", "Pour l&#39;équipe &lt;R&amp;D&gt; à chez vous"
		if name == "company" {
			text, html = "Pour Atelier & fils à chez vous", "Pour Atelier &amp; fils à chez vous"
		}
		if !strings.Contains(o.text, text) || !strings.Contains(o.html, html) {
			t.Errorf("%s:\n%s\n%s", name, o.text, o.html)
		}
	}
}

func TestAFallbackStandsOnlyWhereAValueMayLack(t *testing.T) {
	t.Parallel()
	c := testComposer(t, "https://choix.lumiere.example")
	for body, want := range map[string]string{
		"{{organisation|x}}":           "takes no fallback",
		"{{greeting|x}}":               "takes no fallback",
		"{{choose|x}}":                 "takes no fallback",
		"{{company|}}":                 "one line of text",
		"{{company|a|b}}":              "one line of text",
		"{{company|www.shop.example}}": "would become a link",
		"{{company|" + strings.Repeat("x", 201) + "}}": "one line of text",
	} {
		if _, err := c.Documents(authored(body)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %s", body, err, want)
		}
	}
}

// FuzzMarkdown: whatever an author writes is refused with a fault that names the text, or becomes a message whose links,
// images and code are the layout's own.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"{{greeting}}\n\nDu *texte*.", "{{company|x & y}}", "{{first_name}}{{first_name}}", "<script>x</script>", "[a](http://b)", "![a](b)", "`x`", "{{{{}}}}", "{{attribute.a b}}",
		"\ue0000\ue001", "{{choose}}\n\n{{unsubscribe}}", "> > > 1. - *a", "&#x3c;b&#62;", "a\x00b", "{% x %}", "{{env \"HOME\"}}", "{{.}}", "a\r\n\r\nb", "[x]: y\n\n[x]", "<a@b.example>", "{{company|<b>}}"} {
		f.Add(s)
	}
	c := testComposer(f, "https://choix.lumiere.example")
	f.Fuzz(func(t *testing.T, body string) {
		z := authored(body)
		z.File.Languages = []string{"fr"}
		docs, err := c.Documents(z)
		if err != nil {
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "message.fr.body") || fault.HintOf(err) == "" {
				t.Fatalf("%v (%s)", err, fault.HintOf(err))
			}
			return
		}
		_, parts, err := c.Preview(z, campaign.Sample{Language: "fr", Values: hostile})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			for _, m := range placeholder.FindAllStringSubmatch(string(d.Content), -1) {
				name, _, _ := strings.Cut(m[1], "|")
				if !personal(name) && name != slotChoose && name != slotUnsubscribe && name != slotRelationship {
					t.Fatalf("the kept %s has a slot %q", d.Name, m[1])
				}
			}
		}
		harmless(t, parts.HTML)
	})
}

// hostile are values of a contact that would like to be more than text.
var hostile = campaign.Values{"first_name": "{{choose}}<script>", "company": `"><img src=x>`, "last_name": "http://evil.example", "source": "a\r\nBcc: b@c.example", "attribute.x": "{{company|y}}"}

// harmless: two links, to form and objection, and one to the notice; no element that loads or runs anything.
func harmless(t *testing.T, html string) {
	t.Helper()
	low := strings.ToLower(html)
	if strings.Count(low, "<a ") != 3 || strings.Count(low, "href=") != strings.Count(low, `<a class="notice" href=`)+strings.Count(low, `<a href=`) {
		t.Fatalf("links that are not the layout's:\n%s", html)
	}
	for _, bad := range []string{"<script", "<img", "<form", "<iframe", "<link", "<svg", "<object", " onload=", " onclick=", "javascript:"} {
		if strings.Contains(low, bad) {
			t.Fatalf("%s stands in\n%s", bad, html)
		}
	}
}

// FuzzPlaceholder: no name, fallback or value becomes markup, a link, a header or another placeholder.
func FuzzPlaceholder(f *testing.F) {
	for _, s := range [][2]string{{"first_name", "Zoé"}, {"company|votre société", ""}, {"attribute.a", "<b>"}, {"attribute.{{x", "y"}, {"company|<img src=x>", ""}, {"last_name | {{x}}", "y"}, {"choose", "x"},
		{"source", "http://evil.example"}, {"title|a\nb", ""}, {"company|evil.example", ""}, {"é", "\ue000"}, {"attribute.a|b", "{{choose}}"}} {
		f.Add(s[0], s[1])
	}
	c := testComposer(f, "https://choix.lumiere.example")
	f.Fuzz(func(t *testing.T, inner, value string) {
		z := authored("Avant {{" + inner + "}} après.")
		z.File.Languages = []string{"fr"}
		name, _, _ := strings.Cut(inner, "|")
		_, parts, err := c.Preview(z, campaign.Sample{Language: "fr", Values: campaign.Values{strings.TrimSpace(name): value}})
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		harmless(t, parts.HTML)
		if strings.Contains(parts.HTML, "{{") && !strings.Contains(value, "{") || strings.Count(parts.Text, "https://") != 3 {
			t.Fatalf("%q as %q:\n%s", value, inner, parts.Text)
		}
	})
}
