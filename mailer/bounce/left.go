package bounce

import (
	"slices"
	"strings"
)

// mostAnswer bounds what is read of an automatic answer, in octets.
const mostAnswer = 2000

// saysLeft gives the words of an automatic answer that say that somebody has left (COMPLIANCE E.4), "" when none do. They name
// nobody, as what stands around them may. Who is away and comes back may say that of a colleague; who is away because they have left
// says it of themselves.
func saysLeft(m *message) string {
	text := start(strings.Join(ownLines(m.written()), " "), mostAnswer)
	gone := away.FindStringIndex(text)
	if gone != nil && !because.MatchString(text[gone[1]:]) || returns.MatchString(text) {
		return ""
	}
	return left.FindString(text)
}

// because begins the reason why somebody is away.
var because = oneOf(`^,? `, `\b`, `as|because|since|car|parce qu\w*|da|weil|porque|ya que|perche|poiche|omdat|pois`)

// toReturnPath reports whether a message came to a return path of ours: no person's mail program answers there.
func toReturnPath(m *message) bool {
	return slices.ContainsFunc(Addresses(strings.Join(m.to(), "\n")), func(s Signed) bool { return s.Mark == 'b' })
}

// What people leave for good, and where they do not work any more, in each language. An office is none of it.
const (
	few     = `(?:[\w&'.-]+ ){0,3}`
	enHouse = few + `(?:company|firm|organi[sz]ation|business|agency|group|practice|charity|school|university|college|council|institute|foundation|association|bank|employ(?:ment)?|post|position|role)`
	frHouse = few + `(?:(?:l'|d')?(?:societe|entreprise|cabinet|groupe|association|etablissement|agence|organisation|organisme|institution|ecole|universite|mairie|collectivite|fondation|banque|structure|effectifs|fonctions))`
	deHouse = few + `(?:unternehmen|firma|betrieb|gesellschaft|organisation|verein|verband|kanzlei|agentur|schule|universitat|hochschule|behorde|stiftung|bank|konzern|gmbh|ag|kg)`
	esHouse = few + `(?:empresa|compania|organizacion|entidad|sociedad|grupo|institucion|fundacion|asociacion|despacho|agencia|universidad|ayuntamiento|colegio|cargo|puesto)`
	itHouse = few + `(?:(?:l'|dell'|nell')?(?:azienda|societa|gruppo|impresa|ditta|ente|organizzazione|associazione|fondazione|universita|istituto|studio|agenzia|incarico|ruolo))`
	nlHouse = few + `(?:bedrijf|organisatie|firma|onderneming|gemeente|school|universiteit|stichting|vereniging|instelling|bank|dienst|bv|nv)`
	ptHouse = few + `(?:empresa|companhia|organizacao|instituicao|sociedade|grupo|fundacao|associacao|agencia|universidade|escola|camara|cargo)`
)

