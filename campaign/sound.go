package campaign

import (
	"slices"
	"strings"
)

// Programs and companies call the column of noes in many ways. One that no list of headings has is heard all the same where
// its name says what it is, since a no must not be lost for want of a word; so is a no that stands among the words of a column
// of statuses, whose other words mean nothing here.

// noStems are pieces of the words, as plain reduces them, by which headings and statuses mean that somebody said no.
var noStems = strings.Fields("unsubscri optout optedout optingout donotemail donotcontact donotmail donotsend donotcall blacklist blocklist suppressed desabonn desinscri " +
	"nepascontacter nepasappeler nepasenvoyer stopemail stopmail stopsms abgemeldet abbestellt keinewerbung dadodebaja dadadebaja disiscri uitgeschreven afgemeld " +
	"descadastr cancelousubscri cancelouainscri cancelouasubscri diodebaja annullatoliscri annullataliscri nesouhaiteplus neveutplus noquiererecibir nodesearecibir " +
	"nocontactar noenviar noncontattare noninviare naocontactar naocontatar naoenviar nichtanschreiben nichtkontaktieren nichtmailen nichtanrufen nietbenaderen " +
	"nietcontacteren nietmailen werbesperre sperrvermerk refusnewsletter refusemail refuselesemail refuselesmail refusprospection opposeau oppositionrgpd rgpdopposition " +
	"oppositionprospection oppositionemail listenoire listanera listanegra zwartelijst consentwithdrawn consentrevoked withdrawnconsent consentementretire " +
	"consentementrevoque widerrufdereinwilligung consentimientorevocado consentimientoretirado consensorevocato consensoritirato toestemmingingetrokken " +
	"consentimentorevogado consentimentoretirado nepluscontacter neplusappeler neplusenvoyer neplusecrire neplussolliciter neplusdemarcher nepasdemarcher nepasecrire " +
	"nepasprospecter nepassolliciter refusmail refussms refusdeprospection refuseprospection refuselaprospection refusdemarchage refuscommercial refusmarketing " +
	"oppositionau oppositionala oppositioncommerciale oppositionmarketing pasdemailing pasdenewsletter pasdeprospection stoppub nomarketing donotmarket sperrliste " +
	"widerrufen geenreclame refusdemail refusdesemail refusdecourriel emailabmeldung newsletterabmeldung noparticipaciondecorreo suscripcioncancelada iscrizioneannullata iscrizionecancellata inscricaocancelada subscricaocancelada " +
	"cancelolasuscri canceladolasuscri cancelosususcri canceladosususcri suscripcionanulada annullataiscri annullatoiscri annullamentoiscri annullamentodelliscri annullamentosottoscri " +
	"cancellazionedallanewsletter rifiutoemail rifiutodiemail rifiutodelleemail afmeldingvoor afmeldenvoor nietbellen nollamar nonchiamare nontelefonare naoligar naotelefonar " +
	"recusaemail recusaremail recusadeemail keinnewsletter keinenewsletter keineemail keinmailing keineanrufe newslettergekundigt newsletteropgezegd")

// noWords are statuses that mean a no by themselves, and that as a piece of others might mean anything.
var noWords = set("blocked bloque bloquee opposed oppose opposee refused refus refuse refusee withdrawn revoked revoque gesperrt bloqueado bloqueada bloccato bloccata geblokkeerd ingetrokken baja cancelado cancelada cancellato cancellata")

// notStems are pieces that make a heading say something else: why, by what, to whom, and its contrary.
var notStems = strings.Fields("reason motif raison grund motivo reden campaign campagn kampagn campan title titre link lien url href hash token comment source " +
	"offered offert propos angeboten ofrec aangeboden partner partenai tiers third fax push whatsapp count times number nombre anzahl allow canunsub " +
	"notunsub notopt notblack notblock notsuppress notdesins nondes nonopt nonblack neverunsub nichtabgem nichtabbest noninlista noenlista naoestanalista nichtwiderruf " +
	"bestellungwiderruf auftragwiderruf kaufwiderruf vertragwiderruf mandatwiderruf lastschriftwiderruf widerrufenebestell prelevement cheque oppositionaupaiement opposeaupaiement")

var complaintStems = strings.Fields("spam complain plainte")

// cleaned is what Mailchimp says of mailboxes that take no mail.
var cleaned = set("cleaned nettoye nettoyee bereinigt opgeschoond")

