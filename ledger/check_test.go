package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/ledger"
)

func run(t testing.TB, m *memory, anchors ...ledger.Anchor) ledger.Report {
	t.Helper()
	rep, err := ledger.Check(context.Background(), m, []ledger.Verifier{m.verifier}, anchors)
	check(t, err)
	return rep
}

func whats(rep ledger.Report) string {
	var lines []string
	for _, f := range rep.Faults {
		lines = append(lines, f.What)
	}
	return strings.Join(lines, "\n")
}

func TestCheckPassesAWholeLedger(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	anchor := ledger.Anchor{Size: m.checkpoints[1].Size, Root: ledger.Hash(m.checkpoints[1].Root), From: "the send journal", Signed: true}
	rep := run(t, m, anchor, ledger.Anchor{Size: m.head.Size, Root: m.head.Root, From: "the send journal", Signed: true})
	if !rep.OK {
		t.Fatal(whats(rep))
	}
	if rep.Size != 12 || rep.Root != m.head.Root.String() || rep.Origin != origin || rep.Checkpoint != m.checkpoints[2].Note {
		t.Errorf("report %+v", rep)
	}
	if fmt.Sprint(rep.Erased) != "[7]" || rep.Entries["answered"] != 4 || rep.Entries["erased"] != 1 {
		t.Errorf("report %+v", rep)
	}
}

func TestCheckPassesAnEmptyLedger(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	m.head.Root = ledger.Root(nil)
	if rep := run(t, m); !rep.OK {
		t.Fatal(whats(rep))
	}
}

// flip changes one bit in a copy of b.
func flip(b []byte) []byte {
	b = bytes.Clone(b)
	b[0] ^= 1
	return b
}

