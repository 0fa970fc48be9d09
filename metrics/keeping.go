package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func (m *Metrics) makeKeeping() {
	r := m.registry
	m.commitTime = histogram(r, "reoptin_store_commit_seconds", "How long the database takes to commit a transaction, the wait for the disk included.", diskTimes())
	m.commitParts = histogram(r, "reoptin_store_commit_parts", "Updates that shared a commit.", prometheus.ExponentialBuckets(1, 2, 9))
	m.syncTime = histogram(r, "reoptin_journal_sync_seconds", "How long the send journal takes to reach the disk.", diskTimes())
	m.syncRecords = histogram(r, "reoptin_journal_sync_records", "Records of the send journal that one sync brought to the disk.", prometheus.ExponentialBuckets(1, 2, 9))
}

// Committed is one commit of the database.
func (m *Metrics) Committed(parts int, took time.Duration) {
	m.commitParts.Observe(float64(parts))
	m.commitTime.Observe(took.Seconds())
}

// Synced is one sync of the send journal.
func (m *Metrics) Synced(records int, took time.Duration) {
	m.syncRecords.Observe(float64(records))
	m.syncTime.Observe(took.Seconds())
}
