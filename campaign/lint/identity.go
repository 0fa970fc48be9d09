package lint

import (
	"net/mail"
	"slices"
	"strings"

	"github.com/reoptin/reoptin/internal/expression"
)

// identityRules ask who writes (GDPR art. 13(1)(a), directive 2002/58 art. 13(4)).
func identityRules() []rule {
	return []rule{
		{about("ID-001", Error, "message, form", "legal name of the controller", "GDPR art. 13(1)(a); directive 2002/58/EC art. 13(4)"), checkLegalName},
		{about("ID-002", Error, "message", "postal address", "GDPR art. 13(1)(a); CAN-SPAM 15 USC 7704(a)(5); CASL s. 6(2)"), checkAddress},
		{about("ID-003", Error, "message, form", "a way to reach the controller", "GDPR art. 13(1)(a); PECR reg. 23"), checkContact},
		{about("ID-004", Error, "message, form", "contact of the data protection officer", "GDPR art. 13(1)(b), 37"), checkDPO},
		{about("ID-005", Error, "header", "the sender's name is the controller or a brand", "Code des postes et des communications électroniques art. L34-5; directive 2002/58/EC art. 13(4)"), checkSenderName},
		{about("ID-006", Warning, "message", "legal form and registration number", "Company law (FR R123-237; DE § 35a GmbHG; UK Trading Disclosures Regulations 2015)"), checkRegistration},
		{about("ID-007", Error, "header", "an answer by e-mail reaches somebody", "GDPR art. 12(2)"), checkReplies},
		{about("SND-001", Error, "header", "the sender's domain is the controller's own", "directive 2002/58/EC art. 13(4); RFC 9989 (DMARC)"), checkSenderDomain},
	}
}

func checkLegalName(in *inspection, tell say) {
	if strings.TrimSpace(in.Controller.LegalName) == "" {
		tell(Finding{Where: "organisation.legal_name", Message: "The organisation has no legal name. Set legal_name in the organisation file."})
		return
	}
	for _, v := range in.views {
		v.need(tell, holds(in.Controller.LegalName), "does not name the controller. Show its legal name.")
		v.needForm(tell, holds(in.Controller.LegalName), "does not name the controller. Show its legal name.")
	}
}

func checkAddress(in *inspection, tell say) {
	if strings.TrimSpace(in.Controller.Address) == "" {
		tell(Finding{Where: "organisation.address", Message: "The organisation has no postal address. Set address in the organisation file."})
		return
	}
	for _, v := range in.views {
		v.need(tell, holds(in.Controller.Address), "shows no postal address. Show the controller's address in full.")
	}
}

func checkContact(in *inspection, tell say) {
	c := in.Controller
	if c.Email == "" && c.Phone == "" {
		tell(Finding{Where: "organisation.email", Message: "The organisation can be reached neither by e-mail nor by phone. Set email in the organisation file."})
		return
	}
	reachable := func(n normal) bool { return holds(c.Email)(n) || holds(c.Phone)(n) }
	for _, v := range in.views {
		v.need(tell, reachable, "says no way to reach the controller. Show its contact e-mail.")
		v.needForm(tell, reachable, "says no way to reach the controller. Show its contact e-mail.")
	}
}

func checkDPO(in *inspection, tell say) {
	if in.Controller.DPO == "" {
		if in.Controller.Public {
			tell(Finding{Severity: Warning, Where: "organisation.dpo", Message: "A public authority must have a data protection officer. Set dpo in the organisation file."})
		}
		return
	}
	for _, v := range in.views {
		v.need(tell, holds(in.Controller.DPO), "does not say how to reach the data protection officer.")
		v.needForm(tell, holds(in.Controller.DPO), "does not say how to reach the data protection officer.")
	}
}

// unread names mailboxes that nobody reads.
var unread = expression.Of(`\b(no|do-?not|ne-?pas)[-_. ]?(reply|repondre|respond)|^(noresponder|keine-?antwort|nepasrepondre|non-?rispondere)`)

// sender gives the From of a view: the header's, else the settings'.
func (in *inspection) sender(v *view) (name, mailbox string) {
	if list := v.header["From"]; len(list) == 1 {
		if a, err := mail.ParseAddress(list[0]); err == nil {
			return a.Name, a.Address
		}
	}
	return in.Sender.Name, in.Sender.Address
}

// names gives every name under which people may know the controller.
func (in *inspection) names() []string {
	return append([]string{in.Controller.Name, in.Controller.LegalName}, in.Controller.Brands...)
}

// bears says whether a text bears one of the controller's names.
func (in *inspection) bears(n normal) bool {
	return slices.ContainsFunc(in.names(), func(name string) bool { return holds(name)(n) })
}

