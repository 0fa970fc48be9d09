package lint

import (
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// line is one mandatory sentence of the sample campaign, and the rule that misses it.
type line struct {
	on   string // "m" message, "f" form, "mf" both
	rule string // the rule that reports its absence; "" for what is not mandatory
	text string
}

// script is all that the sample campaign says in one language.
type script struct {
	subject, choose, stop, notice, title, save, refuse, thanks, switched string
	lines                                                                []line
}

// scripts of the sample campaign; each line carries exactly one mandatory item.
func scripts() map[string]script {
	return map[string]script{
		"fr": {
			subject: "Maison Lumen : votre choix sur nos e-mails", choose: "Faire mon choix",
			stop: "Ne plus recevoir aucun message", notice: "Notre notice de confidentialité",
			title: "Notre lettre d'information", save: "Enregistrer mes choix", refuse: "Refuser toutes les demandes",
			thanks: "Notre lettre d'information : oui, enregistré le 2 mars 2026 à 10:15 UTC. Numéro de reçu 7F3A.", switched: "English",
			lines: []line{
				{"m", "ORIG-001", "Vous recevez ce message suite à votre achat dans notre boutique en 2021."},
				{"m", "INFO-008", "Si vous ne répondez pas avant le 2 avril 2026, nous cesserons de vous écrire."},
				{"m", "INFO-013", "Votre réponse est libre."},
				{"m", "INFO-013", "Elle n'a aucun effet sur vos commandes."},
				{"mf", "PURP-001", "Il s'agit de messages commerciaux sur nos produits."},
				{"mf", "PURP-005", "Notre lettre d'information, par e-mail"},
				{"mf", "INFO-002", "Un accord se retire à tout moment : vous pouvez changer d'avis d'un clic."},
				{"mf", "INFO-004", "Après un oui, nous conservons votre adresse 36 mois après votre dernier signe."},
				{"f", "", "Votre réponse concerne l'adresse j•••e@e•••e.net."},
				{"f", "INFO-014", "Données utilisées : votre nom et votre adresse e-mail."},
				{"mf", "INFO-005", "Vos droits : accès, rectification, effacement, limitation, portabilité et opposition."},
				{"mf", "ID-004", "Délégué à la protection des données : dpo@lumen.example"},
				{"mf", "INFO-006", "Vous pouvez saisir la CNIL."},
				{"mf", "INFO-010", "Aucun profilage, aucun suivi de la lecture."},
				{"mf", "INFO-004", "Si vous dites non, nous effaçons ce qui ne sert plus."},
				{"m", "INFO-012", "Base légale : votre accord pour la suite, notre intérêt légitime pour cette question."},
				{"mf", "ID-001", "Maison Lumen SAS"},
				{"m", "ID-002", "12 rue de la République, 69002 Lyon, France"},
				{"m", "ID-006", "RCS Lyon 123 456 789"},
				{"mf", "ID-003", "contact@lumen.example"},
			},
		},
		"en": {
			subject: "Maison Lumen: your choice about our e-mails", choose: "Make my choice",
			stop: "No more messages at all", notice: "Our privacy notice",
			title: "Our newsletter", save: "Save my choices", refuse: "Refuse everything",
			thanks: "Our newsletter: yes, recorded on 2 March 2026 at 10:15 UTC. Receipt number 7F3A.", switched: "Français",
			lines: []line{
				{"m", "ORIG-001", "You receive this message because you bought something in our shop in 2021."},
				{"m", "INFO-008", "If you do not answer by 2 April 2026, we stop writing to you."},
				{"m", "INFO-013", "You are free to say no."},
				{"m", "INFO-013", "Your answer has no effect on your orders."},
				{"mf", "PURP-001", "This is about marketing messages on our products."},
				{"mf", "PURP-005", "Our newsletter, by e-mail"},
				{"mf", "INFO-002", "You can change your mind at any time with one click."},
				{"mf", "INFO-004", "After a yes we keep your address for 36 months after your last sign."},
				{"f", "", "Your answer is about the address j•••e@e•••e.net."},
				{"f", "INFO-014", "Data used: your name and your e-mail address."},
				{"mf", "INFO-005", "Your rights: access, rectification, erasure, restriction, portability and objection."},
				{"mf", "ID-004", "Data protection officer: dpo@lumen.example"},
				{"mf", "INFO-006", "You may write to the CNIL."},
				{"mf", "INFO-010", "No profiling, and nobody watches what you read."},
				{"mf", "INFO-004", "If you say no, we delete what is no longer needed."},
				{"m", "INFO-012", "Legal basis: your consent from now on, our legitimate interest for this question."},
				{"mf", "ID-001", "Maison Lumen SAS"},
				{"m", "ID-002", "12 rue de la République, 69002 Lyon, France"},
				{"m", "ID-006", "RCS Lyon 123 456 789"},
				{"mf", "ID-003", "contact@lumen.example"},
			},
		},
	}
}

// good is a draft that no rule objects to, in French and English, for three sample contacts each.
func good(tb testing.TB) Draft {
	tb.Helper()
	return drafted(scripts())
}

// only leaves one language of a draft, which makes a check three times as fast.
func only(d Draft, language string) Draft {
	d.Languages = []string{language}
	d.Sheets = slices.DeleteFunc(d.Sheets, func(s Sheets) bool { return s.Language != language })
	return d
}

// drafted lays scripts out as the house does.
func drafted(all map[string]script) Draft {
	d := Draft{
		Name: "printemps-2026", Languages: []string{"fr", "en"},
		Controller: Controller{Name: "Maison Lumen", Brands: []string{"Maison Lumen"}, LegalName: "Maison Lumen SAS", LegalForm: "SAS",
			Registration: "RCS Lyon 123 456 789", Address: "12 rue de la République, 69002 Lyon, France", Country: "FR",
			Email: "contact@lumen.example", Phone: "+33 4 00 00 00 00", PrivacyURL: "https://lumen.example/confidentialite",
			DPO: "dpo@lumen.example", Authority: "CNIL"},
		Questions: []Question{{Purpose: "newsletter", Channel: "email", Retention: "36mo",
			Title:       map[string]string{"fr": "Notre lettre d'information", "en": "Our newsletter"},
			Description: map[string]string{"fr": "Nos informations commerciales sur nos produits.", "en": "Marketing messages about our products."}}},
		Sender:   Sender{Name: "Maison Lumen", Address: "bonjour@lumen.example", ReplyTo: "contact@lumen.example"},
		Start:    time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		Deadline: time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC),
		Today:    time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC),
		Window:   "Mon-Fri 09:00-19:00", BaseURL: "https://choix.lumen.example",
	}
	for language := range all {
		if !slices.Contains(d.Languages, language) {
			d.Languages = append(d.Languages, language)
		}
	}
	slices.Sort(d.Languages[2:])
	for _, language := range d.Languages {
		s := all[language]
		for i, sample := range []string{"complete", "no name", "no source"} {
			d.Sheets = append(d.Sheets, Sheets{Language: language, Sample: sample,
				Message: s.message(language, fmt.Sprintf("tok%dAAAAAAAAAA", i)), Form: s.form(language)})
		}
		d.Authored = append(d.Authored, Authored{Where: "message." + language + ".subject", Language: language, Text: s.subject})
	}
	return d
}

