package lint

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// mutation breaks one thing of the good draft; exactly its rule must object.
type mutation struct {
	rule  string
	name  string
	spoil func(*Draft)
}

// inMail changes the first sheet's message by replacing text in its HTML.
func inMail(old, new string) func(*Draft) {
	return func(d *Draft) { replace(&d.Sheets[0].Message.HTML, old, new) }
}

// inBoth adds a sentence to the French message, in both parts.
func inBoth(sentence string) func(*Draft) {
	return func(d *Draft) {
		for i := range 3 {
			m := &d.Sheets[i].Message
			replace(&m.HTML, "</h1>", "</h1><p>"+sentence+"</p>")
			m.Text = sentence + "\n\n" + m.Text
		}
	}
}

// inForm changes the first sheet's form.
func inForm(old, new string) func(*Draft) {
	return func(d *Draft) { replace(&d.Sheets[0].Form.HTML, old, new) }
}

// setHeader sets or, without values, removes a header of the first message.
func setHeader(name string, values ...string) func(*Draft) {
	return func(d *Draft) {
		delete(d.Sheets[0].Message.Header, name)
		if len(values) > 0 {
			d.Sheets[0].Message.Header[name] = values
		}
	}
}

// everywhere changes all parts of all French messages.
func everywhere(old, new string) func(*Draft) {
	return func(d *Draft) {
		for i := range 3 {
			m := &d.Sheets[i].Message
			m.HTML, m.Text = strings.ReplaceAll(m.HTML, old, new), strings.ReplaceAll(m.Text, old, new)
		}
	}
}

// setSubject sets the French subject.
func setSubject(text string) func(*Draft) {
	return func(d *Draft) {
		for i := range 3 {
			d.Sheets[i].Message.Subject = text
		}
		d.Authored[0].Text = text
	}
}

// replace fails the test loudly, by changing everything, when there is nothing to replace.
func replace(s *string, old, new string) {
	if !strings.Contains(*s, old) {
		panic("the good draft has no " + old)
	}
	*s = strings.Replace(*s, old, new, 1)
}

const (
	saveButton   = `<button type="submit" class="choice" name="action" value="save">Enregistrer mes choix</button>`
	refuseButton = `<button type="submit" class="choice" name="action" value="refuse-all">Refuser toutes les demandes</button>`
)

func settingMutations() []mutation {
	return []mutation{
		{"CAMP-005", "policy without justification", func(d *Draft) { d.Unpolicied = map[string]string{"DE": "mode P1 has no justification"} }},
		{"CAMP-007", "valid consent asked", func(d *Draft) { d.AskedValid = true }},
		{"CAMP-008", "ten days", func(d *Draft) { d.Start = d.Deadline.AddDate(0, 0, -10) }},
		{"CAMP-009", "evening", func(d *Draft) { d.Window = "Mon-Fri 09:00-21:00" }},
		{"CAMP-009", "sunday", func(d *Draft) { d.Window = "Mon-Sun 09:00-19:00" }},
		{"ID-001", "no legal name", func(d *Draft) { d.Controller.LegalName = ""; d.Controller.LegalForm = "" }},
		{"ID-002", "no address", func(d *Draft) { d.Controller.Address = "" }},
		{"ID-004", "authority without officer", func(d *Draft) {
			d.Controller.DPO, d.Controller.Public = "", true
			for i := range d.Sheets {
				replace(&d.Sheets[i].Form.HTML, "dpo@", "contact@")
			}
		}},
		{"ID-006", "no registration", func(d *Draft) { d.Controller.Registration = "" }},
		{"ID-005", "person as sender", setHeader("From", "Julie <bonjour@lumen.example>")},
		{"ID-007", "nobody reads", func(d *Draft) { setHeader("Reply-To", "no-reply@lumen.example")(d) }},
		{"SND-001", "free mailbox", setHeader("From", "Maison Lumen <lumen@gmail.com>")},
		{"SND-001", "foreign domain", setHeader("From", "Maison Lumen <lumen@mailer.example>")},
		{"INFO-006", "no authority", func(d *Draft) { d.Controller.Authority = "" }},
		{"INFO-006", "wrong authority", func(d *Draft) { d.Controller.Authority = "Garante" }},
		{"INFO-008", "no deadline", func(d *Draft) { d.Deadline = time.Time{} }},
		{"INFO-008", "other date", func(d *Draft) { d.Deadline = d.Deadline.AddDate(0, 0, 1) }},
		{"INFO-011", "missing language", func(d *Draft) { d.Languages = append(d.Languages, "de") }},
		{"INFO-011", "form in another language", inForm(`<html lang="fr">`, `<html lang="nl">`)},
		{"SUBJ-001", "false reply", setSubject("Re: Maison Lumen, votre choix")},
		{"SUBJ-002", "no topic", setSubject("Maison Lumen")},
		{"SUBJ-002", "no brand", setSubject("Souhaitez-vous encore recevoir nos nouvelles ?")},
		{"SUBJ-003", "shouting", setSubject("MAISON LUMEN : VOTRE CHOIX")},
		{"SUBJ-004", "first name", func(d *Draft) { d.Authored[0].Text = "{{first_name}}, Maison Lumen : votre choix" }},
		{"SUBJ-004", "differs", func(d *Draft) { d.Sheets[1].Message.Subject = "Jeanne, Maison Lumen : votre choix" }},
		{"PURP-005", "question not asked", func(d *Draft) {
			d.Questions = append(d.Questions, Question{Purpose: "offers", Channel: "email", Title: map[string]string{"fr": "Nos offres", "en": "Our offers"}})
			for i := range d.Sheets { // the thank-you page names it
				replace(&d.Sheets[i].Form.Thanks, "<p>", "<p>Nos offres. Our offers. ")
			}
		}},
		{"PURP-006", "empty words", func(d *Draft) {
			d.Questions[0].Title["fr"], d.Questions[0].Description["fr"] = "Restons ensemble", "Oui."
			for i := range 3 {
				replace(&d.Sheets[i].Message.HTML, "d&#39;information, par", "d&#39;information, restons ensemble, par")
				replace(&d.Sheets[i].Message.Text, "d'information, par", "d'information, restons ensemble, par")
				replace(&d.Sheets[i].Form.HTML, "d&#39;information, par", "d&#39;information, restons ensemble, par")
				replace(&d.Sheets[i].Form.Thanks, "<p>", "<p>Restons ensemble : ")
			}
		}},
	}
}

