// Package smtptest is a mail server that does what a test tells it to, at every stage of every
// connection, and remembers what it truly took. Its memory is the oracle: whatever a sender believes,
// Accepted says what happened. It listens on loopback, lives in the test's own process, and so also
// survives a sender that is killed. Only tests import it.
package smtptest