// TestCheckNamesEveryChange changes each field of each kind of row and looks for its name.
func TestCheckNamesEveryChange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*memory)
		want   string
	}{
		{"head size up", func(m *memory) { m.head.Size++ }, "entry 12 of 13 is missing"},
		{"head size far up", func(m *memory) { m.head.Size = 1 << 47 }, "entries 12 to"},
		{"head size impossible", func(m *memory) { m.head.Size = 1 << 60 }, "head: a size of"},
		{"head size negative", func(m *memory) { m.head.Size = -1 }, "head: a size of -1"},
		{"head size down", func(m *memory) { m.head.Size-- }, "entry 11: the head counts only 11"},
		{"head root", func(m *memory) { m.head.Root[3] ^= 1 }, "head: its root is not that of the 12 entries"},
		{"head checkpoints up", func(m *memory) { m.head.Checkpoints++ }, "checkpoint 4 of 4 is missing"},
		{"head checkpoints down", func(m *memory) { m.head.Checkpoints-- }, "checkpoint 3: the head counts only 2"},

		{"entry seq", func(m *memory) { m.entries[3].Seq = 99 }, "entry 3 of 12 is missing"},
		{"entry seq swapped", func(m *memory) { m.entries[3].Seq, m.entries[4].Seq = 4, 3 }, "entry 3: leaf hash differs from that of its fields and from its tree node"},
		{"entry seq twice", func(m *memory) { m.entries[3].Seq = 4 }, "entry 4: its number is negative or comes twice"},
		{"entry seq negative", func(m *memory) { m.entries[3].Seq = -3 }, "entry -3: its number is negative"},
		{"entry kind", func(m *memory) { m.entries[3].Kind = "answered" }, "entry 3: its kind, time or commitment was changed"},
		{"entry kind odd", func(m *memory) { m.entries[3].Kind = "\x00" }, "entry 3: its kind, time or commitment is malformed"},
		{"entry time", func(m *memory) { m.entries[3].At = m.entries[3].At.Add(time.Millisecond) }, "entry 3: its kind, time or commitment was changed"},
		{"entry time finer", func(m *memory) { m.entries[3].At = m.entries[3].At.Add(time.Nanosecond) }, "entry 3: its kind, time or commitment is malformed"},
		{"entry time back", func(m *memory) { m.entries[3].At = day.Add(-time.Hour) }, "entry 3: time is before entry 2"},
		{"entry commitment", func(m *memory) { m.entries[3].Commitment = flip(m.entries[3].Commitment) }, "entry 3: its kind, time or commitment was changed"},
		{"entry commitment cut", func(m *memory) { m.entries[3].Commitment = nil }, "entry 3: its kind, time or commitment is malformed"},
		{"entry leaf hash", func(m *memory) { m.entries[3].LeafHash = flip(m.entries[3].LeafHash) }, "entry 3: leaf hash differs from that of its fields"},
		{"entry leaf hash cut", func(m *memory) { m.entries[3].LeafHash = nil }, "entry 3: leaf hash differs from that of its fields"},
		{"entry lost", func(m *memory) { m.entries = cut(m.entries, 3) }, "entry 3 of 12 is missing"},
		{"entry lost, its payload left", func(m *memory) { m.entries = cut(m.entries, 3) }, "payload of entry 3: there is no such entry"},
		{"entry lost, its rows left", func(m *memory) { m.entries = cut(m.entries, 3) }, "sending row of entry 3: there is no such entry"},
		{"entries lost", func(m *memory) { m.entries = cut(cut(m.entries, 3), 3) }, "entries 3 to 4 of 12 are missing"},
		{"last entry lost", func(m *memory) { m.entries = m.entries[:11] }, "entry 11 of 12 is missing"},
		{"entry added", func(m *memory) { m.entries = append(m.entries, ledger.StoredEntry{Seq: 12}) }, "entry 12: the head counts only 12"},

		{"payload seq", func(m *memory) { m.payloads[3].Seq = 40 }, "payload of entry 40: there is no such entry"},
		{"payload seq negative", func(m *memory) { m.payloads[3].Seq = -4 }, "payload of entry -4: there is no such entry"},
		{"payload salt", func(m *memory) { m.payloads[3].Salt = flip(m.payloads[3].Salt) }, "entry 3: payload does not match its commitment"},
		{"payload salt lost", func(m *memory) { m.payloads[3].Salt = nil }, "entry 3: payload does not match its commitment"},
		{"payload", func(m *memory) {
			m.payloads[3].Payload = bytes.Replace(m.payloads[3].Payload, []byte(`invitation":1`), []byte(`invitation":9`), 1)
		}, "entry 3: payload does not match its commitment"},
		{"payload no JSON", func(m *memory) { m.payloads[3].Payload = flip(m.payloads[3].Payload) }, "entry 3: its payload is not JSON"},
		{"payload lost", func(m *memory) { m.payloads = cut(m.payloads, 3) }, "entry 3: its payload is missing and no later entry says that it was erased"},
		{"payload emptied", func(m *memory) { m.payloads[3] = ledger.StoredPayload{Seq: 3} }, "entry 3: its payload is missing"},
		{"payload of an erased entry back", func(m *memory) { m.payloads[7] = m.payloads[6]; m.payloads[7].Seq = 7 }, "entry 7: entry 10 says that it was erased, but its payload is here"},
		{"payloads swapped", func(m *memory) { m.payloads[3].Seq, m.payloads[4].Seq = 4, 3 }, "entry 4: payload does not match its commitment"},

		{"node hash", func(m *memory) { m.nodes[9].Hash = flip(m.nodes[9].Hash) }, "tree node 9 (level 1, index 2) differs"},
		{"leaf node hash", func(m *memory) { m.nodes[0].Hash = flip(m.nodes[0].Hash) }, "tree node 0 (level 0, index 0) differs"},
		{"node lost", func(m *memory) { m.nodes = cut(m.nodes, 9) }, "tree node 9 (level 1, index 2) is missing"},
		{"last node lost", func(m *memory) { m.nodes = m.nodes[:len(m.nodes)-1] }, "is missing"},
		{"node index", func(m *memory) { m.nodes[9].Index = 500 }, "tree node 500: the tree of 12 entries has only 22 nodes"},
		{"node index negative", func(m *memory) { m.nodes[9].Index = -5 }, "tree node -5 belongs to no tree"},
		{"nodes swapped", func(m *memory) { m.nodes[8].Index, m.nodes[9].Index = 9, 8 }, "tree node 8 (level 0, index 5) differs"},

		{"checkpoint number", func(m *memory) { m.checkpoints[1].N = 7 }, "checkpoint 2 of 3 is missing"},
		{"checkpoints swapped", func(m *memory) { m.checkpoints[1].N, m.checkpoints[2].N = 3, 2 }, "checkpoint 3 (size 6): the one before it is of size 12"},
		{"checkpoint size", func(m *memory) { m.checkpoints[1].Size-- }, "checkpoint 2 (size 5): its note is signed for size 6"},
		{"checkpoint size zero", func(m *memory) { m.checkpoints[1].Size = 0 }, "checkpoint 2 (size 0): it covers no entry"},
		{"checkpoint root", func(m *memory) { m.checkpoints[1].Root = flip(m.checkpoints[1].Root) }, "checkpoint 2 (size 6): its root differs from the one in its note"},
		{"checkpoint note", func(m *memory) { m.checkpoints[1].Note = m.checkpoints[0].Note }, "checkpoint 2 (size 6): its note is signed for size 2"},
		{"checkpoint note broken", func(m *memory) { m.checkpoints[1].Note = strings.Replace(m.checkpoints[1].Note, "\n6\n", "\n5\n", 1) }, "checkpoint 2 (size 6): signature does not fit the text"},
		{"checkpoint time", func(m *memory) { m.checkpoints[1].At = m.checkpoints[1].At.Add(time.Millisecond) }, "checkpoint 2 (size 6): its time is not that of entry 5"},
		{"checkpoint lost", func(m *memory) { m.checkpoints = cut(m.checkpoints, 1) }, "checkpoint 2 of 3 is missing"},
		{"last checkpoint lost", func(m *memory) { m.checkpoints = cut(m.checkpoints, 2) }, "checkpoint 3 of 3 is missing"},
		{"checkpoint numbered zero", func(m *memory) { m.checkpoints[0].N = 0 }, "checkpoint 0: its number is not from 1 on"},

		{"row value", func(m *memory) { m.rows[3].Columns[1].Value = "released" }, "sending row of entry 3 was changed"},
		{"row column renamed", func(m *memory) { m.rows[3].Columns[1].Name = "sort" }, "sending row of entry 3 was changed"},
		{"row column lost", func(m *memory) { m.rows[3].Columns = m.rows[3].Columns[:3] }, "sending row of entry 3 was changed"},
		{"row null", func(m *memory) { m.rows[3].Columns[3].Value = "" }, "sending row of entry 3 was changed"},
		{"row of two", func(m *memory) { m.rows[0].Columns[1].Value = "de" }, "one or more of the 2 document rows of entry 1 were changed"},
		{"row lost", func(m *memory) { m.rows = cut(m.rows, 3) }, "entry 3: 1 of the 1 sending rows that it covers are missing"},
		{"row twice", func(m *memory) { m.rows = append(m.rows, m.rows[3]) }, "entry 3: 1 sending rows were added to the 1 that it covers"},
		{"row added", func(m *memory) { m.rows = append(m.rows, ledger.StoredRow{Seq: 3, Table: "response"}) }, "entry 3: it does not declare the response row that names it"},
		{"row of no entry", func(m *memory) { m.rows = append(m.rows, ledger.StoredRow{Seq: 12, Table: "response"}) }, "response row of entry 12: there is no such entry"},
		{"row of a negative entry", func(m *memory) { m.rows[3].Seq = -1 }, "sending row of entry -1: there is no such entry"},
		{"rows renumbered", func(m *memory) { m.rows[3].Seq, m.rows[4].Seq = m.rows[4].Seq, m.rows[3].Seq }, "sending row of entry 4 was changed"},
		{"row moved", func(m *memory) { m.rows[3].Seq = 4 }, "entry 4: 1 sending rows were added"},

		{"document content", func(m *memory) { m.documents[0].Content = flip(m.documents[0].Content) }, "content does not match its hash"},
		{"document hash", func(m *memory) { m.documents[0].SHA256 = strings.Repeat("a", 64) }, "document aaaaaaaaaaaa…: content does not match its hash"},
		{"document lost", func(m *memory) { m.documents = cut(m.documents, 0) }, "that it refers to is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := campaign(t)
			tt.change(m)
			rep := run(t, m)
			if rep.OK || !strings.Contains(whats(rep), tt.want) {
				t.Errorf("faults:\n%s\nwant: %s", whats(rep), tt.want)
			}
			if n := len(rep.Faults); n > 8 && !strings.Contains(tt.want, "head: a size") {
				t.Errorf("one change gave %d faults:\n%s", n, whats(rep))
			}
		})
	}
}