// unsaidStems are pieces of statuses that deny a complaint or a bounce.
var unsaidStems = strings.Fields("notspam nospam nonspam antispam notbounce nobounce neverbounce nonbounce softbounce bouncesoft")

// tradeStems are pieces of headings of statuses that are about money or goods, where a word of noWords, or one for what is still open, is no word about messages.
var tradeStems = strings.Fields("payment paiement zahlung pago pagamento betaling order commande bestell auftrag pedido ordine bestelling livraison delivery liefer shipping shipment entrega " +
	"consegna spedizione levering invoice facture rechnung factura fattura factuur fatura quote devis angebot presupuesto preventivo credit kredit krediet loan application candidat bewerb " +
	"solicitud claim sinistre schaden card carte karte kaart tarjeta carta refund rembours erstattung cheque subsid contract contrat vertrag encomenda deal")

// whoEnds are ends of headings that name who or what, as plain reduces them.
var whoEnds = strings.Fields("id ip by par user")

// neverStems are pieces of statuses of somebody who was never subscribed, which is neither a yes nor a no; pendingStems of
// somebody who has not confirmed.
var neverStems = strings.Fields("notsubscri nonsubscri neversubscri notyetsubscri nonabonne nonsinscri noninscri pasabonne pasinscrit jamaisabonne jamaisinscrit nichtabonniert nieabonniert " +
	"nichtangemeldet nieangemeldet nosuscri nuncasuscri noniscritt maiiscritt nietingeschreven nooitingeschreven naosubscri naoinscri")

var pendingStems = strings.Fields("unconfirm notconfirm nonconfirm pasconfirm aconfirmer pending enattente unbestatigt nichtbestatigt ausstehend sinconfirmar noconfirmad pendiente inattesa " +
	"onbevestigd nietbevestigd inafwachting naoconfirmad pendente")

var dayStems = strings.Fields("date datum fecha data time")

// otherChannels are pieces of headings by which a no is one to that channel alone.
var otherChannels = []struct {
	channel string
	stems   []string
}{{"email", strings.Fields("mail courriel correo newsletter")}, {"sms", strings.Fields("sms texto mms textmessage")},
	{"phone", strings.Fields("phone telefon call appel anruf llamad llamar chiamat chiamar nietbellen naoligar")}, {"post", strings.Fields("courrier postal post brief lettre letter")}}

func hasStem(p string, stems []string) bool {
	return slices.ContainsFunc(stems, func(s string) bool { return strings.Contains(p, s) })
}

// meansNo reports that a text, as plain reduces it, speaks of a no.
func meansNo(p string) bool { return hasStem(p, noStems) && !hasStem(p, notStems) }

// soundsLike is the field for which a heading that no list has is heard; "" for none.
func soundsLike(heading string) string {
	p := plain(heading)
	byName, byHeading := fieldNames()
	switch {
	case byName[p] != "" || byHeading[p] != "":
		return ""
	case isStatus(p):
		return "optout"
	case !meansNo(p) || slices.ContainsFunc(whoEnds, func(e string) bool { return strings.HasSuffix(p, e) }):
		return ""
	case hasStem(p, dayStems) && channelOf(p) == "":
		return "optout_at"
	}
	return "optout"
}

// isStatus holds for a heading of statuses: of a subscription, a contact, an account; class is that of an export of contacts.
func isStatus(p string) bool {
	return strings.Contains(p, "status") || strings.Contains(p, "statut") || strings.Contains(p, "optin") && strings.Contains(p, "optout") ||
		statusHeadings[p] || slices.ContainsFunc(consentEnds, func(e string) bool { return strings.HasSuffix(p, e) })
}

// consentEnds are ends of headings of consents, which are statuses where the column is taken for no field.
var consentEnds = strings.Fields("emailconsent marketingconsent newsletterconsent smsconsent consentstate subscriptionstate consentementemail consentementmarketing consentementnewsletter consentementsms")

// statusHeadings are further headings of that kind, as plain reduces them.
var statusHeadings = set("etat estado stato subscription abonnement class newsletter newsletters mailing mailings emailing emailings emailmarketing marketing marketingpreference marketingpreferences " +
	"emailpreference emailpreferences newsletterabo abo abonnementnewsletter newslettersubscription suscripcion iscrizione inschrijving subscricao inscricao")

