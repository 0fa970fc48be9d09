package storetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// erasedNobody is an erasure under a number that nobody has.
func (w *world) erasedNobody() {
	w.Helper()
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryErased, Payload: map[string]any{"entries": []int64{}}})
		w.must(err)
		return tx.ErasePerson(no, campaign.Erasure{ID: campaign.ErasureID{9}, Why: campaign.EraseJournal})
	})
}

// byHand is an answer on paper of somebody who was never asked.
func (w *world) byHand(id campaign.ContactID) campaign.Response {
	w.Helper()
	r := campaign.Response{ID: "by-hand", Contact: id, Kind: campaign.ByPaper, Language: "fr", At: w.clock().Truncate(time.Millisecond),
		Decisions: []campaign.Decision{{Purpose: "newsletter", Channel: "email", State: campaign.Granted}}}
	scan := []byte("%PDF a scan")
	sum := sha256.Sum256(scan)
	w.update(func(tx campaign.Tx) (err error) {
		r.Entry, err = tx.Append(campaign.Entry{Kind: campaign.EntryAnswered, Contact: id, Payload: map[string]any{"receipt_id": r.ID, "decisions": r.Decisions, "address_clear": "then@lumen.example"}})
		w.must(err)
		w.must(tx.AddResponses([]campaign.Response{r}))
		return tx.AddVoucher(r.Entry, campaign.Voucher{Author: "anna", Given: campaign.NewDate(2026, 2, 1), Name: "scan.pdf", Media: "application/pdf", SHA256: hex.EncodeToString(sum[:]), Content: scan})
	})
	return r
}

// unasked: an answer that was entered by hand needs no invitation, and comes back with what shows it.
func unasked(t *testing.T, h Harness) {
	w := newWorld(t, h)
	id := w.contact("ada")
	r := w.byHand(id)
	eve, corrected := w.contact("eve"), time.Time{}
	w.update(func(tx campaign.Tx) error {
		corrected = tx.Now()
		_, err := tx.Append(campaign.Entry{Kind: campaign.EntryRectified, Contact: eve, Payload: map[string]any{"fields": []string{"city"}}})
		return err
	})
	w.view(func(rd campaign.Reader) error {
		rs, err := rd.ResponsesOfUnasked(id)
		w.must(err)
		same(t, []campaign.Response{r}, rs)
		for _, at := range []time.Duration{0, time.Millisecond} {
			held, err := rd.HeldSince(r.At.Add(at), []campaign.ContactID{id, eve + 1})
			w.must(err)
			if want := 1 - int(at/time.Millisecond); len(held) != want {
				t.Errorf("%v after an answer by hand %v are held by it, want %d", at, held, want)
			}
		}
		for at, want := range map[time.Time]int{corrected: 1, corrected.Add(time.Millisecond): 0} {
			held, err := rd.HeldSince(at, []campaign.ContactID{eve, eve + 1})
			w.must(err)
			if len(held) != want {
				t.Errorf("since %s %v were corrected, want %d", at, held, want)
			}
		}
		v, err := rd.Voucher(r.Entry)
		w.must(err)
		if v.Author != "anna" || v.Name != "scan.pdf" || v.Given != campaign.NewDate(2026, 2, 1) || !bytes.HasPrefix(v.Content, []byte("%PDF")) {
			t.Errorf("%+v", v)
		}
		for _, read := range []func() ([]campaign.ConsentRow, error){
			func() ([]campaign.ConsentRow, error) { return rd.ConsentsOf(id) },
			func() ([]campaign.ConsentRow, error) { return rd.ConsentsBetween(id, id) },
			func() ([]campaign.ConsentRow, error) { return rd.ConsentPage(0, 10) },
		} {
			rows, err := read()
			w.must(err)
			if len(rows) != 1 || rows[0].State != campaign.Granted || rows[0].Kind != campaign.ByPaper || rows[0].Proof != r.Entry || rows[0].Email != "then@lumen.example" {
				t.Errorf("%+v", rows)
			}
		}
		return nil
	})
	w.whole()
}

// erasures: the content of entries goes only under an entry that says so, and takes with it what is personal in
// the rows, of which nothing else may change; the person is nowhere any more, and the keys stay taken.
func erasures(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("printemps")
	i := w.asked(c, "ada")
	person := i.Contact
	var about []campaign.Testimony
	w.view(func(r campaign.Reader) (err error) {
		about, err = r.TestimoniesOf(person)
		return err
	})
	if len(about) == 0 || slices.ContainsFunc(about, func(t campaign.Testimony) bool { return t.Payload == nil }) {
		t.Fatalf("%+v", about)
	}
	var nos []campaign.EntryNo
	for _, a := range about {
		nos = append(nos, a.Entry)
	}
	w.refused(fault.Internal, func(tx campaign.Tx) error { return tx.EraseTestimonies(about[0].Entry, nos) })
	w.refused(fault.Internal, func(tx campaign.Tx) error { return tx.ErasePerson(campaign.NoEntry, campaign.Erasure{Contact: person}) })
	db := h.Triggered(t, w.DB)
	for _, query := range []string{"UPDATE sending SET reply = ''", "UPDATE sending SET outcome = 'refused'"} {
		if _, err := db.Exec(query); err == nil {
			t.Errorf("%s was let to", query)
		}
	}
	w.update(func(tx campaign.Tx) error {
		no, err := tx.Append(campaign.Entry{Kind: campaign.EntryErased, Payload: map[string]any{"entries": nos}})
		w.must(err)
		w.must(tx.EraseTestimonies(no, nos))
		return tx.ErasePerson(no, campaign.Erasure{ID: campaign.ErasureID{1}, Contact: person, Why: campaign.EraseRequested})
	})
	w.view(func(r campaign.Reader) error {
		if _, err := r.Contact(person); !fault.Is(err, fault.NotFound) {
			t.Errorf("the contact is still there: %v", err)
		}
		is, err := r.Invitation(i.ID)
		w.must(err)
		if is.Email != "" || len(is.Values) > 0 || is.Reply != "" || is.Verdict.Class != "" || is.State != i.State || is.Link != i.Link {
			t.Errorf("the invitation: %+v", is)
		}
		taken, err := r.KeysTaken(i.Keys)
		w.must(err)
		if len(taken) != len(i.Keys) {
			t.Error("keys were freed")
		}
		done, err := r.Erased([]campaign.ErasureID{{1}, {2}})
		w.must(err)
		if len(done) != 1 || done[campaign.ErasureID{1}].Contact != person {
			t.Errorf("%+v", done)
		}
		who, err := r.ErasedContact(person)
		w.must(err)
		if who.Why != campaign.EraseRequested {
			t.Errorf("%+v", who)
		}
		return nil
	})
	rep := w.whole()
	if len(rep.Erased) != len(nos) {
		t.Errorf("erased %v, want %v", rep.Erased, nos)
	}
	due, err := w.ScrubDue(t.Context())
	w.must(err)
	w.must(w.Scrub(t.Context()))
	after, err := w.ScrubDue(t.Context())
	w.must(err)
	if due.IsZero() || !after.IsZero() {
		t.Errorf("due %v, then %v", due, after)
	}
	w.whole()
}
