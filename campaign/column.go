package campaign

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/internal/fault"
)

// headings gives for each field of an import the headings, beside its own name, by which it is
// known in English and French. They are compared without case, accents, spaces and punctuation.
var headings = map[string]string{
	"external_id":              "id, ID client, N° client, No client, Numéro client, Numéro de client, Code client, Référence client, Customer ID, Customer number, Contact ID, Subscriber ID, Identifiant",
	"email":                    "Courriel, Adresse e-mail, Adresse mail, Adresse électronique, Adresse courriel, Mail, Mél, E-mail address",
	"phone":                    "Téléphone, Tél, Tel, Téléphone portable, Portable, Mobile, Numéro de téléphone, Phone number, Telephone, GSM",
	"title":                    "Civilité, Titre, Salutation",
	"first_name":               "Prénom, Given name, Forename",
	"last_name":                "Nom, Nom de famille, Surname, Family name",
	"company":                  "Société, Entreprise, Raison sociale, Organisation, Organization, Company name",
	"job_title":                "Fonction, Poste, Profession, Job, Position",
	"language":                 "Langue, Lang, Locale",
	"country":                  "Pays, Code pays, Country code",
	"timezone":                 "Fuseau horaire, Time zone",
	"address_line1":            "Adresse, Adresse 1, Adresse ligne 1, Rue, Voie, Address, Address 1, Street, Street address, Adresse postale",
	"address_line2":            "Adresse 2, Adresse ligne 2, Complément d'adresse, Complément, Address 2",
	"postal_code":              "Code postal, CP, Zip, Zip code, Postcode",
	"city":                     "Ville, Commune, Localité, Town",
	"market":                   "Marché, Contexte, Context",
	"relationship":             "Relation, Type de relation, Type de contact",
	"last_purchase_at":         "Dernier achat, Date du dernier achat, Date dernier achat, Dernière commande, Date de dernière commande, Last purchase, Last order, Date de dernier achat, Date de la dernière commande",
	"relationship_end_at":      "Fin de relation, Date de fin de relation, Fin de contrat, Relationship end",
	"last_inbound_at":          "Dernier contact, Date du dernier contact, Dernier contact entrant, Dernière activité, Last contact, Last activity, Last inbound",
	"last_marketing_at":        "Dernier envoi, Dernier envoi marketing, Date du dernier envoi, Last mailing, Last sent",
	"collected_at":             "Date de collecte, Date de création, Créé le, Date d'inscription, Inscrit le, Collected, Created, Created at, Creation date, Signup date",
	"list_origin":              "Origine, Origine de la liste, Origine du contact, Provenance, Origin",
	"controller_at_collection": "Responsable à la collecte, Responsable de traitement, Controller",
	"purpose_at_collection":    "Finalité, Finalité à la collecte, Purpose",
	"consent_status":           "Consentement, Statut du consentement, Statut consentement, Consent, Opt-in, Optin, Accord, Abonné, Subscribed, Subscription status, Accepts marketing, Accepts email marketing, Accepte le marketing, Accepte le marketing par e-mail",
	"consent_at":               "Date du consentement, Date de consentement, Date consentement, Date opt-in, Date optin, Consent date, Opt-in date, Optin date",
	"consent_method":           "Méthode de consentement, Mode de consentement, Mode de recueil, Consent type",
	"consent_source":           "Source du consentement, Source de consentement, Source consentement, Lieu de recueil",
	"consent_channels":         "Canaux, Canaux consentis, Canaux du consentement, Channels, Consent channel",
	"consent_text":             "Texte du consentement, Texte de consentement, Consent wording, Consent text ref",
	"consent_proof":            "Preuve, Preuve du consentement, Preuve de consentement, Proof, Consent proof ref",
	"double_opt_in_at":         "Double optin at, Date double opt-in, Date du double opt-in, Confirmé le, Confirmed at",
	"bundled":                  "Couplé aux CGV, Groupé, Lié aux CGV",
	"incentive":                "Avantage, Contrepartie, Récompense, Jeu concours, Incentive at collection",
	"opposition_offered":       "Opposition proposée, Droit d'opposition proposé, Opposition offerte",
	"optout":                   "Désinscrit, Désabonné, Désinscription, Désabonnement, Opposition, Unsubscribed, Unsubscribe, Optout flag, Ne pas contacter, Stop, Do not contact, Is excluded from campaigns, Excluded from campaigns, Blocked, Is blocked, Bloqué, Bloquée, Refus, Opposé, Opposée, Liste noire, Unsub, Désabo, Withdrawn, Consent withdrawn, Withdrawn consent, Withdrawal of consent, Consentement retiré, Retrait du consentement, No newsletter, No newsletters, No mailing, No mailings, No email, No emails, No e-mailing",
	"optout_at":                "Date de désinscription, Date désinscription, Date de désabonnement, Date d'opposition, Date opt-out, Désinscrit le, Désabonné le, Unsubscribed at, Opt-out date, Unsubscribe date, UNSUB_TIME, Withdrawn at, Consent withdrawn at, Consent withdrawal date, Date of withdrawal of consent, Date de retrait du consentement, Date du retrait du consentement, Consentement retiré le",
	"optout_scope":             "Portée de l'opposition, Portée du désabonnement, Portée, Opt-out channel",
	"complaint":                "Plainte, Signalé comme spam, Spam, Complained, Spam complaint, Is spam complaining, Marked as spam, Reported as spam, Spam report, Plaintes, Plainte spam, Complaints, Spam complaints, Abuse complaint",
	"bounce":                   "Rebond, Type de rebond, Bounce type, Bounced, Email bounced, Is bounced, NPAI",
	"bounce_at":                "Date de rebond, Date du rebond, Bounce date, Bounced at",
	"external_lists":           "Listes d'opposition, Liste Robinson, Robinson, Listes externes",
	"birth_date":               "Date de naissance, Né le, Née le, Naissance, Birthday, Date of birth, DOB",
	"minor":                    "Mineur, Mineure, Under age, Underage, Age, Est mineur, Est mineure, Is minor, Is a minor",
	"deceased":                 "Décédé, Décédée, Décès, Défunt, Dead, Est décédé, Est décédée, Is deceased, Date de décès, Date du décès, Décédé le, Date of death, Deceased at, Deceased date, Died on",
	"erasure_requested":        "Effacement demandé, Demande d'effacement, Droit à l'oubli, Erasure request, Effacement, Demande de suppression, Suppression demandée, Erasure, Erasure requested at, Deletion request, Deletion requested, Right to be forgotten, Right to erasure",
	"restricted":               "Limitation, Traitement limité, Limitation du traitement, Restriction, Restreint, Restreinte, Traitement restreint, Restriction du traitement, Is restricted, Processing restricted, Restricted processing, Restriction of processing",
}