// says gives the lines of the message ("m") or the form ("f").
func (s script) says(on string) []string {
	var out []string
	for _, l := range s.lines {
		if strings.Contains(l.on, on) {
			out = append(out, l.text)
		}
	}
	return out
}

// message lays the message out.
func (s script) message(language, token string) Message {
	choose, stop := "https://choix.lumen.example/c/"+token, "https://choix.lumen.example/u/"+token
	const notice = "https://lumen.example/confidentialite"
	var h, t strings.Builder
	fmt.Fprintf(&h, `<!doctype html><html lang="%s"><head><title>%s</title></head><body><h1>Maison Lumen</h1>`, language, html.EscapeString(s.subject))
	t.WriteString("Maison Lumen\n\n")
	for _, text := range s.says("m") {
		fmt.Fprintf(&h, "<p>%s</p>\n", html.EscapeString(text))
		t.WriteString(text + "\n\n")
	}
	fmt.Fprintf(&h, `<p><a href="%s">%s</a></p><div class="objection"><p><a href="%s">%s</a></p></div><p><a href="%s">%s</a></p></body></html>`,
		choose, s.choose, stop, s.stop, notice, s.notice)
	fmt.Fprintf(&t, "%s :\n%s\n\n%s :\n%s\n\n%s :\n%s\n", s.choose, choose, s.stop, stop, s.notice, notice)
	return Message{Subject: s.subject, HTML: h.String(), Text: t.String(),
		Raw: []byte("From: x\r\nSubject: y\r\n\r\nbody\r\n"),
		Header: map[string][]string{
			"From": {"Maison Lumen <bonjour@lumen.example>"}, "To": {"<jeanne@example.net>"}, "Reply-To": {"contact@lumen.example"},
			"Date": {"Mon, 02 Mar 2026 10:00:00 +0100"}, "Message-ID": {"<a@lumen.example>"},
			"List-Unsubscribe": {"<" + stop + ">"}, "List-Unsubscribe-Post": {"List-Unsubscribe=One-Click"},
			"Auto-Submitted": {"auto-generated"}, "List-Id": {"<c1.lumen.example>"}, "Feedback-ID": {"c1:reoptin"},
		}}
}

