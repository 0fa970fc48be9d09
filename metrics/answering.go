package metrics

import "github.com/reoptin/reoptin/campaign"

func (m *Metrics) makeAnswering() {
	r := m.registry
	m.answers = counters(r, "reoptin_answers_total", "Answers stored, by the act and by whether a yes was among them.", "kind", "decision")
	m.forms = counter(r, "reoptin_forms_served_total", "Consent forms shown. Nobody's views are counted apart.")
	m.returns = counters(r, "reoptin_returns_total", "Messages that came back and were about one of ours, by what they changed.", "effect")
	for _, k := range []campaign.ResponseKind{campaign.ByForm, campaign.ByOneClick, campaign.ByPage, campaign.ByMail, campaign.ByComplaint} {
		m.answers.WithLabelValues(string(k), "no")
	}
	m.answers.WithLabelValues(string(campaign.ByForm), "yes")
	for _, e := range []campaign.Effect{campaign.EffectNone, campaign.EffectKnown, campaign.EffectSettled, campaign.EffectCounted, campaign.EffectSuppressed, campaign.EffectOptedOut, campaign.EffectReview} {
		m.returns.WithLabelValues(string(e))
	}
}

// Answered is one answer that was stored.
func (m *Metrics) Answered(kind campaign.ResponseKind, granted bool) {
	decision := "no"
	if granted {
		decision = "yes"
	}
	m.answers.WithLabelValues(string(kind), decision).Inc()
}

// Shown is one form.
func (m *Metrics) Shown() { m.forms.Inc() }

// CameBack is a message that came back.
func (m *Metrics) CameBack(e campaign.Effect) { m.returns.WithLabelValues(string(e)).Inc() }
