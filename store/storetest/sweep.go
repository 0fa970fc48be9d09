package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
)

// crowd fills a base with n contacts.
func (w *world) crowd(n int) {
	w.Helper()
	w.update(func(tx campaign.Tx) error {
		cs := make([]campaign.Contact, n)
		for i := range cs {
			cs[i] = full()
			cs[i].ExternalID, cs[i].Keys = fmt.Sprint(i), keys(fmt.Sprint(i), fmt.Sprint(i))
		}
		_, err := tx.PutContacts(cs)
		return err
	})
}

// everybody reads the base page by page.
func everybody(r campaign.Reader, f campaign.ContactFilter) (all []campaign.Contact, err error) {
	for after := campaign.ContactID(0); ; after = all[len(all)-1].ID {
		page, err := r.ContactPage(f, after, 700)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all = append(all, page...)
	}
}

// swept is what a sweep gives, in the order in which it gives it.
func swept(r campaign.Reader) (all []campaign.Contact, err error) {
	return all, r.Sweep(func(_ campaign.Reader, page []campaign.Contact) (func() error, error) {
		return func() error {
			for _, c := range page {
				c.Facts.Claims, c.Keys = slices.Clone(c.Facts.Claims), slices.Clone(c.Keys) // a page is read into again
				all = append(all, c)
			}
			return nil
		}, nil
	})
}

// brief is a contact as a sweep gives it. day is that of the last audit of the whole base.
func brief(c campaign.Contact, day campaign.Date) campaign.Contact {
	c.ExternalID, c.Attributes = "", nil
	if c.Verdict.AsOf == day {
		c.Verdict.AsOf = campaign.Date{}
	}
	return c
}

// sweeps: a sweep gives everybody once, in order, on whatever connections it reads.
func sweeps(t *testing.T, h Harness) {
	w := newWorld(t, h)
	none := func(r campaign.Reader) error {
		all, err := swept(r)
		if len(all) != 0 {
			t.Errorf("an empty base: %v", all)
		}
		return err
	}
	w.view(none)
	w.update(func(tx campaign.Tx) error { return none(tx) })
	w.crowd(5000)
	day := campaign.NewDate(2026, 3, 1)
	w.audit(day, func(id campaign.ContactID) int { return int(id) % 3 })
	check := func(r campaign.Reader) error {
		all, err := everybody(r, campaign.ContactFilter{})
		w.must(err)
		got, err := swept(r)
		if len(got) != len(all) {
			t.Fatalf("%d of %d", len(got), len(all))
		}
		for n := range all {
			if want := brief(all[n], day); !reflect.DeepEqual(want, got[n]) {
				t.Fatalf("swept otherwise:\n got %+v\nwant %+v", got[n], want)
			}
		}
		return err
	}
	w.view(check)
	w.update(func(tx campaign.Tx) error { return check(tx) }) // on several connections
	w.update(func(tx campaign.Tx) error {
		moved := full()
		moved.ID, moved.City = 4000, "Lyon"
		_, err := tx.PutContacts([]campaign.Contact{moved, {City: "Nantes", Keys: keys("nantes", "nantes")}})
		w.must(err)
		return check(tx) // what it wrote itself only it can see
	})
	sweepsEnd(w)
}

// sweepsOfWhatIsLarge: people of half a megabyte each are read some at a time, and one who is longer than what is read as one by himself. Whoever
// has swept then reads and writes as much at a time as before.
func sweepsOfWhatIsLarge(t *testing.T, h Harness) {
	w := newWorld(t, h)
	long := func(n, size int) string { return strings.Repeat(string(rune('a'+n%26)), size) }
	w.update(func(tx campaign.Tx) error {
		var cs []campaign.Contact
		for n := range 24 {
			c := campaign.Contact{Email: campaign.Address(fmt.Sprintf("p%d@example.org", n)), City: long(n, 1<<19), Keys: keys(fmt.Sprint("l", n), fmt.Sprint("l", n))}
			switch {
			case n%2 != 0:
				c.City = "Lyon"
			case n == 20:
				c.City = long(n, 5<<20)
			}
			cs = append(cs, c)
		}
		_, err := tx.PutContacts(cs)
		return err
	})
	check := func(r campaign.Reader) error {
		got, err := swept(r)
		w.must(err)
		all, err := everybody(r, campaign.ContactFilter{})
		if len(got) != len(all) || len(all) != 24 {
			t.Fatalf("%d of %d", len(got), len(all))
		}
		for n := range all {
			if want := brief(all[n], campaign.Date{}); !reflect.DeepEqual(want, got[n]) {
				t.Fatalf("contact %d is swept otherwise: a city of %d octets, want %d", want.ID, len(got[n].City), len(want.City))
			}
		}
		return err
	}
	w.update(func(tx campaign.Tx) error { return check(tx) })
	w.view(check) // on the connection that has swept
	w.view(check)
	w.update(func(tx campaign.Tx) error {
		_, err := tx.PutContacts([]campaign.Contact{{ID: 1, City: "Nantes", Keys: keys("l0", "l0")}})
		w.must(err)
		w.must(check(tx)) // so does who has written
		_, err = tx.PutContacts([]campaign.Contact{{ID: 2, City: long(7, 6<<20), Keys: keys("l1", "l1")}})
		w.must(err)
		return check(tx)
	})
}

