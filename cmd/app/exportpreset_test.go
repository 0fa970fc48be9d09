package app

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// The people of answered by what they said.
var (
	saidYes = person(0) // to e-mail and text messages
	onlyWay = person(1) // to text messages alone
	saidNo  = person(2) // everything
	rangUp  = person(4) // yes on the form, no by telephone
)

const (
	leftIt    = "left@d.example"   // the base says no
	provenYes = "proven@d.example" // the base proves a yes
)

// answered is a house in which everything was said that an export tells apart.
func answered(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, plan{people: 6, channels: both}).start(spring).send()
	h.says(saidYes, "newsletter.email", "newsletter.sms")
	h.says(onlyWay, "newsletter.sms")
	h.says(saidNo)
	h.says(rangUp, "newsletter.email")
	h.wait(time.Minute)
	_, err := h.app.Suppress(t.Context(), rangUp, "telephone")
	h.must(err)
	h.importRows([]string{leftIt}, map[string]string{"optout": "yes", "last_name": "=HYPERLINK(1)"})
	h.importRows([]string{provenYes}, map[string]string{"consent_text": "Oui.", "last_name": "@SUM(1)", "phone": "+33 6 12 34 56 78"})
	h.importRows([]string{saidYes}, map[string]string{"phone": "+33 6 98 76 54 32", "external_id": "X-p000"})
	_, err = h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	if v := h.contact(provenYes).Verdict; v.Class != campaign.OptedIn {
		t.Fatalf("%s is %s", provenYes, v.Code)
	}
	return h
}

// exports writes the base or the consents for each program.
func (h *house) exports(preset string, consents bool) (e PresetExport, text string) {
	h.t.Helper()
	var out bytes.Buffer
	var err error
	if consents {
		e, err = h.app.ExportConsentsAs(h.t.Context(), &out, preset, "")
	} else {
		e, err = h.app.ExportContactsAs(h.t.Context(), &out, ContactQuery{}, preset)
	}
	h.must(err)
	return e, out.String()
}

// boxes are the mailboxes in a file.
func boxes(text string) []string {
	found := regexp.MustCompile(`[a-z0-9]+@d[0-9]*\.example`).FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// TestOnlyAStandingYesIsExportedAsOne: a file whose people are subscribed by importing it holds nobody else, and what a
// program is told of a no is every no.
func TestOnlyAStandingYesIsExportedAsOne(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := answered(t)
	all, err := exportPresets()
	h.must(err)
	want := map[bool]map[string][]string{
		true:  {takesYes: {saidYes}, takesNo: {onlyWay, saidNo, rangUp}, takesBoth: {saidYes, onlyWay, saidNo, rangUp}, takesNeither: nil},
		false: {takesYes: {saidYes, provenYes}, takesNo: {leftIt, onlyWay, saidNo, rangUp}, takesBoth: {saidYes, leftIt, onlyWay, provenYes, saidNo, rangUp}},
	}
	for _, p := range all {
		for consents, by := range want {
			if _, said := by[p.Says]; !said || p.ByNumber { // these people have no numbers
				continue
			}
			e, text := h.exports(p.Name, consents)
			expected := slices.Sorted(slices.Values(by[p.Says]))
			if got := boxes(text); !slices.Equal(got, expected) || e.People != len(expected) {
				t.Errorf("%s, consents %t: %v, want %v\n%s", p.Name, consents, got, expected, text)
			}
		}
	}
	if e, text := h.exports("mailchimp-nonsubscribed", false); e.LeftOut.Yes != 2 || e.LeftOut.No != 4 || strings.Contains(text, saidYes) {
		t.Errorf("%+v\n%s", e, text)
	}
}

// TestAYesThatMayNotBeUsedIsExportedAsNone: it does not move with the person to another mailbox, and of somebody of whom the
// base says since that nothing may be sent to them it stays unused.
func TestAYesThatMayNotBeUsedIsExportedAsNone(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for what, change := range map[string]map[string]string{
		"another mailbox": {"email": "carl@d.example"}, "restricted": {"restricted": "yes"}, "minor": {"minor": "yes"},
		"deceased": {"deceased": "yes"}, "erasure asked for": {"erasure_requested": "yes"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := answered(t)
			mailbox := cmp.Or(change["email"], saidYes)
			delete(change, "email")
			who := h.contact(saidYes)
			change["external_id"] = who.ExternalID
			h.importRows([]string{mailbox}, change)
			if is := h.contact(mailbox); is.ID != who.ID {
				t.Fatalf("%d, not %d", is.ID, who.ID)
			}
			for _, consents := range []bool{true, false} {
				for _, preset := range []string{"mailchimp", "shopify", "klaviyo"} {
					if _, text := h.exports(preset, consents); regexp.MustCompile(`(?m)^.*`+mailbox+`.*,(yes|Subscribed|TRUE|true),`).MatchString(text) || preset != "shopify" && slices.Contains(boxes(text), mailbox) {
						t.Errorf("%s, consents %t:\n%s", preset, consents, text)
					}
				}
			}
			r, err := h.app.CampaignReport(t.Context(), spring, ReportOptions{})
			h.must(err)
			for _, u := range r.Usable {
				if u.Channel == "email" && u.People != 0 {
					t.Errorf("the report counts %+v", u)
				}
			}
		})
	}
}

