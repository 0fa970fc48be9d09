// Package bounce reads what mail servers answer and says what it means for the person, for the
// message and for our own setting. Bytes in, report out: it imports nothing of this module.
//
// The one mistake that must not happen is to blame a mailbox for a fault of ours. A refusal is Hard
// only where the server says that the mailbox does not exist, by an enhanced code made for that or in
// words; words that speak of reputation are looked for first, because such servers often add that the
// user is unknown.
package bounce
