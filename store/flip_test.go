package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reoptin/reoptin/ledger"
	"github.com/reoptin/reoptin/store"
	"github.com/reoptin/reoptin/store/storetest"
)

// flips is how many bytes of a database are changed, one at a time.
const flips = 1000

// TestFlippedBytes changes single bytes of the file of a database. Each change is reported, by verification
// or by SQLite, or leaves every row of evidence, read through tables and through indexes, as it was.
func TestFlippedBytes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	db, verifier := storetest.Proven(t, storetest.Harness{New: create, Bare: bare, Triggered: triggered})
	path := store.PathOf(db)
	raw := triggered(t, db)
	proving := storetest.Proving(t, raw)
	exec(t, raw, "PRAGMA wal_checkpoint(TRUNCATE)") // all of it is in the one file
	if err := errors.Join(raw.Close(), db.Close()); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, err := evidenceOf(path, proving)
	if err != nil || len(before) < 13 {
		t.Fatalf("%d tables of evidence: %v", len(before), err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d bytes", seed, len(good))
	work := make(chan change)
	var group sync.WaitGroup
	var mu sync.Mutex
	told := map[string]int{}
	for range runtime.GOMAXPROCS(0) {
		file := filepath.Join(t.TempDir(), "flipped.db")
		group.Go(func() {
			for c := range work {
				by, err := c.judge(t.Context(), file, good, before, verifier)
				if err != nil {
					t.Errorf("seed %d, %v: %v", seed, c, err)
				}
				mu.Lock()
				told[by]++
				mu.Unlock()
			}
		})
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for n := range flips {
		c := change{at: r.IntN(len(good)), with: byte(1 + r.IntN(255)), proving: proving}
		for n%2 == 0 && good[c.at] == 0 { // half of them where something is written
			c.at = r.IntN(len(good))
		}
		work <- c
	}
	close(work)
	group.Wait()
	t.Log(told)
	if told["verification"] == 0 || told["SQLite"] == 0 || told["nothing"] == 0 {
		t.Errorf("seed %d: %v", seed, told)
	}
}

// change is one byte that is not what it was.
type change struct {
	at      int
	with    byte
	proving map[string][]string
}

func (c change) String() string { return fmt.Sprintf("byte %d xor %#x", c.at, c.with) }

// judge says who reported a change; an error is one that nobody did although evidence is not what it was.
func (c change) judge(ctx context.Context, file string, good []byte, before map[string][]string, v ledger.Verifier) (string, error) {
	bad := bytes.Clone(good)
	bad[c.at] ^= c.with
	if err := os.WriteFile(file, bad, 0o600); err != nil {
		return "", err
	}
	db, err := store.Open(ctx, store.Options{Path: file, ReadOnly: true, Readers: 1})
	if err != nil {
		return "SQLite", nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // damage is no reason to read for ever
	defer cancel()
	rep, err := db.VerifyLedger(ctx, []ledger.Verifier{v}, nil)
	if err := db.Close(); err != nil {
		return "", err
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "SQLite", nil
	}
	if !rep.OK {
		return "verification", nil
	}
	after, err := evidenceOf(file, c.proving)
	if err != nil {
		return "", fmt.Errorf("verification passes what cannot be read: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !slices.Equal(before[name], after[name]) {
			return "", fmt.Errorf("a change of %s is not reported:\n%v\n%v", name, before[name], after[name])
		}
	}
	return "nothing", nil
}

// evidenceOf reads every row that proves something, and what is found by each of its indexes.
func evidenceOf(path string, proving map[string][]string) (map[string][]string, error) {
	db, err := sql.Open("sqlite", store.ReadDSN(path))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	out := map[string][]string{}
	for table, names := range proving {
		columns := strings.Join(names, ", ")
		if out[table], err = texts(db, "SELECT "+columns+" FROM "+table+" ORDER BY 1, 2"); err != nil {
			return nil, err
		}
		// In whatever case: to SQLite a name that is written otherwise is the same.
		indexes, err := texts(db, "SELECT lower(name) FROM sqlite_schema WHERE lower(type) = 'index' AND sql IS NOT NULL AND sql NOT LIKE '% WHERE %' AND lower(tbl_name) = '"+table+"'")
		if err != nil {
			return nil, err
		}
		for _, index := range indexes {
			if out[index], err = texts(db, "SELECT "+columns+" FROM "+table+" INDEXED BY "+index+" ORDER BY 1, 2"); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// texts gives each row as one text.
func texts(db *sql.DB, query string) ([]string, error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		if len(names) == 1 {
			out = append(out, fmt.Sprint(row[0]))
			continue
		}
		out = append(out, strings.TrimSpace(fmt.Sprintf("%#v", row)))
	}
	return out, rows.Err()
}
