package bounce

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/reoptin/reoptin/internal/expression"
)

// row is one line of the table. Empty conditions hold always; the first row whose conditions all
// hold decides.
type row struct {
	name    string                 // for tests and for people who read the table
	class   Class                  //
	reply   []int                  // reply codes; a code below 10 stands for its whole class: 5 is 5yz
	status  []string               // enhanced codes; a last part "*" is any, a first part "x" is 4 or 5
	words   *expression.Expression // in the folded text
	but     *expression.Expression // not within these
	bare    bool                   // only when there is no enhanced code
	between [2]int                 // last part of the enhanced code, inclusive; zero: not looked at
	vague   bool                   // the answer refuses and does not say why
}

// Words that servers use. Folded text has lower-case letters and no accents.
var (
	reputation = expression.Of(`spam|blocked|black ?list|block ?list|reputation|policy|rejected due to|\bdnsbl\b|\brbl\b|spamhaus|\bs3140\b`)
	nobody     = expression.Of(`user unknown|unknown user|does not exist|doesn't exist|no such (user|mailbox|recipient|address)|mailbox not found|unknown (recipient|mailbox)|recipient (unknown|not found)|` +
		`no mailbox here by that name|user doesn't have an? \S+ account|no such person|user not found|address (was )?not found|(recipient|address|name) is not recogni[sz]ed|not listed in (the )?(domino|public|address)|` +
		`adresse inconnue|utilisateur inconnu|destinataire inconnu|compte inexistant|boite (aux lettres )?inexistante|(adresse|compte|utilisateur|destinataire)[^.]{0,60} n'existe pas|unbekannt`)
	// unwelcome speaks of the return path, as a server does that looks it up: its domain has no MX record, say.
	unwelcome = expression.Of(`sender (address |domain |host )?(verif|reject|invalid|denied|unknown|not found|does ?n[o']t exist|could not be)|verification failed for|domain of (the )?sender|sender'?s domain|` +
		`(invalid|unknown|bad|unroutable) (envelope )?sender|return[- ]path does ?n[o']t exist|expediteur (inconnu|invalide|refuse)|adresse (de l')?expediteur|absender(adresse|domain)? (unbekannt|ungultig|existiert)|unbekannte[nrs]? absender`)
	// elsewhere are words that say of something else than the mailbox that it is not there, and addresses, which may hold any words.
	elsewhere = expression.Of(`\b(spf|dkim|dmarc|ptr|mx|dns|rdns)[ -](record|entry|key|policy|name)s?\b[^:;!]{0,80}(does not|doesn't) exist|\b(helo|ehlo|reverse dns|host ?name)\b[^;!]{0,80}(does not|doesn't) exist|` +
		`unbekannte[nrs]? (fehler|grund|ursache|problem|befehl|kommando)|[^\s<>()\[\],;:"'=]+@[^\s<>()\[\],;:"'=]+`)
	tooFast      = expression.Of(`receiving (e-?)?mail (at a rate|too (quickly|fast))`)
	accessDenied = expression.Of(`recipient address rejected: access denied`)
	noMailbox    = expression.Of(`requested action not taken: mailbox unavailable`)
)

// table is COMPLIANCE E.4 in the order in which it is asked: authentication codes, which are exact;
// reputation words; words for a sender who is not accepted, then for an unknown mailbox; the other enhanced codes; the plain reply codes.
var table = []row{
	{name: "accepted", class: Delivered, reply: []int{2}},

	{name: "DKIM failed", class: Config, status: []string{"x.7.20", "x.7.21", "x.7.22"}},
	{name: "SPF failed", class: Config, status: []string{"x.7.23", "x.7.24"}},
	{name: "reverse DNS", class: Config, status: []string{"x.7.25"}},
	{name: "not authenticated", class: Config, status: []string{"x.7.26", "x.7.27", "x.7.29", "x.7.30", "x.7.31", "x.7.32", "x.7.40"}},
	{name: "Outlook: authentication level", class: Config, status: []string{"5.7.515"}},
	{name: "bad sender", class: Config, status: []string{"5.1.7", "5.1.8"}},

	{name: "reputation in words", class: Policy, reply: []int{5}, words: reputation},
	{name: "reputation in words, temporary", class: Policy, reply: []int{4}, words: reputation},

	{name: "sender in words", class: Config, reply: []int{5}, words: unwelcome},

	{name: "Microsoft: no such recipient", class: Hard, reply: []int{550}, status: []string{"5.4.1"}, words: accessDenied},
	{name: "Outlook.com: no such mailbox", class: Hard, reply: []int{550}, status: []string{"5.5.0"}, words: noMailbox}, // the code says that we speak badly
	{name: "unknown mailbox in words", class: Hard, reply: []int{5}, words: nobody, but: elsewhere},

	{name: "bad mailbox", class: Hard, status: []string{"5.1.1", "5.1.3", "5.1.4", "5.1.6", "5.1.10"}},
	{name: "bad destination system", class: Recheck, status: []string{"5.1.2"}},
	{name: "other address status", class: Policy, status: []string{"5.1.0"}, vague: true},
	{name: "form", class: Content, status: []string{"5.1.9"}},
	{name: "Gmail: receives too much", class: SoftFinal, status: []string{"5.2.1"}, words: tooFast},
	{name: "mailbox disabled", class: Hard, status: []string{"5.2.1"}},
	{name: "mailbox full for good", class: SoftFinal, status: []string{"5.2.2"}},
	{name: "too large", class: Content, status: []string{"5.2.3", "5.3.4"}},
	{name: "list expansion", class: Hard, status: []string{"5.2.4"}},
	{name: "other mailbox status", class: Policy, status: []string{"5.2.*"}, vague: true},
	{name: "receiving system", class: Policy, status: []string{"5.3.*"}},
	{name: "delivery time ran out", class: SoftFinal, status: []string{"4.4.7", "5.4.7"}},
	{name: "no route", class: Recheck, status: []string{"5.4.0", "5.4.1", "5.4.4", "5.4.6"}},
	{name: "protocol", class: Config, status: []string{"5.5.*"}},
	{name: "address outside ASCII", class: Script, status: []string{"5.6.*"}, between: [2]int{7, 9}},
	{name: "conversion", class: Content, status: []string{"5.6.*"}},
	{name: "mailbox user disabled", class: Hard, status: []string{"5.7.13"}},
	{name: "owner changed", class: OwnerChanged, status: []string{"5.7.17", "5.7.18"}},
	{name: "security", class: Policy, status: []string{"5.7.0", "5.7.1"}},
	{name: "authentication and encryption", class: Config, status: []string{"5.7.*"}, between: [2]int{2, 9}},
	{name: "mail flood", class: Policy, status: []string{"x.7.28"}},
	{name: "other security", class: Policy, status: []string{"5.7.*"}},

	{name: "host takes no mail", class: Hard, reply: []int{521, 556}},
	{name: "temporary", class: Soft, reply: []int{4}},
	{name: "storage exceeded", class: SoftFinal, reply: []int{552}, bare: true},
	{name: "command not understood", class: Config, reply: []int{500, 501, 502, 503, 504, 530, 534, 535, 538, 555}},
	{name: "any other refusal", class: Policy, reply: []int{5}, vague: true},
}