// anyOf are the fields for which several columns may stand: any of them that says yes counts.
var anyOf = []string{"optout", "complaint", "minor", "deceased", "erasure_requested", "restricted"}

// single are the fields of which a second column may hold the no that the first lacks (COMPLIANCE T-20): it is no attribute
// unless somebody says so.
var single = []string{"consent_status", "bounce"}

// Fields are the fields that an import knows, sorted.
func Fields() []string { return slices.Sorted(maps.Keys(headings)) }

// columns says where each field stands in a row. Columns that no field takes are attributes.
type columns struct {
	header []string
	of     map[string][]int // by field; several only for anyOf
	rest   []int

	derivations []derived // of a preset: numbered on from the columns
	scopes      []string  // of a preset: channels that have an optout of their own
	boxes       []int     // of rest: further mailboxes

	tellsConsent bool // a column is known to tell who said yes, whatever it was taken for
}

// newColumns reads a header. overrides maps fields to column names, or to "" where no column is the field, and goes
// before everything, then the preset, then a field's own name, then its other headings from left to right. A field or column that
// does not exist is fault.Invalid, and so is a second column for one of single, which the columns then name for it.
func newColumns(header []string, overrides map[string]string, p *Preset) (columns, error) {
	c := columns{header: make([]string, len(header)), of: map[string][]int{}}
	taken := make([]bool, len(header))
	for i, h := range header {
		c.header[i] = strings.TrimSpace(h)
	}
	take := func(field string, i int) {
		if !taken[i] && (len(c.of[field]) == 0 || slices.Contains(anyOf, field)) {
			c.of[field], taken[i] = append(c.of[field], i), true
		}
	}
	free := func(field string) bool {
		column, said := overrides[field]
		return !said || column != "" && slices.Contains(anyOf, field)
	}
	unlisted := func(field string) bool { // a no that somebody has added to a file counts, also where a preset knows all columns
		return free(field) && (p == nil || !p.Only || field == "optout_at" || slices.Contains(anyOf, field))
	}
	for _, field := range slices.Sorted(maps.Keys(overrides)) {
		if _, known := headings[field]; known && overrides[field] == "" {
			continue
		}
		i, err := c.override(field, overrides[field])
		if err != nil {
			return c, err
		}
		take(field, i)
	}
	for i, h := range c.header {
		if cs := p.columns(h); len(cs) > 0 && !taken[i] {
			if f := cs[0].Field; f != "" && free(f) {
				take(f, i)
			}
			taken[i] = true
		}
	}
	var twice error
	byName, byHeading := fieldNames()
	for _, names := range []map[string]string{byName, byHeading} {
		for i, h := range c.header {
			field := names[plain(h)]
			if field == "" || !unlisted(field) {
				continue
			}
			if !taken[i] && c.rivals(field, p) {
				twice = cmp.Or[error](twice, takenTwice(field, c.name(field), c.header[i]).
					Hint("--map "+field+"=COLUMN takes one of them, and the other is kept as an attribute"))
				c.of[field], taken[i] = append(c.of[field], i), true
			}
			take(field, i)
		}
	}
	for i, h := range c.header {
		f := soundsLike(h)
		if taken[i] || f == "" || !unlisted(f) {
			continue
		}
		take(f, i)
	}
	fields := c.fields()
	for i := range c.header {
		if fields[i] == "" {
			c.rest = append(c.rest, i)
		}
	}
	c.tellsConsent = c.known("consent_status", p)
	return c, cmp.Or(c.tellsWho(), twice)
}

