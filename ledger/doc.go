// Package ledger is the tamper-evident record of reoptin, for whoever writes it and for whoever
// doubts it. It computes; it opens no file, no database and no connection, and depends on nothing
// but the standard library and golang.org/x/mod/sumdb. docs/ledger.md describes every byte.
//
// # What it promises
//
// An entry has two parts. The leaf is public: its number, kind, time and a commitment. The payload
// is what happened, with whatever personal data that takes; it is stored beside the leaf with the
// random salt of the commitment. The leaves form a Merkle tree (RFC 6962), and a checkpoint states
// the tree's size and root under the ledger's Ed25519 key (C2SP tlog-checkpoint). From this follow:
//
//   - Who holds a checkpoint can tell whether any entry before it was changed, added, taken away or
//     moved, and whether a later checkpoint is of the same history.
//   - Who holds an entry, its salt, its payload and its proof can show that it was in the ledger,
//     without showing any other entry.
//   - Who destroys salt and payload has erased the content: the leaf that stays tells nobody what
//     it was, and everything else still verifies.
//
// It does not promise what no log can: that what was written was true, that the time is right, or
// that someone who holds the secret key and all copies did not write a second history. Against the
// last, checkpoints are to be handed to others: the send journal, a mail, a witness, a time stamp.
//
// # Rules for the writer
//
// Entries are numbered from 0 without gaps and appended in one transaction with the rows of
// evidence that they cover, the tree nodes and the head. Time never runs backwards. A payload is
// written by Payload and stored verbatim: the stored bytes are the canonical ones, nobody encodes
// them again. Rows of evidence are digested by RowDigest and their sums put into the payload, so that
// a changed column shows even though the row itself is not in the tree. Whoever erases a payload
// appends an entry of KindErased that lists it; content that is missing without one is a fault. The
// signer signs a checkpoint only for a root that it computed from its own tree, never a given one.
//
// # Rules for the verifier
//
// Check verifies a whole ledger from its Source. It recomputes everything from the entries and
// trusts no stored hash; where two stored values contradict each other it says which, in words that
// name the row. Verify verifies a dossier offline and is safe on any input. Both report faults, and
// keep errors for what could not be read. A report is to be relied on only when OK is true.
//
// What a Report shows of a dossier has been proven. The labels of a dossier, which are the time it
// was made, the program that made it, and the names, languages and media types of its documents, are
// not proven and not in the report.
package ledger
