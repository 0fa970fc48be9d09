package app

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"net/http"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/link"
	"github.com/reoptin/reoptin/templates/mail"
)

// spokenWords are a purpose in every language that people are asked in, and how a letter greets, a form saves and
// a receipt thanks.
var spokenWords = map[string]struct{ title, description, choose, save, thanks string }{
	"fr": {"Notre lettre d’information", "Recevoir par e-mail nos informations commerciales sur nos produits.", "Choisir : oui ou non", "Enregistrer mon choix", "Votre choix est enregistré"},
	"en": {"Our newsletter", "Receive our marketing messages about our products by e-mail.", "Choose: yes or no", "Save my choice", "Your choice is recorded"},
	"de": {"Unser Rundbrief", "Unsere Werbung zu unseren Produkten per E-Mail erhalten.", "Wählen: ja oder nein", "Meine Wahl speichern", "Ihre Wahl ist gespeichert"},
	"es": {"Nuestro boletín", "Recibir por correo electrónico nuestros mensajes comerciales sobre nuestros productos.", "Elegir: sí o no", "Guardar mi elección", "Su elección está guardada"},
	"it": {"La nostra lettera", "Ricevere per e-mail i nostri messaggi commerciali sui nostri prodotti.", "Scegliere: sì o no", "Salva la mia scelta", "La sua scelta è registrata"},
	"nl": {"Onze nieuwsbrief", "Onze commerciële berichten over onze producten per e-mail ontvangen.", "Kiezen: ja of nee", "Mijn keuze opslaan", "Uw keuze is vastgelegd"},
	"pt": {"A nossa carta", "Receber por e-mail as nossas mensagens comerciais sobre os nossos produtos.", "Escolher: sim ou não", "Guardar a minha escolha", "A sua escolha está registada"},
}

// A campaign in each of the seven languages goes from the starter file to a receipt: the check finds nothing, the
// message leaves, the form is shown and the answer is kept in that language.
func TestACampaignInEveryLanguage(t *testing.T) {
	t.Parallel()
	for language, say := range spokenWords {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1})
			o := organisation(1)
			for key := range o.Purposes {
				o.Purposes[key].Title, o.Purposes[key].Description = map[string]string{language: say.title}, map[string]string{language: say.description}
			}
			h.must(h.app.Desk.ApplyOrganisation(t.Context(), Operator(), o))
			h.approve("tongue", nil)
			report, err := h.app.Lint(t.Context(), "tongue", nil)
			h.must(err)
			for _, f := range report.Findings {
				if f.Severity != lint.Info && f.Rule != "LINK-003" && f.Rule != "HDR-001" && f.Where != "languages" { // those: this machine has no https, and its people speak English
					t.Errorf("%s %s at %s: %q: %s", f.Rule, f.Severity, f.Where, f.Text, f.Message)
				}
			}
			h.start("tongue").send()
			who := person(0)
			letter, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(h.relay.Messages()[0].Data)))
			h.must(err)
			if !strings.Contains(string(letter), say.choose) {
				t.Errorf("the message does not say %q:\n%s", say.choose, letter)
			}
			page := h.form(who)
			nonce := h.opened(page)
			if body := h.do(http.MethodGet, page, nil).Body.String(); !strings.Contains(body, say.save) || !strings.Contains(body, `<html lang="`+language+`" dir="ltr">`) {
				t.Errorf("the form does not say %q", say.save)
			}
			h.post(page, http.StatusSeeOther, "form", nonce, "action", "save", "decision.newsletter.email", "yes")
			receipt := h.do(http.MethodGet, h.link("/r/", link.Receipt, who), nil).Body.String()
			if !strings.Contains(receipt, say.thanks) {
				t.Errorf("the receipt does not say %q", say.thanks)
			}
			last := h.responses(who)[0]
			if last.Language != language || last.Document == "" {
				t.Errorf("%+v", last)
			}
			h.view(func(r campaign.Reader) error {
				d, err := r.Document(last.Document)
				if d.Language != language || !strings.Contains(string(d.Content), say.save) {
					t.Errorf("kept as shown: %s %s", d.Name, d.Language)
				}
				return err
			})
		})
	}
}

// Who else is given the data is named in message and form, and neither says that nobody is.
func TestRecipientsAreNamedInEveryLanguage(t *testing.T) {
	t.Parallel()
	given := []string{"Imprimerie Duval SARL, Lille", "Kranz GmbH, Köln"}
	for language, say := range spokenWords {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1})
			o := organisation(1)
			o.Recipients = given
			for key := range o.Purposes {
				o.Purposes[key].Title, o.Purposes[key].Description = map[string]string{language: say.title}, map[string]string{language: say.description}
			}
			h.must(h.app.Desk.ApplyOrganisation(t.Context(), Operator(), o))
			h.approve("named", nil)
			report, err := h.app.Lint(t.Context(), "named", nil)
			h.must(err)
			for _, f := range report.Findings {
				if f.Severity != lint.Info && f.Rule != "LINK-003" && f.Rule != "HDR-001" && f.Where != "languages" {
					t.Errorf("%s %s at %s: %q: %s", f.Rule, f.Severity, f.Where, f.Text, f.Message)
				}
			}
			h.start("named").send()
			sent, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(h.relay.Messages()[0].Data)))
			h.must(err)
			message := strings.Join(strings.Fields(string(sent)), " ")
			page := h.do(http.MethodGet, h.form(person(0)), nil).Body.String()
			for _, name := range given {
				if !strings.Contains(message, name) || !strings.Contains(page, name) {
					t.Errorf("message or form does not name %s", name)
				}
			}
			words, _ := mail.Speak(language)
			if strings.Contains(message, words.Use) {
				t.Errorf("the message says %q", words.Use)
			}
		})
	}
}
