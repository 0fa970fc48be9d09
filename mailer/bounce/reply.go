package bounce

import (
	"regexp"
	"strings"
)

var (
	absence = regexp.MustCompile(`^(re: ?)?(auto(matic|mated)?[ :-]*(reply|response|answer)|autoreply|auto:|out of (the )?office|ooo\b|vacation|away from|on (vacation|holiday|leave)|absen(t|ce|z|twesend)|abwesend|reponse automatique|` +
		`message d'absence|absence du bureau|automatische (antwort|abwesenheit)|abwesenheits|respuesta automatica|fuera de (la )?oficina|risposta automatica|fuori (sede|ufficio)|automatisch antwoord|afwezig|resposta automatica|ausencia|je suis absent|conges?\b)`)
	challenge = regexp.MustCompile(`(confirm|verify|authorize|validate) (that you|your (e-?mail|message|address)|you are (a )?human)|challenge[- ]response|(message|e-?mail) (is|was|has been) (being )?(held|quarantined)|to (complete|ensure) delivery|boxtrapper|spamarrest|mailinblack|` +
		`demande d'authentification|authentifier votre (message|adresse|e-?mail)|confirmer (votre|l'envoi de votre) (message|adresse|e-?mail)`)
)

// auto recognises what no person wrote: out of office, challenges, lists (RFC 3834 section 2; COMPLIANCE E.1).
func auto(m *message, r *Report) bool {
	h := m.head
	submitted, _, _ := strings.Cut(strings.ToLower(h.get("auto-submitted")), ";")
	submitted = strings.TrimSpace(submitted)
	subject := fold(h.decoded("subject"))
	switch {
	case submitted != "" && submitted != "no":
	case absence.MatchString(subject), challenge.MatchString(subject), challenge.MatchString(fold(start(m.words(), 2000))):
	case precedence.MatchString(h.get("precedence")):
	case h.has("x-autoreply"), h.has("x-autorespond"), h.has("x-autoresponder"), h.has("x-autoresponse"), h.has("x-auto-reply-from"), h.has("x-mail-autoreply"):
	case h.has("x-auto-response-suppress"), h.has("list-id"), h.has("list-unsubscribe"), h.has("list-post"):
	case r.Sender != nil && *r.Sender == "":
	default:
		return false
	}
	r.Kind = KindAuto
	r.Recipients = []Recipient{{Address: r.From, Meaning: MeansAuto, Text: short(h.decoded("subject"))}}
	m.remember(r)
	return true
}

var precedence = regexp.MustCompile(`(?i)^\s*(bulk|junk|list|auto[_-]?reply)`)

// Words for stop (COMPLIANCE C.6), by language. Folded.
var (
	stopWords = regexp.MustCompile(`\b(` + strings.Join([]string{
		`stop|unsubscribe|remove me|no more (emails|mail)|opt ?out|not interested`,
		`desabonn\w*|desinscri\w*|retirez[- ]moi|ne plus (recevoir|m'ecrire)|supprimez`,
		`stopp?|abmelden|austragen|keine (werbung|e-?mails?)|loschen sie|widerspreche`,
		`baja|no (quiero|deseo) (recibir|mas)|eliminar|borrar`,
		`cancellami|disiscriv\w*|non (voglio|desidero) (piu )?ricevere|rimuov\w*`,
		`afmelden|uitschrijven|geen (mail|reclame)|verwijder`,
		`cancelar|remover|nao (quero|desejo) receber|anular`,
	}, "|") + `)\b`)
	denied     = regexp.MustCompile(`\b(do not|don't|dont|never|please not|ne (me |m')?|nicht|no me|non mi|niet|nao me) ?(stop|unsubscribe|remove|desabonn|desinscri|supprim|abmelden|borr|elimin|cancell|verwijder|remov)`)
	salutation = regexp.MustCompile(`^(hello|hi|hey|dear|good (morning|afternoon|evening)|bonjour|bonsoir|salut|madame|monsieur|messieurs|chere?s?|hallo|guten (tag|morgen|abend)|sehr geehrte|liebe|hola|buenos|buenas|buongiorno|ciao|gentile|goedendag|beste|ola|bom dia|boa (tarde|noite)|prezad)[^.!?]{0,40}[,!.]?$`)
	quoting    = regexp.MustCompile(`^(>|\||-{2,}|_{5,}|on .+ wrote:|le .+ a ecrit ?:|am .+ schrieb|el .+ escribio|il .+ ha scritto|op .+ schreef|em .+ escreveu|(from|de|von|da|van|sent|envoye) ?:|sent from my|envoye (de|depuis) mon|gesendet von|enviado desde|inviato da)`)
)

// stop reads what a person writes back: an objection when the first line of their own says so (GDPR
// art. 21; COMPLIANCE C.6). Everything else is for people to read.
func stop(m *message, r *Report) bool {
	line := ownLine(m.words())
	if line == "" { // only a subject, as a mail program sends it for an unsubscribe address
		if line = fold(m.head.decoded("subject")); answers.MatchString(line) {
			return false
		}
	}
	m.remember(r)
	if !stopWords.MatchString(line) || denied.MatchString(line) {
		return false
	}
	r.Kind = KindStop
	r.Recipients = []Recipient{{Address: r.From, Meaning: MeansOptOut, Text: short(line)}}
	return true
}

var answers = regexp.MustCompile(`^(re|aw|tr|fw|fwd|wg|rif|sv|res|antw?)(\[\d+\])? ?:`)

// ownLine is the first line that the writer wrote: no quotation, no salutation. Folded.
func ownLine(text string) string {
	for line := range strings.Lines(text) {
		folded := fold(line)
		switch {
		case folded == "" || salutation.MatchString(folded):
		case quoting.MatchString(folded):
			return ""
		default:
			return start(folded, 500)
		}
	}
	return ""
}

// start is the first octets of a text.
func start(text string, n int) string {
	if len(text) > n {
		text = strings.ToValidUTF8(text[:n], "")
	}
	return text
}