// rivals reports that a further column for a field would say what nobody hears: the first was found by its heading alone.
func (c columns) rivals(field string, p *Preset) bool {
	at := c.of[field]
	return slices.Contains(single, field) && len(at) > 0 && (p == nil || p.Fixed[field] == "" && len(p.columns(c.header[at[0]])) == 0)
}

func takenTwice(field, first, second string) *fault.Fault {
	return fault.New(fault.Invalid, "import.twice", "two columns are taken for {field}: {first} and {second}", "field", field, "first", first, "second", second)
}

// known reports that a heading stands for a field, by its name or by the preset, whatever its column was taken for.
func (c columns) known(field string, p *Preset) bool {
	byName, byHeading := fieldNames()
	return p != nil && p.Fixed[field] != "" || slices.ContainsFunc(c.header, func(h string) bool {
		name := plain(h)
		return byName[name] == field || byHeading[name] == field || slices.ContainsFunc(p.columns(h), func(pc PresetColumn) bool { return pc.Field == field })
	})
}

// maySay reports that a cell of a field may mean a word; a preset knows all that its own columns can.
func (c columns) maySay(f fieldAt, known map[string]string, word string) bool {
	is := func(s string) bool { return known[plain(s)] == word }
	return slices.ContainsFunc(f.at, func(i int) bool {
		if i < len(c.header) {
			return true
		}
		d := &c.derivations[i-len(c.header)]
		if d.from < 0 {
			return is(d.says)
		}
		cells := len(d.column.Values) == 0 && d.column.Otherwise == ""
		return cells || is(d.column.Otherwise) || slices.ContainsFunc(slices.Collect(maps.Values(d.column.Values)), is)
	})
}