func cut[T any](list []T, i int) []T {
	return append(append([]T{}, list[:i]...), list[i+1:]...)
}

// TestCheckNamesEveryLostRow deletes each row of each table in turn.
func TestCheckNamesEveryLostRow(t *testing.T) {
	t.Parallel()
	whole := campaign(t)
	tables := map[string]struct {
		n    int
		drop func(*memory, int)
	}{
		"entry":      {len(whole.entries), func(m *memory, i int) { m.entries = cut(m.entries, i) }},
		"payload":    {len(whole.payloads), func(m *memory, i int) { m.payloads = cut(m.payloads, i) }},
		"node":       {len(whole.nodes), func(m *memory, i int) { m.nodes = cut(m.nodes, i) }},
		"checkpoint": {len(whole.checkpoints), func(m *memory, i int) { m.checkpoints = cut(m.checkpoints, i) }},
		"row":        {len(whole.rows), func(m *memory, i int) { m.rows = cut(m.rows, i) }},
		"document":   {len(whole.documents), func(m *memory, i int) { m.documents = cut(m.documents, i) }},
	}
	for table, tt := range tables {
		for i := range tt.n {
			m := campaign(t)
			tt.drop(m, i)
			rep := run(t, m)
			erased := table == "payload" && i == 7 || table == "row" && whole.rows[i].Seq == 7
			if rep.OK != erased || !erased && !strings.Contains(whats(rep), "missing") {
				t.Errorf("%s %d lost: ok %v, faults:\n%s", table, i, rep.OK, whats(rep))
			}
		}
	}
}

