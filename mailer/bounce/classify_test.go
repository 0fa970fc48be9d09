package bounce

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range []struct {
		code         int
		status, text string
		want         Class
	}{
		{250, "2.0.0", "Ok: queued as 4XyZ", Delivered},
		{550, "5.7.20", "no passing DKIM signature", Config},
		{550, "5.7.23", "SPF validation failed", Config},
		{450, "4.7.25", "reverse DNS missing", Config},
		{450, "4.7.23", "PTR record does not match", Config},
		{550, "5.7.26", "This mail has been blocked because the sender is unauthenticated.", Config},
		{550, "5.7.27", "SPF did not pass", Config},
		{421, "4.7.29", "not sent over TLS", Config},
		{550, "5.7.30", "DKIM did not pass", Config},
		{450, "4.7.31", "no DMARC record", Config},
		{550, "5.7.32", "From header is not aligned", Config},
		{550, "5.7.40", "no DMARC policy", Config},
		{550, "5.7.515", "Access denied, sending domain does not meet the required authentication level", Config},
		{553, "5.1.8", "sender address rejected: domain not found", Config},
		{501, "5.1.7", "bad sender address syntax", Config},
		{550, "5.1.1", "User unknown; rejected due to reputation", Policy},
		{550, "", "no such user here (blocked using zen.spamhaus.org)", Policy},
		{550, "5.7.1", "Unfortunately, messages from [203.0.113.7] weren't sent (S3140)", Policy},
		{550, "5.7.509", "Access denied, sending domain does not pass DMARC verification", Policy},
		{421, "4.7.0", "our system has detected an unusual rate of spam", Policy},
		{550, "", "Sender verify failed: no such user", Config},
		{550, "5.4.1", "Recipient address rejected: Access denied.", Hard},
		{550, "5.5.0", "Requested action not taken: mailbox unavailable (S2017062302).", Hard},
		{550, "5.5.0", "Requested action not taken: command out of place", Config},
		{550, "5.5.0", "Requested action not taken: mailbox unavailable, your host is blocked", Policy},
		{550, "", "Requested action not taken: mailbox unavailable", Policy},
		{550, "", "User unknown in virtual mailbox table", Hard},
		{550, "", "Adresse inconnue", Hard},
		{550, "", "utilisateur  inconnu", Hard},
		{553, "", "compte inexistant", Hard},
		{554, "", "delivery error: This account does not exist", Hard},
		{550, "5.1.0", "Empfänger unbekannt", Hard},
		{550, "5.1.1", "", Hard},
		{550, "5.1.3", "bad syntax", Hard},
		{550, "5.1.4", "ambiguous", Hard},
		{551, "5.1.6", "moved, no forwarding address", Hard},
		{556, "5.1.10", "null MX", Hard},
		{550, "5.1.2", "host not found", Recheck},
		{550, "5.1.0", "address rejected", Policy},
		{450, "4.1.0", "address rejected", Soft},
		{550, "5.1.9", "not compliant", Content},
		{550, "5.2.1", "mailbox disabled", Hard},
		{450, "4.2.1", "receiving mail at a rate that prevents more", Soft},
		{550, "5.2.1", "The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.", SoftFinal},
		{550, "5.2.1", "The email account that you tried to reach is disabled.", Hard},
		{552, "5.2.2", "over quota", SoftFinal},
		{452, "4.2.2", "over quota", Soft},
		{552, "5.2.3", "message too long", Content},
		{552, "5.3.4", "message too big for system", Content},
		{550, "5.2.4", "list expansion", Hard},
		{550, "5.2.0", "other mailbox status", Policy},
		{450, "4.2.0", "other mailbox status", Soft},
		{554, "5.3.2", "system not accepting", Policy},
		{451, "4.3.2", "system not accepting", Soft},
		{450, "4.4.7", "delivery time expired", SoftFinal},
		{550, "5.4.4", "no route to host", Recheck},
		{503, "5.5.1", "bad sequence", Config},
		{452, "4.5.3", "too many recipients", Soft},
		{553, "5.6.7", "non-ASCII addresses not permitted", Script},
		{550, "5.6.9", "UTF-8 header", Script},
		{554, "5.6.1", "media not supported", Content},
		{550, "5.7.13", "user account disabled", Hard},
		{550, "5.7.17", "mailbox owner has changed", OwnerChanged},
		{550, "5.7.18", "domain owner has changed", OwnerChanged},
		{550, "5.7.0", "", Policy},
		{554, "5.7.1", "relay access denied", Policy},
		{550, "5.7.8", "authentication credentials invalid", Config},
		{550, "5.7.28", "mail flood", Policy},
		{450, "4.7.28", "mail flood", Policy},
		{550, "5.7.99", "", Policy},
		{521, "", "host does not accept mail", Hard},
		{556, "", "domain does not accept mail", Hard},
		{421, "", "try later", Soft},
		{450, "", "Greylisted, see you in five minutes", Soft},
		{552, "", "requested action aborted", SoftFinal},
		{535, "", "authentication failed", Config},
		{550, "", "requested action not taken", Policy},
		{553, "", "", Policy},
		{554, "", "transaction failed", Policy},
		{354, "", "go ahead", Soft},
		{0, "", "", Soft},
	} {
		r, _ := find(c.code, c.status, c.text)
		seen[r.name] = true
		if got := Classify(c.code, c.status, c.text); got != c.want {
			t.Errorf("%d %s %q: %s by row %q, want %s", c.code, c.status, c.text, got, r.name, c.want)
		}
	}
	for _, r := range table {
		if !seen[r.name] {
			t.Errorf("no case reaches row %q", r.name)
		}
	}
}

