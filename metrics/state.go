package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/reoptin/reoptin/campaign"
)

// State is what stands in the database and on the disk.
type State struct {
	Invitations map[campaign.State]int  // of all campaigns that were started
	Campaigns   map[campaign.Status]int // how many there are
	Entries     int64                   // of the ledger
	Signed      int64                   // of these, those under a checkpoint
	Database    int64                   // bytes, of each file
	Log         int64                   // of the database: what is not in its file yet
	Journal     int64
	Free        uint64 // bytes that the disk of the database has left
	Connections int    // open to the relay
}

// stateFor is for how long a look at the database is good: it counts every invitation.
const stateFor = 10 * time.Second

// stateTimeout bounds one look.
const stateTimeout = 15 * time.Second

// stateCollector looks when somebody asks.
type stateCollector struct {
	clock func() time.Time
	read  func(context.Context) (State, error)

	up          *prometheus.Desc
	invitations *prometheus.Desc
	campaigns   *prometheus.Desc
	numbers     []number

	mu   sync.Mutex
	at   time.Time
	last State
	ok   bool
}

// number is a gauge without labels.
type number struct {
	desc *prometheus.Desc
	of   func(State) float64
}

func newStateCollector(d Deps) *stateCollector {
	gauge := func(name, help string, of func(State) float64) number {
		return number{prometheus.NewDesc(name, help, nil, nil), of}
	}
	return &stateCollector{clock: d.Clock, read: d.Read,
		up:          prometheus.NewDesc("reoptin_state_read", "1 when the database could be read for the metrics of what stands in it; 0 when it could not, and they are left out.", nil, nil),
		invitations: prometheus.NewDesc("reoptin_invitations", "Invitations of all started campaigns, by where they stand.", []string{"state"}, nil),
		campaigns:   prometheus.NewDesc("reoptin_campaigns", "Campaigns, by how they stand.", []string{"status"}, nil),
		numbers: []number{
			gauge("reoptin_ledger_entries", "Entries of the ledger.", func(s State) float64 { return float64(s.Entries) }),
			gauge("reoptin_ledger_unsigned_entries", "Entries of the ledger that no checkpoint covers yet.", func(s State) float64 { return float64(s.Entries - s.Signed) }),
			gauge("reoptin_database_bytes", "Size of the database file.", func(s State) float64 { return float64(s.Database) }),
			gauge("reoptin_database_wal_bytes", "Size of the database's write-ahead log.", func(s State) float64 { return float64(s.Log) }),
			gauge("reoptin_journal_bytes", "Size of the send journal.", func(s State) float64 { return float64(s.Journal) }),
			gauge("reoptin_disk_free_bytes", "Bytes that the disk of the database has left; 0 where that cannot be asked.", func(s State) float64 { return float64(s.Free) }),
			gauge("reoptin_relay_connections", "Connections that are open to the relay.", func(s State) float64 { return float64(s.Connections) }),
		}}
}

// Describe names what is collected.
func (c *stateCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.up
	out <- c.invitations
	out <- c.campaigns
	for _, n := range c.numbers {
		out <- n.desc
	}
}

// Collect gives it.
func (c *stateCollector) Collect(out chan<- prometheus.Metric) {
	s, ok := c.look()
	if !ok {
		out <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, 0)
		return
	}
	out <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, 1)
	for _, state := range campaign.States {
		out <- prometheus.MustNewConstMetric(c.invitations, prometheus.GaugeValue, float64(s.Invitations[state]), string(state))
	}
	for _, status := range []campaign.Status{campaign.Draft, campaign.Approved, campaign.Running, campaign.Paused, campaign.Closed} {
		out <- prometheus.MustNewConstMetric(c.campaigns, prometheus.GaugeValue, float64(s.Campaigns[status]), string(status))
	}
	for _, n := range c.numbers {
		out <- prometheus.MustNewConstMetric(n.desc, prometheus.GaugeValue, n.of(s))
	}
}

// look reads at most every few seconds, however many ask.
func (c *stateCollector) look() (State, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.clock(); c.at.IsZero() || now.Sub(c.at).Abs() >= stateFor {
		ctx, cancel := context.WithTimeout(context.Background(), stateTimeout)
		defer cancel()
		s, err := c.read(ctx)
		c.at, c.last, c.ok = now, s, err == nil
	}
	return c.last, c.ok
}
