package metrics

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/reoptin/reoptin/campaign"
)

// told are metrics that were told of everything once.
func told(t *testing.T, read func(context.Context) (State, error)) *Metrics {
	t.Helper()
	m := New(Deps{Version: "test", Clock: time.Now, Read: read})
	m.Limited(2.5)
	m.Claimed(3, 1)
	m.UnderWay(1)
	for _, p := range []string{"gmail", "example.org", "jean-dupont.example", ""} {
		m.Ended(p, campaign.Outcome{Kind: campaign.OutcomeSent})
		m.Ended(p, campaign.Outcome{Kind: campaign.OutcomeRefused, Hard: true})
		m.Ended(p, campaign.Outcome{Kind: campaign.OutcomeReleased, Relay: true})
		m.Ended(p, campaign.Outcome{Kind: campaign.OutcomeReleased})
	}
	m.Beat(2, 1, time.Millisecond)
	m.Answered(campaign.ByForm, true)
	m.Answered(campaign.ByOneClick, false)
	m.Shown()
	m.CameBack(campaign.EffectCounted)
	m.ReadsMailbox("INBOX")
	m.MailboxRead("INBOX", time.UnixMilli(3500), nil)
	m.MailboxRead("INBOX", time.UnixMilli(4500), errors.New("no"))
	m.ReadsMailbox("Bounces")
	m.ClockSet()
	m.Unasked()
	m.Committed(2, time.Millisecond)
	m.Synced(5, time.Millisecond)
	m.Served("/c/:token", "GET", 200, time.Millisecond)
	m.Ran("dispatch", time.UnixMilli(1500), time.Second, nil)
	m.Ran("dispatch", time.UnixMilli(2500), time.Second, errors.New("no"))
	return m
}

func standing(context.Context) (State, error) {
	return State{Invitations: map[campaign.State]int{campaign.Uncertain: 4}, Campaigns: map[campaign.Status]int{campaign.Running: 1}, Entries: 12, Signed: 10, Log: 4096}, nil
}

func shown(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestWhatIsToldIsShown(t *testing.T) {
	t.Parallel()
	text := shown(t, told(t, standing))
	for _, line := range []string{
		`reoptin_deliveries_total{outcome="sent"} 4`,
		`reoptin_deliveries_total{outcome="uncertain"} 0`,
		`reoptin_provider_deliveries_total{group="gmail",outcome="no_mailbox"} 1`,
		`reoptin_provider_deliveries_total{group="other",outcome="turned_down"} 3`,
		"reoptin_commits_total 1", "reoptin_claims_total 3", "reoptin_claims_put_off_total 1", "reoptin_deliveries_under_way 1",
		"reoptin_rate_limit_messages_per_second 2.5", "reoptin_beat_size_sum 3", "reoptin_beat_seconds_count 1",
		`reoptin_answers_total{decision="yes",kind="form"} 1`, `reoptin_answers_total{decision="no",kind="one_click"} 1`, "reoptin_forms_served_total 1",
		`reoptin_returns_total{effect="counted"} 1`, "reoptin_clock_jumps_total 1", "reoptin_unknown_messages_total 1",
		"reoptin_store_commit_parts_sum 2", "reoptin_journal_sync_records_sum 5",
		`reoptin_http_requests_total{code="200",method="GET",route="/c/:token"} 1`,
		`reoptin_job_last_success_timestamp_seconds{job="dispatch"} 1.5`, `reoptin_job_failures_total{job="dispatch"} 1`,
		`reoptin_invitations{state="uncertain"} 4`, `reoptin_invitations{state="planned"} 0`, `reoptin_campaigns{status="running"} 1`,
		`reoptin_mailbox_last_success_timestamp_seconds{folder="INBOX"} 3.5`, `reoptin_mailbox_failures_total{folder="INBOX"} 1`,
		`reoptin_mailbox_last_success_timestamp_seconds{folder="Bounces"} 0`, `reoptin_mailbox_failures_total{folder="Bounces"} 0`,
		"reoptin_ledger_entries 12", "reoptin_ledger_unsigned_entries 2", "reoptin_database_wal_bytes 4096", "reoptin_state_read 1",
		"go_goroutines ", `reoptin_build_info{go="`,
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("%s is not shown", line)
		}
	}
	if strings.Contains(text, "example") {
		t.Error("the domain of somebody is shown")
	}
}

// TestPrometheusReadsIt: with its own parser, and its own rules of names.
func TestPrometheusReadsIt(t *testing.T) {
	t.Parallel()
	m := told(t, standing)
	m.ReadsMailbox("Büro \"Nord\"\\\n1\xff")
	problems, err := promlint.New(strings.NewReader(shown(t, m))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "reoptin_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// A database that cannot be read takes nothing away from what was counted.
func TestStateThatCannotBeRead(t *testing.T) {
	t.Parallel()
	text := shown(t, told(t, func(context.Context) (State, error) { return State{}, errors.New("locked") }))
	if !strings.Contains(text, "\nreoptin_state_read 0") || strings.Contains(text, "reoptin_invitations{") || !strings.Contains(text, "\nreoptin_claims_total 3") {
		t.Error(text)
	}
}

// However often somebody looks, the database is asked every ten seconds.
func TestStateIsReadNowAndThen(t *testing.T) {
	t.Parallel()
	reads, now := 0, time.Unix(0, 0)
	m := New(Deps{Clock: func() time.Time { return now }, Read: func(context.Context) (State, error) { reads++; return State{}, nil }})
	for range 5 {
		shown(t, m)
	}
	now = now.Add(stateFor)
	shown(t, m)
	now = now.Add(-time.Hour) // a clock that went back
	shown(t, m)
	if reads != 3 {
		t.Errorf("%d reads", reads)
	}
}

// docs/metrics.md lists every metric with its labels, and none that is not there.
func TestEveryMetricIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(reoptin_[a-z_]+)` \\|([^|]*)\\|").FindAllStringSubmatch(string(page), -1) {
		documented[row[1]] = row[2]
	}
	families, err := told(t, standing).registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	label := regexp.MustCompile("`([a-z]+)`")
	for _, f := range families {
		name := f.GetName()
		if strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") {
			continue
		}
		said, known := documented[name]
		delete(documented, name)
		if !known {
			t.Errorf("docs/metrics.md has no row for %s", name)
			continue
		}
		var want, got []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			want = append(want, l.GetName())
		}
		for _, l := range label.FindAllStringSubmatch(said, -1) {
			got = append(got, l[1])
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("%s has the labels %v, docs/metrics.md says %v", name, want, got)
		}
		if histogram := f.GetType().String() == "HISTOGRAM"; histogram != strings.Contains(said, "histogram") {
			t.Errorf("%s is a histogram: %v, and docs/metrics.md says otherwise", name, histogram)
		}
	}
	for name := range documented {
		t.Errorf("docs/metrics.md has a row for %s, which is not there", name)
	}
}

// A metric costs next to nothing: it is told of with each message.
func BenchmarkOneMessage(b *testing.B) {
	m := New(Deps{Clock: time.Now, Read: standing})
	for b.Loop() {
		m.UnderWay(1)
		m.Ended("gmail", campaign.Outcome{Kind: campaign.OutcomeSent})
		m.UnderWay(-1)
	}
}
