package metrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/reoptin/reoptin/campaign"
)

func (m *Metrics) makeAnswering() {
	r := m.registry
	m.answers = counters(r, "reoptin_answers_total", "Answers stored, by the act and by whether a yes was among them.", "kind", "decision")
	m.forms = counter(r, "reoptin_forms_served_total", "Consent forms shown. Nobody's views are counted apart.")
	m.returns = counters(r, "reoptin_returns_total", "Messages that came back and were about one of ours, by what they changed.", "effect")
	m.mailboxRead = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "reoptin_mailbox_last_success_timestamp_seconds", Help: "When the mailbox for what comes back was last read to its end; 0 when it was not yet."}, []string{"folder"})
	r.MustRegister(m.mailboxRead)
	m.mailboxFailures = counters(r, "reoptin_mailbox_failures_total", "Times that the mailbox for what comes back could not be read to its end.", "folder")
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

// ReadsMailbox says that a folder is about to be read, so that one that never can be is seen, too.
func (m *Metrics) ReadsMailbox(folder string) {
	folder = strings.ToValidUTF8(folder, "?") // a label must be
	m.mailboxRead.WithLabelValues(folder)
	m.mailboxFailures.WithLabelValues(folder)
}

// MailboxRead is a folder that was read to its end, or could not be.
func (m *Metrics) MailboxRead(folder string, at time.Time, err error) {
	folder = strings.ToValidUTF8(folder, "?")
	if err != nil {
		m.mailboxFailures.WithLabelValues(folder).Inc()
		return
	}
	m.mailboxRead.WithLabelValues(folder).Set(float64(at.UnixMilli()) / 1000)
}
