package campaign

import (
	"slices"
	"strings"
	"testing"
)

// TestColumnsThatSoundLikeANo finds the columns of noes by what their headings say, and leaves alone those that only speak of one.
func TestColumnsThatSoundLikeANo(t *testing.T) {
	t.Parallel()
	for field, some := range map[string][]string{
		"optout": {"Email Opt Out", "HasOptedOutOfEmail", "Unsubscribed from all email", "Opted out of email: Offers", "Is unsubscribed", "doNotEmail", "EMAIL_BLACKLISTED", "Do not call",
			"Désinscrit newsletter", "Désabonné(e)", "Ne pas envoyer d'e-mail", "Stop SMS", "Newsletter abgemeldet", "Disiscritto dalla newsletter", "Status", "Statut e-mail",
			"État", "Opt-in/Opt-out", "Newsletter", "Marketing preference", "Suscripción", "Se dio de baja de todos los correos electrónicos",
			"Annullata l'iscrizione a tutte le e-mail", "Cancelou a inscrição em todos os e-mails", "Ne souhaite plus recevoir", "No quiere recibir publicidad", "Werbesperre",
			"Nicht kontaktieren", "Non contattare", "No contactar", "Niet benaderen", "Não contactar", "Liste noire", "Lista nera", "Lista negra", "Zwarte lijst",
			"Refus newsletter", "Consentement retiré", "Einwilligung widerrufen", "Consent withdrawn", "Opposé au démarchage", "RGPD opposition", "Ne plus contacter",
			"Ne pas démarcher", "Liste noire e-mail", "Refus e-mailing", "Refus d'e-mail", "E-Mail-Abmeldung", "No participación de correo electrónico", "Refuse la prospection", "Opposition au démarchage", "Pas d'e-mailing", "No marketing",
			"Canceló la suscripción a todos los correos electrónicos", "Ha cancelado su suscripción", "Annullata iscrizione a tutte le e-mail", "Annullamento sottoscrizione e-mail", "Afmelding voor e-mail",
			"No llamar", "Non chiamare", "Niet bellen", "Não ligar", "Recusar e-mail", "Kein Newsletter", "Newsletter gekündigt", "No newsletter", "email_marketing_consent.state", "SMS Marketing Consent State"},
		"optout_at": {"Unsubscribed Date", "Opt-out time", "Date de désinscription newsletter", "Consent withdrawn date", "Einwilligung widerrufen Datum",
			"Date d'opposition à la prospection"},
		"": {"Unsubscribe link", "unsubscribe_url", "Unsubscribe reason", "Motif de désinscription", "Unsubscribe campaign", "Opt-out offered", "Opt-out partenaires",
			"HasOptedOutOfFax", "Not unsubscribed", "Unsubscribe list ID", "Times unsubscribed", "State", "Stopover", "Notes", "Widerrufsbelehrung", "Motif de refus newsletter",
			"Droit d'opposition proposé par e-mail", "Baja California", "Motif de refus", "Opposition proposée à la collecte", "Date de retrait", "Point retrait", "Refusal rate",
			"Blocked by", "Bestellung widerrufen", "SEPA-Lastschriftmandat widerrufen am", "Opposition au prélèvement", "Opposition au paiement",
			"Opposé au prélèvement SEPA", "Opposition au chèque", "Abono newsletter", "Teléfono o email", "Vertrag gekündigt", "Subscription cancelled"},
	} {
		for _, h := range some {
			got, err := Columns([]string{"email", h}, nil, nil)
			if err != nil || got[1] != field {
				t.Errorf("%s is taken for %q, not %q: %v", h, got, field, err)
			}
		}
	}
	if got, err := Columns([]string{"email", "Status"}, map[string]string{"optout": ""}, nil); err != nil || got[1] != "" {
		t.Errorf("no column was said to be of noes: %q, %v", got, err)
	}
}

