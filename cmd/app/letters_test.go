package app

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// postHouse is a house whose campaign asks by mail and by post: some people with a mailbox, some without.
func postHouse(t *testing.T, mails, letters int) *house {
	t.Helper()
	h := newHouse(t, plan{people: mails, channels: []string{"email", "post"}})
	for n := range letters {
		h.neighbour(n, "", nil)
	}
	h.approve(spring, func(f *campaign.File) {
		f.Audience.Routes = []campaign.Route{campaign.RouteEmail, campaign.RouteLetter}
	})
	return h.start(spring)
}

// neighbour imports somebody with a postal address.
func (h *house) neighbour(n int, email string, more map[string]string) {
	h.t.Helper()
	row := map[string]string{"external_id": "V" + string(rune('a'+n)), "last_name": "Voisin " + string(rune('A'+n)), "address_line1": "7 rue du Port", "postal_code": "67000", "city": "Strasbourg"}
	for k, v := range more {
		row[k] = v
	}
	h.importRows([]string{email}, row)
}

// prints claims the next batch, or prints one again, and gives the rows of its list.
func (h *house) prints(batch int64, letters int) (LetterRun, [][]string) {
	h.t.Helper()
	run, err := h.app.PrintLetters(h.t.Context(), LetterJob{Campaign: spring, Batch: batch, Out: h.at("letters.pdf"), List: h.at("letters.csv")})
	h.must(err)
	if run.Letters != letters {
		h.t.Errorf("%d letters, want %d", run.Letters, letters)
	}
	f, err := os.Open(h.at("letters.csv"))
	h.must(err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	h.must(err)
	return run, rows[1:]
}

func (h *house) expectLetters(want map[campaign.State]int) {
	h.t.Helper()
	got := h.status().Letters
	for _, s := range campaign.States {
		if got[s] != want[s] {
			h.t.Errorf("letters %s: %d, want %d (all: %v)", s, got[s], want[s], got)
		}
	}
}

// One campaign on both routes from the start to the proof: no sender takes a letter, no printer a message, and each is
// answered on the same form.
func TestOneCampaignOnBothRoutes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 3, 2)
	h.send().send()
	if got := len(h.relay.Messages()); got != 3 {
		t.Errorf("%d messages", got)
	}
	h.expectLetters(map[campaign.State]int{campaign.Planned: 2})
	if !h.status().Settled() {
		t.Error("letters that are not printed keep a campaign from being settled")
	}
	run, rows := h.prints(0, 2)
	h.expectLetters(map[campaign.State]int{campaign.Sending: 2})
	h.reopen() // a sender that starts finds nothing of a dead one in what lies printed
	h.expectLetters(map[campaign.State]int{campaign.Sending: 2})

	// by code, before anybody has said that the batch is posted
	w := h.post("/l", http.StatusSeeOther, "code", rows[0][3])
	form := w.Header().Get("Location")
	page := h.do(http.MethodGet, form, nil).Body.String()
	if strings.Contains(page, "7 rue du Port") || strings.Contains(page, "Voisin") || !strings.Contains(page, "67000 Strasbourg") {
		t.Error("the form shows too much or too little of a postal address")
	}
	h.post(form, http.StatusSeeOther, "form", h.opened(form), "action", "save", "decision.newsletter.post", "yes")
	// by the link in the code to scan
	_, token, _ := strings.Cut(rows[1][4], "/c/")
	h.post("/c/"+token, http.StatusSeeOther, "form", h.opened("/c/"+token), "action", "refuse-all")
	m, err := h.app.MarkLetters(t.Context(), run.Batch, "posted", "", false)
	h.must(err)
	if m.Sent != 2 || m.State != "posted" {
		t.Errorf("%+v", m)
	}
	h.expect(map[campaign.State]int{campaign.Sent: 5})
	if r := h.status().Responses; r.People != 2 || r.Granted != 1 || r.Refused != 1 {
		t.Errorf("%+v", r)
	}
	as, _, err := h.app.Desk.Responses(t.Context(), campaign.ResponseFilter{Campaign: spring, Limit: 9})
	h.must(err)
	if one, err := h.app.Desk.Response(t.Context(), as[0].ID); err != nil || one.Route != campaign.RouteLetter {
		t.Errorf("an answer to a letter: %+v %v", one, err)
	}
	done, err := h.app.Desk.Close(t.Context(), Operator(), spring)
	h.must(err)
	if done.Silent != 3 {
		t.Errorf("%+v", done)
	}
}