// TestANoIsExportedForTheMailboxItWasSaidFor: a program that suppresses mailboxes may still have the one that was asked, be it that
// its person has another since. One that somebody else has now, who said yes, is no no.
func TestANoIsExportedForTheMailboxItWasSaidFor(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := answered(t)
	number := h.contact(saidNo).ExternalID
	h.importRows([]string{"carl@d.example"}, map[string]string{"external_id": number})
	if h.contact("carl@d.example").ExternalID != number {
		t.Fatal("nobody moved")
	}
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	for _, consents := range []bool{true, false} {
		for _, preset := range []string{"mailchimp-unsubscribed", "brevo-blocklist", "listmonk-blocklist", "hubspot-optout", "klaviyo-suppressed"} {
			e, text := h.exports(preset, consents)
			if got := boxes(text); !slices.Contains(got, saidNo) || !slices.Contains(got, "carl@d.example") {
				t.Errorf("%s, consents %t: %v", preset, consents, got)
			}
			if want := map[bool]int{true: 3, false: 4}[consents]; e.People != want {
				t.Errorf("%s, consents %t: %d people, want %d", preset, consents, e.People, want)
			}
		}
	}
	if _, text := h.exports("mautic", false); slices.Contains(boxes(text), saidNo) {
		t.Errorf("a file of people has one of them twice:\n%s", text)
	}
	h.importRows([]string{"dora@d.example"}, map[string]string{"external_id": h.contact(onlyWay).ExternalID})
	h.importRows([]string{onlyWay}, map[string]string{"external_id": "another"})
	if _, text := h.exports("mailchimp-unsubscribed", false); !slices.Contains(boxes(text), onlyWay) {
		t.Errorf("nobody has said yes for it:\n%s", text)
	}
	h.onPaper("another", "newsletter.email=yes")
	if _, text := h.exports("mailchimp", false); !slices.Contains(boxes(text), onlyWay) {
		t.Fatalf("who has the mailbox now said yes:\n%s", text)
	}
	if _, text := h.exports("mailchimp-unsubscribed", false); slices.Contains(boxes(text), onlyWay) || !slices.Contains(boxes(text), "dora@d.example") {
		t.Errorf("%s", text)
	}
}

// TestAYesDoesNotMove: whoever said yes by e-mail and has another mailbox since is not opted in with it, and the proof is of
// the one that was asked.
func TestAYesDoesNotMove(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, channels: both}).start(spring).send()
	h.says(person(0), "newsletter.email")
	h.says(person(1), "newsletter.email", "newsletter.sms")
	h.importRows([]string{"carl@d.example"}, map[string]string{"external_id": h.contact(person(0)).ExternalID})
	_, err := h.app.Desk.Rectify(t.Context(), Operator(), person(1), map[string]string{"email": "dora@d.example"}, false)
	h.must(err)
	if v := h.contact("dora@d.example").Verdict; v.Class != campaign.OptedIn || v.Code != "T-00" { // to text messages
		t.Errorf("corrected: %+v", v)
	}
	_, err = h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	if v := h.contact("carl@d.example").Verdict; v.Code != "T-34" || v.Route != campaign.RouteNone || v.Class != campaign.Unusable {
		t.Errorf("%+v", v)
	}
	var out bytes.Buffer
	h.must(h.app.ExportConsents(t.Context(), &out, "csv"))
	if !slices.Equal(boxes(out.String()), []string{person(0), person(1)}) {
		t.Errorf("the consents are of %v", boxes(out.String()))
	}
}

