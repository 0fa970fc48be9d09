// Package bounce reads what mail servers answer and says what it means for the person, for the
// message and for our own setting. Bytes in, report out: it imports nothing of this module.
//
// The one mistake that must not happen is to blame a mailbox for a fault of ours. A refusal is Hard
// only where the server says that the mailbox does not exist, by an enhanced code made for that or in
// words; words that speak of reputation are looked for first, because such servers often add that the
// user is unknown.
//
// Read understands one message that came back: a delivery status notification, a feedback report, a
// bounce in words, an automatic answer, a person who writes stop, or anything else. Strangers write these
// messages, so everything is bounded: size, parts and their depth, fields, addresses, words. Nothing
// that Read says is proof. It gives the signed addresses that it found, and whoever holds the key looks
// whether they are genuine.
//
//	class.go, classify.go  what one answer means: the table of COMPLIANCE E.4
//	message.go, decode.go  a message taken apart, and its encodings undone
//	report.go              what a message is, and which addresses of ours it carries
//	delivery.go            RFC 3464 and RFC 6533
//	feedback.go            RFC 5965
//	plain.go               bounces without any standard part
//	reply.go, words.go     automatic answers, and people, in seven languages
//	left.go                automatic answers that say that the person has left
//	reported.go            what a mail provider says that it was told
package bounce