// The same person by mail and by post is asked once, whichever comes first.
func TestNobodyIsAskedOnBothRoutes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for _, first := range []string{"mail", "post"} {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{people: 1, channels: []string{"email", "post"}})
			h.neighbour(0, "voisin@d0.example", map[string]string{"external_id": "M1", "first_name": "Zoé"})
			h.neighbour(0, "", map[string]string{"external_id": "L1", "address_line1": "7, r. du PORT", "last_name": "VOISIN a"})
			h.approve(spring, func(f *campaign.File) {
				f.Audience.Routes = []campaign.Route{campaign.RouteEmail, campaign.RouteLetter}
			})
			h.start(spring)
			if first == "mail" {
				h.send()
				_, err := h.app.PrintLetters(t.Context(), LetterJob{Campaign: spring, Out: h.at("x.pdf")})
				if !fault.Is(err, fault.NotFound) {
					t.Error(err)
				}
				h.expect(map[campaign.State]int{campaign.Sent: 2, campaign.Withheld: 1})
				return
			}
			h.prints(0, 1)
			h.send()
			h.expect(map[campaign.State]int{campaign.Sent: 1, campaign.Sending: 1, campaign.Withheld: 1})
		})
	}
}

// Whoever says no after the printing is left out of a new print, and named before the posting. Their no counts although no
// mailbox is known.
func TestANoBetweenPrintingAndPosting(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 3)
	run, rows := h.prints(0, 3)
	_, token, _ := strings.Cut(rows[1][4], "/c/")
	h.post("/c/"+token, http.StatusSeeOther, "form", h.opened("/c/"+token), "action", "refuse-all")
	m, err := h.app.MarkLetters(t.Context(), run.Batch, "printed", "", false)
	h.must(err)
	if !slices.Equal(m.TakeOut, []LetterPlace{{run.Batch, 2}}) {
		t.Errorf("to take out: %+v", m.TakeOut)
	}
	again, fresh := h.prints(run.Batch, 2)
	if !slices.Equal(again.LeftOut, []LetterPlace{{run.Batch, 2}}) || !slices.Equal(fresh[0], rows[0]) || !slices.Equal(fresh[1], rows[2]) {
		t.Errorf("%+v %v", again, fresh)
	}
	h.expectLetters(map[campaign.State]int{campaign.Sending: 2, campaign.Uncertain: 1})
	h.must(h.app.store.View(t.Context(), func(r campaign.Reader) error {
		is, err := r.InvitationPage(1, campaign.Uncertain, 0, 10)
		if err != nil || len(is) != 1 {
			return errors.Join(err, errors.New("nobody is uncertain"))
		}
		if _, no, err := r.Suppressed(is[0].Keys); err != nil || !no {
			t.Error("a no without a mailbox is not kept:", err)
		}
		return nil
	}))
}

// TestErasedBetweenPrintingAndPosting: nobody who is to be erased waits until somebody says that a batch was posted. Their letter
// is taken out of the printed ones, and is in no further print.
func TestErasedBetweenPrintingAndPosting(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 3)
	run, rows := h.prints(0, 3)
	who, err := h.app.whose(t.Context(), rows[1][3])
	h.must(err)
	e, err := h.app.EraseSubject(t.Context(), who, "asked by telephone", true)
	if err != nil || e.Done {
		t.Errorf("%+v %v", e, err)
	}
	h.expectLetters(map[campaign.State]int{campaign.Sending: 3})
	e, err = h.app.EraseSubject(t.Context(), who, "asked by telephone", false)
	if err != nil || !e.Done {
		t.Fatalf("%+v %v", e, err)
	}
	h.expectLetters(map[campaign.State]int{campaign.Sending: 2, campaign.Uncertain: 1})
	m, err := h.app.MarkLetters(t.Context(), run.Batch, "printed", "", false)
	h.must(err)
	if !slices.Equal(m.TakeOut, []LetterPlace{{run.Batch, 2}}) {
		t.Errorf("to take out: %+v", m.TakeOut)
	}
	if _, fresh := h.prints(run.Batch, 2); !slices.Equal(fresh[0], rows[0]) || !slices.Equal(fresh[1], rows[2]) {
		t.Errorf("%v", fresh)
	}
	m, err = h.app.MarkLetters(t.Context(), run.Batch, "lost", "the printer tore them", true)
	h.must(err)
	if m.Released != 2 {
		t.Errorf("%+v", m)
	}
	h.expectLetters(map[campaign.State]int{campaign.Planned: 2, campaign.Refused: 1})
	if rep, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !rep.OK {
		t.Errorf("%+v %v", rep, err)
	}
}

