package campaign

import (
	"strings"
)

// The values of the import's enumerations with their synonyms in the languages of moreHeadings, as plain
// reduces them. A synonym for "not known" leads to "".
var (
	markets = synonyms("b2c=b2c particulier particuliers consumer bc private grandpublic individual privat privatkunde verbraucher particular consumidor privato privati consumatore particulier consument", "b2b=b2b professionnel professionnels pro business entreprise gewerblich geschaftskunde firma unternehmen profesional empresa azienda professionista zakelijk bedrijf profissional", "=unknown inconnu")

	relationships = synonyms("customer=customer client cliente clients acheteur buyer kunde kundin kunden clienta clientes klant klanten", "former_customer=formercustomer excustomer ancienclient ancienneclient exclient exclienne exclientes pastcustomer inactif ehemaligerkunde altkunde excliente exklant oudklant antigocliente",
		"prospect=prospect prospecte prospects interessent interessentin prospecto potentielerkunde potenzialecliente", "lead=lead leads piste", "partner=partner partenaire socio parceiro", "employee=employee employe employee salarie salariee staff collaborateur collaboratrice mitarbeiter mitarbeiterin empleado empleada dipendente medewerker medewerkster funcionario funcionaria colaborador", "=unknown inconnu inconnue autre other")

	origins = synonyms("own=own propre interne collectepropre direct", "partner_named=partnernamed partenairenomme", "partner_unnamed=partnerunnamed partenairenonnomme partenaire partner coregistration coregistrement",
		"purchased=purchased bought achetee achete achat", "rented=rented louee loue location", "scraped=scraped aspiree aspire extraite", "directory=directory annuaire", "event=event evenement salon foire", "=unknown inconnu inconnue")

	statuses = synonyms("yes=yes oui true t vrai 1 x y o granted accepted accepte subscribed abonne abonnee inscrit inscrite optin active actif on ja j si s sim erteilt zugestimmt abonniert angemeldet aceptado aceptada suscrito suscrita accettato iscritto iscritta ingeschreven akkoord aceite subscrito inscrito inscrita",
		"no=no non false f faux 0 n refused refuse refusee denied declined optout off never jamais nein nee nao abgelehnt verweigert rechazado rechazada rifiutato geweigerd recusado recusada nunca mai nooit nie",
		"withdrawn=withdrawn retire retiree revoked revoque unsubscribed desabonne desabonnee desinscrit desinscrite cleaned blocked bloque blocklisted blacklisted widerrufen abgemeldet abbestellt gesperrt dadodebaja dadadebaja baja revocado cancelado bloqueado disiscritto disiscritta cancellato revocato bloccato uitgeschreven afgemeld ingetrokken geblokkeerd retirado descadastrado",
		"pending=pending enattente attente unconfirmed nonconfirme aconfirmer waiting ausstehend unbestatigt pendiente inattesa nonconfermato inafwachting onbevestigd pendente", "unknown=unknown inconnu inconnue na nsp unbekannt desconocido sconosciuto onbekend desconhecido notsubscribed nonsubscribed neversubscribed nonabonne nonabonnee noninscrit noninscrite jamaisabonne nichtabonniert nichtangemeldet nosuscrito noniscritto nietingeschreven naosubscrito naoinscrito")

	consentMethods = synonyms("unticked_box=untickedbox uncheckedbox casenoncochee caseacocher checkbox optin optinactif singleoptin", "double_opt_in=doubleoptin doi confirmedoptin",
		"preticked_box=pretickedbox precheckedbox preticked caseprecochee casecochee optinpassif", "paper=paper papier formulairepapier bulletin papel cartaceo carta", "oral=oral telephone phone voix verbal mundlich telefonisch verbale mondeling",
		"soft_opt_in=softoptin", "unknown=unknown inconnu inconnue")

	scopes = synonyms("all=all tout tous toutes any total global alle alles todo todos todas tutti tutto tudo", "email=email courriel mail mel emails newsletter correo correoelectronico", "sms=sms texto mms", "phone=phone telephone tel appel voice call telefon telefono telefoon telefone",
		"post=post postal courrier mailpostal courrierpostal letter poste lettre brief posta correios", "=unknown inconnu inconnue")

	// Of a campaign file, which is written by hand: only to say which word was meant.
	routeWords = synonyms("email=email mail mails courriel correo correoelectronico correoeletronico postaelettronica", "letter=letter letters lettre lettres courrier courrierpostal carta cartas brief briefe brieven lettera lettere post postal poste posta papel paper papier correios correiopostal correopostal")

	askWords = synonyms("doubtful=doubt doubts doubtful uncertain douteux douteuse incertain zweifelhaft zweifel unsicher dudoso dudosos dudosa duda dubbio dubbi dubbioso dubbiosi incerto incerti twijfel twijfelachtig onzeker duvidoso duvidosos duvida", "refresh=refresh renew renewal renouveler rafraichir erneuern auffrischen renovar actualizar rinnovare vernieuwen", "soft_opt_in=softoptin customer customers client clients kunden clientes clienti klanten", "b2b=b2b professionnel professionnels pro business profesional profesionales zakelijk profissional")

	bounces = synonyms("none=none aucun no non 0 false f faux ok", "soft=soft temporaire mou transient", "hard=hard dur permanent definitif yes oui true t vrai 1 x")

	affirmed = set("yes oui true t vrai 1 x y o on coche checked ok ja j wahr si s verdadero sim vero waar verdadeiro")
	denied   = set("no non false f faux 0 n off none aucun aucune never jamais nein nee nao falsch falso onwaar keine nie nunca mai nooit")
	vague    = set("unknown inconnu inconnue na nsp unbekannt desconocido sconosciuto onbekend desconhecido")
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
func saysYes(s string) bool { return affirmed[plainWord(s)] || s == "✓" || s == "✔" || s == "☑" }

func saysNo(s string) bool { return denied[plainWord(s)] || s == "-" || s == "☐" }

// plainWord is plain of a word that stands for a yes, a no or a state. Programs for tables write 1.0 and 0.0 of a column of 1 and 0
// that has gaps.
func plainWord(s string) string {
	if len(s) > 2 && (s[0] == '0' || s[0] == '1') && (s[1] == '.' || s[1] == ',') && strings.Trim(s[2:], "0") == "" {
		s = s[:1]
	}
	return plain(s)
}

// YesOrNo says whether a cell is a plain yes or no.
func YesOrNo(cell string) bool { return saysYes(cell) || saysNo(cell) }

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
	text := r.text(&r.of.country)
	p := plain(text)
	for _, names := range []map[string]string{countryNames, moreCountryNames} {
		if c, ok := names[p]; ok {
			return c
		}
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
	text := r.text(&r.of.language)
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
	text := r.text(&r.of.timezone)
	if text == "" {
		return ""
	}
	if _, err := ZoneNamed(text); err != nil {
		r.note("timezone", "not a known time zone, taken as unknown")
		return ""
	}
	return text
}