// unknownFile reads a file of no program that is known.
func unknownFile(t *testing.T, header []string) *importer {
	t.Helper()
	fields, err := Columns(header, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	i, err := newShelf().desk(t).importer(ImportSource{Header: header, Dates: frenchDates{}}, ImportOptions{Columns: fields})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// asRead is a row of a file of no program that is known.
func asRead(t *testing.T, header []string, cells ...string) Contact {
	t.Helper()
	i := unknownFile(t, header)
	var r rowRead
	i.read(Line{Number: 2, Cells: cells}, &r)
	if r.reject != nil {
		t.Fatal(r.reject)
	}
	return r.contact
}

// TestTheClassOfAnExportIsHeard: who is opted out in a file of contacts export is so in another house too, and nobody is opted in by it.
func TestTheClassOfAnExportIsHeard(t *testing.T) {
	t.Parallel()
	header := []string{"id", "external_id", "email", "class", "route", "reason"}
	for _, class := range []Class{OptedIn, OptedOut, Doubtful, Unusable} {
		if f := asRead(t, header, "7", "A7", "a@b.example", string(class), "none", "T-00").Facts; slices.ContainsFunc(f.Objections, Objection.total) != (class == OptedOut) || len(f.Claims) > 0 {
			t.Errorf("%s: %+v", class, f)
		}
	}
}

// TestNoOfAStatusIsHeard reads files of no program that is known: what says no in them counts, and what says yes is nothing.
func TestNoOfAStatusIsHeard(t *testing.T) {
	t.Parallel()
	header := []string{"email", "Status", "SMS opt out", "Email opt out"}
	read := func(cells ...string) Contact { return asRead(t, header, append([]string{"a@b.example"}, cells...)...) }
	for _, no := range []string{"unsubscribed", "Unsubscribed by admin", "Désabonné", "désinscrite", "opted-out", "Blocklisted", "abgemeldet", "disiscritto", "uitgeschreven",
		"Blocked", "Bloqué", "gesperrt", "Opposé", "refusé", "Ne plus contacter", "Liste noire", "Consent withdrawn", "Withdrawn"} {
		if c := read(no, "", ""); !slices.ContainsFunc(c.Facts.Objections, Objection.total) || c.Attributes["Status"] != no {
			t.Errorf("%s: %+v, %v", no, c.Facts, c.Attributes)
		}
	}
	if f := asRead(t, []string{"email", "Newsletter"}, "a@b.example", "désabonné").Facts; !slices.ContainsFunc(f.Objections, Objection.total) {
		t.Errorf("a newsletter: %+v", f)
	}
	for _, open := range []string{"", "subscribed", "active", "Abonné", "Not unsubscribed", "non désabonné", "soft bounced", "not spam", "retired", "Retraité", "Not blocked"} {
		if c := read(open, "0", "no"); len(c.Facts.Objections)+len(c.Facts.Claims) > 0 || c.Facts.Complaint || c.Facts.Bounce != "" {
			t.Errorf("%s: %+v", open, c.Facts)
		}
	}
	if f := read("Marked as spam", "", "").Facts; !f.Complaint {
		t.Errorf("a complaint: %+v", f)
	}
	if f := read("Hard bounced", "", "").Facts; f.Bounce != "hard" {
		t.Errorf("a bounce: %+v", f)
	}
	if f := read("", "1", "").Facts; len(f.Objections) != 1 || f.Objections[0].Scope != "sms" {
		t.Errorf("a no to text messages: %+v", f)
	}
	for _, h := range []string{"Do not call", "Nicht anrufen", "No llamar", "Non chiamare", "Niet bellen", "Não ligar", "Keine Anrufe"} {
		if f := asRead(t, []string{"email", h}, "a@b.example", "1").Facts; len(f.Objections) != 1 || f.Objections[0].Scope != "phone" {
			t.Errorf("%s: %+v", h, f)
		}
	}
	if f := read("", "", "12/11/2024").Facts; len(f.Objections) != 1 || f.Objections[0].At != NewDate(2024, 11, 12) || !f.Objections[0].total() {
		t.Errorf("a dated no: %+v", f)
	}
}

// TestANoBesideTheColumnsOfAPresetIsHeard: somebody has added a column to a file of which a preset knows all columns. What it says against a person counts;
// what else it says is nothing.
func TestANoBesideTheColumnsOfAPresetIsHeard(t *testing.T) {
	t.Parallel()
	p := &Preset{Name: "own", Only: true, Columns: []PresetColumn{{Heading: "email", Field: "email"}, {Heading: "class", Field: "optout"}, {Heading: "optout_scope"}}}
	header := []string{"email", "class", "optout_scope", "Unsubscribed", "Email Opt Out", "Plainte", "Décédé", "consent_status", "Nom", "Unsubscribed at"}
	c, err := newColumns(header, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.fields(), []string{"email", "optout", "", "optout", "optout", "complaint", "deceased", "", "", "optout_at"}; !slices.Equal(got, want) {
		t.Errorf("read as %q, not %q", got, want)
	}
}

// TestAStatusOfTradeIsNoNo: a payment that was refused and an order that was withdrawn keep nobody from being asked; who unsubscribed in such a
// column did so.
func TestAStatusOfTradeIsNoNo(t *testing.T) {
	t.Parallel()
	for heading, said := range map[string]string{"Statut de paiement": "refusé", "Payment status": "Refused", "Order status": "Withdrawn", "Statut commande": "refusée", "Statut livraison": "Refus",
		"Bestellstatus": "gesperrt", "Estado del pedido (status)": "bloqueado", "Statut devis": "Refusé", "Invoice status": "blocked", "Statut carte": "bloquée", "Application status": "withdrawn",
		"Credit status": "blocked"} {
		if f := asRead(t, []string{"email", heading}, "a@b.example", said).Facts; len(f.Objections) > 0 {
			t.Errorf("%s %s: %+v", heading, said, f.Objections)
		}
		if f := asRead(t, []string{"email", heading}, "a@b.example", "unsubscribed").Facts; !slices.ContainsFunc(f.Objections, Objection.total) {
			t.Errorf("%s unsubscribed: %+v", heading, f.Objections)
		}
	}
}

// TestAmountsUnderAHeadingOfNoesForbidNobody: sums of money that somebody has withdrawn are neither a yes nor a no. Such a row is rejected, and
// nobody stands on the never-write list for it. The column that is at fault is named, of several too.
func TestAmountsUnderAHeadingOfNoesForbidNobody(t *testing.T) {
	t.Parallel()
	header := []string{"email", "Bloqué", "Withdrawn"}
	i := unknownFile(t, header)
	for _, c := range []struct {
		cell         string
		rejected, no bool
	}{{"120.50", true, false}, {"1 200,00 €", true, false}, {"$12", true, false}, {"12,5 EUR", true, false}, {"3", true, true}, {"-1", false, true}, {"maybe", true, true}, {"1", false, true}, {"0", false, false}, {"0.00", false, false}, {"12/11/2024", false, true}} {
		var r rowRead
		i.read(Line{Number: 2, Cells: []string{"a@b.example", "non", c.cell}}, &r)
		no := slices.ContainsFunc(r.contact.Facts.Objections, Objection.total)
		if (r.reject != nil) != c.rejected || no != c.no || r.reject != nil && r.reject.Column != "Withdrawn" {
			t.Errorf("%s: %+v, rejected %+v", c.cell, r.contact.Facts, r.reject)
		}
	}
}

// TestADayThatStandsForNoneIsNoDeath: programs write the first day of their calendar where nobody died.
func TestADayThatStandsForNoneIsNoDeath(t *testing.T) {
	t.Parallel()
	for day, dead := range map[string]bool{"01/01/1900": false, "01/01/1970": false, "30/12/1899": false, "0001-01-01": false, "01/01/0001": false, "0001-01-01 00:00:00": false, "03/04/1994": true, "03/04/2019": true} {
		if f := asRead(t, []string{"email", "Date de décès"}, "a@b.example", day).Facts; f.Deceased != dead {
			t.Errorf("%s: %+v", day, f)
		}
	}
}

// TestAgeSaysWhoIsMinor reads a column of ages: nobody under 18 is asked, and no age is kept.
func TestAgeSaysWhoIsMinor(t *testing.T) {
	t.Parallel()
	for _, heading := range []string{"Age", "Âge", "Alter", "Edad", "Età", "Leeftijd", "Idade"} {
		header := []string{"email", heading}
		fields, err := Columns(header, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		i, err := newShelf().desk(t).importer(ImportSource{Header: header, Dates: frenchDates{}}, ImportOptions{Columns: fields})
		if err != nil {
			t.Fatal(err)
		}
		for age, minor := range map[string]bool{"17": true, "15": true, "1": true, "9 ans": true, "15-24": true, "under 18": true, "<18": true, "moins de 18 ans": true, "-18": true,
			"18": false, "35": false, "18-25": false, "0": false, "": false, "NULL": false, "unknown": false, "plus de 18 ans": false, ">18": false, "18+": false, "+18": false, "117": false} {
			var r rowRead
			i.read(Line{Number: 2, Cells: []string{"a@b.example", age}}, &r)
			if r.reject != nil || r.contact.Facts.Minor != minor || len(r.contact.Attributes) > 0 {
				t.Errorf("%s %s: %+v, %v, rejected %v", heading, age, r.contact.Facts, r.contact.Attributes, r.reject)
			}
		}
	}
}

// TestMinusOneIsNoConsent: it is the no of programs that know yes, no and not asked, and the yes of others.
func TestMinusOneIsNoConsent(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{"-1", "-1.0", "–1"} {
		var r rowRead
		importerOf(t, []string{"email", "consent_status"}).read(Line{Number: 2, Cells: []string{"a@b.example", cell}}, &r)
		if r.reject == nil || len(r.contact.Facts.Claims) > 0 {
			t.Errorf("%s is %+v", cell, r.contact.Facts)
		}
	}
	for heading, harmful := range map[string]bool{"opposition_offered": false, "bundled": true, "incentive": true} {
		var r rowRead
		importerOf(t, []string{"email", "consent_status", heading}).read(Line{Number: 2, Cells: []string{"a@b.example", "yes", "-1"}}, &r)
		f := r.contact.Facts
		if f.OppositionOffered || (r.reject == nil) != harmful || harmful && f.Claims[0].Bundled+f.Claims[0].Incentive != "yes" {
			t.Errorf("-1 under %s: %+v, rejected %v", heading, f, r.reject)
		}
	}
}

// TestAStatusDeniesTheYesOfAnotherColumn reads a column of statuses beside one of consents: who was never subscribed, or has not
// confirmed, said no yes. The state of an order is none of a subscription.
func TestAStatusDeniesTheYesOfAnotherColumn(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{"Non-Subscribed": "unknown", "not_subscribed": "unknown", "NEVER_SUBSCRIBED": "unknown", "Jamais abonné": "unknown", "Nicht angemeldet": "unknown",
		"Pending": "pending", "unconfirmed": "pending", "En attente": "pending", "Nicht bestätigt": "pending", "In attesa": "pending", "Subscribed": "yes", "Active": "yes", "": "yes", "?": "yes"} {
		for _, heading := range []string{"Status", "Email marketing status", "Statut"} {
			if c := asRead(t, []string{"email", "consent", heading}, "a@b.example", "yes", status); len(c.Facts.Claims) != 1 || c.Facts.Claims[0].Status != want {
				t.Errorf("%s %q: %+v, want %s", heading, status, c.Facts.Claims, want)
			}
		}
	}
	if c := asRead(t, []string{"email", "consent", "Order status"}, "a@b.example", "yes", "Pending"); c.Facts.Claims[0].Status != "yes" {
		t.Errorf("an order that is pending: %+v", c.Facts.Claims)
	}
}

// TestStatusesOfSeveralLanguages hears who left in the words of a program's other languages, and under the heading of a consent
// that is no field: to its channel alone where it names one. An order that was cancelled is no no.
func TestStatusesOfSeveralLanguages(t *testing.T) {
	t.Parallel()
	for cell, scope := range map[string]string{"Estado=Suscripción cancelada": "", "Estado=Baja": "", "Stato=Iscrizione annullata": "", "Stato=Cancellato": "", "Estado=Inscrição cancelada": "",
		"Email consent=UNSUBSCRIBED": "", "Marketing consent=Désabonné": "", "SMS marketing status=unsubscribed": "sms", "SMS consent=UNSUBSCRIBED": "sms", "Status pedido=Cancelado": "none"} {
		heading, text, _ := strings.Cut(cell, "=")
		some := asRead(t, []string{"email", heading}, "a@b.example", text).Facts.Objections
		if (len(some) == 0) != (scope == "none") || len(some) == 1 && some[0].Scope != scope || len(some) > 1 {
			t.Errorf("%s: %+v", cell, some)
		}
	}
	if c := asRead(t, []string{"email", "Status"}, "a@b.example", "Bereinigt"); c.Facts.Bounce != "hard" {
		t.Errorf("%+v", c.Facts)
	}
}

// TestTheColumnAtFaultIsNamed: of several columns of noes a rejected row names the one that cannot be read.
func TestTheColumnAtFaultIsNamed(t *testing.T) {
	t.Parallel()
	var r rowRead
	importerOf(t, []string{"email", "Unsubscribed", "Do not contact"}).read(Line{Number: 2, Cells: []string{"a@b.example", "no", "perhaps"}}, &r)
	if r.reject == nil || r.reject.Column != "Do not contact" || len(r.contact.Facts.Objections) != 1 {
		t.Errorf("%+v, %+v", r.reject, r.contact.Facts)
	}
}

// TestHeadingsOfWhoMustNotBeAsked finds what forbids to ask a person under the headings of every day.
func TestHeadingsOfWhoMustNotBeAsked(t *testing.T) {
	t.Parallel()
	for field, some := range map[string]string{
		"optout":            "Blocked, Is blocked, Bloqué, Refus, Opposé, Opposée, Liste noire, Unsub, Désabo, Withdrawn, Consent withdrawn, Consentement retiré, Gesperrt, Bloqueado, Bloccato, Geblokkeerd, Einwilligung widerrufen",
		"optout_at":         "Consent withdrawn at, Withdrawn at, Date de retrait du consentement, Consentement retiré le",
		"deceased":          "Est décédé, Is deceased, Date de décès, Date of death, Deceased at, Verstorben am, Fecha de fallecimiento, Data di morte, Overleden op",
		"minor":             "Est mineur, Is minor, Is a minor",
		"restricted":        "Restreint, Traitement restreint, Restriction du traitement, Is restricted, Processing restricted, Restriction of processing, Einschränkung der Verarbeitung",
		"erasure_requested": "Effacement, Demande de suppression, Suppression demandée, Erasure, Deletion requested, Right to be forgotten, Löschung beantragt",
		"complaint":         "Plaintes, Plainte spam, Complaints, Abuse complaint",
		"last_purchase_at":  "Date de dernier achat",
	} {
		for h := range strings.SplitSeq(some, ", ") {
			if got, err := Columns([]string{"email", h}, nil, nil); err != nil || got[1] != field {
				t.Errorf("%s is taken for %q, not %q: %v", h, got, field, err)
			}
		}
	}
	if f := asRead(t, []string{"email", "Date de décès"}, "a@b.example", "12/11/2024").Facts; !f.Deceased {
		t.Errorf("a day of death: %+v", f)
	}
}