// TestANumberNeedsAYesToTextMessages where a program takes it for one.
func TestANumberNeedsAYesToTextMessages(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := answered(t)
	for _, preset := range []string{"brevo", "klaviyo"} {
		_, text := h.exports(preset, false)
		if strings.Contains(text, "33612345678") || !strings.Contains(text, "+33698765432") {
			t.Errorf("%s:\n%s", preset, text)
		}
	}
	if _, text := h.exports("shopify", false); !regexp.MustCompile(`(?m)^.*`+provenYes+`,yes,.*,\+33612345678,no,`).MatchString(text) || !regexp.MustCompile(`(?m)^.*`+onlyWay+`,no,.*,yes,`).MatchString(text) {
		t.Error(text)
	}
}

// TestWhatAnExportSaysIsReadBack: of every file that says a no our own import takes the no, and nobody whose yes is none can
// be asked or written to by it. Where a program imports what it exports, the file is known as its own.
func TestWhatAnExportSaysIsReadBack(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := answered(t)
	known := map[string]string{"klaviyo": "klaviyo", "mautic": "mautic", "prestashop": "prestashop-customers", "salesforce-lead": "salesforce-lead", "salesforce-contact": "salesforce-contact", "shopify": "shopify"}
	all, err := exportPresets()
	h.must(err)
	for _, p := range all {
		for _, consents := range []bool{true, false} {
			_, text := h.exports(p.Name, consents)
			path := filepath.Join(t.TempDir(), p.Name+".csv")
			h.must(os.WriteFile(path, []byte(text), 0o600))
			if len(boxes(text)) == 0 {
				continue
			}
			b := base(t, path, reading{})
			lines := judged(t, h, b)
			name := ""
			if b.preset != nil {
				name = b.preset.Name
			}
			if name != known[p.Name] {
				t.Errorf("%s is known as %q, want %q", p.Name, name, known[p.Name])
			}
			for _, line := range lines {
				who, _, _ := strings.Cut(line, " ")
				yes := who == saidYes || who == provenYes
				if no := strings.Contains(line, "opted_out/none"); no == yes && p.Says != takesYes && p.Says != takesNeither || strings.Contains(line, "rejected") {
					t.Errorf("%s: %s", p.Name, line)
				}
				if strings.Contains(line, `"status":"yes"`) && !yes {
					t.Errorf("%s says a yes: %s", p.Name, line)
				}
			}
		}
	}
}

// TestNoExportRunsInASpreadsheet: what a base has in its cells stays text.
func TestNoExportRunsInASpreadsheet(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := answered(t)
	all, err := exportPresets()
	h.must(err)
	number := regexp.MustCompile(`^\+[0-9]+$`)
	for _, p := range all {
		_, text := h.exports(p.Name, false)
		r := csv.NewReader(strings.NewReader(text))
		if p.Delimiter != "" {
			r.Comma = rune(p.Delimiter[0])
		}
		rows, err := r.ReadAll()
		h.must(err)
		for _, cell := range slices.Concat(rows...) {
			if strings.ContainsAny(cell[:min(len(cell), 1)], "=+-@\t\r") && !number.MatchString(cell) {
				t.Errorf("%s: %q", p.Name, cell)
			}
		}
	}
}

// TestAYesToOnePurposeIsNoneToAnother: where people answered about several, one must be named.
func TestAYesToOnePurposeIsNoneToAnother(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, purposes: 2})
	h.approve(spring, func(f *campaign.File) { f.Purposes = []string{"newsletter", "events"} })
	h.start(spring).send()
	h.says(person(0), "newsletter.email")
	h.says(person(1), "newsletter.email", "events.email")
	var out bytes.Buffer
	if _, err := h.app.ExportConsentsAs(t.Context(), &out, "listmonk", ""); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.HintOf(err), "events newsletter") {
		t.Error(err)
	}
	if _, err := h.app.ExportConsentsAs(t.Context(), &out, "listmonk", "sales"); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	for purpose, want := range map[string][]string{"newsletter": {person(0), person(1)}, "events": {person(1)}} {
		out.Reset()
		if _, err := h.app.ExportConsentsAs(t.Context(), &out, "listmonk", purpose); err != nil || !slices.Equal(boxes(out.String()), want) {
			t.Errorf("%s: %v\n%s", purpose, err, out.String())
		}
	}
	if _, text := h.exports("listmonk", false); !slices.Equal(boxes(text), []string{person(1)}) {
		t.Errorf("who said yes to a part stands in the base's file:\n%s", text)
	}
}

