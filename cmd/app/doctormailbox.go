package app

import (
	"context"
	"errors"

	"github.com/reoptin/reoptin/mailer/intake"
)

// mailbox looks whether serve can read what comes back: where it cannot, a no that somebody writes is heard by nobody.
func (d *doctor) mailbox(ctx context.Context) []DoctorLine {
	box, err := intake.ParseMailbox(d.config.Bounces.IMAP)
	if err != nil { // none is set, or the settings say what is wrong with it
		return nil
	}
	l := line("mailbox", box.Host+"/"+box.Folder)
	const unheard = "; until it can be read, no bounce, no complaint and no written no is heard"
	looked, err := box.Look(ctx, d.deps.TLS, talkPatience)
	var closed *intake.Closed
	switch errors.As(err, &closed); {
	case err == nil:
		l.open(looked)
	case closed == nil:
		l.fault(err)
	case closed.Step == intake.StepLogin:
		l.bad("correct user and password in bounces.imap", "it does not take user and password: %v"+unheard, closed.Err)
	case closed.Step == intake.StepOpen:
		l.bad("correct the folder in bounces.imap, or make it", "the folder %s cannot be opened: %v"+unheard, box.Folder, closed.Err)
	default:
		l.bad("check host and port in bounces.imap, that the mail server runs, and its certificate", "it cannot be reached: %v"+unheard, closed.Err)
	}
	return []DoctorLine{*l}
}

// open says of a mailbox that can be read how well.
func (l *DoctorLine) open(looked intake.Looked) {
	l.ok("it can be read; messages: %d", looked.Messages)
	switch {
	case !looked.Deletes:
		l.warn("give the user of bounces.imap the right to delete there", "its server does not let anything be deleted there, so that all of it is read again with each connection")
	case !looked.Expunges:
		l.ok("no UIDPLUS: what was dealt with stays there, marked as deleted")
	}
	if !looked.Tells {
		l.ok("no IDLE: it is looked at every two minutes")
	}
}
