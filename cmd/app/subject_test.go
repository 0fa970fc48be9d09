package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/i18n"
)

func TestAccessHoldsEverythingThatIsHeld(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: marked, By: "voice", Decisions: []string{"newsletter.phone=no"}, On: "2026-03-10"})
	h.must(err)
	before := h.entries()
	x, err := h.app.Access(t.Context(), marked)
	h.must(err)
	if h.entries() != before+1 || x.Proof != before {
		t.Error("that it was given is not in the ledger")
	}
	var text bytes.Buffer
	h.must(h.app.WriteAccess(&text, x, "json"))
	var doc map[string]any
	h.must(json.Unmarshal(text.Bytes(), &doc))
	for _, want := range []string{marked, mark + "straat 1", mark + " likes birds", "+3120" + mark, mark + " fair", "newsletter", "dpo@iris.example", "9 quai des Iris", "queued", "erase", "voice", "Robin",
		"address_hmac", "subject_ref", "36mo"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("lacks %q", want)
		}
	}
	if len(x.Responses) != 3 || len(x.Consents) != 3 || len(x.Cases) != 1 || len(x.Invitations) != 1 || x.Responses[2].Author == "" {
		t.Errorf("%d answers, %d consents, %d cases, %d messages", len(x.Responses), len(x.Consents), len(x.Cases), len(x.Invitations))
	}
	// Whatever an entry says of the person is there, and so is every column that names them.
	h.view(func(r campaign.Reader) error {
		ts, err := r.TestimoniesOf(h.id(r, marked))
		for _, e := range ts {
			if e.Entry < campaign.EntryNo(x.Proof) && !slices.ContainsFunc(x.Entries, func(l AccessEntry) bool { return l.Seq == int64(e.Entry) && string(l.Payload) == string(e.Payload) }) {
				t.Errorf("entry %d is not given", e.Entry)
			}
		}
		return err
	})
	var first, second bytes.Buffer
	h.must(h.app.WriteAccess(&first, x, "pdf"))
	h.must(h.app.WriteAccess(&second, x, "pdf"))
	if !bytes.HasPrefix(first.Bytes(), []byte("%PDF-")) || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the PDF is none, or another one each time")
	}
	if keep := os.Getenv("REOPTIN_KEEP"); keep != "" {
		h.must(os.WriteFile(keep, first.Bytes(), 0o600))
	}
}

// What is kept beside a person's own row is theirs to see, too: what an import replaced, with which file it came, which lists name
// them, and that they asked for a receipt.
func TestAccessHoldsWhatIsKeptBesides(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	for _, list := range []ListOptions{{List: "robinson", External: true, Dated: "2026-03-01"}, {List: "other shop", Dated: "2026-03-01"}} {
		file := h.at("list.csv")
		h.must(os.WriteFile(file, []byte("email\n"+marked+"\n"), 0o600))
		_, err := h.app.ImportList(t.Context(), file, list)
		h.must(err)
	}
	h.must(h.app.Desk.AskReceipt(t.Context(), h.invitation(marked).Link))
	x, err := h.app.Access(t.Context(), marked)
	h.must(err)
	if len(x.Imports) != 3 || len(x.Before) != 2 || x.Before[1].Person["last_name"] != mark+" old" || x.Before[1].Import != x.Imports[2].Import || x.Imports[0].Source == "" || len(x.Imports[0].SHA256) != 64 {
		t.Errorf("imports %+v, before them %+v", x.Imports, x.Before)
	}
	if len(x.Lists) != 1 || x.Lists[0].Name != "robinson" || !x.Lists[0].External {
		t.Errorf("lists %+v", x.Lists)
	}
	if len(x.Receipts) != 1 || x.Receipts[0].Response != x.Responses[len(x.Responses)-1].ID || x.Receipts[0].AskedAt == "" {
		t.Errorf("receipts %+v", x.Receipts)
	}
	words, err := i18n.Shipped()
	h.must(err)
	for _, language := range []string{"de", "en", "es", "fr", "it", "nl", "pt"} {
		x.Person["language"] = language
		var b bytes.Buffer
		h.must(h.app.WriteAccess(&b, x, "pdf"))
		p := words.House().For(language)
		for _, key := range []string{"subject.imports", "subject.before", "subject.lists", "subject.receipts"} {
			if said := p.T(key, "import", 1, "day", "x"); said == "" || strings.Contains(said, key) {
				t.Errorf("%s has no words for %s: %q", language, key, said)
			}
		}
	}
}

func (h *house) id(r campaign.Reader, email string) campaign.ContactID {
	h.t.Helper()
	c, err := h.app.find(r, email)
	h.must(err)
	return c.ID
}

func TestRectifiedPersonIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, channels: both}).start(spring).send()
	who, to := person(0), "new@place.example"
	h.says(person(1))
	_, err := h.app.Desk.Request(t.Context(), h.invitation(who).Link, campaign.CaseRectify)
	h.must(err)
	would, err := h.app.Rectify(t.Context(), who, []string{"last_name=Dupond", "email=" + to}, true)
	h.must(err)
	if would.Done || len(would.Fields) != 2 || h.contact(who).LastName != "" {
		t.Errorf("a dry run: %+v", would)
	}
	did, err := h.app.Rectify(t.Context(), who, []string{"last_name=Dupond", "email=" + to}, false)
	h.must(err)
	c := h.contact(to)
	if !did.Done || did.Cases != 1 || c.LastName != "Dupond" || c.ID != h.contact(who).ID || !slices.Equal(did.Fields, []string{"last_name", "email"}) {
		t.Errorf("%+v %+v", did, c)
	}
	again, err := h.app.Rectify(t.Context(), to, []string{"last_name=Dupond"}, false)
	if err != nil || again.Done || again.Proof != campaign.NoEntry {
		t.Errorf("nothing differs: %+v %v", again, err)
	}
	h.page(to) // the link in the message still leads there
	h.importPeople([]string{"fresh@place.example"})
	h.approve("autumn", nil)
	h.start("autumn").send()
	if h.accepted()[to] != 0 {
		t.Error("asked once more, at the new address")
	}
	_, err = h.app.Rectify(t.Context(), person(1), []string{"email=free@place.example"}, false)
	h.must(err)
	h.expectClass("free@place.example", "OPTED_OUT")
	for _, bad := range [][]string{{"email=nobody"}, {"consent_status=yes"}, {"country=France"}, {"email=" + to}, {"city=a\nb"}, {"city"}, {"city=a", "city=b"}} {
		if _, err := h.app.Rectify(t.Context(), person(2), bad, false); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestAnswersByHand(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 5, channels: both})
	scan := h.at("scan.pdf")
	h.must(os.WriteFile(scan, []byte("%PDF-1.4 watermark"), 0o600))
	enter := func(who, by, proof string, decisions ...string) (ResponseLine, error) {
		return h.app.RecordByHand(t.Context(), ByHand{Contact: who, By: by, Decisions: decisions, On: "2026-03-01", Proof: proof})
	}
	yes, err := enter(person(0), "paper", scan, "newsletter.email=yes", "newsletter.sms=no")
	h.must(err)
	if yes.Kind != "paper" || yes.Author == "" || yes.Given != "2026-03-01" || !strings.HasPrefix(yes.Voucher, "scan.pdf sha256 ") || len(yes.Decisions) != 2 {
		t.Errorf("%+v", yes)
	}
	h.expectConsents(person(0), map[string]campaign.Choice{"newsletter.email": campaign.Granted, "newsletter.sms": campaign.Declined})
	h.expectClass(person(0), "OPTED_IN_VALID")
	if _, err := enter(person(1), "voice", "", "newsletter.email=no"); err != nil || !h.suppressed(person(1)) {
		t.Errorf("a no to every e-mail by voice: %v", err)
	}
	for what, err := range map[string]error{
		"a yes without proof":     second(enter(person(2), "paper", "", "newsletter.email=yes")),
		"a yes after a no":        second(enter(person(1), "paper", scan, "newsletter.email=yes")),
		"another yes after a no":  second(enter(person(0), "paper", scan, "newsletter.sms=yes")),
		"what nobody asks":        second(enter(person(2), "paper", scan, "raffle.email=yes")),
		"no such channel":         second(enter(person(2), "paper", scan, "newsletter.fax=yes")),
		"twice":                   second(enter(person(2), "paper", scan, "newsletter.email=yes", "newsletter.email=no")),
		"neither yes nor no":      second(enter(person(2), "paper", scan, "newsletter.email=maybe")),
		"by nothing known":        second(enter(person(2), "form", scan, "newsletter.email=yes")),
		"of nobody":               second(enter("nobody@nowhere.example", "paper", scan, "newsletter.email=yes")),
		"a proof that is missing": second(enter(person(2), "paper", scan+"x", "newsletter.email=yes")),
		"tomorrow":                second(h.app.RecordByHand(t.Context(), ByHand{Contact: person(2), By: "paper", Decisions: []string{"newsletter.email=yes"}, On: "2026-03-11", Proof: scan})),
	} {
		if err == nil || fault.KindOf(err) == fault.Internal {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Somebody who was asked answers on paper: it is an answer to that, and silence no more.
	h.start(spring).send()
	_, err = enter(person(3), "paper", scan, "newsletter.email=yes")
	h.must(err)
	if rs := h.responses(person(3)); len(rs) != 1 || rs[0].Kind != campaign.ByPaper {
		t.Errorf("%+v", rs)
	}
	if r := h.status(); r.Responses.People != 1 || r.Responses.Granted != 1 {
		t.Errorf("%+v", r.Responses)
	}
	h.wait(time.Hour)
	h.post(h.page(person(3)), http.StatusSeeOther, "form", h.opened(h.page(person(3))), "change", "newsletter.email", "to", "no") // as easily taken back
	h.expectConsents(person(3), map[string]campaign.Choice{"newsletter.email": campaign.Withdrawn})

	// Marked for ever, wherever it is listed.
	l, err := h.app.Responses(t.Context(), ResponseQuery{Page: Page{Limit: 100}})
	h.must(err)
	if !slices.ContainsFunc(l.Responses, func(r ResponseLine) bool { return r.Kind == "voice" && r.Author != "" }) {
		t.Errorf("%+v", l.Responses)
	}
	var csv bytes.Buffer
	h.must(h.app.ExportConsents(t.Context(), &csv, "csv"))
	if !strings.Contains(csv.String(), ",proof,by") || !strings.Contains(csv.String(), ",paper\n") {
		t.Error(csv.String())
	}
	// The scan goes with the person.
	h.erase(person(0))
	if files := h.found("watermark"); !slices.Equal(files, []string{"/reoptin.db", "/scan.pdf"}) { // that of the other one
		t.Error(files)
	}
	h.erase(person(3))
	if files := h.found("watermark"); !slices.Equal(files, []string{"/scan.pdf"}) {
		t.Error(files)
	}
}

func second[T any](_ T, err error) error { return err }

func TestCases(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	asked, err := h.app.Desk.Request(t.Context(), h.invitation(person(0)).Link, campaign.CaseAccess)
	h.must(err)
	h.wait(40 * 24 * time.Hour)
	l, err := h.app.Cases(t.Context(), false, Page{})
	h.must(err)
	if len(l.Cases) != 1 || !l.Cases[0].Overdue || l.Cases[0].ID != int64(asked.ID) {
		t.Fatalf("%+v", l)
	}
	if _, err := h.app.CloseCase(t.Context(), "1", " "); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	done, err := h.app.CloseCase(t.Context(), "1", "sent")
	if err != nil || done.State != "done" || done.Note != "sent" {
		t.Errorf("%+v %v", done, err)
	}
	for id, want := range map[string]fault.Kind{"1": fault.Conflict, "9": fault.NotFound, "x": fault.Invalid} {
		if _, err := h.app.CloseCase(t.Context(), id, "again"); !fault.Is(err, want) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// TestACaseIsOpenedByHand: a request that came by letter is due a month after the day on which it arrived, whoever enters it
// when; its entry names them, and the ledger holds the case to it, also once its entry is emptied.
func TestACaseIsOpenedByHand(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2})
	paula := campaign.Actor{Kind: "operator", Name: "paula", Role: "privacy-officer"}
	arrived := campaign.DateOf(h.clock()).AddDays(-40)
	c, err := h.app.Desk.OpenCase(t.Context(), paula, person(0), campaign.Arrived{Kind: campaign.CaseRectify, On: arrived, Note: " by letter "})
	h.must(err)
	if want := arrived.AddMonths(1); campaign.DateOf(c.DueAt) != want || campaign.DateOf(c.OpenedAt) != arrived {
		t.Errorf("due %s, opened %s; want %s", c.DueAt, c.OpenedAt, want)
	}
	var says struct {
		Actor    campaign.Actor
		Received string
		Note     string
	}
	h.last(campaign.EntryCaseOpened, &says)
	if says.Actor != paula || says.Received != arrived.String() || says.Note != "by letter" {
		t.Errorf("the ledger says %+v", says)
	}
	card, err := h.app.Desk.CaseCard(t.Context(), c.ID)
	if err != nil || card.Entered != (campaign.Entered{By: "paula", Note: "by letter"}) {
		t.Errorf("%+v %v", card.Entered, err)
	}
	l, err := h.app.Cases(t.Context(), false, Page{})
	if err != nil || len(l.Cases) != 1 || !l.Cases[0].Overdue {
		t.Errorf("an old letter is late from the start: %+v %v", l.Cases, err)
	}
	for want, a := range map[fault.Kind]campaign.Arrived{fault.Conflict: {Kind: campaign.CaseRectify, On: arrived}, fault.Invalid: {Kind: campaign.CaseAccess, On: campaign.DateOf(h.clock()).AddDays(1)}} {
		if _, err := h.app.Desk.OpenCase(t.Context(), paula, person(0), a); !fault.Is(err, want) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	_, err = h.app.CloseCase(t.Context(), "1", "erased by hand elsewhere")
	h.must(err)
	verify := func() {
		if r, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !r.OK {
			t.Errorf("%+v %v", r, err)
		}
	}
	verify()
	h.wait(37 * 31 * 24 * time.Hour)
	h.expectDue(map[string][2]int{"cases": {0, 2}})
	h.must(h.app.keep(t.Context()))
	h.expectDue(nil)
	verify()
}

// Of somebody whom the base does not have, keyed hashes may be held: a no that was told about an address, or that it was asked once and then
// erased. Both are theirs to see, and erasing the person found them already.
func TestAccessOfWhomTheBaseDoesNotHave(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 3, channels: both}).start(spring).send()
	_, err := h.app.Suppress(t.Context(), "never@place.example", "asked by telephone")
	h.must(err)
	file := h.at("list.csv")
	h.must(os.WriteFile(file, []byte("email\nlisted@place.example\n"), 0o600))
	_, err = h.app.ImportList(t.Context(), file, ListOptions{List: "robinson", External: true, Dated: "2026-03-01"})
	h.must(err)
	_, err = h.app.EraseSubject(t.Context(), person(0), "", false)
	h.must(err)
	for _, of := range []struct {
		who              string
		noes, lists, say int
		asked            bool
	}{{"never@place.example", 2, 0, 1, false}, {" Listed@place.example ", 0, 1, 0, false}, {person(0), 2, 0, 0, true}} {
		before := h.entries()
		x, err := h.app.Access(t.Context(), of.who)
		h.must(err)
		if len(x.Person) != 0 || len(x.Suppressions) != of.noes || len(x.Lists) != of.lists || len(x.Entries) != of.say || x.Asked != of.asked || x.Proof != before || x.Controller["name"] == "" {
			t.Errorf("of %s: %+v", of.who, x)
		}
		var pdf bytes.Buffer
		h.must(h.app.WriteAccess(&pdf, x, "pdf"))
		if keep := os.Getenv("REOPTIN_KEEP"); keep != "" && of.asked {
			h.must(os.WriteFile(keep, pdf.Bytes(), 0o600))
		}
	}
	before := h.entries()
	if _, err := h.app.Access(t.Context(), "stranger@place.example"); !fault.Is(err, fault.NotFound) || h.entries() != before {
		t.Error(err)
	}
	h.verifies()
}