// TestEveryProgramThatIsReadIsWrittenFor, each with the place where its makers say how.
func TestEveryProgramThatIsReadIsWrittenFor(t *testing.T) {
	t.Parallel()
	unwatched(t)
	in, err := presets()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exportPresets()
	if err != nil {
		t.Fatal(err)
	}
	program := func(name string) string { first, _, _ := strings.Cut(name, "-"); return first }
	read, written := map[string]bool{}, map[string]bool{"reoptin": true} // which is what contacts and consents export write of themselves
	for _, p := range in {
		read[program(p.Name)] = true
	}
	for _, p := range out {
		written[program(p.Name)] = true
		if !regexp.MustCompile(`^.{20,} \(20\d\d-\d\d\)$`).MatchString(p.Source) {
			t.Errorf("%s: %s", p.Name, p.Source)
		}
	}
	if !maps.Equal(read, written) {
		t.Errorf("read %v, written %v", read, written)
	}
	if _, err := findExport("mailchip"); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.HintOf(err), "listmonk-blocklist") {
		t.Error(err)
	}
}

// TestNoNoIsLostToASpreadsheet: a mailbox with an apostrophe before it would be that of nobody.
func TestNoNoIsLostToASpreadsheet(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	odd := []string{"-lea@d.example", "=a+b@d.example", "+33@d.example", "=a|b'c@d.example"}
	h.importRows(append(odd, "=cmd|'/ccalc'!a0@d.example"), map[string]string{"optout": "yes"})
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	for _, preset := range []string{"mailchimp-unsubscribed", "brevo-blocklist", "hubspot-optout", "klaviyo-suppressed", "listmonk-blocklist", "mautic", "shopify"} {
		e, text := h.exports(preset, false)
		if e.People != len(odd) || strings.Contains(text, "!") {
			t.Errorf("%s: %+v", preset, e)
		}
		for _, mailbox := range odd {
			if !regexp.MustCompile(`(?m)(^|,)"?` + regexp.QuoteMeta(mailbox) + `"?(,|$)`).MatchString(text) {
				t.Errorf("%s lacks %s:\n%s", preset, mailbox, text)
			}
		}
	}
}

// TestWhoIsKnownByNumberNeedsOne: a row of an import by number writes over the customer who has it.
func TestWhoIsKnownByNumberNeedsOne(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	no := func(mailbox, number string) {
		h.importRows([]string{mailbox}, map[string]string{"optout": "yes", "external_id": number})
	}
	no("one@d.example", "41")
	no("two@d.example", "42")
	no("two@d.example", "43") // one person, two customers
	no("word@d.example", "C-44")
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	e, text := h.exports("prestashop", false)
	if e.People != 1 || e.LeftOut.NoNumber != 2 || !slices.Equal(boxes(text), []string{"one@d.example"}) || !strings.Contains(text, "\n41;one@d.example;") {
		t.Errorf("%+v\n%s", e, text)
	}
}

// TestAMailboxLikeAFormulaIsFoundByOurOwnExports: contacts, consents and the never-write list hold it as it is, and the consents
// are imported as those of the same person.
func TestAMailboxLikeAFormulaIsFoundByOurOwnExports(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for _, who := range []string{"=jo@d1.example", "+jo@d1.example", "-jo@d1.example"} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{emails: []string{who, person(1)}}).start(spring).send()
			h.says(who, "newsletter.email")
			var consents, contacts, list bytes.Buffer
			h.must(h.app.ExportConsents(t.Context(), &consents, "csv"))
			h.must(h.app.ExportContacts(t.Context(), &contacts, ContactQuery{}, false))
			_, err := h.app.Suppress(t.Context(), who, "telephone")
			h.must(err)
			h.must(h.app.ExportSuppressions(t.Context(), &list, false))
			for name, text := range map[string]string{"consents": consents.String(), "contacts": contacts.String(), "list": list.String()} {
				if !strings.Contains(text, ","+who+",") && !strings.Contains(text, "\n"+who+",") {
					t.Errorf("%s:\n%s", name, text)
				}
			}
			if r := h.imports(consents.String()); r.Created != 0 || r.Rejected != 0 || r.Updated+r.Unchanged != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}
