package lint

import (
	"strings"
	"unicode"

	"github.com/reoptin/reoptin/internal/expression"
)

// subjectRules ask for a neutral, truthful subject.
func subjectRules() []rule {
	return []rule{
		{about("SUBJ-001", Error, "message, header", "a message that pretends: reply, account, invoice, security, service", "Code des postes et des communications électroniques art. L34-5; CAN-SPAM 15 USC 7704(a)(2)"), checkDeceptive},
		{about("SUBJ-002", Error, "header", "the subject says who asks and what about", "directive 2002/58/EC art. 13(4)"), checkTopic},
		{about("SUBJ-003", Warning, "header", "a subject over 78 characters, in capitals, with repeated marks or pictures", "RFC 5322 sec. 2.1.1; deliverability"), checkSubjectForm},
		{about("SUBJ-004", Warning, "header", "personal data in the subject", "GDPR art. 25"), checkSubjectPersonal},
		{about("SUBJ-005", Warning, "message", "first lines with bait, hurry or a pretence", "GDPR art. 5(1)(a), fairness"), checkPreheader},
	}
}

// checkPreheader looks at what mail programs show beside the subject: the first block of the message.
func checkPreheader(in *inspection, tell say) {
	for _, v := range in.views {
		text := strings.TrimSpace(strings.TrimPrefix(v.message.all.text, normalise(tidy(pageTitle(v.message))).text))
		first, _, _ := strings.Cut(text, "\n")
		hits, _ := in.lists.bait(v.language, first)
		words := ""
		for _, h := range hits {
			words = first[h.start:h.end]
		}
		for _, class := range []string{"urgency", "shaming", "deceptive", "reminder"} {
			for _, s := range in.lists.forbidden(v.language, class, first) {
				words = first[s.start:s.end]
			}
		}
		if words != "" {
			tell(Finding{Where: "message." + v.Language, Text: words, Message: "The first lines, which are shown beside the subject, say something else than it does. Let them say the same, in neutral words."})
		}
	}
}

// subjectPlace is where a finding about the subject stands.
func subjectPlace(v *view) string { return "message." + v.Language + ".subject" }

func checkDeceptive(in *inspection, tell say) {
	in.sayForbidden(tell, "service", "This calls itself a service message. A question whether one may advertise is advertising itself.", nil)
	for _, v := range in.views {
		for _, s := range in.lists.find(v.language, "deceptive", v.subject.text) {
			tell(Finding{Where: subjectPlace(v), Text: v.subject.words(s.start, s.end),
				Message: "The subject pretends to be something else. Say what it is, such as “{Brand}: your choice about our e-mails”."})
		}
	}
}

// checkTopic is an error without the topic. A missing brand is only a warning while the sender's
// name, which mail programs show beside the subject, bears it.
func checkTopic(in *inspection, tell say) {
	for _, v := range in.views {
		name, _ := in.sender(v)
		topic, brand := in.speaks(v.language, "topic")(v.subject), in.bears(v.subject)
		switch f := (Finding{Where: subjectPlace(v), Text: v.Message.Subject}); {
		case strings.TrimSpace(v.Message.Subject) == "":
			f.Message = "The message has no subject. Name the brand and the choice."
			tell(f)
		case !topic:
			f.Message = "The subject does not say that it is about a choice. Name the choice, the consent or the e-mails it is about."
			tell(f)
		case !brand && !in.bears(normalise(name)):
			f.Message = "Neither subject nor sender shows who writes. Name the brand."
			tell(f)
		case !brand:
			f.Severity, f.Message = Warning, "The subject does not name the brand; only the sender's name does. Name it in the subject too."
			tell(f)
		}
	}
}

// repeated is a mark said twice.
var repeated = expression.Of(`[!?]\s*[!?]`)

func checkSubjectForm(in *inspection, tell say) {
	for _, v := range in.views {
		subject := v.Message.Subject
		var letters, capitals, pictures int
		for _, r := range subject {
			switch {
			case unicode.IsUpper(r):
				capitals++
				letters++
			case unicode.IsLetter(r):
				letters++
			case r >= 0x1F000 || (r >= 0x2600 && r <= 0x27BF):
				pictures++
			}
		}
		shouting := letters >= 10 && capitals*10 > letters*3
		if len([]rune(subject)) > 78 || shouting || pictures > 0 || repeated.MatchString(subject) {
			tell(Finding{Where: subjectPlace(v), Text: subject,
				Message: "The subject is over 78 characters, mostly capitals, or has repeated marks or pictures. Keep it short and calm."})
		}
	}
}

// personalField is a placeholder that only one person has.
var personalField = expression.Of(`\{\{\s*\.?(?i:first_?name|last_?name|name|title|email|phone|company|city|source|external_id|birth_?date)\b[^}]*\}\}`)

func checkSubjectPersonal(in *inspection, tell say) {
	const message = "The subject holds something about the person, readable on a locked phone. Say the same to everybody."
	for _, a := range in.authored {
		if m := personalField.FindString(a.Text); m != "" && strings.HasSuffix(a.Where, ".subject") {
			tell(Finding{Where: a.Where, Text: m, Message: message})
		}
	}
	first := map[string]string{}
	for _, v := range in.views {
		known, ok := first[v.Language]
		if !ok {
			first[v.Language] = v.Message.Subject
		} else if known != v.Message.Subject {
			tell(Finding{Where: subjectPlace(v), Message: message})
		}
	}
}
