package lint

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/rules.md anew (make generate)")

// TestTheGuideIsWhatRuns: docs/rules.md is written from the catalogue.
func TestTheGuideIsWhatRuns(t *testing.T) {
	t.Parallel()
	const path = "../../docs/rules.md"
	if *update {
		if err := os.WriteFile(path, []byte(guide()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != guide() {
		t.Errorf("%s is out of date (%v): run make generate", path, err)
	}
}

const guideHead = `# Rules: what a campaign is judged by

<!-- Written by make generate from the catalogue that judges. Change the catalogue, not this page. -->

%d rules look at the message and the form as people would see them, in every language and for a contact with all fields,
one without a name and one without a source; at the headers; at the settings; and at what the house knows of a stored
campaign. ` + "`reoptin campaign lint`" + ` applies them, the dashboard shows what they find while somebody writes, and
` + "`reoptin campaign rules`" + ` prints this list. Each finding says where, which words, why, by which source, how to mend it, and
a wording that would do where there is one.

| severity | means |
|---|---|
| error | the campaign cannot be approved or started |
| approval | it can, when the named approver writes down why: ` + "`campaign approve --because`" + `; the reason becomes evidence |
| warning | it is shown |
| info | it could not be found out |

A finding may be milder than its rule. Where ` + "`base_url`" + ` is this machine, nothing of the network and no missing https stops
anybody, for no message leaves it.

| kept by | means |
|---|---|
| lint | the approval is refused |
| start | the start is refused, and ` + "`campaign lint NAME`" + ` says so before |
| claim | the database and the send loop see to it for each person; of a draft with such people the lint would say so |
| network | ` + "`campaign lint --network`" + ` and ` + "`reoptin doctor`" + ` ask; no approval depends on it |

What a list of words cannot see is found by its shape: a condition that is the yes beside a gain that is not the messages
themselves. What has no known shape either is weighed by its words; such a finding has severity approval and quotes them
([0050](adr/0050-what-no-list-names-is-weighed.md)). How often that is right is measured in [performance.md](performance.md).
`

func guide() string {
	var b strings.Builder
	rules := Rules()
	fmt.Fprintf(&b, guideHead, len(rules))
	names := map[string]string{"CAMP": "The round itself", "ID": "Who writes", "SND": "Where it comes from", "SUBJ": "The subject", "PURP": "What is asked", "ORIG": "Why this person",
		"INFO": "What people must be told", "FREE": "A free answer", "AMB": "A clear act", "DARK": "Yes and no weigh the same", "PLAIN": "Plain words", "TRK": "Nobody is watched",
		"LINK": "Links", "MIME": "The message as a file", "HDR": "Headers", "DNS": "What receivers find", "FORM": "The form", "MIN": "Children", "SENS": "What nobody should learn", "EVID": "What proves it"}
	for i, r := range rules {
		family, _, _ := strings.Cut(r.ID, "-")
		if i == 0 || !strings.HasPrefix(rules[i-1].ID, family+"-") {
			fmt.Fprintf(&b, "\n## %s\n\n| rule | severity | looks in | for | mend | kept by | source |\n|---|---|---|---|---|---|---|\n", names[family])
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", r.ID, r.Severity, r.Target, r.Looks, r.Mend, r.Kept, r.Source)
	}
	return b.String()
}
