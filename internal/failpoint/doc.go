// Package failpoint marks the places where a process may die or stand still between what is durable
// and what is not, so that a test can make it do so there.
//
// In the product the marks are nothing: Points is empty, At does nothing, and the compiler drops the
// call with the name. A build with -tags failpoint obeys them, and two things may act at a mark:
//
//   - a function that a test of the same process handed in with Of;
//   - the environment: REOPTIN_FAILPOINT holds a list, separated by commas, of NAME=N:ACTION. At the
//     N-th passing of NAME, counted from 1 over the whole process, the process kills itself (kill) or
//     stops until someone continues it (stop). So a test outside drives the real program.
//
// The names say what has just been done or is about to be: claim.after, mail.after-body. Where each
// stands among the ways to fail is told in docs/failure-points.md.
package failpoint
