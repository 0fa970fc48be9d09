package ledger

import "time"

// Source gives Check the stored ledger. Methods that take from and limit are read page by page:
// they return at most limit items whose number is at least from, in rising order, and nothing when
// there are no more. They return what is stored and judge nothing: rows that should not be there
// must come too. All calls must see one and the same snapshot.
type Source interface {
	Head() (Head, error)
	Entries(from int64, limit int) ([]StoredEntry, error)          // by Seq
	Payloads(from int64, limit int) ([]StoredPayload, error)       // by Seq
	Nodes(from int64, limit int) ([]StoredNode, error)             // by Index
	Checkpoints(from int64, limit int) ([]StoredCheckpoint, error) // by N
	// Rows calls yield for each row of every evidence table whose entry is at least from and below
	// to, in any order, and stops at the first error, which it returns. The columns of a row are read before yield returns.
	// Rows of a range are asked for once its entries and payloads were.
	Rows(from, to int64, yield func(StoredRow) error) error
	// Documents returns documents whose hash sorts after the given one, in rising order.
	Documents(after string, limit int) ([]StoredDocument, error)
}

// Listener is a Source that wants to know what the payloads say, so that nobody has to read them again. Check calls Field for
// every field of a payload, entry by entry, before it asks for the rows of that entry; value is its JSON text.
// Of a payload that is not canonical, which is a fault, it may hear the beginning.
type Listener interface {
	Field(seq int64, name, value string)
}

// Head is the ledger's own count of itself, kept in one row.
type Head struct {
	Size        int64 // entries
	Root        Hash  // tree hash at Size
	Checkpoints int64 // how many were signed
}

// StoredEntry is an entry without its content. Commitment and LeafHash are as stored, of whatever
// length.
type StoredEntry struct {
	Seq        int64
	Kind       string
	At         time.Time // whole milliseconds
	Commitment []byte
	LeafHash   []byte
}

// StoredPayload is the content of an entry. An erased one has neither row nor, if the row stays,
// salt and payload.
type StoredPayload struct {
	Seq     int64
	Salt    []byte
	Payload []byte
}

// StoredNode is a tree node at its StoredHashIndex.
type StoredNode struct {
	Index int64
	Hash  []byte
}

// StoredCheckpoint is a signed head with the columns derived from it. N counts from 1 without
// gaps. At is the time of the newest entry that it covers: the one time that can be checked.
type StoredCheckpoint struct {
	N    int64
	Size int64
	Root []byte
	Note string
	At   time.Time
}

// StoredRow is a row of an evidence table, with the columns and the order of columns that were
// digested when the row was written.
type StoredRow struct {
	Seq     int64 // of the entry that covers it
	Table   string
	Columns []Column
}

// StoredDocument is a message or form as it was frozen, under the hex SHA-256 it is stored by.
type StoredDocument struct {
	SHA256  string
	Content []byte
}

// Anchor is a head known from elsewhere than the ledger itself.
type Anchor struct {
	Size int64
	Root Hash
	From string // who knows it, as it shall be named in a fault: "the send journal"
	// Signed says that a checkpoint of this size was stored before the anchor was written, so that
	// it must still be there.
	Signed bool
}
