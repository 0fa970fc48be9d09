package ledger_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/reoptin/reoptin/ledger"
)

const origin = "consent.lumen.example/ledger"

var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// memory is a whole ledger in memory: what a store keeps in tables.
type memory struct {
	head        ledger.Head
	entries     []ledger.StoredEntry
	payloads    []ledger.StoredPayload
	nodes       []ledger.StoredNode
	checkpoints []ledger.StoredCheckpoint
	rows        []ledger.StoredRow
	documents   []ledger.StoredDocument

	signer   ledger.Signer
	verifier ledger.Verifier
	vkey     string
	rand     *rand.ChaCha8

	handovers []string
}

func newMemory(t testing.TB) *memory {
	t.Helper()
	m := &memory{rand: rand.NewChaCha8([32]byte{1})}
	m.newKey(t)
	return m
}

func (m *memory) newKey(t testing.TB) {
	t.Helper()
	skey, vkey, err := ledger.GenerateKey(m.rand, origin)
	check(t, err)
	m.signer, err = ledger.NewSigner(skey)
	check(t, err)
	m.verifier, err = ledger.NewVerifier(vkey)
	check(t, err)
	m.vkey = vkey
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// page implements the paging of a Source over a sorted table.
func page[T any, K cmp.Ordered](list []T, key func(T) K, from K, limit int, after bool) []T {
	var out []T
	for _, item := range list {
		if k := key(item); k > from || k == from && !after {
			out = append(out, item)
		}
	}
	slices.SortStableFunc(out, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return out[:min(limit, len(out))]
}

func (m *memory) Head() (ledger.Head, error) { return m.head, nil }

func (m *memory) Entries(from int64, limit int) ([]ledger.StoredEntry, error) {
	return page(m.entries, func(e ledger.StoredEntry) int64 { return e.Seq }, from, limit, false), nil
}

func (m *memory) Payloads(from int64, limit int) ([]ledger.StoredPayload, error) {
	return page(m.payloads, func(p ledger.StoredPayload) int64 { return p.Seq }, from, limit, false), nil
}

func (m *memory) Nodes(from int64, limit int) ([]ledger.StoredNode, error) {
	return page(m.nodes, func(n ledger.StoredNode) int64 { return n.Index }, from, limit, false), nil
}

func (m *memory) Checkpoints(from int64, limit int) ([]ledger.StoredCheckpoint, error) {
	return page(m.checkpoints, func(c ledger.StoredCheckpoint) int64 { return c.N }, from, limit, false), nil
}

func (m *memory) Documents(after string, limit int) ([]ledger.StoredDocument, error) {
	return page(m.documents, func(d ledger.StoredDocument) string { return d.SHA256 }, after, limit, true), nil
}

func (m *memory) Rows(from, to int64, yield func(ledger.StoredRow) error) error {
	for _, r := range m.rows {
		if r.Seq >= from && r.Seq < to {
			if err := yield(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memory) readHashes(indexes []int64) ([]ledger.Hash, error) {
	out := make([]ledger.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = ledger.Hash(m.nodes[x].Hash)
	}
	return out, nil
}

// append adds an entry with the rows that it covers, as a store does.
func (m *memory) append(t testing.TB, kind string, payload map[string]any, rows ...ledger.StoredRow) int64 {
	t.Helper()
	seq := m.head.Size
	digest := ledger.NewDigest()
	for _, r := range rows {
		check(t, digest.Add(r.Table, r.Columns))
		r.Seq = seq
		m.rows = append(m.rows, r)
	}
	text, err := ledger.Payload(payload, digest)
	check(t, err)
	salt, err := ledger.NewSalt(m.rand)
	check(t, err)
	l := ledger.Leaf{Seq: seq, Kind: kind, At: day.Add(time.Duration(seq) * 1500 * time.Millisecond), Commitment: ledger.Commit(salt, text)}
	hash := ledger.LeafHash(l.Marshal())
	nodes, err := ledger.StoredHashes(seq, l.Marshal(), m.readHashes)
	check(t, err)
	for i, h := range nodes {
		m.nodes = append(m.nodes, ledger.StoredNode{Index: ledger.StoredHashIndex(0, seq) + int64(i), Hash: h[:]})
	}
	m.entries = append(m.entries, ledger.StoredEntry{Seq: seq, Kind: kind, At: l.At, Commitment: l.Commitment[:], LeafHash: hash[:]})
	m.payloads = append(m.payloads, ledger.StoredPayload{Seq: seq, Salt: salt[:], Payload: text})
	m.head.Size++
	m.head.Root, err = ledger.TreeHash(m.head.Size, m.readHashes)
	check(t, err)
	return seq
}

func (m *memory) seal(t testing.TB) {
	t.Helper()
	note, err := ledger.SignCheckpoint(m.signer, origin, m.head.Size, m.head.Root)
	check(t, err)
	m.head.Checkpoints++
	root := m.head.Root
	m.checkpoints = append(m.checkpoints, ledger.StoredCheckpoint{
		N: m.head.Checkpoints, Size: m.head.Size, Root: root[:], Note: note, At: m.entries[m.head.Size-1].At,
	})
}

// document freezes a text and returns its hash.
func (m *memory) document(text string) string {
	sum := sha256.Sum256([]byte(text))
	hash := hex.EncodeToString(sum[:])
	m.documents = append(m.documents, ledger.StoredDocument{SHA256: hash, Content: []byte(text)})
	return hash
}

func (m *memory) payload(seq int64) ledger.StoredPayload { return m.payloads[seq] }

// erase destroys salt and payload of an entry and says so in a new one.
func (m *memory) erase(t testing.TB, seq int64) {
	t.Helper()
	m.payloads[seq] = ledger.StoredPayload{Seq: seq}
	m.append(t, ledger.KindErased, map[string]any{"entries": []int64{seq}})
}

// campaign is a small but complete ledger: 12 entries, 2 documents, 3 checkpoints, 1 erasure.
func campaign(t testing.TB) *memory {
	t.Helper()
	m := newMemory(t)
	form := m.document("<h1>Votre choix</h1>\u2028 <p>é & ü</p>")
	mail := m.document("Souhaitez-vous encore recevoir nos nouvelles ?")
	m.append(t, "imported", map[string]any{"file": "base.csv", "contacts": 3})
	m.append(t, "campaign.approved", map[string]any{"documents": map[string]any{"form": form, "mail": mail}},
		documentRow(form), documentRow(mail))
	m.seal(t)
	for i := range 4 {
		m.append(t, "asked", map[string]any{"document": mail, "invitation": i}, row("sending", i, "sent"))
	}
	m.seal(t)
	for i := range 4 {
		m.append(t, "answered", answer(form, i), row("response", i, "form"), row("suppression", i, "objection"))
	}
	m.erase(t, 7)
	m.append(t, "campaign.closed", map[string]any{"campaign": "printemps", "note": "fin <été> \u2028"})
	m.seal(t)
	return m
}

func answer(form string, i int) map[string]any {
	state := []string{"granted", "refused", "withdrawn"}[i%3]
	return map[string]any{
		"document": form, "event_time": day.Add(time.Duration(i) * time.Hour).Format(ledger.TimeLayout),
		"decisions": []map[string]any{
			{"purpose": "newsletter", "channel": "email", "state": state},
			{"purpose": "newsletter", "channel": "sms", "state": "refused"},
		},
	}
}

func documentRow(hash string) ledger.StoredRow {
	return ledger.StoredRow{Table: "document", Columns: []ledger.Column{{Name: "sha256", Value: hash}, {Name: "language", Value: "fr"}}}
}

func row(table string, i int, text string) ledger.StoredRow {
	return ledger.StoredRow{Table: table, Columns: []ledger.Column{
		{Name: "id", Value: int64(i)}, {Name: "kind", Value: text}, {Name: "key", Value: []byte{byte(i), 2}}, {Name: "nonce", Value: nil},
	}}
}

// bundle exports entries of m against its newest checkpoint.
func bundle(t testing.TB, m *memory, seqs ...int64) ledger.Bundle {
	t.Helper()
	last := m.checkpoints[len(m.checkpoints)-1]
	b := ledger.NewBundle(origin, m.vkey, last.Note, "reoptin test", day)
	for _, seq := range seqs {
		proof, err := ledger.ProveInclusion(last.Size, seq, m.readHashes)
		check(t, err)
		e, p := m.entries[seq], m.payload(seq)
		var salt [32]byte
		copy(salt[:], p.Salt)
		l := ledger.Leaf{Seq: seq, Kind: e.Kind, At: e.At, Commitment: [32]byte(e.Commitment)}
		entry, err := ledger.NewEntry(l, salt, p.Payload, proof)
		check(t, err)
		b.Entries = append(b.Entries, entry)
	}
	for i, d := range m.documents {
		media := []string{"text/html; charset=utf-8", "application/octet-stream"}[i%2]
		doc, err := ledger.NewDocument(d.SHA256, []string{"form", "mail"}[i%2], "fr", media, d.Content)
		check(t, err)
		b.Documents = append(b.Documents, doc)
	}
	return b
}
