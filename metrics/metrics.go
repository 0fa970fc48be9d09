package metrics

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/reoptin/reoptin/campaign"
)

// Deps are what metrics are made of.
type Deps struct {
	Version string
	Clock   func() time.Time
	Read    func(context.Context) (State, error) // what stands in the database and on the disk
}

// Metrics counts. It is safe for use by many goroutines.
type Metrics struct {
	registry *prometheus.Registry

	ended      *prometheus.CounterVec
	byProvider *prometheus.CounterVec
	commits    prometheus.Counter
	claims     prometheus.Counter
	putOff     prometheus.Counter
	underWay   prometheus.Gauge
	rate       prometheus.Gauge
	beatSize   prometheus.Histogram
	beatTime   prometheus.Histogram
	answers    *prometheus.CounterVec
	forms      prometheus.Counter
	returns    *prometheus.CounterVec
	clock      prometheus.Counter
	unasked    prometheus.Counter

	mailboxRead     *prometheus.GaugeVec
	mailboxFailures *prometheus.CounterVec

	commitTime  prometheus.Histogram
	commitParts prometheus.Histogram
	syncTime    prometheus.Histogram
	syncRecords prometheus.Histogram

	requests    *prometheus.CounterVec
	requestTime *prometheus.HistogramVec

	jobSuccess  *prometheus.GaugeVec
	jobFailures *prometheus.CounterVec
	jobTime     *prometheus.HistogramVec
}

var _ campaign.Meter = (*Metrics)(nil)

// New makes metrics that nobody has told anything yet.
func New(d Deps) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.makeSending()
	m.makeAnswering()
	m.makeKeeping()
	m.makeServing()
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "reoptin_build_info", Help: "1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"version": d.Version, "go": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(build, newStateCollector(d), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler shows the metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 20 * time.Second})
}

// Group is a mailbox provider as a label: by its name when many have it. A name holds no dot, a domain does.
func Group(provider string) string {
	if provider == "" || strings.Contains(provider, ".") {
		return "other"
	}
	return provider
}

func counter(r *prometheus.Registry, name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	r.MustRegister(c)
	return c
}

func counters(r *prometheus.Registry, name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	r.MustRegister(c)
	return c
}

func gauge(r *prometheus.Registry, name, help string) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	r.MustRegister(g)
	return g
}

func histogram(r *prometheus.Registry, name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	r.MustRegister(h)
	return h
}

func histograms(r *prometheus.Registry, name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	r.MustRegister(h)
	return h
}

// Waits for a disk, from a tenth of a millisecond to some seconds.
func diskTimes() []float64 { return prometheus.ExponentialBuckets(0.0001, 2.5, 12) }
