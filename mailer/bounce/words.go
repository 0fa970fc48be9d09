package bounce

import (
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// What people and their machines write, in the seven languages that are shipped. All of it is matched against folded
// text: lower case, no accents, one space. testdata/reply.txt has what must and what must not match.

func oneOf(b, e string, parts ...string) *expression.Expression {
	return expression.Of(b + "(?:" + strings.Join(parts, "|") + ")" + e)
}

// stopWords say stop (COMPLIANCE C.6), with the forms in which the words stand in sentences.
var stopWords = oneOf(`\b`, `\b`,
	`stop|unsub|unsubscrib\w*|remove (me|my (e-?mail|mail|name|address|data))|(withdraw|revoke)\w* (my )?consent|i (hereby )?object|take me off|no more (e-?mails?|mails?|messages?)|opt(ing|ed)?[ -]?out|not interested|no longer (wish|want)|delete (me|my)|leave me alone`,
	`^no,? (thanks|thank you)|^non,? merci|^nein,? (vielen )?danke|^no,? (muchas )?gracias|^no,? grazie|^nee,? (bedankt|dank (u|je))|^nao,? obrigad[oa]|^(no|non|nein|nee|nao|arret)$`,
	`(don't|dont|do not|never) (ever )?((e-?mail|contact|message) (me|us)|(write|send)( \w+){0,3} (me|us|again|anything))`,
	`desabonn\w*|desinscri\w*|(retirez|enlevez|rayez|effacez)[- ]moi|(retire[rz]|enleve[rz]) (mon adresse|mon e-?mail|mon nom)|(retire|revoque) mon (consentement|accord)|me (retirer|rayer|enlever)|(ne )?plus (recevoir|m'ecrire|m'envoyer|me contacter)|supprime[rz]|cessez|arrete[rz]? (de|d'|vos)`,
	`(ne|n') ?[^.!?,;]{0,20}(ecri|envo|contact|sollicit)\w+ plus|ne (veux|souhaite|desire)\w* pas (recevoir|etre)|(^|veux |, )plus (de |d')(mails?|e-?mails?|messages?|courriels?|publicites?|pub|newsletters?)|pas interesse\w*|m'oppose|opposition`,
	`stopp|stoppen|abmeld\w*|abbestell\w*|austrag\w*|keine (weiteren )?(werbung|e-?mails?|mails?|newsletter|nachrichten)|losch(en|t) sie|widerspreche|widerspruch|widerruf\w*|kein interesse|nicht interessiert|losch(en|t) mich|streich\w*( sie)? mich|nehm\w*( sie)? mich[^.!?;]{0,30} (aus|raus|heraus)\b|aus (dem|ihrem|eurem) verteiler`,
	`nicht mehr (anschreiben|schreiben|kontaktieren|erhalten|bekommen)|(schreib|kontaktier|schick|send)\w*( sie)? (mir|mich)[^.!?;]{0,20} (nicht|nichts|nie) (mehr|wieder)|meld\w*( sie)? mich[^.!?;]{0,15} ab|trag\w*( sie)? mich[^.!?;]{0,15} aus`,
	`baja|no (quiero|deseo) (recibir|mas|que me)|no mas (correos?|mensajes?|e-?mails?|publicidad)|no me (interes|escrib|envi|mand|contact)\w+|eliminar|elimin(e|en|enme|ame|adme)|borrar|borr(e|en|enme|ame|adme)|cancelar|cancel(e|en|enme)|desuscri\w*|me opongo|(retiro|revoco) (mi|el) consentimiento|quit(e|en)(me|nos)`,
	`cancella(mi|temi|rmi|re|te)|cancellazione|disiscri\w*|non (voglio|desidero|vorrei) (piu )?(ricevere|essere)|rimuov\w*|rimozione|elimina(mi|temi|rmi|te|re)|toglietemi|toglimi|togliermi|annullare`,
	`non (mi )?(interess|scriv|invi|mand|contatt)\w+|basta (e-?mail|mail|messaggi|pubblicita)|mi oppongo|(revoco|ritiro) il (mio )?consenso`,
	`afmeld\w*|meld (mij|me)[^.!?;]{0,15} af|uitschrijv\w*|schrijf (mij|me)[^.!?;]{0,15} uit|geen (e-?mails?|mails?|reclame|nieuwsbrie(f|ven)|berichten|interesse)|verwijder\w*|bezwaar`,
	`niet (meer )?(geinteresseerd|mailen|schrijven|benaderen|ontvangen)|niets? meer ontvangen|(schrijf|mail) (mij|me) niet meer|haal (mij|me)|trek (ik )?(mijn|de) toestemming`,
	`retir\w*[- ]me|cancel(em|amento)|remov(er|a|am)|nao (quero|desejo|pretendo) (mais )?receber|anular|descadastr\w*|desinscr\w*|parem? (de|com)|nao (me )?(interess|envi|escrev|mand|contact|contat)\w+|nao tenho interesse|oponho-me|me oponho|(retiro|revogo) (o )?(meu )?consentimento`,
)

// denied take it back: do not stop. What is neither clearly one nor the other is for people to read.
var denied = oneOf(`\b`, ``,
	`(do not|don't|dont|never|not) (want to |wish to |like to |please |ever |be |have to )*(stop|unsubscri|remov|opt|delet|take me off|object|withdraw|revok)`,
	`n' ?arret\w* (pas|jamais|surtout)|ne (me |m'|nous )?(desabonn|desinscri|supprim|retir|enlev|effac)\w* (surtout )?(pas|jamais)|ne (veux|souhaite|desire|voudrais)\w* (surtout )?pas (etre |me |m'|que )*(desabonn|desinscri|retir|supprim|effac|arret)|ne (me |m'|nous )?(oppos|retir|revoqu|cess)\w* (surtout )?(pas|jamais|nullement)|ne pas (etre |me )*(desabonn|desinscri|retir|supprim|effac)|(aucune|pas d'|sans) ?opposition`,
	`nicht (abmeld|austrag|abbestell|stopp|losch|entfern)|(abmeld|austrag|losch|meld|trag|entfern)\w*[^.!?;,]{0,30} nicht\b|widersprech\w*( \w+)? nicht\b|widerruf\w*( \w+){0,2} nicht\b|nicht aus (dem|ihrem|eurem) verteiler|nicht wider(sprech|ruf)|kein(en|e)? widerspruch`,
	`no (quiero|deseo|pretendo) (que )?(me |darme |de |la )*(baja|borr|elimin|cancel|desuscri)|no me (den |de )*(baja|borr|elimin|cancel|desuscri|quit)|no (borr|elimin|cancel|desuscri)|no (me |nos )?(opongo|oponemos|retiro|revoco)`,
	`non (mi |voglio |desidero |vorrei |intendo |essere )*(disiscri|cancell|rimoss|rimuov|elimin|togli|annull|oppon|revoc|ritir)`,
	`niet (afmeld|uitschrijv|verwijder|stopp)|(verwijder|meld|schrijf|haal)\w*( (mij|me|ons))? niet\b|geen bezwaar|toestemming niet\b`,
	`nao (me |quero |desejo |pretendo |nos )*(cancel|remov|anul|elimin|descadastr|desinscr|opo(nh|mos)|retir|revog)`,
)

// Two words of German and Dutch that hold a negation and are none of the stop, and who cannot stop wants to.
var (
	noMore = strings.NewReplacer("nicht mehr", "nimmer", "nie wieder", "nimmer", "niet meer", "nooit")
	cannot = oneOf(`\b`, `\b`, `kann|konnte|kan|lukt`)
	visits = strings.NewReplacer("stop by", "visit")
)

// saysStop reports whether a folded line is an objection.
func saysStop(line string) bool {
	line = visits.Replace(strings.TrimRight(line, ".! "))
	return stopWords.MatchString(line) && (!denied.MatchString(noMore.Replace(line)) || cannot.MatchString(line))
}

// absence begins the subjects of automatic answers.
var absence = oneOf(`^(re: ?)?`, ``,
	`auto(matic|mated)?[ :-]*(reply|response|answer)|autoreply|auto:|out of (the )?office|ooo\b|vacation|away from|on (vacation|holiday|leave)|absen(t|ce|z|twesend)|abwesend|abwesenheits`,
	`reponse automatique|message d'absence|je suis absent|conges?\b|automatische (antwort|abwesenheit)|respuesta automatica|fuera de (la )?oficina|ausente\b|risposta automatica|fuori (sede|ufficio)|assen(te|za)\b`,
	`automatisch(e)? antwoord|afwezig|buiten kantoor|resposta automatica|ausencia|fora do escritorio`,
)

// away is how such an answer begins that no header and no subject gives away.
var away = oneOf(`\b`, `\b`,
	`(i am|i'm|i will be|i'll be) (currently |presently |now )?(out of (the |my )?office|on (annual |parental |maternity |sick )?(leave|vacation|holidays?)|away (from|until))`,
	`je (suis|serai) (actuellement |en ce moment )?(absente?|en (conges?|vacances|deplacement)|hors du bureau)`,
	`ich bin (derzeit |zur ?zeit |momentan |aktuell |im moment |bis \S+ |vom \S+ )*(nicht im (haus|hause|buro)|abwesend|im urlaub|ausser haus|nicht erreichbar)`,
	`(estoy|estare|me encuentro) (actualmente )?(fuera de (la )?oficina|ausente|de (vacaciones|viaje|permiso))`,
	`(sono|saro) (attualmente )?(fuori (dall')?(ufficio|sede)|assente|in (ferie|vacanza|malattia))`,
	`ik ben (momenteel |op dit moment |tot \S+ )*(afwezig|niet aanwezig|op vakantie|buiten kantoor|met verlof|niet op kantoor)`,
	`(estou|estarei) (atualmente |de momento )?(ausente|fora do escritorio|de ferias)`,
)

// challenge asks the sender for a proof before a message is let in. Who asks us to confirm that they were removed asks for
// something else.
var challenge = oneOf(``, ``,
	`(confirm|verify|authorize|validate) (that )?(you are (a )?(human|person|real|the sender)|you sent|your (e-?mail|message|address|identity))|challenge[- ]response|(message|e-?mail) (is|was|has been) (being )?(held|quarantined)|to (complete|ensure) (the )?delivery|boxtrapper|spamarrest|mailinblack`,
	`demande d'authentification|authentifier votre (message|adresse|e-?mail)|confirmer (votre|l'envoi de votre) (message|adresse|e-?mail)`,
	`bestatigen sie,? (bitte )?(ihre (e-?mail|nachricht|adresse|absender)|dass sie (ein mensch|kein roboter|der absender))|(nachricht|e-?mail) (wurde|wird) (zuruckgehalten|in quarantane)`,
	`(confirm|verifi)(e|ar|que|car) (que es (humano|una persona)|su (mensaje|correo|direccion|identidad))|su (mensaje|correo) (esta|ha sido|fue) (retenido|en cuarentena)`,
	`confer(mi|mare) (di essere|il (suo|tuo|vostro) (messaggio|indirizzo)|la (sua|tua|vostra) (e-?mail|identita))|messaggio e (stato )?(trattenuto|messo in quarantena|in quarantena)`,
	`bevestig (dat u (een mens|de afzender)|(uw|je) (e-?mail|bericht|adres|identiteit))|bericht (is|wordt|werd) (vastgehouden|in quarantaine)`,
	`confirm(e|ar) (que e (humano|uma pessoa)|(o |a )?(seu|sua) (e-?mail|endereco|mensagem|identidade))|mensagem (esta|foi) (retida|em quarentena)`,
)

var (
	salutation = oneOf(`^`, `\b[^.!?]{0,40}[,!.:]?$`,
		`hello|hi|hey|dear|good (morning|afternoon|evening)|bonjour|bonsoir|salut|madame|monsieur|messieurs|chere?s?|hallo|guten (tag|morgen|abend)|sehr geehrte[rs]?|lieber?`,
		`hola|buenos|buenas|estimad[oa]s?|buongiorno|buonasera|ciao|gentil[ei]|spettabile|goedendag|goedemorgen|geachte|beste|ola|bom dia|boa (tarde|noite)|prezad[oa]s?|car[oa]s?`)
	// closing ends a letter, alone in its line.
	closing = oneOf(`^`, `[\w ,.!']{0,40}$`,
		`thanks?|thank you|many thanks|(best|kind|warm)? ?regards|sincerely|yours|cheers|merci|cordialement|bien (a vous|cordialement)|(sinceres )?salutations|veuillez (agreer|recevoir)`,
		`danke|vielen dank|(mit )?(freundlichen?|besten|lieben|viele|beste|liebe) grusse?n?|mfg|gracias|(un )?saludos?|atentamente|un cordial saludo|grazie|(cordiali|distinti) saluti|saluti|cordialmente`,
		`bedankt|dank u?|met vriendelijke groet(en)?|groet(en|jes)?|mvg|obrigad[oa]|(com os )?(melhores )?cumprimentos|atenciosamente`)
	// attribution stands before what is quoted, on one line or two.
	attribution = oneOf(`^`, ``, `on .+ wrote:`, `le .+ a ecrit ?:`, `am .+ schrieb\b`, `el .+ escribio`, `il .+ ha scritto`, `op .+ schreef`, `em .+ escreveu`)
	attributes  = expression.Of(`^(on|le|am|el|il|op|em)\b.*\b20\d\d\b`)
	// separator ends what the writer wrote, whatever stands below it.
	separator = oneOf(`^`, ``, `-{2,}|_{5,}`, `(from|de|von|da|van|sent|envoye) ?:`, `sent from my|envoye (de|depuis) mon|(gesendet|von meinem .+ gesendet)|enviado (desde|do|a partir)|inviato da|(verstuurd|verzonden) vanaf`)
	answers   = expression.Of(`^(re|aw|tr|fw|fwd|wg|rif|sv|res|antw?|rv|r|enc)(\[\d+\])? ?:`)
)