func messageMutations() []mutation {
	return []mutation{
		{"ORIG-001", "gap in the source", everywhere("dans notre boutique en 2021.", "dans .")},
		{"INFO-001", "no notice", everywhere("https://lumen.example/confidentialite", "https://lumen.example/")},
		{"INFO-003", "login to withdraw", inBoth("Connectez-vous pour retirer votre accord.")},
		{"INFO-007", "objection in a paragraph", inMail(`<div class="objection"><p>`, `<div><p>Une phrase ici. Une autre ici. Encore une. `)},
		{"INFO-015", "no link to the form", everywhere("https://choix.lumen.example/c/", "https://choix.lumen.example/x/r/")},
		{"PURP-003", "partners", inBoth("Vos données iront aussi chez nos partenaires.")},
		{"PURP-004", "vague", inBoth("Aidez-nous, pour rester en contact.")},
		{"FREE-001", "voucher", inBoth("Confirmez et recevez un bon d'achat.")},
		{"FREE-001", "tree", inBoth("Pour chaque oui, nous plantons un arbre.")},
		{"FREE-002", "exclusive", inBoth("Recevez nos offres exclusives.")},
		{"FREE-002", "no gift", inBoth("Nous n'offrons pas de cadeau.")},
		{"FREE-003", "account closed", inBoth("Votre compte sera fermé.")},
		{"FREE-006", "price", inBoth("La lampe coûte 49,90 €.")},
		{"FREE-006", "shop", func(d *Draft) {
			inMail("</h1>", `</h1><p><a href="https://lumen.example/lampes">Voir nos produits</a></p>`)(d)
			d.Sheets = append(d.Sheets[:1], d.Sheets[3:]...)
		}},
		{"AMB-005", "silence", inBoth("Votre silence vaut accord.")},
		{"AMB-006", "form in the mail", inMail("</h1>", "</h1><form></form>")},
		{"AMB-003", "answering link", func(d *Draft) {
			inMail("</h1>", `</h1><p><a href="https://lumen.example/q?answer=yes">Répondre</a></p>`)(d)
			d.Sheets = append(d.Sheets[:1], d.Sheets[3:]...)
		}},
		{"DARK-003", "guilt", inBoth("Ne nous quittez pas.")},
		{"DARK-004", "hurry", inBoth("Dernière chance.")},
		{"DARK-004", "countdown", inMail("<h1>", `<h1 class="countdown">`)},
		{"PLAIN-001", "long", inBoth(strings.Repeat("Nous avons un mot de plus. ", 90))},
		{"PLAIN-002", "long sentence", inBoth("Ceci " + strings.Repeat("est un mot et puis ", 8) + "fin.")},
		{"PLAIN-004", "placeholder", inBoth("Bonjour {{first_name}}, merci.")},
		{"PLAIN-004", "empty greeting", inBoth("Bonjour ,")},
		{"TRK-001", "pixel", func(d *Draft) {
			for i := range 3 {
				replace(&d.Sheets[i].Message.HTML, "</h1>", `</h1><img src="https://lumen.example/p.gif" width="1" height="1" alt="">`)
			}
		}},
		{"TRK-002", "campaign parameter", func(d *Draft) {
			for i := range 3 {
				replace(&d.Sheets[i].Message.HTML, "</h1>", `</h1><a href="https://lumen.example/aide?utm_source=mail">Notre aide</a>`)
			}
		}},
		{"TRK-003", "personal link", inMail("</h1>", `</h1><a href="https://lumen.example/x/93fa">Notre aide</a>`)},
		{"TRK-004", "read receipt", setHeader("Disposition-Notification-To", "x@lumen.example")},
		{"TRK-005", "remote picture", func(d *Draft) {
			for i := range 3 {
				replace(&d.Sheets[i].Message.HTML, "</h1>", `</h1><img src="https://lumen.example/logo.png" alt="Maison Lumen">`)
			}
		}},
		{"LINK-001", "foreign host", everywhere("</h1>", `</h1><a href="https://other.example/">Notre aide</a>`)},
		{"LINK-001", "shortener", everywhere("</h1>", `</h1><a href="https://bit.ly/x">Notre aide</a>`)},
		{"LINK-002", "other host shown", everywhere("</h1>", `</h1><a href="https://lumen.example/">www.banque.example</a>`)},
		{"LINK-003", "no https", everywhere("</h1>", `</h1><a href="http://lumen.example/">Notre aide</a>`)},
		{"LINK-004", "many links", everywhere("</h1>", `</h1><a href="https://lumen.example/1">Un sujet</a> <a href="https://lumen.example/2">Un sujet</a> <a href="https://lumen.example/3">Un sujet</a> <a href="https://lumen.example/4">Un sujet</a>`)},
		{"LINK-005", "address in link", everywhere("</h1>", `</h1><a href="https://lumen.example/jeanne%40example.net">Notre aide</a>`)},
		{"LINK-005", "encoded address", everywhere("</h1>", `</h1><a href="https://lumen.example/amVhbm5lQGV4YW1wbGUubmV0">Notre aide</a>`)},
		{"MIME-003", "attachment", func(d *Draft) {
			d.Sheets[0].Message.Raw = []byte("From: x\r\n\r\n--b\r\nContent-Disposition: attachment\r\n\r\n")
		}},
		{"MIME-004", "no language", inMail(`<html lang="fr">`, "<html>")},
		{"MIME-005", "hidden text", inMail("</h1>", `</h1><p style="font-size:0">chaussures vacances plage soleil</p>`)},
		{"MIME-006", "bare line feed", func(d *Draft) { d.Sheets[0].Message.Raw = []byte("From: x\n\r\n") }},
		{"HDR-001", "no one-click", setHeader("List-Unsubscribe-Post")},
		{"HDR-001", "no https", setHeader("List-Unsubscribe", "<mailto:x@lumen.example>")},
		{"HDR-003", "no date", setHeader("Date")},
		{"HDR-003", "two senders", func(d *Draft) {
			setHeader("From", "Maison Lumen <a@lumen.example>, B <b@lumen.example>")(d)
		}},
		{"HDR-004", "not automatic", setHeader("Auto-Submitted")},
	}
}

