package bounce

import "strings"

// feedback reads a feedback report (RFC 5965), and those that a provider writes in its own form.
func feedback(m *message, r *Report) bool {
	returned := m.returned()
	p, ok := m.part("message/feedback-report")
	if !ok {
		return hotmail(m, returned, r)
	}
	r.Kind = KindFeedback
	var fields header
	for _, block := range blocks(p.body) {
		fields = append(fields, block...)
	}
	r.EnvelopeID = fields.get("original-envelope-id")
	address := ""
	for _, name := range []string{"original-rcpt-to", "removal-recipient"} {
		if address == "" {
			address = addressIn(fields.get(name))
		}
	}
	if address == "" {
		address = addressIn(returned.get("to"))
	}
	kind := strings.ToLower(strings.TrimSpace(fields.get("feedback-type")))
	r.Recipients = []Recipient{{Address: address, Meaning: feedbackMeaning(kind), Text: short(kind)}}
	m.remember(r)
	return true
}

// feedbackMeaning says which types speak for the person (RFC 5965 section 7.3, RFC 6430, RFC 6591). A type
// that is not known is only a report.
func feedbackMeaning(kind string) Meaning {
	switch kind {
	case "abuse", "fraud":
		return MeansComplaint
	case "opt-out", "opt-out-list":
		return MeansOptOut
	}
	return MeansReport
}

// hotmail reads the reports of Outlook.com's junk mail programme: the message itself, forwarded, with the
// recipient in a header field.
func hotmail(m *message, returned header, r *Report) bool {
	to := addressIn(returned.get("x-hmxmroriginalrecipient"))
	if to == "" {
		return false
	}
	r.Kind = KindFeedback
	r.Recipients = []Recipient{{Address: to, Meaning: MeansComplaint, Text: "junk"}}
	m.remember(r)
	return true
}