// A lost batch is uncertain; a named person may let it be printed anew, but for whoever answered or said no.
func TestALostBatch(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 4)
	run, rows := h.prints(0, 4)
	for n, action := range []string{"save", "refuse-all"} {
		_, token, _ := strings.Cut(rows[n][4], "/c/")
		h.post("/c/"+token, http.StatusSeeOther, "form", h.opened("/c/"+token), "action", action, "decision.newsletter.post", map[bool]string{true: "yes"}[action == "save"])
	}
	if _, err := h.app.MarkLetters(t.Context(), run.Batch, "lost", " ", true); !fault.Is(err, fault.Invalid) {
		t.Error("a batch is lost for no reason:", err)
	}
	m, err := h.app.MarkLetters(t.Context(), run.Batch, "lost", "the printer tore them", true)
	h.must(err)
	if m.Sent != 2 || m.Released != 2 || m.Uncertain != 0 {
		t.Errorf("%+v", m)
	}
	h.expectLetters(map[campaign.State]int{campaign.Sent: 2, campaign.Planned: 2})
	h.reopen() // the send journal knows that they were released
	h.expectLetters(map[campaign.State]int{campaign.Sent: 2, campaign.Planned: 2})
	second, fresh := h.prints(0, 2)
	if second.Batch == run.Batch || fresh[0][3] != rows[2][3] {
		t.Errorf("%+v: another batch with the same codes is wanted", second)
	}
	m, err = h.app.MarkLetters(t.Context(), second.Batch, "lost", "fell from the van", false)
	h.must(err)
	if m.Released != 0 || m.Uncertain != 2 {
		t.Errorf("%+v", m)
	}
	if _, err := h.app.PrintLetters(t.Context(), LetterJob{Campaign: spring, Out: h.at("x.pdf")}); !fault.Is(err, fault.NotFound) {
		t.Error("what may have been posted is printed again:", err)
	}
	h.wait(31 * 24 * time.Hour)
	h.must(h.tick())
}

// A database from before the claim does not ask those again whom the send journal knows.
func TestRestoredDatabaseDoesNotPrintAgain(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 2)
	_, err := h.app.Backup(t.Context(), h.at("backup.db"))
	h.must(err)
	_, rows := h.prints(0, 2)
	h.close()
	h.must(os.Rename(h.at("backup.db"), h.app.config.DatabaseFile()))
	for _, more := range []string{"-wal", "-shm"} {
		_ = os.Remove(h.app.config.DatabaseFile() + more)
	}
	h.open()
	rec, err := h.app.Desk.Recover(t.Context())
	h.must(err)
	if rec.Restored != 2 {
		t.Errorf("%+v", rec)
	}
	h.expectLetters(map[campaign.State]int{campaign.Uncertain: 2})
	for n, row := range rows { // the letters may be with their people, and so are the codes
		if who, err := h.app.whose(t.Context(), row[3]); err != nil || who == row[3] {
			t.Errorf("the code of letter %d opens nothing: a no by it would be lost (%v)", n+1, err)
		}
	}
}