func formMutations() []mutation {
	return []mutation{
		{"PURP-002", "two channels in a box", inForm("> E-mail</label>", "> Par e-mail et SMS</label>")},
		{"AMB-001", "checked", inForm(`value="yes">`, `value="yes" checked>`)},
		{"AMB-001", "aria-checked", inForm(`value="yes">`, `value="yes" aria-checked="true">`)},
		{"AMB-002", "untick", inForm("<form ", "<p>Décochez pour refuser.</p><form ")},
		{"AMB-003", "refresh", inForm("<meta ", `<meta http-equiv="refresh" content="5"><meta `)},
		{"AMB-003", "get", inForm(`method="post"`, `method="get"`)},
		{"DARK-001", "ghost button", inForm(refuseButton, strings.Replace(refuseButton, `"choice"`, `"choice ghost"`, 1))},
		{"DARK-001", "no refusal", inForm(refuseButton, "")},
		{"DARK-001", "bold", inForm("Enregistrer mes choix", "<b>Enregistrer mes choix</b>")},
		{"DARK-002", "folded away", inForm(refuseButton, "</div><details>"+refuseButton+"</details><div>")},
		{"DARK-002", "link between", inForm(refuseButton, `<a href="/aide">Notre aide</a>`+refuseButton)},
		{"DARK-005", "vague label", func(d *Draft) {
			inForm("Enregistrer mes choix", "Je participe")(d)
			inForm("Refuser toutes les demandes", "Tout refuser")(d)
		}},
		{"DARK-006", "are you sure", inForm("<form ", "<p>Êtes-vous sûr ?</p><form ")},
		{"DARK-006", "other way", inForm(`value="refuse-all"`, `value="refuse-all" formaction="/sure"`)},
		{"DARK-010", "long refusal", inForm("Refuser toutes les demandes", "Refuser toutes les demandes et ne garder que le nécessaire")},
		{"TRK-006", "font from elsewhere", inForm("<meta ", `<link rel="stylesheet" href="https://fonts.example/a.css"><meta `)},
		{"TRK-006", "cookie", func(d *Draft) { d.Sheets[0].Form.Header["Set-Cookie"] = []string{"a=b"} }},
		{"FORM-001", "cached", func(d *Draft) { delete(d.Sheets[0].Form.Header, "Cache-Control") }},
		{"FORM-002", "script", inForm("</body>", "<script>let a</script></body>")},
		{"FORM-003", "clear address", inForm("j•••e@e•••e.net.", "j•••e@e•••e.net. jeanne@example.net")},
		{"FORM-003", "clear phone", inForm("j•••e@e•••e.net.", "j•••e@e•••e.net. 06 12 34 56 78")},
		{"FORM-004", "birthday", inForm("<label>", `<label>Fête <input type="date" name="birthday"></label><label>`)},
		{"FORM-005", "no receipt", func(d *Draft) { replace(&d.Sheets[0].Form.Thanks, "Numéro de reçu 7F3A.", "") }},
		{"FORM-005", "no time", func(d *Draft) { replace(&d.Sheets[0].Form.Thanks, "10:15", "") }},
		{"FORM-005", "no change", func(d *Draft) { replace(&d.Sheets[0].Form.Thanks, "/c/tok", "/") }},
		{"FORM-007", "no switch", inForm(`<a href="?lang=xx">`, `<a href="/">`)},
		{"FORM-008", "no label", inForm(" E-mail</label>", "</label>")},
		{"FORM-009", "no nonce", inForm(`name="form" value="nonce"`, `name="form" value=""`)},
		{"INFO-001", "no notice", inForm("https://lumen.example/confidentialite", "/")},
		{"INFO-002", "after the buttons", func(d *Draft) {
			const p = "<p>Un accord se retire à tout moment : vous pouvez changer d&#39;avis d&#39;un clic.</p>"
			inForm(p, "")(d)
			inForm("</form>", "</form>"+p)(d)
		}},
		{"PURP-005", "unasked box", inForm("<label>", `<label><input type="checkbox" name="decision.offers.sms" value="yes"> SMS</label><label>`)},
	}
}

func TestOneBrokenThing(t *testing.T) {
	t.Parallel()
	for _, m := range slices.Concat(settingMutations(), messageMutations(), formMutations()) {
		t.Run(m.rule+" "+m.name, func(t *testing.T) {
			t.Parallel()
			d := good(t)
			if m.rule != "FORM-007" { // which is about two languages
				d = only(d, "fr")
			}
			m.spoil(&d)
			found := Check(d)
			wanted := []string{m.rule}
			if m.name == "pixel" {
				wanted = append(wanted, "TRK-005") // it is fetched from elsewhere too
			}
			if got := rulesOf(found); !slices.Equal(got, wanted) {
				for _, f := range found {
					t.Logf("%s %s %s %q: %s", f.Severity, f.Rule, f.Where, f.Text, f.Message)
				}
				t.Errorf("got %v, want only %s", got, wanted)
			}
		})
	}
}
