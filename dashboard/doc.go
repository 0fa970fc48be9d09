// Package dashboard is the door for the people who work with the house: pages under /admin, or at the
// root of a host name of their own. It turns a request into an act of the desk or of the roster, and
// the result into a page of templates/board. It has no rules of its own.
//
//	routes.go    every page on one line: method, path, the right it needs, its handler
//	serve.go     what happens before a handler: who is there, may they, is it their own form
//	visit.go     one request with who makes it, and what handlers need of it
//	frame.go     what surrounds a page: sections, person, look, what became of the last act
//	failure.go   errors as pages
//	campaign_*.go  campaigns: way, form, preview, acts, the stream that a page follows
//	response*.go   answers, and the proofs of answers and ledger
//	rights*.go   what people ask for by right: cases, and one person's access, correction, erasure
//	the rest     one file per page, named after it
//
// What must stay true:
//
//   - a page without a right on its line is shown to nobody;
//   - GET and HEAD change nothing but the session's sign of life, and a page that refreshes itself
//     (it comes with HX-Request) is none;
//   - a POST comes from a page of ours, and carries the session's token once somebody is logged in;
//   - after a POST that did something comes 303 to a page that can be reloaded;
//   - a page to go on to is one of our own routes, never an address from outside.
package dashboard