// Letters that were posted since the database was written are known to the send journal: they are not printed once more under the
// number of their batch, nor under that of an earlier one that was lost.
func TestADatabaseFromBeforeThePostPrintsNoBatchAgain(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 2)
	run, _ := h.prints(0, 2)
	put := h.backup()
	_, err := h.app.MarkLetters(t.Context(), run.Batch, "lost", "the printer tore them", true)
	h.must(err)
	second, _ := h.prints(0, 2)
	again := h.backup()
	_, err = h.app.MarkLetters(t.Context(), second.Batch, "posted", "", false)
	h.must(err)
	for name, restore := range map[string]func(){"of the second batch": again, "of the first": put} {
		restore()
		rec, err := h.app.Desk.Recover(t.Context())
		h.must(err)
		if rec.Restored != 2 || rec.Paused != 1 {
			t.Errorf("%s: %+v", name, rec)
		}
		h.expectLetters(map[campaign.State]int{campaign.Sent: 2})
		if rec, err = h.app.Desk.Recover(t.Context()); err != nil || rec != (campaign.Recovery{}) {
			t.Errorf("%s, a second time: %+v %v", name, rec, err)
		}
	}
}

// A batch of another campaign is refused before anything is done about it.
func TestABatchOfAnotherCampaignIsLeftAlone(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 2)
	run, rows := h.prints(0, 2)
	_, token, _ := strings.Cut(rows[0][4], "/c/")
	h.post("/c/"+token, http.StatusSeeOther, "form", h.opened("/c/"+token), "action", "refuse-all")
	before, err := h.app.VerifyLedger(t.Context(), "")
	h.must(err)
	if _, err := h.app.PrintLetters(t.Context(), LetterJob{Campaign: "autumn", Batch: run.Batch, Out: h.at("x.pdf")}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	after, err := h.app.VerifyLedger(t.Context(), "")
	h.must(err)
	if after.Size != before.Size {
		t.Errorf("%d entries were made", after.Size-before.Size)
	}
}

// A batch that is printed again under another key has other codes. Those that may be in the post go on opening the form, in a database
// from before as well.
func TestACodeInThePostOutlivesANewKey(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 2)
	fromBefore := h.backup()
	run, old := h.prints(0, 2)
	printed := h.backup()
	_, err := h.app.RotateLinkKey(t.Context(), false)
	h.must(err)
	h.close()
	h.open()
	_, fresh := h.prints(run.Batch, 2)
	for name, put := range map[string]func(){"": func() {}, "from after the printing": printed, "from before it": fromBefore} {
		put()
		h.recover()
		for n := range old {
			if old[n][3] == fresh[n][3] {
				t.Fatal("the new key makes no new codes")
			}
			for _, code := range []string{old[n][3], fresh[n][3]} {
				h.post("/l", http.StatusSeeOther, "code", code)
			}
		}
		if t.Failed() {
			t.Fatalf("in a database %s", name)
		}
	}
}

// A database from before a batch gives its number to no other: it stands on letters that are in the post.
func TestARestoredDatabaseGivesNoNumberOfABatchTwice(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 4)
	claims := func() int64 {
		t.Helper()
		run, err := h.app.PrintLetters(t.Context(), LetterJob{Campaign: spring, Out: h.at("x.pdf"), Most: 1})
		h.must(err)
		return run.Batch
	}
	first := claims()
	restore := h.backup()
	second := claims()
	restore()
	h.recover()
	h.must(h.app.Desk.Resume(t.Context(), Operator(), spring))
	if third := claims(); third <= second || second <= first {
		t.Errorf("batches %d, %d, and after the restore %d", first, second, third)
	}
	if fourth := claims(); fourth != second+2 {
		t.Errorf("the number after it is %d", fourth)
	}
}

// The number of a batch from before the journal knew of them is written to it when sending begins.
func TestTheNumberOfAnEarlierBatchIsJournalled(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 2)
	run, _ := h.prints(0, 2)
	if n := h.recorded(campaign.RecordBatch); n != 1 {
		t.Errorf("%d records of batch %d", n, run.Batch)
	}
	h.prints(run.Batch, 2)
	h.recover()
	if n := h.recorded(campaign.RecordBatch); n != 1 {
		t.Errorf("%d records after it was printed again", n)
	}
	h.must(h.app.store.Update(t.Context(), func(tx campaign.Tx) error {
		_, err := tx.AddBatch(campaign.Batch{ID: 8, Campaign: 1, State: campaign.BatchClaimed, Window: campaign.WindowDIN}, []campaign.InvitationID{1})
		return err
	}))
	h.recover()
	h.recover()
	if n := h.recorded(campaign.RecordBatch); n != 2 {
		t.Errorf("%d records after one that was not journalled", n)
	}
}

