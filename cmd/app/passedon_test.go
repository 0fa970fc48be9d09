package app

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// imports takes over a file as it stands.
func (h *house) imports(text string) campaign.ImportResult {
	h.t.Helper()
	path := h.at("some.csv")
	h.must(os.WriteFile(path, []byte(text), 0o600))
	r, err := h.app.Import(h.t.Context(), path, ImportOptions{})
	h.must(err)
	return r.ImportResult
}

// rectify corrects the mailbox of somebody.
func (h *house) rectify(who, mailbox string) {
	h.t.Helper()
	r, err := h.app.Rectify(h.t.Context(), who, []string{"email=" + mailbox}, false)
	h.must(err)
	if !r.Done {
		h.t.Fatalf("%s has %s already", who, mailbox)
	}
}

// numbered is the contact that has a number of the base.
func (h *house) numbered(number string) campaign.Contact {
	h.t.Helper()
	return h.contact("external_id:" + number)
}

// onPaper enters an answer given on paper.
func (h *house) onPaper(who string, decisions ...string) {
	h.t.Helper()
	scan := h.at("scan.pdf")
	h.must(os.WriteFile(scan, []byte("%PDF-1.4 a scan"), 0o600))
	_, err := h.app.RecordByHand(h.t.Context(), ByHand{Contact: who, By: "paper", Decisions: decisions, On: campaign.DateOf(h.clock()).String(), Proof: scan})
	h.must(err)
}

// consentLines are the lines of the consents export that hold a text, without their heading.
func (h *house) consentLines(of string) (lines []string) {
	h.t.Helper()
	var out bytes.Buffer
	h.must(h.app.ExportConsents(h.t.Context(), &out, "csv"))
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, of) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// passedOn is a house in which the mailbox shared@ was that of number 8, who has new@ since, and is that of number 9.
func passedOn(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, plan{people: 1})
	h.imports("external_id,email,first_name\n8,shared@iris.example,Ada\n9,nine@iris.example,Bob\n")
	h.rectify("external_id:8", "new@iris.example")
	h.imports("external_id,email\n9,shared@iris.example\n")
	if eight, nine := h.numbered("8"), h.numbered("9"); eight.Email != "new@iris.example" || nine.Email != "shared@iris.example" || eight.ID == nine.ID {
		t.Fatalf("%+v\n%+v", eight, nine)
	}
	return h
}

// TestARestoreErasesOnlyWhoWasErased: of two people who share a mailbox, by two spellings or one after the other, a database
// that was put back loses the one who was erased, and no other.
func TestARestoreErasesOnlyWhoWasErased(t *testing.T) {
	t.Parallel()
	shared := func(t *testing.T) *house {
		h := newHouse(t, plan{people: 1})
		h.imports("external_id,email\n8,family+jo@iris.example\n9,family+al@iris.example\n")
		return h
	}
	unnumbered := func(t *testing.T) *house {
		h := newHouse(t, plan{people: 1})
		h.imports("email\nfamily+jo@iris.example\nfamily+al@iris.example\n")
		return h
	}
	for _, c := range []struct {
		name       string
		house      func(*testing.T) *house
		gone, left string
	}{
		{"two spellings, the first", shared, "external_id:8", "external_id:9"},
		{"two spellings, the second", shared, "external_id:9", "external_id:8"},
		{"two spellings without numbers", unnumbered, "family+jo@iris.example", "family+al@iris.example"},
		{"passed on, who had it", passedOn, "external_id:8", "external_id:9"},
		{"passed on, who has it", passedOn, "external_id:9", "external_id:8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := c.house(t)
			gone, left := h.contact(c.gone).ID, h.contact(c.left).ID
			restore := h.backup()
			h.erase("id:" + strconv.FormatInt(int64(gone), 10))
			restore()
			if h.app.remembered.Erased != 1 {
				t.Errorf("%d were erased again", h.app.remembered.Erased)
			}
			h.view(func(r campaign.Reader) error {
				cs, err := r.ContactsOf([]campaign.ContactID{gone, left})
				if _, there := cs[gone]; there || len(cs) != 1 {
					t.Errorf("left are %v", cs)
				}
				return err
			})
		})
	}
}

