package bounce

import (
	"strings"
	"testing"
)

// challenged is how systems ask the sender for a proof before a message is let in: from the null sender, or their own mailbox,
// so that nobody answers them, and in the words of a message that was not delivered.
func challenged(from, path, subject, text string) []byte {
	return []byte("Return-Path: <" + path + ">\nFrom: " + from + "\nTo: b+" + strings.Repeat("a", 60) + "@bounce.shop.example\nSubject: " + subject +
		"\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n" + text + "\n")
}

// A challenge takes no mailbox away and counts as no bounce, although it comes the way that bounces come.
func TestAChallengeFromTheNullSenderIsNoBounce(t *testing.T) {
	t.Parallel()
	for subject, text := range map[string]string{
		"Your email requires verification verify#x1":  "The message you sent requires that you verify that you are a real live human being and not a spam source.\nYour message was not delivered. To complete delivery, reply to this message.",
		"Message not delivered: please confirm":       "Your message has been held. It could not be delivered until you confirm that you are human.",
		"Undelivered mail":                            "Your message to jeanne@place.example has not yet been delivered. Please verify your e-mail address to ensure delivery.",
		"Demande d'authentification":                  "Votre message n'a pas pu être remis : merci d'authentifier votre adresse.",
		"Nicht zugestellt":                            "Ihre Nachricht konnte nicht zugestellt werden. Bitte bestätigen Sie, dass Sie ein Mensch sind.",
		"Mensaje no entregado":                        "Su mensaje ha sido retenido y no se ha podido entregar. Confirme que es humano.",
		"Mancato recapito":                            "Il messaggio è stato messo in quarantena. Confermi di essere umano.",
		"Bericht niet bezorgd":                        "Uw bericht wordt vastgehouden. Bevestig dat u een mens bent.",
		"Mensagem não entregue":                       "A sua mensagem foi retida. Confirme que é humano.",
		"failure notice":                              "Your message was not delivered. Challenge-response is on: authorize your e-mail address here.",
		"Delivery Status Notification (confirmation)": "This mail is quarantined; the e-mail was quarantined until you validate that you sent it.",
	} {
		for from, path := range map[string]string{"jeanne@place.example": "", "Mail System <postmaster@place.example>": "postmaster@place.example"} {
			r := Read(challenged(from, path, subject, text))
			if r.Kind != KindAuto {
				t.Errorf("%q from %s is %s: %+v", subject, from, r.Kind, r.Recipients)
			}
		}
	}
}

// A bounce that speaks of a proof all the same is one: a server said no to whom it names.
func TestABounceThatSpeaksOfAProofIsABounce(t *testing.T) {
	t.Parallel()
	text := "The following address failed:\n\n  jeanne@place.example\n    550 5.1.1 user unknown; please verify your e-mail address list\n"
	if r := Read(challenged("mailer-daemon@relay.example", "", "Mail delivery failed: returning message to sender", text)); r.Kind != KindPlain || r.Recipients[0].Meaning != MeansHard {
		t.Errorf("%s, %+v", r.Kind, r.Recipients)
	}
}