// form lays the form out.
func (s script) form(language string) Form {
	var h strings.Builder
	fmt.Fprintf(&h, `<!doctype html><html lang="%s"><head><meta name="robots" content="noindex, nofollow"><link rel="stylesheet" href="/static/form.css"></head><body>`, language)
	fmt.Fprintf(&h, `<nav><a href="?lang=xx">%s</a></nav>`, s.switched)
	for _, text := range s.says("f") {
		fmt.Fprintf(&h, "<p>%s</p>\n", html.EscapeString(text))
	}
	fmt.Fprintf(&h, `<p><a href="https://lumen.example/confidentialite" rel="noreferrer noopener">%s</a></p>
<form method="post"><input type="hidden" name="form" value="nonce">
<div class="trap" aria-hidden="true"><input type="text" name="website" tabindex="-1" autocomplete="off"></div>
<label><input type="checkbox" name="decision.newsletter.email" value="yes"> E-mail</label>
<div class="actions"><button type="submit" class="choice" name="action" value="save">%s</button><button type="submit" class="choice" name="action" value="refuse-all">%s</button></div>
</form></body></html>`, s.notice, s.save, s.refuse)
	return Form{HTML: h.String(),
		Thanks: `<!doctype html><html lang="` + language + `"><body><p>` + html.EscapeString(s.thanks) + `</p><p><a href="/c/tok">` + s.title + `</a></p></body></html>`,
		Header: map[string][]string{"Cache-Control": {"no-store"}, "Referrer-Policy": {"same-origin"}, "X-Robots-Tag": {"noindex, nofollow, noarchive"},
			"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"}, "X-Content-Type-Options": {"nosniff"}}}
}

// rulesOf gives the distinct rules of findings.
func rulesOf(found []Finding) []string {
	var out []string
	for _, f := range found {
		if !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	slices.Sort(out)
	return out
}

func TestGoodDraftIsClean(t *testing.T) {
	t.Parallel()
	for _, f := range Check(everyLanguage()) {
		t.Errorf("%s %s %s %q: %s", f.Severity, f.Rule, f.Where, f.Text, f.Message)
	}
}

// Each mandatory sentence, taken out alone, is missed by its own rule.
func TestMissingSentence(t *testing.T) {
	t.Parallel()
	every := abroad()
	maps.Copy(every, scripts())
	for _, language := range tongues {
		for i, l := range every[language].lines {
			all := maps.Clone(every)
			s := all[language]
			s.lines = slices.Delete(slices.Clone(s.lines), i, i+1)
			all[language] = s
			wanted := l.rule
			if wanted == "" {
				wanted = "FORM-006"
			}
			found := Check(only(spoken(drafted(all)), language))
			if !slices.Contains(rulesOf(found), wanted) {
				t.Errorf("%s: without %q: got %v, want %s", language, l.text, rulesOf(found), wanted)
			}
			for _, f := range found {
				if f.Rule != wanted && !(wanted == "ID-001" && f.Rule == "ID-006") {
					t.Errorf("%s: without %q: also %s %s %s", language, l.text, f.Rule, f.Where, f.Message)
				}
				if f.Rule == wanted && !strings.Contains(f.Where, "."+language) {
					t.Errorf("%s: without %q: found at %s", language, l.text, f.Where)
				}
			}
		}
	}
}