// TestUndoKeepsTheNoOfAMailboxThatItTakesAway: who said no by the mailbox that an import had given is not asked by the one
// that taking it back gives them again.
func TestUndoKeepsTheNoOfAMailboxThatItTakesAway(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2})
	was := person(0)
	number := h.contact(was).ExternalID
	r := h.imports("external_id,email\n" + number + ",given@iris.example\n")
	h.wait(time.Hour)
	_, err := h.app.Suppress(t.Context(), "given@iris.example", "telephone")
	h.must(err)
	got, err := h.app.Desk.UndoImport(t.Context(), Operator(), r.Import, false)
	if err != nil || got.Restored != 1 || len(got.Kept) != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	if c := h.numbered(number); c.Email != campaign.Address(was) {
		t.Fatalf("%+v", c)
	}
	for _, box := range []string{was, "given@iris.example"} {
		if !h.suppressed(box) {
			t.Errorf("%s is not on the never-write list", box)
		}
	}
	h.start(spring).send()
	if n := h.accepted(); n[was] != 0 || n[person(1)] != 1 {
		t.Errorf("%v", n)
	}
}

// TestUndoKeepsWhoWasCorrectedSince: what a person had corrected is not taken from them with an import.
func TestUndoKeepsWhoWasCorrectedSince(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3})
	made := h.imports("external_id,email\n8,ada@iris.example\n9,bob@iris.example\n")
	changed := h.imports("external_id,first_name\n" + h.contact(person(0)).ExternalID + ",Ada\n" + h.contact(person(1)).ExternalID + ",Bob\n")
	h.wait(time.Hour)
	h.rectify("external_id:8", "new@iris.example")
	h.rectify(person(0), "moved@iris.example")
	for _, c := range []struct {
		r    campaign.ImportResult
		kept string
	}{{changed, "moved@iris.example"}, {made, "new@iris.example"}} {
		got, err := h.app.Desk.UndoImport(t.Context(), Operator(), c.r.Import, false)
		if err != nil || got.Removed+got.Restored != 1 || !slices.Equal(got.Kept, []campaign.ContactID{h.contact(c.kept).ID}) {
			t.Errorf("%+v %v", got, err)
		}
	}
}

// TestANoToAMailboxThatWasNeverAskedTakesBackAYesByHand: whoever agreed on paper without having been asked, and is put on the
// never-write list, has taken it back.
func TestANoToAMailboxThatWasNeverAskedTakesBackAYesByHand(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 2})
	h.onPaper(person(0), "newsletter.email=yes")
	h.onPaper(person(1), "newsletter.email=yes")
	h.wait(time.Hour)
	_, err := h.app.Suppress(t.Context(), person(0), "telephone")
	h.must(err)
	for who, want := range map[string]string{person(0): "withdrawn", person(1): "granted"} {
		if lines := h.consentLines(who); len(lines) != 1 || !strings.Contains(lines[0], ","+want+",") {
			t.Errorf("of %s, who is %s: %v", who, want, lines)
		}
	}
}

// TestARowMeansWhoHasTheMailboxNow, not who had it before.
func TestARowMeansWhoHasTheMailboxNow(t *testing.T) {
	t.Parallel()
	h := passedOn(t)
	r := h.imports("email,city\nshared@iris.example,Lyon\n")
	if eight, nine := h.numbered("8"), h.numbered("9"); r.Updated != 1 || eight.City != "" || nine.City != "Lyon" {
		t.Errorf("%+v\n%+v\n%+v", r, eight, nine)
	}
	h.imports("email,optout\nshared@iris.example,yes\n")
	if eight, nine := h.numbered("8"), h.numbered("9"); len(eight.Facts.Objections) != 0 || len(nine.Facts.Objections) != 1 || !h.suppressed("shared@iris.example") {
		t.Errorf("%+v\n%+v", eight, nine)
	}
}

