// Package link mints and reads the signed tokens that stand in links, return paths and letters, and
// the nonces that stand in forms, and the codes that are typed from letters.
//
// A token is 37 bytes: version, key id, purpose, the invitation's random 16-byte link id, the day it
// expires, and the first 16 bytes of an HMAC-SHA256 over all before it. It is written in lower-case
// base32 without padding, 60 characters that survive case folding and line detectors. The key of the
// HMAC is derived for one key id and one purpose, so a token of one purpose never opens another.
//
// Parse decodes, encodes again and compares first: 37 bytes leave four spare bits, and no second
// spelling of a token may be valid. Every failure is the same ErrInvalid after the same work. Nothing
// here knows whether an invitation exists.
//
// A code is 65 bits of another HMAC over the link id, with a sign that finds typing errors. It is looked up by its
// digest, which is all that is stored of it.
//
// Message-IDs are written here too, under a key of their own, so that their invitation is found without a look at all of
// them; they are no tokens and open nothing (message.go).
//
// Tokens that can say no (one-click, preferences, mailto, receipt) never expire. A form token that has
// expired still parses and says so: expiry closes the possibility of saying yes, not of saying no.
package link
