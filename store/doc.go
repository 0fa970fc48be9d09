// Package store keeps everything durable: one SQLite database, and beside it the send journal.
//
// A *DB is a campaign.Store. View runs on one of a few reading connections and sees one snapshot.
// Update runs on the only writing connection, begins by taking the write lock, and commits on nil;
// an error or a panic rolls everything back. Neither nests. All of a transaction has one timestamp,
// in whole milliseconds, and times are stored as Unix milliseconds (0: none).
//
// What matters in law is evidence: a row of a table in the list of evidence.go, written together
// with a ledger entry. The entry's payload carries a digest of exactly those rows, so that a row
// that is changed, added or lost later is found by recomputing. Entries are numbered, salted,
// committed to and hashed into the tree inside the very transaction that appends them.
//
// SQL is written once, with $1 parameters, ON CONFLICT and RETURNING; what is peculiar to the engine
// is in dialect.go and in the migrations. Triggers repeat the rules that must hold whoever writes:
// the edges of the single-send machine, no claim of someone who said no, evidence that is only ever
// added.
//
// Errors are faults: Conflict for a unique violation or a lost compare-and-set, NotFound for a row
// that is not there, Unavailable for a database that is locked, full or failing.
package store