// whatWasEmpty: what a transaction found empty it does not take to be so when it has written there, nor does the next.
func whatWasEmpty(t *testing.T, h Harness) {
	w := newWorld(t, h)
	c := w.running("lumen")
	ada := w.contact("ada")
	look := func(r campaign.Reader) (verdicts, invited, consents int) {
		all, err := swept(r)
		w.must(err)
		for _, c := range all {
			if c.Verdict.Class != "" {
				verdicts++
			}
		}
		asked, err := r.InvitedContacts(0, 1<<62)
		w.must(err)
		rows, err := r.ConsentsBetween(0, 1<<62)
		w.must(err)
		return verdicts, len(asked), len(rows)
	}
	check := func(r campaign.Reader, verdicts, invited, consents int) {
		t.Helper()
		if v, i, c := look(r); v != verdicts || i != invited || c != consents {
			t.Errorf("%d verdicts, %d invited and %d consents; want %d, %d and %d", v, i, c, verdicts, invited, consents)
		}
	}
	w.view(func(r campaign.Reader) error { check(r, 0, 0, 0); return nil })
	w.update(func(tx campaign.Tx) error {
		check(tx, 0, 0, 0)
		w.must(tx.PutVerdicts(map[campaign.ContactID]campaign.Verdict{ada: as(1, campaign.NewDate(2026, 3, 2))}))
		check(tx, 1, 0, 0)
		return nil
	})
	w.view(func(r campaign.Reader) error { check(r, 1, 0, 0); return nil })
	w.update(func(tx campaign.Tx) error {
		check(tx, 1, 0, 0)
		w.must(keepAudit(tx, campaign.NewDate(2026, 3, 3), func(campaign.ContactID) int { return 2 }))
		check(tx, 1, 0, 0)
		return nil
	})
	i := w.asked(c, "grace")
	w.view(func(r campaign.Reader) error { check(r, 1, 1, 0); return nil })
	w.update(func(tx campaign.Tx) error {
		check(tx, 1, 1, 0)
		w.must(answerTx(tx, i, "r1", "nonce-1", campaign.Granted))
		check(tx, 1, 1, 1)
		return nil
	})
	w.view(func(r campaign.Reader) error { check(r, 1, 1, 1); return nil })
}

