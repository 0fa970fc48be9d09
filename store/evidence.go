package store

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/ledger"
)

// evidence is a table whose rows prove something. Each row names the entry that covers it; the
// entry's payload holds the digest of the columns listed here, in this order. Writing and verifying
// read the same list, so that no column can be left out of one of them.
type evidence struct {
	table   string
	columns []string
	insert  string // up to VALUES: entry first, then columns, then what is not digested because it has a hash of its own
	read    string
}

func newEvidence(table string, columns []string, hashed ...string) evidence {
	stored := append(append([]string{"entry"}, columns...), hashed...)
	return evidence{
		table: table, columns: columns,
		insert: fmt.Sprintf("INSERT INTO %s (%s) VALUES", table, strings.Join(stored, ", ")),
		read:   fmt.Sprintf("SELECT entry, %s FROM %s WHERE entry >= $1 AND entry < $2", strings.Join(columns, ", "), table),
	}
}

// The tables of evidence. n is a row's place among those of its entry.
var (
	organisationRows = newEvidence("organisation", []string{"body", "at"})
	approvalRows     = newEvidence("approval", []string{"campaign", "hash", "frozen", "by", "at"})
	documentRows     = newEvidence("document", []string{"sha256", "name", "language", "media"}, "content")
	sendingRows      = newEvidence("sending", []string{"n", "invitation", "attempt", "outcome", "reason", "reply", "message_id", "message_sha256", "sent_at", "at"})
	responseRows     = newEvidence("response", []string{"id", "invitation", "contact", "campaign", "kind", "language", "document", "nonce", "at"})
	decisionRows     = newEvidence("decision", []string{"purpose", "channel", "state", "n"})
	suppressionRows  = newEvidence("suppression", []string{"n", "kind", "key", "lifts", "scope", "reason", "source", "at"})
	silenceRows      = newEvidence("silence", []string{"invitation"})

	suppressionListRows = newEvidence("suppression_list", []string{"name", "external", "dated", "source", "sha256", "row_count", "addresses", "hashes", "rejected", "at"})
	listedRows          = newEvidence("listed", []string{"kind", "digest"})
	bounceRows          = newEvidence("bounce", []string{"invitation", "meaning", "class", "status", "words", "mark", "at"})
	undoneRows          = newEvidence("import_undone", []string{"import", "removed", "restored", "kept", "at"})

	erasureRows = newEvidence("erasure", []string{"id", "contact", "why", "at"})
	voucherRows = newEvidence("voucher", []string{"author", "given", "name", "media", "sha256"}, "content")

	evidences = []evidence{organisationRows, approvalRows, documentRows, sendingRows, responseRows, decisionRows, suppressionRows, silenceRows,
		suppressionListRows, listedRows, undoneRows, bounceRows, erasureRows, voucherRows}

	// subjectRows are no table of their own: whom and which campaign an entry is about, as its own
	// row says. They are left out of the leaf, which anyone may see, and covered like evidence.
	subjectRows = evidence{table: "entry", columns: []string{"campaign", "contact"}}
)

// add writes a row of evidence, covered by an entry appended in this transaction. Values are
// int64, string or []byte, in the order of the columns.
func (t *tx) add(e evidence, no campaign.EntryNo, values ...any) error {
	return t.addMany(e, []covered{{no, values}})
}

// covered is a row of evidence with the entry that covers it.
type covered struct {
	entry  campaign.EntryNo
	values []any
}

// addMany writes rows of evidence as add does, with few statements.
func (t *tx) addMany(e evidence, list []covered) error {
	rows, err := t.cover(e, list)
	if err != nil {
		return err
	}
	return t.insertMany(e.insert, rows, "")
}

// cover lets entries cover rows of evidence that are still to be written.
func (t *tx) cover(e evidence, list []covered) ([][]any, error) {
	rows, cols := make([][]any, len(list)), e.of(make([]any, len(e.columns)))
	for n, c := range list {
		p := t.entry(c.entry)
		if p == nil {
			return nil, fault.New(fault.Internal, "store.uncovered", "a row of {table} needs an entry of the same transaction", "table", e.table).At("store.addMany")
		}
		for i := range cols {
			cols[i].Value = c.values[i]
		}
		if err := p.rows.Add(e.table, cols); err != nil {
			return nil, err
		}
		rows[n] = append([]any{int64(c.entry)}, c.values...)
	}
	return rows, nil
}

// place is the place of the next row that e gets from an entry.
func (t *tx) place(e evidence, no campaign.EntryNo) int64 {
	p := t.entry(no)
	if p == nil {
		return 0
	}
	p.places[e.table]++
	return p.places[e.table] - 1
}

// of puts names to the values of the digested columns.
func (e evidence) of(values []any) []ledger.Column {
	cols := make([]ledger.Column, len(e.columns))
	for i, name := range e.columns {
		cols[i] = ledger.Column{Name: name, Value: values[i]}
	}
	return cols
}

// stored reads the rows of a range of entries as they are. The columns of a row are its own only until yield returns.
func (e evidence) stored(t *tx, from, to int64, yield func(ledger.StoredRow) error) error {
	cols := e.of(make([]any, len(e.columns)))
	return t.stream(func(row []driver.Value) error {
		for i := range cols {
			cols[i].Value = row[i+1]
		}
		return yield(ledger.StoredRow{Seq: number(row[0]), Table: e.table, Columns: cols})
	}, e.read, from, to)
}