// TestANewPersonWithAFormerMailboxIsSomebodyElse: a row with a number that nobody has is not who had its mailbox once. What was
// said by the mailbox stays, and nobody is asked by it again.
func TestANewPersonWithAFormerMailboxIsSomebodyElse(t *testing.T) {
	t.Parallel()
	shared := person(0)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	was := h.contact(shared)
	h.rectify(shared, "new@d0.example")
	r := h.importRows([]string{shared}, map[string]string{"external_id": "9"})
	ada, bob := h.numbered(was.ExternalID), h.numbered("9")
	if r.Created != 1 || r.Updated != 0 || ada.ID != was.ID || len(ada.MergedIDs) != 0 || ada.Email != "new@d0.example" || bob.ID == ada.ID || bob.Email != campaign.Address(shared) {
		t.Fatalf("%+v\n%+v\n%+v", r, ada, bob)
	}
	_, err := h.app.Audit(t.Context(), AuditOptions{})
	h.must(err)
	if v := h.numbered("9").Verdict; v.Code != "T-12" {
		t.Errorf("who has the mailbox of somebody who was asked: %+v", v)
	}
	if r := h.importRows([]string{shared}, map[string]string{"external_id": "9", "city": "Lyon"}); r.Updated != 1 || h.numbered("9").City != "Lyon" || h.numbered(was.ExternalID).City != "" {
		t.Errorf("%+v", r)
	}
}

// TestWhoeverHasTheFormerMailboxOfOneWhoMustNotBeAskedIsNot: a restricted person whose mailbox was corrected came back as somebody
// new by an old list with numbers of its own, and was to be asked by the mailbox that they may still read.
func TestWhoeverHasTheFormerMailboxOfOneWhoMustNotBeAskedIsNot(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for column, has := range map[string]func(campaign.Facts) bool{
		"restricted": func(f campaign.Facts) bool { return f.Restricted }, "minor": func(f campaign.Facts) bool { return f.Minor },
		"deceased": func(f campaign.Facts) bool { return f.Deceased }, "erasure_requested": func(f campaign.Facts) bool { return f.Erasure },
	} {
		h := newHouse(t, plan{people: 1})
		h.imports("external_id,email," + column + "\n8,old@iris.example,yes\n")
		h.imports("external_id,email\n8,new@iris.example\n")
		const again = "external_id,email,relationship,last_inbound_at\n99,old@iris.example,customer,2026-05-01\n"
		r := h.imports(again)
		_, err := h.app.Audit(t.Context(), AuditOptions{})
		h.must(err)
		c := h.numbered("99")
		if !has(c.Facts) || c.Verdict.Route != campaign.RouteNone || r.Created != 1 || r.Conflicts != 1 || !slices.Equal(conflictColumns(r, 2), []string{"email"}) {
			t.Errorf("%s: %+v, %+v, %+v", column, c.Facts, c.Verdict, r)
		}
		if r := h.imports(again); r.Unchanged != 1 || r.Conflicts != 0 || !has(h.numbered("99").Facts) {
			t.Errorf("%s, again: %+v", column, r)
		}
		if !has(h.numbered("8").Facts) || h.numbered("8").Email != newBox {
			t.Errorf("%s: %+v", column, h.numbered("8"))
		}
	}
}

// TestAFormerMailboxIsNotGivenBack by a file that has nothing but the mailbox, which may be older than the change; a row that
// has the person's number moves them, unless they had their mailbox corrected.
func TestAFormerMailboxIsNotGivenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	h.imports("external_id,email\n8,old@iris.example\n")
	h.imports("external_id,email\n8,new@iris.example\n")
	for text, want := range map[string]campaign.Address{
		"email\nold@iris.example\n":                                "new@iris.example",
		"email,first_name\nold@iris.example,Ada\n":                 "new@iris.example",
		"external_id,email\n8,third@iris.example\n":                "third@iris.example",
		"external_id,email,first_name\n8,new@iris.example,Grace\n": "new@iris.example",
	} {
		if h.numbered("8").Email != "new@iris.example" {
			h.imports("external_id,email\n8,new@iris.example\n")
		}
		if h.imports(text); h.numbered("8").Email != want {
			t.Errorf("after %q: %s, want %s", text, h.numbered("8").Email, want)
		}
	}
	h.imports("external_id,email\n8,new@iris.example\n") // in whatever order the files came
	h.imports("email,optout\nold@iris.example,yes\n")
	if c := h.numbered("8"); c.Email != "new@iris.example" || len(c.Facts.Objections) != 1 || !h.suppressed("new@iris.example") {
		t.Errorf("a no by the former mailbox: %+v", c)
	}
}

