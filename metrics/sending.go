package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/reoptin/reoptin/campaign"
)

func (m *Metrics) makeSending() {
	r := m.registry
	m.ended = counters(r, "reoptin_deliveries_total", "Deliveries that ended, by how.", "outcome")
	m.byProvider = counters(r, "reoptin_provider_deliveries_total", "Deliveries that ended with an answer that speaks of the message, by group of mailbox providers and what it was.", "group", "outcome")
	m.commits = counter(r, "reoptin_commits_total", "Messages past the point of no return: stored and journalled, before the final dot.")
	m.claims = counter(r, "reoptin_claims_total", "Invitations claimed.")
	m.putOff = counter(r, "reoptin_claims_put_off_total", "Invitations that a claim put off: outside of the person's hours, or enough to the mailbox provider for now.")
	m.underWay = gauge(r, "reoptin_deliveries_under_way", "Deliveries between their beginning and their end.")
	m.rate = gauge(r, "reoptin_rate_limit_messages_per_second", "The rate that binds the campaign that sent last; 0 before any did.")
	m.beatSize = histogram(r, "reoptin_beat_size", "Ends and points of no return that one beat stored together.", prometheus.ExponentialBuckets(1, 2, 8))
	m.beatTime = histogram(r, "reoptin_beat_seconds", "From the beginning of a beat's Update to the end of its journal sync.", diskTimes())
	m.clock = counter(r, "reoptin_clock_jumps_total", "Times that the clock was seen to have been set, or the machine to have stood still.")
	m.unasked = counter(r, "reoptin_unknown_messages_total", "People who came with a message that the database did not know to have left.")
	for _, o := range []campaign.OutcomeKind{campaign.OutcomeSent, campaign.OutcomeReleased, campaign.OutcomeRefused, campaign.OutcomeUncertain, campaign.OutcomeLost, campaign.OutcomeNoRelay} {
		m.ended.WithLabelValues(string(o))
	}
}

// Limited is the rate that binds the campaign whose turn it is.
func (m *Metrics) Limited(perSecond float64) { m.rate.Set(perSecond) }

// Claimed is one claim.
func (m *Metrics) Claimed(claimed, putOff int) {
	m.claims.Add(float64(claimed))
	m.putOff.Add(float64(putOff))
}

// UnderWay is so many deliveries more, or less.
func (m *Metrics) UnderWay(n int) { m.underWay.Add(float64(n)) }

// Ended is the end of one delivery.
func (m *Metrics) Ended(provider string, o campaign.Outcome) {
	m.ended.WithLabelValues(string(o.Kind)).Inc()
	switch {
	case o.Hard:
		m.byProvider.WithLabelValues(Group(provider), "no_mailbox").Inc()
	case o.Relay && o.Kind == campaign.OutcomeReleased:
		m.byProvider.WithLabelValues(Group(provider), "turned_down").Inc()
	case o.Kind == campaign.OutcomeSent || o.Kind == campaign.OutcomeRefused || o.Kind == campaign.OutcomeUncertain:
		m.byProvider.WithLabelValues(Group(provider), string(o.Kind)).Inc()
	}
}

// Beat is one beat.
func (m *Metrics) Beat(ends, commits int, took time.Duration) {
	m.commits.Add(float64(commits))
	m.beatSize.Observe(float64(ends + commits))
	m.beatTime.Observe(took.Seconds())
}

// ClockSet is a jump of the clock.
func (m *Metrics) ClockSet() { m.clock.Inc() }

// Unasked is somebody with a message that nobody knew of.
func (m *Metrics) Unasked() { m.unasked.Inc() }