// sweepsEnd: what fails in a sweep fails the transaction.
func sweepsEnd(w *world) {
	wrong := errors.New("wrong")
	fail := func(at campaign.ContactID, during bool) func(campaign.Tx) error {
		return func(tx campaign.Tx) error {
			return tx.Sweep(func(_ campaign.Reader, page []campaign.Contact) (func() error, error) {
				var here error
				if page[0].ID <= at && at <= page[len(page)-1].ID {
					here = wrong
				}
				if during {
					return func() error { return nil }, here
				}
				return func() error { return here }, nil
			})
		}
	}
	for _, during := range []bool{true, false} {
		if err := w.Update(context.Background(), fail(3000, during)); !errors.Is(err, wrong) {
			w.Errorf("got %v", err)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := w.Update(ctx, fail(0, true)); err == nil {
		w.Error("swept for nobody")
	}
	defer func() {
		if recover() != "lost" {
			w.Error("a panic beside the transaction is not seen in it")
		}
		w.crowd(1) // others go on
	}()
	_ = w.Update(context.Background(), func(tx campaign.Tx) error {
		return tx.Sweep(func(campaign.Reader, []campaign.Contact) (func() error, error) { panic("lost") })
	})
}

// verdicts that differ in what lists are filtered by, and one that differs only in its sentence.
var verdicts = []campaign.Verdict{
	{Class: campaign.Doubtful, Route: campaign.RouteEmail, Code: "T-50", Fine: "DOUBTFUL_ELIGIBLE", Reasons: []string{"No proof."}},
	{Class: campaign.Doubtful, Route: campaign.RouteLetter, Code: "T-51", Fine: "DOUBTFUL_POSTAL_ONLY", Reasons: []string{"A letter.", "Merged."}},
	{Class: campaign.OptedOut, Route: campaign.RouteNone, Code: "T-03", Fine: "OPTED_OUT", Reasons: []string{"Said no on 2024-01-02."}},
	{Class: campaign.OptedOut, Route: campaign.RouteNone, Code: "T-03", Fine: "OPTED_OUT", Reasons: []string{"Said no on 2024-01-03."}},
}

// audit judges the whole base anew.
func (w *world) audit(day campaign.Date, which func(campaign.ContactID) int) {
	w.Helper()
	w.update(func(tx campaign.Tx) error { return keepAudit(tx, day, which) })
}

func keepAudit(tx campaign.Tx, day campaign.Date, which func(campaign.ContactID) int) error {
	return tx.KeepAudit(day, func(put func([]campaign.Audited) error) error {
		return tx.Sweep(func(_ campaign.Reader, page []campaign.Contact) (func() error, error) {
			var changed []campaign.Audited
			for _, c := range page {
				if now := &verdicts[which(c.ID)]; !c.Verdict.AsOf.IsZero() || !reflect.DeepEqual(c.Verdict, *now) {
					changed = append(changed, campaign.Audited{Contact: c.ID, Was: &c.Verdict, Now: now})
				}
			}
			return func() error { return put(changed) }, nil
		})
	})
}

// verdictCounts: whatever is written, counts and lists say what the contacts themselves say.
func verdictCounts(t *testing.T, h Harness) {
	w := newWorld(t, h)
	r := rand.New(rand.NewPCG(3, 4))
	w.crowd(1300)
	some := func() (ids []campaign.ContactID) {
		for range 1 + r.IntN(5) {
			ids = append(ids, campaign.ContactID(1+r.IntN(1300)))
		}
		return ids
	}
	for step := range 30 {
		day := campaign.NewDate(2026, 3, 1+step)
		switch step % 4 {
		case 0:
			rare := some()
			w.audit(day, func(id campaign.ContactID) int {
				if slices.Contains(rare, id) {
					return 1
				}
				return 2 + int(id)%2
			})
		case 1:
			w.update(func(tx campaign.Tx) error {
				vs := map[campaign.ContactID]campaign.Verdict{}
				for _, id := range some() {
					vs[id] = verdicts[r.IntN(len(verdicts))]
				}
				for _, id := range some() {
					vs[id] = as(r.IntN(len(verdicts)), day)
				}
				for _, id := range some() {
					vs[id] = campaign.Verdict{}
				}
				return tx.PutVerdicts(vs)
			})
		case 2:
			w.update(func(tx campaign.Tx) error {
				var cs []campaign.Contact
				for _, id := range some() {
					c := full()
					c.ID = id
					cs = append(cs, c)
				}
				_, err := tx.PutContacts(append(cs, campaign.Contact{Company: "Lumen", Verdict: verdicts[1]}))
				return err
			})
		}
		w.counted()
	}
}

// counted compares counts and lists with the contacts.
func (w *world) counted() {
	w.Helper()
	w.view(func(r campaign.Reader) error {
		all, err := everybody(r, campaign.ContactFilter{})
		w.must(err)
		n, err := r.ContactCount()
		w.must(err)
		reasons, err := r.ReasonCounts()
		w.must(err)
		want, got := map[campaign.ReasonCount]int{}, map[campaign.ReasonCount]int{}
		for _, c := range all {
			if c.Verdict.Class != "" {
				want[campaign.ReasonCount{Class: c.Verdict.Class, Route: c.Verdict.Route, Code: c.Verdict.Code}]++
			}
		}
		for _, c := range reasons {
			got[campaign.ReasonCount{Class: c.Class, Route: c.Route, Code: c.Code}] = c.Contacts
		}
		if n != len(all) || !reflect.DeepEqual(want, got) {
			w.Fatalf("%d of %d contacts, %v where there are %v", n, len(all), got, want)
		}
		for _, f := range []campaign.ContactFilter{{Class: campaign.Doubtful}, {Route: campaign.RouteNone}, {Code: "T-51"}, {Class: campaign.OptedOut, Route: campaign.RouteNone, Code: "T-03"}, {Class: campaign.OptedIn}} {
			some, err := everybody(r, f)
			w.must(err)
			same(w, slices.DeleteFunc(slices.Clone(all), func(c campaign.Contact) bool {
				v := c.Verdict
				return v.Class == "" || f.Class != "" && f.Class != v.Class || f.Route != "" && f.Route != v.Route || f.Code != "" && f.Code != v.Code
			}), append([]campaign.Contact{}, some...))
		}
		return nil
	})
}