func TestCheckComparesAnchors(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	for _, tt := range []struct {
		anchor ledger.Anchor
		want   string
	}{
		{ledger.Anchor{Size: 60, From: "the journal"}, "the journal knows 60 entries, the database has 12: rows were lost or an old copy was put back"},
		{ledger.Anchor{Size: 5, From: "the journal"}, "the journal knows another root for the first 5 entries: history was rewritten"},
		{ledger.Anchor{Size: 12, Root: m.head.Root, Signed: true, From: "x"}, ""},
		{ledger.Anchor{Size: 3, Root: leafRoot(m, 3), Signed: true, From: "the journal"}, "the checkpoint of size 3 that the journal knows is missing"},
		{ledger.Anchor{Size: 3, Root: leafRoot(m, 3)}, ""},
		{ledger.Anchor{Size: 0, Root: ledger.Root(nil)}, ""},
		{ledger.Anchor{Size: -1, From: "x"}, "impossible"},
	} {
		if rep := run(t, m, tt.anchor); rep.OK != (tt.want == "") || !strings.Contains(whats(rep), tt.want) {
			t.Errorf("%+v: %s", tt.anchor, whats(rep))
		}
	}
}

// After a restore no head that was signed after the backup fits, and the send journal keeps one for each minute of years.
func TestCheckSaysOnceWhatManyHeadsSay(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	var anchors []ledger.Anchor
	for size := range int64(30) {
		anchors = append(anchors, ledger.Anchor{Size: 5 + size, From: "the send journal"})
	}
	rep := run(t, m, append(anchors, ledger.Anchor{Size: 60, From: "the anchor"})...)
	want := []string{
		"the send journal knows another root for the first 5 entries: history was rewritten (heads that say so: 8)",
		"the send journal knows 34 entries, the database has 12: rows were lost or an old copy was put back (heads that say so: 22)",
		"the anchor knows 60 entries, the database has 12: rows were lost or an old copy was put back",
	}
	var got []string
	for _, f := range rep.Faults {
		got = append(got, f.What)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func leafRoot(m *memory, size int) ledger.Hash {
	var leaves []ledger.Hash
	for _, e := range m.entries[:size] {
		leaves = append(leaves, ledger.Hash(e.LeafHash))
	}
	return ledger.Root(leaves)
}

// A history rewritten and rehashed throughout, without the key, fails at the signed checkpoints.
func TestCheckFindsARewrittenHistory(t *testing.T) {
	t.Parallel()
	m, other := campaign(t), newMemory(t)
	for range 12 {
		other.append(t, "asked", map[string]any{"x": 1})
	}
	other.checkpoints, other.head.Checkpoints, other.verifier = m.checkpoints, 3, m.verifier
	want := "checkpoint 2 (size 6): the root signed is not that of the first 6 entries"
	if rep := run(t, other); rep.OK || !strings.Contains(whats(rep), want) {
		t.Error(whats(rep))
	}
	m.newKey(t)
	if rep := run(t, m); !strings.Contains(whats(rep), "checkpoint 1 (size 2): it is signed by the key") {
		t.Error(whats(rep))
	}
}

// An old copy of the whole database fits in itself; only who knows a later head can tell.
func TestCheckFindsAnOldCopyByItsCheckpoints(t *testing.T) {
	t.Parallel()
	m := campaign(t)
	old := newMemory(t)
	old.checkpoints, old.head.Checkpoints = m.checkpoints, 3
	old.entries, old.payloads, old.nodes, old.rows, old.documents = m.entries[:6], m.payloads[:6], m.nodes[:10], m.rows[:6], m.documents
	old.head.Size, old.head.Root, old.verifier = 6, leafRoot(m, 6), m.verifier
	want := "checkpoint 3 (size 12): the ledger has only 6 entries: rows were lost or an old copy was put back"
	if rep := run(t, old); len(rep.Faults) != 1 || whats(rep) != want {
		t.Error(whats(rep))
	}
}

func TestCheckFollowsAChainOfKeys(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	var keys []ledger.Verifier
	for i := range 5 {
		m.append(t, "asked", map[string]any{"i": i})
		keys = append(keys, m.verifier)
		m.seal(t)
		m.newKey(t)
	}
	rep, err := ledger.Check(context.Background(), m, append(keys, keys[0]), nil)
	check(t, err)
	if !rep.OK {
		t.Error(whats(rep))
	}
	rep, err = ledger.Check(context.Background(), m, keys[1:], nil)
	check(t, err)
	if !strings.HasPrefix(whats(rep), "checkpoint 1 (size 1): it is signed by the key ") {
		t.Error(whats(rep))
	}
}

// failing is a source whose disk gives out.
type failing struct{ *memory }

func (failing) Nodes(int64, int) ([]ledger.StoredNode, error) {
	return nil, errors.New("disk I/O error")
}

func TestCheckTellsAFailingSourceFromAFault(t *testing.T) {
	t.Parallel()
	if _, err := ledger.Check(context.Background(), failing{campaign(t)}, nil, nil); err == nil || !strings.Contains(err.Error(), "disk I/O error") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ledger.Check(ctx, campaign(t), nil, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// listening is a source that writes down what it hears and what it is asked.
type listening struct {
	*memory
	heard []string
}

func (l *listening) Field(seq int64, name, value string) {
	l.heard = append(l.heard, fmt.Sprintf("%d %s=%s", seq, name, value))
}

func (l *listening) Rows(from, to int64, yield func(ledger.StoredRow) error) error {
	if from == 0 {
		l.heard = append(l.heard, fmt.Sprintf("rows below %d", to))
	}
	return l.memory.Rows(from, to, yield)
}

// A listener hears every field of every payload before it is asked for rows.
func TestListenerHearsPayloads(t *testing.T) {
	t.Parallel()
	m := newMemory(t)
	m.append(t, "a", map[string]any{"x": []any{1, "é\n"}, "a": map[string]any{"b": true}})
	m.append(t, "b", map[string]any{})
	m.append(t, "c", map[string]any{"n": -7, "z": nil})
	m.payloads[1].Salt, m.payloads[1].Payload = nil, nil
	l := &listening{memory: m}
	_, err := ledger.Check(context.Background(), l, []ledger.Verifier{m.verifier}, nil)
	check(t, err)
	want := []string{`0 a={"b":true}`, `0 x=[1,"é\n"]`, `2 n=-7`, `2 z=null`, `rows below 3`}
	if diff := cmp.Diff(want, l.heard); diff != "" {
		t.Error(diff)
	}
}
