package campaign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/triage.md anew (make generate)")

// TestTheGuideIsWhatRuns: docs/triage.md is written from the table that decides.
func TestTheGuideIsWhatRuns(t *testing.T) {
	t.Parallel()
	const path = "../docs/triage.md"
	if *update {
		if err := os.WriteFile(path, []byte(guide()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != guide() {
		t.Errorf("%s is out of date (%v): run make generate", path, err)
	}
}

// TestANewTableHasANewVersion: what a lawyer signed under a version is never another table. When this fails,
// set RulesVersion to the day of the change, and then the digest here.
func TestANewTableHasANewVersion(t *testing.T) {
	t.Parallel()
	const version, digest = "2026-11-27", "79a4241f076e233c"
	b, err := json.Marshal([]any{RulesOf(Organisation{}), guideSigns()})
	if err != nil {
		t.Fatal(err)
	}
	// The version is no part of what it names.
	sum := sha256.Sum256([]byte(strings.ReplaceAll(string(b), RulesVersion, "")))
	if got := hex.EncodeToString(sum[:8]); got != digest || version != RulesVersion {
		t.Errorf("version %s has the digest %s; %s had %s", RulesVersion, got, version, digest)
	}
}

func guide() string {
	book := RulesOf(Organisation{})
	var b strings.Builder
	b.WriteString("# Triage: who may be asked, and why\n\n<!-- Written by make generate from the table that decides. Change the table, not this page. -->\n\n" +
		"Rules of **" + book.Version + "**. " + guideHead)
	guideRules(&b, book)
	b.WriteString(guideClasses)
	b.WriteString("\n## Signs of a consent\n\n" + guideIndicia)
	b.WriteString("\n## Countries\n\n" + guideModes + "\n")
	guideTable(&b, []string{"country", "mode", "P1 can be signed", "existing customers", "named professionals", "special", "source"}, func(line func(...string)) {
		for _, c := range book.Countries {
			where := strings.Join(c.Countries, " ")
			if where == "" {
				where = "elsewhere, or not known"
			}
			signable := "no"
			if c.Signable {
				signable = "yes"
			}
			line(where, string(c.Own), signable, c.Customers, c.Business, strings.Join(c.Special, "; "), c.Source)
		}
	})
	b.WriteString("\n## Time limits and retention clocks\n\n" + guideLimits + "\n")
	guideTable(&b, []string{"limit", "means", "value", "rows", "source"}, func(line func(...string)) {
		for _, l := range book.Limits {
			line("`"+l.Name+"`", l.Means, l.Value, l.Rows, l.Source)
		}
	})
	b.WriteString("\n## Mailboxes that may be traps\n\n" + guideTraps + "\n")
	guideTable(&b, []string{"points", "sign"}, func(line func(...string)) {
		for _, s := range guideSigns() {
			line(s[0], s[1])
		}
	})
	b.WriteString(guideEnd)
	return b.String()
}

func guideSigns() (out [][2]string) {
	for _, s := range trapSigns {
		out = append(out, [2]string{fmt.Sprint(s.points), s.text})
	}
	return out
}

func guideRules(b *strings.Builder, book Rulebook) {
	group := ""
	for _, r := range book.Rules {
		if r.Group != group {
			group = r.Group
			fmt.Fprintf(b, "\n### %s%s\n\n| row | condition | class | reason | source |\n|---|---|---|---|---|\n", strings.ToUpper(group[:1]), group[1:])
		}
		condition := r.Condition
		if r.Why != "" {
			condition += ". *Not evaluated as long as " + r.Why + ".*"
			if r.Never {
				condition = r.Condition + ". *Not evaluated: " + r.Why + ".*"
			}
		}
		fmt.Fprintf(b, "| **%s** | %s | %s | %s | %s |\n", r.Code, condition, r.Class, r.Reason, r.Source)
	}
}

func guideTable(b *strings.Builder, head []string, lines func(line func(...string))) {
	line := func(cells ...string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head...)
	line(slices.Repeat([]string{"---"}, len(head))...)
	lines(line)
}

const guideHead = `A lawyer can read this page without the code, and the code has no rule that is not here.
` + "`reoptin contacts rules`" + ` prints the same for your organisation: which rows run on the facts that it states, and which policy it signed.
It is engineering guidance, not legal advice: a named person signs off each campaign.

Each contact is held against the rows below from the top. The first row that assigns a class decides; a row that *continues* only
changes what the later ones see. Of several claims of consent about one person a fully proven one counts, the latest; without
one, each is judged and the most protective verdict stands. The order of the rows in a file changes nothing, and what is not known
never helps.

A case for every row, both sides of every time limit and every country stand, worked by hand, in
` + "[`campaign/testdata/triage.csv`](../campaign/testdata/triage.csv)" + `, which the tests run.

## The decision table
`

const guideClasses = `
## What the classes mean

| class of the table | class shown | may be asked by |
|---|---|---|
| OPTED_IN_VALID | opted in | nobody needs to ask |
| OPTED_IN_REFRESH | opted in | e-mail, when a campaign refreshes |
| SOFT_OPTIN, B2B_LI | doubtful | e-mail, when a campaign says so; they may be written to today |
| DOUBTFUL_ELIGIBLE | doubtful | e-mail |
| DOUBTFUL_POSTAL_ONLY | doubtful | letter; without a postal address on site |
| DOUBTFUL_ONSITE | doubtful | on site: when they come by themselves |
| REVIEW | doubtful | nothing, until a person has looked |
| OPTED_OUT | opted out | nothing, for ever |
| INELIGIBLE, EXCLUDED, UNDELIVERABLE, EXPIRED_DELETE, OUT_OF_SCOPE | unusable | nothing |

Rows T-01, T-15 and T-66 take away the mailbox only: what would be an e-mail or a letter becomes a letter to whoever has a postal
address, and all else is unusable. Whether a domain takes mail, name servers are asked by *contacts import* and *contacts audit* with
*--dns* only. What they say is kept with its day and counts in every later audit, and when somebody is about to be written to, until a
look finds the domain alive. Without an answer (a failure, a time-out) nothing changes.
`

const guideIndicia = `*Full proof* (T-30) is a yes with its day, its source, and its wording or the log of a double opt-in; given by an act that can be
shown; stated to be neither bundled nor rewarded; for this purpose, channel and controller. With less, one of these signs makes a
consent probable (T-50, T-51):

| sign | what it is |
|---|---|
| I1 | day and source of the consent, without its wording |
| I2 | the click of a double opt-in |
| I3 | paper that is named but not scanned; a dated note of a telephone call with its author |
| I4 | the wording, and the day of the consent or of the collection |
| I5 | a purchase, and the opposition that its checkout offered |
| I6 | an opt-in from before the GDPR that names the purpose |

No signs are: a mark without source and day, a bought or rented list, a business card, an opened message, somebody's recollection.
`

const guideModes = `**P0**: whoever did not object may be written to. **P1**: a doubtful person with a sign of consent may be asked once by e-mail.
**P2**: only who may be written to anyway may be asked by e-mail; the others by letter or on site.

The country is the person's. A guessed one counts no more than the controller's own. An organisation may always go below a country's
mode. It may go up to P1 only where the table says so, with a policy that names a justification, who approved it and on which day
(` + "`[policy.country.FR]`" + ` in the organisation file); each application of that file is an entry of the ledger. A policy with
` + "`post = true`" + ` says that a balancing test for letters to people without any sign of consent is documented (T-59).
`

const guideLimits = `The last day of a limit is still within it. An organisation states other values with ` + "`retention_months`, `fr_grace_days` and\n`refresh_after_months`" + `, at most 120 months and 365 days.
`

const guideTraps = `Three points or more: EXCLUDED (T-18). Two: REVIEW. The words for technical and role mailboxes, throw-away and misspelt domains are in
` + "`internal/address/kindtable.go`" + `. That a domain is parked or takes no mail is known by asking the network only, which an audit
does not do; neither do random-looking names or large batches count, which hit ordinary people.
`

const guideEnd = `
## What no audit finds

Segments that reveal sensitive data (T-19): no column says which they are. Purposes that were narrowed since the consent: the file names
one purpose. Repeated soft bounces: a base says *soft* or *hard*. Test accounts other than employees and our own domain. Whoever brings
the base has to look at these.
`