// What a person is given to read is in their words: how long everything is kept, what they decided, and the message under the subject that
// they saw.
func TestAccessToBeReadSaysHowLongAndWhatInWords(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	h.says(person(0), "newsletter.email")
	x, err := h.app.Access(t.Context(), person(0))
	h.must(err)
	if len(x.Invitations) != 1 || x.Invitations[0].Subject != "Maison Iris: your choice about our messages" {
		t.Errorf("messages %+v", x.Invitations)
	}
	file := h.at("access.pdf")
	for language, says := range map[string][]string{
		"en": {"by e-mail – agreed", "kept for 36 months", "How long it is kept", "30 days, from the import on", "60 months, from when the answer stands no more", "90 days", "as long as there is marketing"},
		"fr": {"par e-mail – accepté", "conservé pendant 36 mois", "Combien de temps cela est conservé", "30 jours à partir de l’import", "60 mois à partir"},
	} {
		x.Person["language"] = language
		var b bytes.Buffer
		h.must(h.app.WriteAccess(&b, x, "pdf"))
		h.must(os.WriteFile(file, b.Bytes(), 0o600))
		text, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", file, "-").Output()
		if errors.Is(err, exec.ErrNotFound) {
			t.Skip("pdftotext (poppler-utils) is not installed")
		}
		h.must(err)
		words := strings.Join(strings.Fields(string(text)), " ")
		for _, ledger := range []string{"The ledger about you", "Le registre à votre sujet"} { // which is word for word
			words, _, _ = strings.Cut(words, ledger)
		}
		for _, want := range says {
			if !strings.Contains(words, want) {
				t.Errorf("%s lacks %q", language, want)
			}
		}
		if strings.Contains(words, "{{") || strings.Contains(words, "36mo") {
			t.Errorf("%s has what is for machines: %s", language, words)
		}
	}
}
