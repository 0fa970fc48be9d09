package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func (m *Metrics) makeServing() {
	r := m.registry
	m.requests = counters(r, "reoptin_http_requests_total", "Requests answered, by the template of their route, method and status.", "route", "method", "code")
	m.requestTime = histograms(r, "reoptin_http_request_seconds", "How long answers took, by the template of their route.", prometheus.ExponentialBuckets(0.001, 3, 9), "route")
	m.jobSuccess = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "reoptin_job_last_success_timestamp_seconds", Help: "When a job last ended well."}, []string{"job"})
	r.MustRegister(m.jobSuccess)
	m.jobFailures = counters(r, "reoptin_job_failures_total", "Runs of a job that failed.", "job")
	m.jobTime = histograms(r, "reoptin_job_seconds", "How long the runs of a job took. The run of dispatch lasts as long as there is something to send.", prometheus.ExponentialBuckets(0.001, 5, 8), "job")
}

// Served is one answer. The route is a template, never a path.
func (m *Metrics) Served(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	m.requestTime.WithLabelValues(route).Observe(took.Seconds())
}

// Ran is one run of a job.
func (m *Metrics) Ran(job string, at time.Time, took time.Duration, err error) {
	m.jobTime.WithLabelValues(job).Observe(took.Seconds())
	if err != nil {
		m.jobFailures.WithLabelValues(job).Inc()
		return
	}
	m.jobFailures.WithLabelValues(job)
	m.jobSuccess.WithLabelValues(job).Set(float64(at.UnixMilli()) / 1000)
}