// left is how it is written that somebody has left; testdata/left.txt has what must and what must not match.
var left = oneOf(`\b`, `\b`,
	`(?:has|have|having|i've|he's|she's) (?:\w+ )?(?:left|departed|moved on from|departed from|resigned from|retired from) `+enHouse, `(?:has|have|i've|he's|she's) (?:\w+ )?(?:moved on|retired)`,
	`(?:have|has|i've) (?:\w+ )?left (?:[\w'-]+ ){1,3}(?:ltd|limited|inc|plc|llp|llc|& \w+)`, `last (?:working )?day (?:at|with) [^.!?;]{1,40} was`, `(?:is|am|i'm) (?:now |happily )*retired`,
	`no longer (?:\w+ )?(?:(?:works?|working|employed) (?:at|for|here|with|by|in (?:the|this|our))|with (?:us|the|our|this)|an? (?:employee|member|part) of|part of|employed)`, `left (?:the |our )(?:company|firm|organi[sz]ation|business|agency|employ(?:ment)?)(?: of| on| in| at| last| to| and)`, `(?:reached|contacted|is|am|i'm) (?:now )?a former employee`,
	`(?:isn't|is not|am not|i'm not) (?:\w+ )?(?:with|at|employed by|working (?:for|at)) (?:[\w&.'-]+ ){1,4}(?:any ?more|any longer)`, `taken (?:early )?retirement`, `ceased (?:working|to work|to be employed|employment)`,
	`(?:ai|a|ont|ayant|avoir) (?:\w+ )?quitte (?:la |le |l'|les |notre |nos |mes |ses |mon |son |cette |cet )`+frHouse, `(?:parti|suis|est) (?:\w+ )?(?:e )?(?:a|en) la? ?retraite`,
	`(?:mon|son) depart (?:(?:de la |de l'|de notre |du )`+frHouse+`|definitif|en retraite|a la retraite)`, `cesse (?:mes|ses|mon|son|toute) (?:fonctions|activites?)`, `n'est plus dans (?:l'|la |notre |nos )`+frHouse, `ne travaille(?:nt)? plus (?:chez|pour|dans|au sein|ici|avec|a la|a l'|parmi)`, `ne (?:fais|fait) plus partie`, `(?:ne suis|n'est) plus (?:salariee?|employee?|collaborat\w+|membre|en poste|en fonctions?|dans (?:l'entreprise|la societe)|au service de)`,
	`nicht (?:mehr|langer) (?:[\w&.-]+ ){0,6}(?:tatig|beschaftigt|angestellt)`, `arbeitet? (?:\w+ ){0,4}nicht (?:mehr|langer) (?:bei|fur|hier|in (?:der|dem|unser\w*)|im|in unserem)`, `gehort? (?:[\w&.-]+ ){0,4}nicht (?:mehr|langer) (?:an|zu)`,
	`(?:hat|habe|haben) (?:[\w&.-]+ ){0,4}`+deHouse+` (?:[\w&.-]+ ){0,6}verlassen`, deHouse+` (?:[\w&.-]+ ){0,6}verlassen (?:hat|habe|haben)`, `ausgeschieden`, `(?:hat|haben) uns (?:[\w&.-]+ ){0,5}verlassen`, `nicht (?:mehr|langer) (?:[\w&.-]+ ){0,3}(?:in|im|bei|teil|mitglied) (?:[\w&.-]+ ){0,2}(?:unternehmen|firma|betrieb|gesellschaft|organisation|teams?)`, `(?:bin|ist|befinde[t]?)(?: \w+){0,4} (?:im|in den|in) (?:wohlverdienten )?(?:ruhestand|rente)`, `(?:arbeits|beschaftigungs|dienst)verhaltnis [^.!?;]{0,40}(?:beendet|endete)`,
	`(?:he|ha|hemos) (?:dejado|abandonado) (?:la |el |nuestra |nuestro |esta |mi |su )`+esHouse, `(?:he|ha) dejado de (?:trabajar|prestar|formar|pertenecer|colaborar|ser)`, `(?:deje|dejo|abandono) (?:la |el |nuestra |nuestro |esta |mi |su )`+esHouse,
	`(?:ya no|no) (?:trabaj[ao]|presta|presto|colabor[ao]) (?:\w+ )?(?:en (?:la|el|esta|este|nuestra|nuestro)|con nosotros|aqui|para|servicios)`, `ya no trabaj[ao] en`, `ya no (?:forma|formo) parte`, `ya no pertene(?:ce|zco)`, `ya no (?:esta|estoy|se encuentra|me encuentro) (?:en (?:la |nuestra |esta )`+esHouse+`|con nosotros)`, `relacion laboral [^.!?;]{0,30}(?:finaliz|termin|conclui)\w+`, `baja (?:voluntaria )?en (?:la |nuestra |esta )?`+esHouse, `(?:me he|se ha) jubilado`, `(?:esta|estoy) jubilad[oa]`,
	`(?:ho|ha|avendo) (?:\w+ )?lasciato (?:la |il |lo |l'|questa |questo |nostra |nostro |mio |suo )`+itHouse, `non (?:lavor[ao]|collabor[ao]) piu (?:presso|per|con|qui|nella|nel|in)`, `non (?:fa|faccio) piu parte`,
	`non (?:e|sono) piu (?:(?:un|una|nostr[oa]|alle) )*(?:dipendent\w+|dipendenze|in forza|parte|in azienda|collaborat\w+|presente in azienda)`, `rapporto di lavoro [^.!?;]{0,40}(?:conclus|cessat|terminat)\w`, `non (?:e|sono) piu nella nostra (?:azienda|societa)`, `cessato (?:il|ogni|la) (?:\w+ )?(?:rapporto|attivita|collaborazione)`, `(?:e|sono|andat[oa]) (?:\w+ )?in pensione`,
	`niet (?:meer|langer) (?:werkzaam|in dienst)`, `(?:werk|werkt) niet (?:meer|langer) (?:bij|voor|hier)`, `(?:werk|werkt) (?:\w+ ){0,2}hier niet (?:meer|langer)`, `(?:ben|is) (?:\w+ ){0,3}uit dienst`, `(?:heb|heeft) (?:[\w&.-]+ ){0,4}`+nlHouse+` (?:[\w&.-]+ ){0,5}verlaten`, `geen deel meer uit`, `andere (?:baan|werkgever)`, `niet (?:meer|langer) (?:bij|onder) (?:ons|onze)`, `(?:ben|is) (?:\w+ ){0,3}(?:met pensioen|gepensioneerd)`,
	`(?:deixou|deixei) (?:a |o |esta |este |nossa |nosso |as |minhas )`+ptHouse, `(?:deixou|deixei) de (?:trabalhar|fazer parte|colaborar|exercer|integrar|pertencer|prestar)`, `ja nao (?:trabalh[ao]|colabor[ao]) (?:na|no|nesta|neste|em|aqui|para|connosco|com)`,
	`nao (?:trabalh[ao]|colabor[ao]) mais (?:na|no|nesta|neste|em|aqui|para|conosco|com)`, `(?:ja nao|nao) (?:faz|faco) (?:mais )?parte`, `(?:saiu|sai|desligou-se|desliguei-me) (?:da|desta|do|deste) `+ptHouse, `ja nao (?:se encontra|me encontro|esta|estou) (?:(?:na|nesta) `+ptHouse+`|connosco|conosco)`, `cess(?:ou|ei) (?:as |minhas |suas )?(?:funcoes|atividade)`, `deslig(?:ad[oa]|amento) d[aeo]`, `(?:aposentou|aposentei|reformou|reformei)-(?:se|me)`, `(?:se|me) (?:aposentou|aposentei|reformou|reformei)`,
)

