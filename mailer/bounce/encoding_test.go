package bounce

import (
	"strings"
	"testing"
)

// A no was left for people to find, or never found, because its letters were not read as they were written.
func TestStopHoweverItIsEncoded(t *testing.T) {
	t.Parallel()
	const head = "From: a@b.example\nTo: contact@shop.example\nSubject: Re: x\n"
	accents := strings.Repeat("é", 40_000) // more than is read, and cut within a letter in one of two texts
	for name, rest := range map[string]string{
		"Windows apostrophe":         "Content-Type: text/plain; charset=windows-1252\n\nJe m\x92oppose \xe0 vos envois\n",
		"one foreign octet":          "Content-Type: text/plain; charset=utf-8\n\nDésinscription\n\n> caf\xe9\n",
		"cut within a letter":        "Content-Type: text/plain; charset=utf-8\n\nDésabonnement\n\n> " + accents,
		"cut between letters":        "Content-Type: text/plain; charset=utf-8\n\nDésabonnement.\n\n> " + accents,
		"letters of a page by name":  "Content-Type: text/html\n\n<p>D&eacute;sinscription</p>\n",
		"letters of a page by value": "Content-Type: text/html\n\n<p>Je m&#8217;oppose &#xe0; vos envois</p>\n",
		"a footer behind a page":     "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>STOP</p>\n--b\nContent-Type: text/plain\n\nThis message was scanned.\n--b--\n",
		"boundary without quotes":    "Content-Type: multipart/alternative; boundary=----=_Part_1/2\n\n------=_Part_1/2\nContent-Type: text/plain\n\nHello,\nplease stop\n------=_Part_1/2--\n",
		"blank in base64":            "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nU1RP UCBwbGVhc2U=\n\n-- \nsent by some list\n",
		"control in quoted":          "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n\f\n100% =ZZ D=C3=A9sinscr=  \niption\n",
		"long line in quoted":        "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p title=3D\"" + strings.Repeat("x", 5000) + "\">D=E9sinscription</p>\n",
		"an old media type":          "Content-Type: text\n\nstop\n",
	} {
		if got := Read([]byte(head + rest)).Kind; got != KindStop {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Some notifications are written in another way than RFC 3464 has it, and were about nobody.
func TestNotificationsOddlyWritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		boundary, block, address string
		means                    Meaning
	}{
		"boundary without quotes": {"b=1/x", "Final-Recipient: rfc822; p@x.example\nAction: failed\nStatus: 5.1.1\n", "p@x.example", MeansHard},
		"boundary twice":          {`"b=1/x"; boundary="b=1/x"`, "Final-Recipient: rfc822; p@x.example\nAction: failed\nStatus: 5.1.1\n", "p@x.example", MeansHard},
		"letters outside ASCII":   {`"b=1/x"`, "Final-Recipient: utf-8; j\\x{F6}rg@stra\\x{DF}e.example\nAction: failed\nStatus: 5.1.1\n", "jörg@straße.example", MeansHard},
		"no such letter":          {`"b=1/x"`, "Final-Recipient: utf-8; j\\x{110000}@x.example\nAction: failed\nStatus: 5.1.1\n", "", MeansHard},
		"a remark behind delayed": {`"b=1/x"`, "Final-Recipient: rfc822; p@x.example\nAction: delayed (is tried again)\nStatus: 4.4.1\n", "p@x.example", MeansDelayed},
	} {
		raw := "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=" + c.boundary +
			"\n\n--b=1/x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\n" + c.block + "\n--b=1/x--\n"
		got := Read([]byte(raw)).Recipients
		if len(got) != 1 || got[0].Meaning != c.means || c.address != "" && got[0].Address != c.address {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A notification that was cut before it names anybody says in words whom it is about; it was left to nobody.
func TestACutNotificationIsReadInWords(t *testing.T) {
	t.Parallel()
	raw := "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nSubject: Undelivered Mail\nAuto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
		"--b\n\n<p@x.example>: host mx.x.example said: 550 5.1.1 user unknown\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n"
	if got := Read([]byte(raw)); got.Kind != KindPlain || len(got.Recipients) != 1 || got.Recipients[0].Meaning != MeansHard || got.Recipients[0].Address != "p@x.example" {
		t.Errorf("%+v", got)
	}
}
