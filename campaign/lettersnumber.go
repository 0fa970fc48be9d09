package campaign

import (
	"context"
	"encoding/binary"
	"time"
)

// A batch of letters is known by its number, which stands on each of its letters. A database from before would give it again, and
// whoever then says what became of the batch with that number speaks of letters of another. So the send journal knows how far
// batches are numbered, and the next one has a number after that.

// batchRecord is the journal's line for a batch.
func batchRecord(id BatchID, at time.Time) Record {
	r := Record{Kind: RecordBatch, At: at}
	binary.BigEndian.PutUint64(r.Link[8:], uint64(id))
	return r
}

// batch is the number of the batch that a record names.
func (r Record) batch() BatchID { return BatchID(binary.BigEndian.Uint64(r.Link[8:])) }

// journalBatch writes to the journal how far batches are numbered, unless it knows: they may be of a program that did not journal it.
func (d *Desk) journalBatch(ctx context.Context, known BatchID) error {
	var last BatchID
	err := d.store.View(ctx, func(r Reader) (err error) {
		last, err = r.LastBatch()
		return err
	})
	if err != nil || last <= known {
		return err
	}
	return d.record(ctx, batchRecord(last, d.clock()))
}
