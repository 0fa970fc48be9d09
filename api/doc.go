// Package api is the door for machines. Programs ask under /api/v1 for what the command line does, each with a token that has
// a role; what there is to ask for is handed in as endpoints, of which routes, guards and the OpenAPI document are all made. It publishes the head of the ledger, its key and its tiles for auditors, with a
// page that verifies a dossier in the browser; and it has the webhooks: mail providers that carry our messages
// report what became of them.
//
// A report is believed in two steps. First the provider proves who it is, in the way that it offers and over
// the body as it came: a signature, or a secret that only it and we know. Then the report must name a message
// of ours, by the reference that the message was given or by its Message-ID; whom the report names
// is not enough, since the same account may write for others. What such a report changes is the desk's to say, in
// campaign/bounce.go, as for bounces that come by mail.
//
// Whatever cannot be understood is answered with 200 and changes nothing, because sending it again
// would not help; whatever could not be stored is answered with 5xx, so that it is sent again; 200 is said only
// after it was stored. The same report again has no second effect.
//
//	machine.go   programs: who asks, may it, what is answered, errors as problems
//	endpoint.go  one thing to ask for, and how its request is read
//	document.go  the endpoints as OpenAPI
//	ledger.go    what is published of the ledger
//	webhook.go   the routes, limits, and answers
//	event.go     what a report says, and to whom it is attributed
//	json.go      reading what providers write, leniently
//	secret.go    comparing secrets, and how old a report may be
//	sns.go       the signature of Amazon SNS, which Scaleway uses too
//	outbound.go  the few requests that this makes itself: certificates, and confirming a subscription
//	ses.go, mailgun.go, sendgrid.go, postmark.go, brevo.go, scaleway.go  one provider each
package api