// Letters that come back end the address, once each; typing errors and strange codes are told apart.
func TestLettersComeBack(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 2)
	_, rows := h.prints(0, 2)
	r, err := h.app.ReturnLetters(t.Context(), Operator(), TypedCodes(strings.ToLower(rows[0][3]), "", rows[0][4], "https://x.example/c/nonsense", "7F3KD-0Q9VX-M2TA", "abc"), "unknown at this address")
	h.must(err)
	var effects []string
	for _, l := range r.Letters {
		effects = append(effects, l.Effect)
	}
	if !slices.Equal(effects, []string{"suppressed", "known", "mistyped", "mistyped", "mistyped"}) || r.Letters[0].Letter != 1 {
		t.Errorf("%+v", r.Letters)
	}
	h.expectLetters(map[campaign.State]int{campaign.Sent: 1, campaign.Sending: 1})
	if b := h.status().Bounces; b.Hard != 1 {
		t.Errorf("%+v", b)
	}
	h.send() // a letter that comes back is no reason to stop the messages
	h.expect(map[campaign.State]int{campaign.Sent: 2, campaign.Sending: 1})
}

// A letter of a lost batch that comes back was posted, whatever was said: nobody prints it again.
func TestALetterOfALostBatchComesBack(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := postHouse(t, 1, 2)
	run, rows := h.prints(0, 2)
	_, err := h.app.MarkLetters(t.Context(), run.Batch, "lost", "the printer tore them", true)
	h.must(err)
	h.expectLetters(map[campaign.State]int{campaign.Planned: 2})
	for _, want := range []string{"suppressed", "known"} {
		r, err := h.app.ReturnLetters(t.Context(), Operator(), TypedCodes(rows[0][3]), "unknown at this address")
		h.must(err)
		if len(r.Letters) != 1 || r.Letters[0].Effect != want {
			t.Errorf("%+v, want %s", r.Letters, want)
		}
		h.expectLetters(map[campaign.State]int{campaign.Planned: 1, campaign.Sent: 1})
	}
	h.prints(0, 1)
	if rep, err := h.app.VerifyLedger(t.Context(), ""); err != nil || !rep.OK {
		t.Errorf("%+v %v", rep, err)
	}
}

// The list of a mailing house, a spreadsheet's export and what a scanner types are each read as what they are; a code that opens nothing
// is named by its line.
func TestCodesOfReturnedLettersInAnyTable(t *testing.T) {
	t.Parallel()
	unwatched(t)
	const a, b = "00000-00000-0000", "https://choice.example.org/c/abc"
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write([]byte("date;Code;why\r\n2026-03-02;" + a + ";unknown\r\n"))
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	utf16 := []byte{0xff, 0xfe}
	for _, r := range "code\tn\n" + a + "\t1\n" {
		utf16 = append(utf16, byte(r), 0)
	}
	for name, test := range map[string]struct {
		in   string
		want []LetterCode
	}{
		"commas":            {"batch,letter,code\n1,1," + a + "\n1,2," + b + "\n", []LetterCode{{2, a}, {3, b}}},
		"semicolons":        {"Date;LINK\n2026-03-02;" + b + "\n\n;" + a + "\n", []LetterCode{{2, b}, {4, a}}},
		"zipped":            {zipped.String(), []LetterCode{{2, a}}},
		"UTF-16 and tabs":   {string(utf16), []LetterCode{{2, a}}},
		"codes alone":       {a + "\n" + b + "\n7F3KD 0Q9VX M2TB\n", []LetterCode{{1, a}, {2, b}, {3, "7F3KD 0Q9VX M2TB"}}},
		"one code":          {a, []LetterCode{{1, a}}},
		"without names":     {"2026-03-02;" + a + "\n2026-03-03;" + b + "\n", []LetterCode{{1, a}, {2, b}}},
		"a row that is cut": {"why;code\nx\ny;" + a + "\n", []LetterCode{{2, "?"}, {3, a}}},
	} {
		got, err := CodesIn(strings.NewReader(test.in), "-")
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}
