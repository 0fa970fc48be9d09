package campaign

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestNoHeadingStandsForTwoFields(t *testing.T) {
	t.Parallel()
	of := map[string]string{}
	for _, field := range Fields() {
		of[plain(field)] = field
	}
	for _, list := range []map[string]string{headings, moreHeadings} {
		for _, field := range slices.Sorted(maps.Keys(list)) {
			if _, known := headings[field]; !known {
				t.Errorf("%s is no field", field)
			}
			for h := range strings.SplitSeq(list[field], ",") {
				switch other := of[plain(h)]; {
				case plain(h) == "" || other == "":
					of[plain(h)] = field
				case other != field:
					t.Errorf("%s stands for %s and %s", h, other, field)
				}
			}
		}
	}
}

func TestEveryShippedLanguageIsRead(t *testing.T) {
	t.Parallel()
	want := []string{"external_id", "last_name", "first_name", "email", "address_line1", "postal_code", "city", "country", "collected_at", "consent_status", "optout", "birth_date"}
	for language, header := range map[string]string{
		"en": "Customer number;Surname;First name;E-mail;Street;Postcode;City;Country;Created;Consent;Unsubscribed;Date of birth",
		"fr": "N° client;Nom;Prénom;Courriel;Adresse;Code postal;Ville;Pays;Créé le;Consentement;Désabonné;Date de naissance",
		"de": "Kundennummer;Nachname;Vorname;E-Mail-Adresse;Straße;PLZ;Ort;Land;Erstellt am;Einwilligung;Abgemeldet;Geburtsdatum",
		"es": "Número de cliente;Apellidos;Nombre;Correo electrónico;Dirección;Código postal;Ciudad;País;Fecha de alta;Consentimiento;Dado de baja;Fecha de nacimiento",
		"it": "Codice cliente;Cognome;Nome;Indirizzo e-mail;Indirizzo;CAP;Città;Paese;Data di creazione;Consenso;Disiscritto;Data di nascita",
		"nl": "Klantnummer;Achternaam;Voornaam;E-mailadres;Straat;Postcode;Plaats;Land;Aangemaakt op;Toestemming;Uitgeschreven;Geboortedatum",
		"pt": "Código do cliente;Apelido;Primeiro nome;Endereço de e-mail;Morada;Código postal;Localidade;País;Data de criação;Consentimento;Cancelou subscrição;Data de nascimento",
	} {
		got, err := Columns(strings.Split(header, ";"), nil, nil)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", language, got, err)
		}
	}
	for _, yes := range strings.Fields("yes oui ja sí sì sim Ja JA") {
		if !saysYes(yes) || statuses[plain(yes)] != "yes" {
			t.Errorf("%s is no yes", yes)
		}
	}
	for _, no := range strings.Fields("no non nein nee não NÃO") {
		if !saysNo(no) || statuses[plain(no)] != "no" {
			t.Errorf("%s is no no", no)
		}
	}
}
