package bounce

import (
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// Words by which large systems begin a bounce without a standard part. Folded.
var (
	bounceSubject = expression.Of(`undeliver|delivery (status|failure|failed|notification|problem|delay|report)|deliver(y)? (has )?fail|returned (mail|to sender)|returning message|failure notice|mail(er)?[ -](system|failure|error)|` +
		`non[- ]?delivery|could not be delivered|message not delivered|delayed (mail|delivery)|nondeliverable|warning: message|rejected mail|bounce|mail failure|` +
		`non remis|non distribu|echec (de|d')|remise impossible|notification d'etat de remise|unzustellbar|nicht zugestellt|zustellung(s)?fehl|mail delivery failed|` +
		`no entregado|mancato recapito|nao entregue|onbestelbaar|niet bezorgd`)
	bounceWords = expression.Of(`unable to deliver|could ?n[o']t (be )?deliver|was ?n[o']t (be )?delivered|not be delivered|delivery .{0,40}fail|undeliverable|did not reach|permanent (fatal )?error|following address(es)?( \(?e?s?\)?)? failed|` +
		`i wasn't able to deliver|returned mail|has been rejected|was rejected|not deliverable|cannot be delivered|transcript of session|reason for (the )?(failure|rejection)|user unknown|unknown user|` +
		`n'a pas pu etre (remis|delivre|distribue|achemine)|pas pu etre remis|impossible de (remettre|distribuer)|konnte nicht zugestellt|nicht zugestellt|no (se )?(ha )?pud?o (ser )?entrega|non e stato possibile|nao p[oô]de ser entregue`)
	waiting = expression.Of(`(will|continue|keep|still) (be )?(re)?try|has ?n[o']t (yet )?been delivered|not yet been delivered|delivery .{0,30}delayed|this is (only )?a warning|temporar(y|ily) (problem|unable|defer)|message (is |has been )?delayed|wird weiter versucht|nouvelles tentatives`)
	full    = expression.Of(`(mailbox|account|inbox|user|recipient|storage|quota)[^.\n]{0,60}(full|over ?quota|exceeded|limit)|over ?quota|quota exceeded|disk quota|boite (aux lettres )?(est )?pleine|quota (depasse|atteint)|postfach (ist )?voll|buzon lleno|casella piena|insufficient (disk|system)? ?(space|storage)`)
	copied  = expression.Of(`(?mi)^[ \t>*-]*(-{2,} ?(below this line is a copy|this is a copy|the (header|body) of the original|original message|unsent message|undelivered message|returned message|message header|header of|included is)|` +
		`original message (headers|follows)|a copy of the original|message headers follow|copie du message|message d'origine|received: from|return-path:).*$`)
)

// plain reads a bounce that has no standard part, as Exim, qmail, Gmail, Yahoo, GMX, Exchange and others
// write it.
func plain(m *message, r *Report) bool {
	words := m.words()
	diagnosis, copy := parted(words)
	subject := fold(m.head.decoded("subject"))
	failed := addresses(m.head.get("x-failed-recipients"))
	server := ofServer(r.From) || r.Sender != nil && ofServer(*r.Sender) || strings.HasPrefix(strings.ToLower(m.head.get("from")), "mailer-daemon")
	null := r.Sender != nil && *r.Sender == ""
	says := bounceWords.MatchString(fold(diagnosis)) || waiting.MatchString(fold(diagnosis))
	named := bounceSubject.MatchString(subject)
	switch {
	case len(failed) > 0:
	case asksForProof(diagnosis):
		return false
	case (server || null) && (named || says) && !absence.MatchString(subject):
	default:
		return false
	}
	r.Kind = KindPlain
	returned := m.returned()
	if returned == nil {
		returned, _ = split([]byte(copy))
	}
	r.MessageIDs = append(ids(returned.get("message-id")), ids(m.head.get("in-reply-to")+" "+m.head.get("references"))...)
	for _, address := range m.failed(r, failed, diagnosis, returned) {
		out := Recipient{Address: address}
		out.understand(diagnosis)
		r.Recipients = append(r.Recipients, out)
	}
	return true
}

// asksForProof reports whether words are a challenge: the message waits for its sender, and no server said no to it.
// Such a one comes from the null sender too, and in the words of a bounce.
func asksForProof(diagnosis string) bool {
	code, status := spoken(diagnosis)
	return code == 0 && status == "" && challenge.MatchString(fold(strings.Join(strings.Fields(start(diagnosis, 4000)), " ")))
}

// parted cuts the words of a bounce where the copy of the message begins.
func parted(words string) (diagnosis, copy string) {
	at := copied.FindStringIndex(words)
	if at == nil {
		return words, ""
	}
	rest := words[at[0]:]
	if line := strings.ToLower(strings.TrimSpace(rest[:min(len(rest), 12)])); !strings.HasPrefix(line, "received") && !strings.HasPrefix(line, "return-path") {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return words[:at[0]], strings.TrimLeft(rest, "\n")
}

// failed lists whom a bounce in words is about: whom its header names, else the addresses in its words, else
// the recipient of the returned message; "" when it names nobody.
func (m *message) failed(r *Report, named []string, diagnosis string, returned header) []string {
	ours := func(a string) bool {
		return ofServer(a) || strings.EqualFold(a, r.From) || slices.ContainsFunc(r.To, func(to string) bool { return strings.EqualFold(a, to) })
	}
	for _, list := range [][]string{named, addresses(diagnosis), addresses(returned.get("to"))} {
		var out []string
		for _, a := range list {
			if !ours(a) && !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(a, o) }) {
				out = append(out, a)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return []string{""}
}

// understand judges a recipient by the words that stand around its address.
func (r *Recipient) understand(diagnosis string) {
	text := around(diagnosis, r.Address)
	r.Code, r.Status = spoken(text)
	if r.Code == 0 && r.Status == "" {
		if code, status := spoken(diagnosis); code != 0 || status != "" {
			text, r.Code, r.Status = diagnosis, code, status
		}
	}
	r.Text = short(text)
	folded := fold(diagnosis)
	if r.Code == 0 && r.Status == "" {
		r.Text = short(diagnosis)
		text = r.Text // what stands further behind is of the house, and of no mailbox
		switch {
		case waiting.MatchString(folded):
			r.Meaning, r.Class = MeansDelayed, Soft
			return
		case full.MatchString(folded):
			r.Meaning, r.Class = MeansSoft, SoftFinal
			return
		}
	}
	if r.Code/100 == 4 && waiting.MatchString(folded) {
		r.Meaning = MeansDelayed
	}
	r.judge(text)
}

// nearby is how many lines after an address still speak of it.
const nearby = 12

// around is what stands in a text from the line of an address on, up to the line of another one; the whole
// text when the address does not stand in it.
func around(text, address string) string {
	at := strings.Index(strings.ToLower(text), strings.ToLower(address))
	if address == "" || at < 0 || len(strings.ToLower(text)) != len(text) {
		return text
	}
	rest := text[strings.LastIndexByte(text[:at], '\n')+1:]
	var out []string
	for line := range strings.Lines(rest) {
		other := anAddress.FindString(strings.TrimLeft(line, " \t<\""))
		begins := other != "" && strings.HasPrefix(strings.TrimLeft(line, " \t<\""), other)
		if len(out) > 0 && begins && !strings.EqualFold(other, address) || len(out) == nearby {
			break
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}