// TestAMailboxThatAnotherHasIsNotTakenBack: a correction refuses it, also for whoever had it first.
func TestAMailboxThatAnotherHasIsNotTakenBack(t *testing.T) {
	t.Parallel()
	h := passedOn(t)
	for _, dry := range []bool{true, false} {
		if r, err := h.app.Rectify(t.Context(), "external_id:8", []string{"email=shared@iris.example"}, dry); !fault.Is(err, fault.Conflict) || r.Done {
			t.Errorf("%+v %v", r, err)
		}
	}
	if c := h.numbered("8"); c.Email != "new@iris.example" {
		t.Errorf("%+v", c)
	}
	h.rectify("external_id:8", "fresh@iris.example")
}

// TestTheNeverWriteListNamesWhoHasTheMailbox in its export, and not the new mailbox of who had it before.
func TestTheNeverWriteListNamesWhoHasTheMailbox(t *testing.T) {
	t.Parallel()
	h := passedOn(t)
	_, err := h.app.Suppress(t.Context(), "shared@iris.example", "telephone")
	h.must(err)
	var out bytes.Buffer
	h.must(h.app.ExportSuppressions(t.Context(), &out, false))
	if text := out.String(); !strings.Contains(text, ",shared@iris.example,") || strings.Contains(text, "new@iris.example") {
		t.Error(text)
	}
}

// TestAYesByHandDoesNotMove: whoever agreed on paper, asked before or not, did so for the mailbox of that day.
func TestAYesByHandDoesNotMove(t *testing.T) {
	t.Parallel()
	for name, asked := range map[string]bool{"asked": true, "never asked": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 2})
			if asked {
				h.start(spring).send()
			}
			who, to := person(0), "moved@d9.example"
			h.onPaper(who, "newsletter.email=yes")
			h.expectClass(who, "OPTED_IN_VALID")
			h.wait(time.Hour)
			h.rectify(who, to)
			if v := h.contact(to).Verdict; v.Code != "T-34" || v.Class != campaign.Unusable {
				t.Errorf("%+v", v)
			}
			if lines := h.consentLines("@d"); len(lines) != 1 || !strings.Contains(lines[0], who) || strings.Contains(lines[0], to) {
				t.Errorf("the consent is of another mailbox: %v", lines)
			}
			for _, consents := range []bool{true, false} {
				if _, text := h.exports("mailchimp", consents); slices.Contains(boxes(text), to) || slices.Contains(boxes(text), who) {
					t.Errorf("consents %t:\n%s", consents, text)
				}
			}
		})
	}
}

// TestANewYesOnPaperIsForTheNewMailbox: whoever agreed by e-mail and moved since is opted in again by a yes on paper.
func TestANewYesOnPaperIsForTheNewMailbox(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	who, to := person(0), "moved@d9.example"
	h.says(who, "newsletter.email")
	h.wait(time.Hour)
	h.rectify(who, to)
	if v := h.contact(to).Verdict; v.Code != "T-34" {
		t.Fatalf("%+v", v)
	}
	h.wait(time.Hour)
	h.onPaper(to, "newsletter.email=yes")
	if v := h.contact(to).Verdict; v.Code != "T-00" || v.Class != campaign.OptedIn {
		t.Errorf("%+v", v)
	}
	if lines := h.consentLines("@d"); len(lines) != 1 || !strings.Contains(lines[0], to) || !strings.Contains(lines[0], ",granted,") {
		t.Errorf("%v", lines)
	}
	for _, consents := range []bool{true, false} {
		if _, text := h.exports("mailchimp", consents); !slices.Equal(boxes(text), []string{to}) {
			t.Errorf("consents %t:\n%s", consents, text)
		}
	}
}