// returns is how it is written that somebody is away for a while, or that a thing was left and no house.
var returns = oneOf(`\b`, `\b`,
	`(?:until|till) (?:\d|the \d|mon|tues|wednes|thurs|fri|jan|feb|march|april|may|june|july|aug|sep|oct|nov|dec|tomorrow|next)\w*`, `be back`, `back (?:on|in the office|from)`, `i (?:will )?return`, `(?:annual|parental|maternity|paternity|sick|study) leave`, `on (?:leave|vacation|holidays?)`,
	`(?:at|attending) (?:a|the) (?:\w+ )?(?:conference|trade fair|course)`, `away on business`, `on a business trip`, `travelling`, `moved on to (?:a |an |our |the )?(?:new )?(?:[\w-]+ )?(?:systems?|platforms?|tools?|software|versions?|websites?|sites?|portals?|address(?:es)?|servers?|domains?)`, `retired (?:the|our|its|this|that)`,
	`jusqu'(?:a|au) (?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|mon retour|\d+|demain)`, `de retour`, `en (?:conges?|vacances|arret)`, `conge (?:maternite|parental|paternite)`, `mon retour`, `en (?:formation|deplacement|mission|reunion)`,
	`im urlaub`, `in elternzeit`, `im mutterschutz`, `(?:bin|ist) heute`, `wieder (?:da|erreichbar|im (?:buro|haus)|zuruck)`, `meiner ruckkehr`, `auf (?:dienst|geschafts)reise`, `ab \d{1,2}(?:[:.]\d\d)? uhr`, `(?:zu erreichen|anzutreffen)`,
	`de (?:vacaciones|permiso|viaje)`, `baja (?:medica|laboral|maternal)`, `(?:estoy|estare) de baja`, `trabajo en (?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|verano|festivos|fin(?:es)? de semana)`, `lavoro piu in (?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre|estate)`,
	`(?:vuelvo|regreso|volvere|regresare)`,
	`in (?:ferie|vacanza|malattia|maternita|trasferta|viaggio)`, `(?:torno|rientro|tornero|rientrero)`, `op (?:vakantie|reis|zakenreis|cursus)`, `met (?:\w+)?verlof`, `weer (?:terug|aanwezig|bereikbaar)`, `de ferias`, `em viagem`, `licenca (?:de |medica)`, `(?:volto|regresso|voltarei|regressarei)`,
)