// OnlyNoes reports that a column is heard only where it says no, and that it is an attribute besides.
func OnlyNoes(heading, field string) bool { return field == "optout" && isStatus(plain(heading)) }

// channelOf is the channel that a heading names, and that not e-mail.
func channelOf(p string) string {
	for _, c := range otherChannels {
		if hasStem(p, c.stems) {
			if c.channel == "email" {
				return ""
			}
			return c.channel
		}
	}
	return ""
}

// ages are the headings of ages, as plain reduces them: of an age it is only kept whether it is that of a minor.
var ages = set("age alter edad eta leeftijd idade")

// underAge reads an age, or a span of ages by its youngest.
func underAge(text string) string {
	begin := strings.IndexAny(text, "0123456789")
	if begin < 0 {
		return ""
	}
	n := 0
	for _, r := range text[begin:] {
		if r < '0' || r > '9' || n > 999 {
			break
		}
		n = 10*n + int(r-'0')
	}
	below := begin > 0 // "under 18", "<18", "moins de 18", "-18"
	if n > 0 && n < majority || below && n == majority && !hasStem(plain(text[:begin]), overStems) && !strings.ContainsAny(text[:begin], ">+") {
		return "yes"
	}
	return ""
}

// overStems are pieces of words that say that somebody is not under an age.
var overStems = strings.Fields("over plus above from des ab uber desde mas oltre piu vanaf mais acima age")

// hear reads the columns of noes that were found by their sound as what they say, and those of ages.
func (c *columns) hear(p *Preset) {
	c.findBoxes()
	for n, i := range c.of["minor"] {
		if i < len(c.header) && ages[plain(c.header[i])] && len(p.columns(c.header[i])) == 0 {
			c.of["minor"][n] = c.derive(derived{from: i, unlike: -1, word: underAge})
		}
	}
	for _, i := range slices.Clone(c.of["optout"]) {
		if i >= len(c.header) {
			continue
		}
		name := plain(c.header[i])
		if soundsLike(c.header[i]) == "" || len(p.columns(c.header[i])) > 0 {
			continue
		}
		switch channel := channelOf(name); {
		case isStatus(name):
			c.unhear(i)
			for _, s := range statusNoes {
				field := s.field
				switch {
				case s.own && hasStem(name, tradeStems):
					continue
				case field == "optout" && channel != "":
					field = c.scope(channel)
				}
				c.of[field] = append(c.of[field], c.derive(derived{from: i, unlike: -1, word: s.word}))
			}
			c.rest = append(c.rest, i)
		case channel != "":
			c.unhear(i)
			field := c.scope(channel)
			c.of[field] = append(c.of[field], i)
		}
	}
}

// scope is the field of noes to a channel alone, which are looked for from now on.
func (c *columns) scope(channel string) string {
	if !slices.Contains(c.scopes, channel) {
		c.scopes = append(c.scopes, channel)
	}
	return scoped(channel)
}

// unhear takes a column of noes from those that mean a no to everything.
func (c *columns) unhear(i int) {
	c.of["optout"] = slices.DeleteFunc(slices.Clone(c.of["optout"]), func(at int) bool { return at == i })
}

// notYet is what a row says of somebody whose status denies the yes that another column claims: the status that they have then.
const notYet = "not_yet"

// statusNoes are what a status may say against a person.
var statusNoes = []struct {
	field string
	own   bool // only of a subscription, and not of an order
	word  func(text string) string
}{
	{"optout", false, func(text string) string {
		if meansNo(plain(text)) {
			return "yes"
		}
		return ""
	}},
	{"optout", true, func(text string) string {
		if noWords[plain(text)] {
			return "yes"
		}
		return ""
	}},
	{notYet, true, func(text string) string {
		switch p := plain(text); {
		case hasStem(p, neverStems):
			return statusUnknown
		case hasStem(p, pendingStems):
			return statusPending
		}
		return ""
	}},
	{"complaint", false, func(text string) string {
		if p := plain(text); hasStem(p, complaintStems) && !hasStem(p, unsaidStems) {
			return "yes"
		}
		return ""
	}},
	{"bounce", false, func(text string) string {
		if p := plain(text); cleaned[p] || strings.Contains(p, "bounce") && !hasStem(p, unsaidStems) {
			return "hard"
		}
		return ""
	}},
}