func checkSenderName(in *inspection, tell say) {
	for _, v := range in.views {
		name, _ := in.sender(v)
		if folded := normalise(name); !in.bears(folded) || unread.MatchString(folded.text) {
			tell(Finding{Where: "sender.name", Text: name, Message: "The sender's name does not show who writes. Use a registered brand or the legal name."})
		}
	}
}

func checkRegistration(in *inspection, tell say) {
	c := in.Controller
	if c.Registration == "" {
		if slices.Contains([]string{"FR", "DE", "GB", "UK"}, strings.ToUpper(c.Country)) {
			tell(Finding{Where: "organisation.registration", Message: "Company law asks for the registration number in letters. Set registration in the organisation file."})
		}
		return
	}
	for _, v := range in.views {
		v.need(tell, holds(c.Registration), "does not show the registration number.")
		if c.LegalForm != "" {
			v.need(tell, holds(c.LegalForm), "does not show the legal form.")
		}
	}
}

func checkReplies(in *inspection, tell say) {
	judge := func(where, mailbox string) {
		local, _, _ := strings.Cut(normalise(mailbox).text, "@")
		if unread.MatchString(local) {
			tell(Finding{Where: where, Text: mailbox, Message: "Nobody reads this mailbox. Use one where answers are read."})
		}
	}
	judge("sender.address", in.Sender.Address)
	judge("sender.reply_to", in.Sender.ReplyTo)
	for _, v := range in.views {
		for _, field := range v.header["Reply-To"] {
			if a, err := mail.ParseAddress(field); err == nil {
				judge("sender.reply_to", a.Address)
			}
		}
		_, from := in.sender(v)
		judge("sender.address", from)
	}
}

// freeMail are providers whose addresses are nobody's own.
var freeMail = expression.Of(`^(gmail|googlemail|outlook|hotmail|live|msn|yahoo|ymail|icloud|me|aol|gmx|web|proton|protonmail|orange|wanadoo|free|sfr|laposte|bbox|mail|yandex|zoho|libero|tiscali|t-online|freenet)\.(com|fr|de|net|org|co\.uk|es|it|nl|pt|be|ch|at|me|ru|eu)$`)

func checkSenderDomain(in *inspection, tell say) {
	own := in.ownDomains()
	judge := func(where, mailbox string) {
		domain := domainOf(mailbox)
		switch {
		case domain == "":
			tell(Finding{Where: where, Text: mailbox, Message: "The sender has no valid address. Use one of the controller's own domain."})
		case freeMail.MatchString(organisational(domain)):
			tell(Finding{Where: where, Text: domain, Message: "The message comes from a free mailbox. Use an address of the controller's own domain."})
		case len(own) > 0 && !slices.Contains(own, organisational(domain)):
			tell(Finding{Where: where, Text: domain, Message: "The sender's domain is not the controller's (" + strings.Join(own, ", ") + "). Use an address of that domain."})
		}
	}
	if len(in.views) == 0 {
		judge("sender.address", in.Sender.Address)
	}
	for _, v := range in.views {
		_, mailbox := in.sender(v)
		judge("sender.address", mailbox)
	}
}

// ownDomains gives the organisational domains of the controller: of its mailbox and its privacy page.
func (in *inspection) ownDomains() []string {
	var out []string
	for _, host := range []string{domainOf(in.Controller.Email), address(in.Controller.PrivacyURL).Hostname()} {
		d := organisational(host)
		if d != "" && !freeMail.MatchString(d) && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// domainOf gives the domain of a mailbox in lower case, "" when there is none.
func domainOf(mailbox string) string {
	i := strings.LastIndexByte(mailbox, '@')
	if i <= 0 || i == len(mailbox)-1 {
		return ""
	}
	return strings.ToLower(mailbox[i+1:])
}

// secondLevel are the registries' own labels under a country: co.uk, com.au.
var secondLevel = expression.Of(`^(co|com|org|net|gov|ac|edu|or|ne|asso|gouv)$`)

// organisational gives the domain under which one owner registers all names; an approximation of the
// public suffix list that is right for the usual company domains.
func organisational(host string) string {
	labels := strings.Split(strings.Trim(strings.ToLower(host), "."), ".")
	n := 2
	if len(labels) > 2 && len(labels[len(labels)-1]) == 2 && secondLevel.MatchString(labels[len(labels)-2]) {
		n = 3
	}
	if len(labels) < n {
		return strings.Join(labels, ".")
	}
	return strings.Join(labels[len(labels)-n:], ".")
}
