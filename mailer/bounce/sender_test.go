package bounce

import "testing"

// A server that does not accept our return path, whose domain has no MX record yet, speaks of us: it must not take the
// recipient's mailbox away, although it speaks of somebody unknown.
func TestASenderWhoIsNotAcceptedBlamesNoMailbox(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Verification failed for <b+aaaa@bounce.shop.example> Called: 203.0.113.7 Sent: RCPT TO:<b+aaaa@bounce.shop.example> Response: 550 No such user here Sender verify failed",
		"sender verify failed: unknown user", "Sender address rejected: domain not found, address does not exist",
		"Domain of sender address b+aaaa@bounce.shop.example does not exist", "Sender domain does not exist", "The sender's domain does not exist in the DNS",
		"sorry, your envelope sender domain does not exist", "unknown sender: no such user", "invalid sender, mailbox not found", "Sender unknown; user unknown",
		"Expéditeur inconnu : adresse inconnue", "Absender unbekannt", "Absenderadresse unbekannt", "Return path does not exist",
	} {
		for _, status := range []string{"", "5.1.0", "5.7.1", "5.1.1"} {
			if c := Classify(550, status, text); c != Config {
				t.Errorf("%s %q is %s", status, text, c)
			}
		}
	}
	for _, text := range []string{
		"User unknown; message returned to sender", "Recipient address rejected: User unknown in virtual mailbox table", "The recipient of the sender's message does not exist",
		"sender <b+aaaa@bounce.shop.example> wrote to nobody: user unknown", "Dear sender, the mailbox does not exist",
	} {
		if c := Classify(550, "", text); c != Hard {
			t.Errorf("%q is %s", text, c)
		}
	}
}