// Columns says for each column of a header which field it is taken for, "" for an attribute: as an
// import reads the header. Errors are those of an import; where two columns are taken for one field, both are named for it.
func Columns(header []string, overrides map[string]string, p *Preset) ([]string, error) {
	c, err := newColumns(header, overrides, p)
	var f *fault.Fault
	if err != nil && !(errors.As(err, &f) && f.Key == "import.twice") {
		return nil, err
	}
	return c.fields(), err
}

// fields gives the field of each column.
func (c columns) fields() []string {
	fields := make([]string, len(c.header))
	for field, at := range c.of {
		for _, i := range at {
			fields[i] = field
		}
	}
	return fields
}

// columnsAs takes a header exactly as said, column by column, each as the preset understands it where
// it is said as the preset has it.
func columnsAs(header, fields []string, p *Preset) (columns, error) {
	c := columns{header: make([]string, len(header)), of: map[string][]int{}}
	for i, h := range header {
		c.header[i] = strings.TrimSpace(h)
		field := ""
		if i < len(fields) {
			field = fields[i]
		}
		if field == "" {
			c.rest = append(c.rest, i)
			continue
		}
		if _, ok := headings[field]; !ok {
			return c, noField(field)
		}
		if len(c.of[field]) > 0 && !slices.Contains(anyOf, field) {
			return c, takenTwice(field, c.name(field), c.header[i]).Hint("take one of them for something else")
		}
		c.of[field] = append(c.of[field], i)
	}
	c.tellsConsent = c.known("consent_status", p)
	if err := c.tellsWho(); err != nil {
		return c, err
	}
	if p != nil {
		p.apply(&c, append(slices.Clone(fields), make([]string, max(0, len(header)-len(fields)))...))
	}
	return c, nil
}

// tellsWho demands a column by which a person is known.
func (c columns) tellsWho() error {
	if len(c.of["email"])+len(c.of["external_id"])+len(c.of["address_line1"]) > 0 {
		return nil
	}
	return fault.New(fault.Invalid, "import.columns", "no column says who a person is: neither e-mail, nor external_id, nor a postal address was found among {columns}", "columns", c.shown()).
		Hint("--map email=COLUMN names the column; --delimiter says what stands between cells; the names of the columns are in the first line: take out what is above them")
}

func noField(field string) error {
	return fault.New(fault.Invalid, "import.field", "there is no field {field}", "field", field).
		Hint("the fields are " + strings.Join(Fields(), " "))
}

func (c columns) override(field, column string) (int, error) {
	if _, ok := headings[field]; !ok {
		return 0, noField(field)
	}
	for i, h := range c.header {
		if h == strings.TrimSpace(column) {
			return i, nil
		}
	}
	for i, h := range c.header {
		if plain(h) == plain(column) && plain(h) != "" {
			return i, nil
		}
	}
	return 0, fault.New(fault.Invalid, "import.column", "the file has no column {column}", "column", column).
		Hint("its columns are " + c.shown())
}

// shown are the column names for a message, as many as a person reads.
func (c columns) shown() string {
	const most, letters = 12, 40
	var out []string
	for i, h := range c.header {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(c.header)-most))
			break
		}
		if r := []rune(h); len(r) > letters {
			h = string(r[:letters]) + "…"
		}
		out = append(out, h)
	}
	return strings.Join(out, ", ")
}

// fieldNames gives the fields by their own name and by their headings, as plain reduces them. Nobody changes what it gives.
var fieldNames = sync.OnceValues(func() (byName, byHeading map[string]string) {
	byName, byHeading = map[string]string{}, map[string]string{}
	for field, others := range headings {
		byName[plain(field)] = field
		for h := range strings.SplitSeq(others+","+moreHeadings[field], ",") {
			if p := plain(h); p != "" {
				byHeading[p] = field
			}
		}
	}
	return byName, byHeading
})

// name is the heading of a field's first column, for faults.
func (c columns) name(field string) string {
	if at := c.of[field]; len(at) > 0 {
		if i := c.source(at[0]); i >= 0 {
			return c.header[i]
		}
	}
	return field
}
