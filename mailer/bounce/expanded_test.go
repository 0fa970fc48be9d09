package bounce

import "testing"

// A list, an alias or a forwarder has the address that we wrote to as the original recipient; who is gone is another one.
func TestTheFinalRecipientIsBlamed(t *testing.T) {
	t.Parallel()
	for final, want := range map[string]string{
		"rfc822; jeanne@place.example":      jeanne,
		"rfc822; Jeanne@PLACE.example":      jeanne,
		"rfc822; jeanne@mail.place.example": jeanne, // the house writes its own hosts into the address
		"LOCAL; jeanne":                     jeanne,
		"":                                  jeanne,
		"rfc822; jeanne@elsewhere.example":  "jeanne@elsewhere.example",
		"rfc822; bob@place.example":         "bob@place.example",
		"rfc822; jeanne@ourplace.example":   "jeanne@ourplace.example",
	} {
		r := Read([]byte("Return-Path: <>\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\n" +
			"Original-Recipient: rfc822;jeanne@place.example\nFinal-Recipient: " + final + "\nAction: failed\nStatus: 5.1.1\n\n--b--\n"))
		if len(r.Recipients) != 1 || r.Recipients[0].Address != want {
			t.Errorf("%q: %+v, want %s", final, r.Recipients, want)
		}
	}
}

// Only the null sender and a server's own mailbox send bounces; a return path that we cannot read is neither.
func TestASenderThatCannotBeReadIsNotNull(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"<>": true, "": true, " < > ": true, "<MAILER-DAEMON@x.example>": true, "postmaster@x.example": true,
		"<joe@x.example>": false, `<"a b"@x.example>`: false, "<joe@[192.0.2.1]>": false, "<joe>": false, "<MAILER-DAEMON>": true,
	} {
		if r := Read([]byte("Return-Path: " + path + "\nSubject: failure notice\n\nuser unknown\n")); r.Genuine() != want {
			t.Errorf("%q: %v", path, r.Genuine())
		}
	}
}