// Classify says what an answer means: code is the three-digit reply code, status the enhanced code
// ("5.1.1", "" when none) and text the server's words. Codes that no server may send are Soft: they
// prove nothing.
func Classify(code int, status, text string) Class {
	r, ok := find(code, status, text)
	if !ok {
		return Soft
	}
	return r.class
}

func find(code int, status, text string) (row, bool) {
	folded := fold(text)
	for _, r := range table {
		if r.holds(code, status, folded) {
			return r, true
		}
	}
	return row{}, false
}

func (r row) holds(code int, status, folded string) bool {
	return (len(r.reply) == 0 || anyReply(r.reply, code)) &&
		(len(r.status) == 0 || anyStatus(r.status, status)) &&
		(r.words == nil || r.words.MatchString(r.without(folded))) &&
		(!r.bare || status == "") &&
		(r.between == [2]int{} || within(r.between, status))
}

// without is a text without what the row does not look at.
func (r row) without(folded string) string {
	if r.but == nil {
		return folded
	}
	return r.but.ReplaceAllLiteralString(folded, " ")
}

func anyReply(codes []int, code int) bool {
	for _, c := range codes {
		if c == code || c < 10 && c == code/100 {
			return true
		}
	}
	return false
}

func anyStatus(patterns []string, status string) bool {
	parts := strings.Split(status, ".")
	if len(parts) != 3 {
		return false
	}
	for _, p := range patterns {
		want := strings.Split(p, ".")
		first := want[0] == parts[0] || want[0] == "x" && (parts[0] == "4" || parts[0] == "5")
		if first && want[1] == parts[1] && (want[2] == "*" || want[2] == parts[2]) {
			return true
		}
	}
	return false
}

func within(bounds [2]int, status string) bool {
	n, err := strconv.Atoi(status[strings.LastIndexByte(status, '.')+1:])
	return err == nil && n >= bounds[0] && n <= bounds[1]
}

var accents = strings.NewReplacer("à", "a", "â", "a", "ä", "a", "é", "e", "è", "e", "ê", "e", "ë", "e", "î", "i", "ï", "i", "ô", "o", "ö", "o", "ù", "u", "û", "u", "ü", "u", "ú", "u", "ç", "c", "ñ", "n", "á", "a", "ã", "a", "í", "i", "ì", "i", "ó", "o", "ò", "o", "õ", "o", "ß", "ss", "’", "'", "‘", "'", "ʼ", "'", "ø", "o", "å", "a", "ý", "y", "œ", "oe", "æ", "ae")

// fold makes words comparable: lower case, no accents, in whichever of two ways they are written, one space between words.
func fold(text string) string {
	return strings.Join(strings.Fields(strings.Map(unmarked, accents.Replace(strings.ToLower(text)))), " ")
}

// unmarked leaves out accents that stand behind their letter, and what has no width.
func unmarked(r rune) rune {
	if r >= 0x300 && r <= 0x36F || unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

var enhanced = expression.Of(`^\s*([245]\.\d{1,3}\.\d{1,3})(?:[\s:]|$)`)

// Status takes the enhanced code from the start of a reply's text; "" when there is none or when its
// class is not that of the reply code (RFC 2034 section 4).
func Status(code int, text string) string {
	m := enhanced.FindStringSubmatch(text)
	if m == nil || int(m[1][0]-'0') != code/100 {
		return ""
	}
	return m[1]
}