// Whatever else a server says, words about reputation keep a mailbox from being blamed.
func TestReputationNeverBlamesTheMailbox(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"SPAM", "blocked", "blacklist", "block list", "reputation", "Policy", "rejected due to", "DNSBL", "RBL"}).Draw(t, "word")
		more := rapid.SampledFrom([]string{"user unknown", "does not exist", "adresse inconnue", ""}).Draw(t, "more")
		code := rapid.SampledFrom([]int{521, 550, 551, 552, 553, 554, 556}).Draw(t, "code")
		status := rapid.SampledFrom([]string{"", "5.1.1", "5.2.1", "5.7.1", "5.4.1"}).Draw(t, "status")
		if c := Classify(code, status, more+" "+word+" "+more); c.Gone() {
			t.Fatalf("%d %s %q %q is %s", code, status, word, more, c)
		}
	})
}

// Words that stand behind what is kept of a server's words count all the same.
func TestReputationFarBehindIsSeen(t *testing.T) {
	t.Parallel()
	far := "550 user unknown" + strings.Repeat(" whatever", maxWords) + " blocked"
	dsn := "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; p@x.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; " + far + "\n\n--b--\n"
	plain := "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nSubject: failure notice\n\n<p@x.example>:\n" + far + "\n"
	for name, got := range map[string][]Recipient{"notification": Read([]byte(dsn)).Recipients, "in words": Read([]byte(plain)).Recipients, "reported": {Reported(Refusal{Address: "p@x.example", Gone: true, Text: far})}} {
		if len(got) != 1 || got[0].Meaning != MeansSoft || got[0].Class != Policy || len(got[0].Text) > maxWords {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What is not there, or is not known, may be something of ours: the words for it took each mailbox away that was written to.
func TestWhatIsNotThereMayBeNoMailbox(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Class{
		"SPF record for shop.example does not exist":                              Policy,
		"5.7.1 DKIM key does not exist":                                           Policy,
		"Reverse DNS for 192.0.2.1 does not exist":                                Policy,
		"HELO name mail.shop.example does not exist":                              Policy,
		"5.3.0 unbekannter Fehler":                                                Policy,
		"Unbekannter Absender":                                                    Config,
		"5.7.1 <unbekannt@place.example>: relaying denied":                        Policy,
		"5.1.2 MX record for place.example does not exist":                        Recheck,
		"DNS checked by mx1.place.example: the mailbox p@x.example doesn't exist": Hard,
		"L'adresse p@place.example n'existe pas":                                  Hard,
		"p@place.example,user unknown":                                            Hard,
		"Empfänger p@place.example unbekannt":                                     Hard,
	} {
		if got := Classify(550, Status(550, text), text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestTemporaryIsNeverGone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.IntRange(400, 499).Draw(t, "code")
		text := rapid.SampledFrom([]string{"user unknown", "no such user", "", "spam"}).Draw(t, "text")
		status := rapid.SampledFrom([]string{"", "4.1.1", "4.2.1", "4.7.26"}).Draw(t, "status")
		if c := Classify(code, status, text); c.Gone() {
			t.Fatalf("%d %s %q is %s", code, status, text, c)
		}
	})
}

func TestStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code int
		text string
		want string
	}{
		{550, "5.1.1 user unknown", "5.1.1"}, {550, "5.1.1", "5.1.1"}, {550, " 5.7.515 no", "5.7.515"}, {550, "5.1.1: no", "5.1.1"},
		{550, "4.1.1 odd", ""}, {550, "user 5.1.1", ""}, {250, "2.0.0 Ok", "2.0.0"}, {550, "5.1.1234 no", ""}, {550, "", ""},
		{550, strings.Repeat("5.", 100), ""},
	} {
		if got := Status(c.code, c.text); got != c.want {
			t.Errorf("%d %q: %q, want %q", c.code, c.text, got, c.want)
		}
	}
}
