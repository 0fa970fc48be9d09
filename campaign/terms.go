package campaign

import "strings"

// Terms is how the rules of a company that carries mail stand to a message that asks for consent again.
type Terms string

// What their published rules say in short. The rules themselves are what counts, and they change.
const (
	TermsConsent       Terms = "consent"       // only to people who agreed before, provably: whom this campaign asks did not
	TermsTransactional Terms = "transactional" // for messages that an act of the recipient brings about, not for campaigns
)

// RelayTerms is what is known of the rules behind one relay.
type RelayTerms struct {
	Relay    string `json:"relay"`
	Provider string `json:"provider"`
	Terms    Terms  `json:"terms"`
	Text     string `json:"text"`
	Source   string `json:"source"` // the name of the rules
}

// relayTerms are the companies whose rules are known, by the domain of their relays.
var relayTerms = map[string]RelayTerms{
	"amazonaws.com":     {Provider: "Amazon SES", Terms: TermsConsent, Source: "AWS Acceptable Use Policy"},
	"sendgrid.net":      {Provider: "Twilio SendGrid", Terms: TermsConsent, Source: "Twilio SendGrid Email Policy"},
	"mailgun.org":       {Provider: "Mailgun", Terms: TermsConsent, Source: "Mailgun Acceptable Use Policy"},
	"mailjet.com":       {Provider: "Mailjet", Terms: TermsConsent, Source: "Mailjet Sending Policy"},
	"brevo.com":         {Provider: "Brevo", Terms: TermsConsent, Source: "Brevo Anti-Spam Policy"},
	"sendinblue.com":    {Provider: "Brevo", Terms: TermsConsent, Source: "Brevo Anti-Spam Policy"},
	"sparkpostmail.com": {Provider: "SparkPost", Terms: TermsConsent, Source: "SparkPost Messaging Policy"},
	"mandrillapp.com":   {Provider: "Mailchimp Transactional", Terms: TermsTransactional, Source: "Mailchimp Acceptable Use Policy"},
	"postmarkapp.com":   {Provider: "Postmark", Terms: TermsConsent, Source: "Postmark Terms of Service"},
	"resend.com":        {Provider: "Resend", Terms: TermsConsent, Source: "Resend Acceptable Use Policy"},
	"scw.cloud":         {Provider: "Scaleway", Terms: TermsTransactional, Source: "Scaleway Anti-Spam Policy for Transactional Email"},
}

// RelayTerms is what is known of the rules behind the relays, those that stand against a message that asks for consent.
func (d *Desk) RelayTerms() []RelayTerms {
	out := []RelayTerms{}
	for _, w := range d.relays.all {
		if t, known := termsOf(w.Host); known {
			t.Relay = w.Name
			out = append(out, t)
		}
	}
	return out
}

// termsOf gives what is known of the rules behind a host.
func termsOf(host string) (RelayTerms, bool) {
	for name := strings.ToLower(strings.TrimSuffix(host, ".")); name != ""; {
		if t, known := relayTerms[name]; known {
			t.Text = t.Terms.text()
			return t, true
		}
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			break
		}
		name = rest
	}
	return RelayTerms{}, false
}

// text says it for people.
func (t Terms) text() string {
	if t == TermsTransactional {
		return "it carries messages that an act of the recipient brings about, and no campaigns: ask before you send, or take another relay"
	}
	return "its rules want consent before a message is sent, and doubtful people have given none that can be proven: ask before you send, or take another relay"
}
