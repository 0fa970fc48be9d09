package campaign

import (
	"strings"
	"time"
)

// The values of the import's enumerations with their English and French synonyms, as plain reduces
// them. A synonym for "not known" leads to "".
var (
	markets = synonyms("b2c=b2c particulier particuliers consumer bc private grandpublic individual", "b2b=b2b professionnel professionnels pro business entreprise", "=unknown inconnu")

	relationships = synonyms("customer=customer client cliente clients acheteur buyer", "former_customer=formercustomer excustomer ancienclient ancienneclient exclient exclienne exclientes pastcustomer inactif",
		"prospect=prospect prospecte prospects", "lead=lead leads piste", "partner=partner partenaire", "employee=employee employe employee salarie salariee staff collaborateur collaboratrice", "=unknown inconnu inconnue autre other")

	origins = synonyms("own=own propre interne collectepropre direct", "partner_named=partnernamed partenairenomme", "partner_unnamed=partnerunnamed partenairenonnomme partenaire partner coregistration coregistrement",
		"purchased=purchased bought achetee achete achat", "rented=rented louee loue location", "scraped=scraped aspiree aspire extraite", "directory=directory annuaire", "event=event evenement salon foire", "=unknown inconnu inconnue")

	statuses = synonyms("yes=yes oui true vrai 1 x y o granted accepted accepte subscribed abonne abonnee inscrit inscrite optin active actif on",
		"no=no non false faux 0 n refused refuse refusee denied declined optout off never jamais",
		"withdrawn=withdrawn retire retiree revoked revoque unsubscribed desabonne desabonnee desinscrit desinscrite cleaned blocked bloque",
		"pending=pending enattente attente unconfirmed nonconfirme aconfirmer waiting", "unknown=unknown inconnu inconnue na nsp")

	consentMethods = synonyms("unticked_box=untickedbox uncheckedbox casenoncochee caseacocher checkbox optin optinactif singleoptin", "double_opt_in=doubleoptin doi confirmedoptin",
		"preticked_box=pretickedbox precheckedbox preticked caseprecochee casecochee optinpassif", "paper=paper papier formulairepapier bulletin", "oral=oral telephone phone voix verbal",
		"soft_opt_in=softoptin", "unknown=unknown inconnu inconnue")

	scopes = synonyms("all=all tout tous toutes any total global", "email=email courriel mail mel emails newsletter", "sms=sms texto mms", "phone=phone telephone tel appel voice call",
		"post=post postal courrier mailpostal courrierpostal letter poste lettre", "=unknown inconnu inconnue")

	bounces = synonyms("none=none aucun no non 0 false faux ok", "soft=soft temporaire mou transient", "hard=hard dur permanent definitif yes oui true vrai 1 x")

	affirmed = set("yes oui true vrai 1 x y o on coche checked ok")
	denied   = set("no non false faux 0 n off none aucun aucune never jamais")
	vague    = set("unknown inconnu inconnue na nsp")
)

// synonyms reads lines "value=synonym synonym".
func synonyms(lines ...string) map[string]string {
	m := map[string]string{}
	for _, line := range lines {
		value, list, _ := strings.Cut(line, "=")
		for s := range strings.FieldsSeq(list) {
			m[s] = value
		}
	}
	return m
}

func set(list string) map[string]bool {
	m := map[string]bool{}
	for s := range strings.FieldsSeq(list) {
		m[s] = true
	}
	return m
}

// saysYes reads oui/non, yes/no, true/false, vrai/faux, 1/0 and x/empty.
func saysYes(s string) bool { return affirmed[plain(s)] || s == "✓" || s == "✔" || s == "☑" }

func saysNo(s string) bool { return denied[plain(s)] || s == "-" || s == "☐" }

// countryNames are names by which exports call the countries that the policy table knows, as plain
// reduces them.
var countryNames = synonyms("FR=france fra", "DE=germany allemagne deutschland deu ger", "AT=austria autriche osterreich aut", "CH=switzerland suisse schweiz svizzera che",
	"IT=italy italie italia ita", "ES=spain espagne espana esp", "PT=portugal prt", "NL=netherlands paysbas nederland thenetherlands hollande nld", "BE=belgium belgique belgie belgien bel",
	"LU=luxembourg luxemburg lux", "IE=ireland irlande eire irl", "GB=unitedkingdom royaumeuni uk greatbritain grandebretagne angleterre england scotland wales gbr",
	"DK=denmark danemark danmark dnk", "NO=norway norvege norge nor", "SE=sweden suede sverige swe", "FI=finland finlande suomi fin", "PL=poland pologne polska pol",
	"CA=canada can", "US=unitedstates etatsunis usa unitedstatesofamerica etatsunisdamerique", "AU=australia australie aus", "NZ=newzealand nouvellezelande nzl", "GR=el greece grece ellada grc",
	"CZ=czechia czechrepublic republiquetcheque tchequie cze", "SK=slovakia slovaquie svk", "HU=hungary hongrie hun", "RO=romania roumanie rou", "BG=bulgaria bulgarie bgr", "HR=croatia croatie hrv",
	"SI=slovenia slovenie svn", "EE=estonia estonie est", "LV=latvia lettonie lva", "LT=lithuania lituanie ltu", "CY=cyprus chypre cyp", "MT=malta malte mlt", "IS=iceland islande isl", "LI=liechtenstein lie",
	"MC=monaco mco", "MA=morocco maroc mar", "TN=tunisia tunisie tun", "DZ=algeria algerie dza", "JP=japan japon jpn", "BR=brazil bresil bra")

// country reads a code or a name; what is neither stays unknown, which permits least.
func (r *rowReader) country() string {
	text := r.text("country")
	p := plain(text)
	if c, ok := countryNames[p]; ok {
		return c
	}
	if len(p) == 2 && strings.Trim(p, "abcdefghijklmnopqrstuvwxyz") == "" {
		return strings.ToUpper(p)
	}
	if p != "" {
		r.note("country", "not a known country, taken as unknown")
	}
	return ""
}

var languageNames = synonyms("fr=french francais fra fre", "en=english anglais eng", "de=german allemand deutsch deu ger", "es=spanish espagnol espanol spa", "it=italian italien italiano ita",
	"nl=dutch neerlandais nederlands nld", "pt=portuguese portugais portugues por")

// language reads a BCP 47 tag (fr, fr-FR, fr_FR) or a name.
func (r *rowReader) language() string {
	text := r.text("language")
	if l, ok := languageNames[plain(text)]; ok {
		return l
	}
	primary, region, two := strings.Cut(strings.ReplaceAll(text, "_", "-"), "-")
	primary = strings.ToLower(primary)
	if n := len(primary); n != 2 && n != 3 || strings.Trim(primary, "abcdefghijklmnopqrstuvwxyz") != "" {
		if text != "" {
			r.note("language", "not a known language, taken as unknown")
		}
		return ""
	}
	if two && len(region) == 2 {
		return primary + "-" + strings.ToUpper(region)
	}
	return primary
}

func (r *rowReader) timezone() string {
	text := r.text("timezone")
	if text == "" {
		return ""
	}
	if _, err := time.LoadLocation(text); err != nil {
		r.note("timezone", "not a known time zone, taken as unknown")
		return ""
	}
	return text
}
