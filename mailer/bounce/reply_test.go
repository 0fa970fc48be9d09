package bounce

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// answer is a reply with a text in it.
func answer(subject, text string) []byte {
	return []byte("From: a@b.example\nTo: contact@shop.example\nSubject: " + subject + "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n" + text + "\n")
}

// written gives what a file of testdata holds: what each line is said to be, its language, subject and text. It counts them by
// language and what they are.
func written(t *testing.T, file string, each func(is, language, subject, text string)) map[string]int {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, "|", 4)
		if len(parts) != 4 {
			t.Fatalf("%q has no four parts", line)
		}
		each(parts[0], parts[1], parts[2], strings.ReplaceAll(parts[3], `\n`, "\n"))
		seen[parts[1]+" "+parts[0]]++
	}
	return seen
}

// TestWrittenAnswers reads testdata/reply.txt: kind, language, subject and text of what people and their machines write.
func TestWrittenAnswers(t *testing.T) {
	t.Parallel()
	seen := written(t, "reply.txt", func(is, language, subject, text string) {
		if got := Read(answer(subject, text)).Kind; string(got) != is {
			t.Errorf("%s, %q, %q is %s, want %s", language, subject, text, got, is)
		}
	})
	for _, language := range []string{"fr", "en", "de", "es", "it", "nl", "pt"} {
		if seen[language+" stop"] < 12 || seen[language+" other"] < 4 || seen[language+" auto"] < 4 {
			t.Errorf("%s: %d stops, %d others, %d automatic ones", language, seen[language+" stop"], seen[language+" other"], seen[language+" auto"])
		}
	}
}

// A greeting before the stop, on one line, hid it.
func TestStopBehindAGreeting(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"Bonjour, désabonnez-moi", "Hello, please unsubscribe me.", "Hiermit widerspreche ich.", "Olá, quero cancelar", "Beste, afmelden aub"} {
		if got := Read(answer("Re: x", text)).Kind; got != KindStop {
			t.Errorf("%q is %s", text, got)
		}
	}
}

// Whoever asks to have it confirmed that they were removed was taken for a machine.
func TestAPersonWhoAsksForConfirmationIsNoMachine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"STOP. Please confirm that you have removed me.", "Unsubscribe\n\nplease verify that you deleted my data", "Désabonnement\nMerci de confirmer votre message",
		"stop\n\n> Merci de confirmer votre adresse e-mail"} {
		if got := Read(answer("Re: x", text)).Kind; got != KindStop {
			t.Errorf("%q is %s", text, got)
		}
	}
	if got := Read(answer("Re: x", "A question.\n> Merci de confirmer votre adresse e-mail")).Kind; got != KindOther {
		t.Errorf("what is quoted makes it %s", got)
	}
	if got := Read(answer("Re: Please confirm your address", "stop")).Kind; got != KindStop {
		t.Errorf("our own subject makes it %s", got)
	}
}

// An original that is quoted in a page, where no line begins with a mark, was read as the writer's own.
func TestQuotedPageIsNotTheWriters(t *testing.T) {
	t.Parallel()
	page := func(body string) []byte {
		return []byte("From: a@b.example\nSubject: Re: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<html><body>" + body + "</body></html>\n")
	}
	for body, want := range map[string]Kind{
		`<blockquote type="cite"><p>unsubscribe</p></blockquote>`:                                               KindOther,
		`<div class="gmail_quote"><div>Le lun. 2 nov. 2026 a écrit :</div><p>Se désabonner</p></div>`:           KindOther,
		`<div></div><div id="divRplyFwdMsg">From: shop</div><div>stop</div>`:                                    KindOther,
		`<div class="moz-cite-prefix">Am 2.11. schrieb shop:</div><blockquote>abmelden</blockquote>`:            KindOther,
		`<div>stop</div><blockquote><p>do not stop</p></blockquote>`:                                            KindStop,
		`<div>Oui !</div><blockquote><p>stop</p></blockquote>`:                                                  KindOther,
		`<div dir="ltr">STOP</div><br><div class="gmail_quote gmail_quote_container">Le lun. 2 nov. 2026</div>`: KindStop,
		`<style>blockquote{}</style><p>Stop</p>`:                                                                KindStop,
		`<p>Stop</p><p>&lt;blockquote&gt;</p>`:                                                                  KindStop,
		`<!-- <blockquote> --><p>Keine E-Mails mehr</p>`:                                                        KindStop,
	} {
		if got := Read(page(body)).Kind; got != want {
			t.Errorf("%s is %s, want %s", body, got, want)
		}
	}
}

// Mail programs write accents in two ways, and some put marks of no width before a text.
func TestAccentsInEveryForm(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"de\u0301sabonnez-moi", "Lo\u0308schen Sie mich", "na\u0303o quero receber", "\ufeffstop", "\u200bSTOP", "de\u00a0st\u00f8p stop", "ne m\u02bce\u0301crivez plus"} {
		if got := Read(answer("Re: x", text)).Kind; got != KindStop {
			t.Errorf("%+q is %s", text, got)
		}
	}
}

// A stop counts at once; whether somebody should read what else is written is said beside it.
func TestStopWithMoreBesideIt(t *testing.T) {
	t.Parallel()
	for text, more := range map[string]bool{
		"STOP":                              false,
		"Stop!\n\nThank you\nJeanne Martin": false,
		"Bonjour,\nmerci de me désinscrire\nCordialement,\nJeanne Martin":                               false,
		"Bitte abmelden.\nMit freundlichen Grüßen\nJörg Müller":                                         false,
		"Stop\n\n-- \nJeanne Martin, Chief Executive of the Place Company, 12 rue de la Paix":           false,
		"Please unsubscribe me\n\nOn Mon, 2 Nov 2026, Shop wrote:\n> Would you like to hear us?":        false,
		"Stop. Stop writing to me.\nDo not write to me again":                                           false,
		"Stop\nEnvoyé de mon iPhone":                                                                    false,
		"Stop\nPlease send me a copy of all that you hold about me.":                                    true,
		"Stop, and tell me from whom you have my address and on which day I am supposed to have agreed": true,
		"STOP. Where do you have my address from?":                                                      true,
		"Désabonnez-moi\nEn outre je vous demande l'accès à mes données (article 15 du RGPD).":          true,
		"Baja\n¿De dónde tienen mi correo":                                                              true,
		"Abmelden\nMeine Bestellung 4711 ist übrigens immer noch nicht angekommen":                      true,
	} {
		if r := Read(answer("Re: x", text)); r.Kind != KindStop || r.More != more {
			t.Errorf("%q is %s, more %v, want %v", text, r.Kind, r.More, more)
		}
	}
	for _, other := range []string{"Where do you have my address from?", "Out of office: stop by later?"} {
		if r := Read(answer("Re: x", other)); r.More {
			t.Errorf("%q is %s, with more beside a stop", other, r.Kind)
		}
	}
}
