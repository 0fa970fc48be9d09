package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// rulingsEmptied: a sentence is emptied once nobody's verdict points to it, and not before. What a block says below a verdict of
// a contact alone is nobody's.
func rulingsEmptied(t *testing.T, h Harness) {
	b := judgedCrowd(t, h)
	day := campaign.NewDate(2026, 3, 1)
	scrub := func(kept ...int) {
		t.Helper()
		b.must(b.Scrub(t.Context()))
		for n, v := range verdicts {
			var found int
			b.must(b.db.QueryRow("SELECT count(*) FROM ruling WHERE reasons LIKE '%' || ? || '%'", v.Reasons[0]).Scan(&found))
			if want := slices.Contains(kept, n); want != (found == 1) {
				t.Errorf("the ruling %q stands there %d times", v.Reasons[0], found)
			}
		}
	}
	b.all(day, func(campaign.ContactID) int { return 2 })
	b.all(day, func(id campaign.ContactID) int { return int(id) / 1300 }) // 1300 alone has its verdict
	scrub(0, 1)
	b.alone(map[campaign.ContactID]campaign.Verdict{1300: as(3, day.AddDays(1)), 1299: as(2, day.AddDays(1))})
	scrub(0, 2, 3)
	b.check(day)
	b.alone(map[campaign.ContactID]campaign.Verdict{1300: {}, 1299: {}})
	scrub(0)
	b.check(day)
	b.all(day, func(campaign.ContactID) int { return 1 })
	scrub(1)
	b.check(day)
}

// damagedBlocks: a block in which stands what is none is an error that names it, for whoever reads or writes there, and
// nobody gets another verdict for it.
func damagedBlocks(t *testing.T, h Harness) {
	for what, spoilt := range map[string]struct {
		rulings string // of the second block
		whole   bool   // nothing of it can be read
	}{
		"a letter":       {"substr(rulings, 1, 188 * 7) || '00000o1' || substr(rulings, 189 * 7 + 1)", false},
		"a sign":         {"substr(rulings, 1, 188 * 7) || '-000001' || substr(rulings, 189 * 7 + 1)", false},
		"a space":        {"substr(rulings, 1, 188 * 7) || '      1' || substr(rulings, 189 * 7 + 1)", false},
		"no such ruling": {"substr(rulings, 1, 188 * 7) || '9999999' || substr(rulings, 189 * 7 + 1)", false},
		"too short":      {"substr(rulings, 2)", true},
		"too long":       {"rulings || '0'", true},
		"empty":          {"''", true},
		"two octets":     {"substr(rulings, 1, 188 * 7) || 'é00001' || substr(rulings, 189 * 7)", true},
	} {
		b := judgedCrowd(t, h)
		b.all(campaign.NewDate(2026, 3, 1), func(id campaign.ContactID) int { return int(id) % 3 })
		mustExec(t, h.Bare(t, b.DB), "UPDATE verdict_block SET rulings = CAST("+spoilt.rulings+" AS BLOB) WHERE block = 1")
		const at, beside, far = 512 + 188, 512 + 189, 5
		told := func(how string, err error) {
			t.Helper()
			if !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "block 1 ") {
				t.Errorf("%s: %s gives %v", what, how, err)
			}
		}
		sweep := func(r campaign.Reader) error { _, err := swept(r); return err }
		for how, read := range map[string]func(campaign.Reader) error{
			"a contact":  func(r campaign.Reader) error { _, err := r.Contact(at); return err },
			"a page":     func(r campaign.Reader) error { _, err := r.ContactPage(campaign.ContactFilter{}, 0, 1000); return err },
			"some":       func(r campaign.Reader) error { _, err := r.ContactsOf([]campaign.ContactID{far, at}); return err },
			"a sweep":    sweep,
			"no verdict": func(r campaign.Reader) error { _, err := unaskedOf(r); return err },
			"a list": func(r campaign.Reader) error {
				_, err := everybody(r, campaign.ContactFilter{Class: campaign.OptedOut})
				return err
			},
		} {
			err := b.View(t.Context(), read)
			if what == "no such ruling" && how == "a list" {
				b.must(err) // whom no list names
				continue
			}
			told(how, err)
		}
		for how, write := range map[string]func(campaign.Tx) error{
			"a sweep": func(tx campaign.Tx) error { return sweep(tx) },
			"a verdict": func(tx campaign.Tx) error {
				return tx.PutVerdicts(map[campaign.ContactID]campaign.Verdict{at: verdicts[0]})
			},
			"an audit": func(tx campaign.Tx) error {
				return keepAudit(tx, campaign.NewDate(2026, 3, 2), func(campaign.ContactID) int { return 3 })
			},
		} {
			told(how, b.Update(t.Context(), write))
		}
		if what != "no such ruling" {
			told("a scrub", b.Scrub(t.Context()))
		}
		b.view(func(r campaign.Reader) error {
			c, err := r.Contact(far)
			b.must(err)
			same(t, b.want[far], c.Verdict)
			if c, err = r.Contact(beside); !spoilt.whole {
				b.must(err)
				same(t, b.want[beside], c.Verdict)
			} else {
				told("a neighbour", err)
			}
			return nil
		})
	}
}

// tooManyRulings: a ruling that no place of a block can name is an error, and nothing is written for it.
func tooManyRulings(t *testing.T, h Harness) {
	b := judgedCrowd(t, h)
	day := campaign.NewDate(2026, 3, 1)
	b.all(day, func(campaign.ContactID) int { return 0 })
	mustExec(t, b.db, "INSERT INTO ruling (id, class, route, code, fine, reasons) VALUES (9999998, 'unusable', 'none', 'T-00', '', '')")
	b.all(day, func(campaign.ContactID) int { return 1 }) // the last number that there is
	b.check(day)
	for how, write := range map[string]func(campaign.Tx) error{
		"an audit": func(tx campaign.Tx) error { return keepAudit(tx, day, func(campaign.ContactID) int { return 2 }) },
		"a verdict without a day": func(tx campaign.Tx) error {
			return tx.PutVerdicts(map[campaign.ContactID]campaign.Verdict{5: verdicts[2]})
		},
	} {
		if err := b.Update(t.Context(), write); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "10000000") {
			t.Errorf("%s: got %v", how, err)
		}
		b.check(day)
	}
	b.alone(map[campaign.ContactID]campaign.Verdict{5: as(2, day.AddDays(1))}) // it has a row of its own
	b.check(day)
	mustExec(t, b.db, "INSERT INTO ruling (id, class, route, code, fine, reasons) VALUES (-1, 'unusable', 'none', 'T-00', '', '-')") // as a damaged file has it
	// Numbers that only a damaged file has are nobody else's.
	b.must(b.Update(t.Context(), func(tx campaign.Tx) error {
		return tx.PutVerdicts(map[campaign.ContactID]campaign.Verdict{-5: verdicts[1], -512: verdicts[1], -507: verdicts[1]})
	}))
	mustExec(t, b.db, "DELETE FROM verdict_count WHERE block < 0")
	mustExec(t, b.db, "DELETE FROM verdict_block WHERE block < 0")
	b.check(day)
	mustExec(t, b.db, "INSERT INTO verdict_block (block, rulings) SELECT -1, rulings FROM verdict_block WHERE block = 0")
	b.must(b.Scrub(t.Context()))
	b.counted()
}

// unaskedOf lists, some at a time, all who may not be asked and never were.
func unaskedOf(r campaign.Reader) (ids []campaign.ContactID, err error) {
	for after := campaign.ContactID(0); ; after = ids[len(ids)-1] {
		some, err := r.UnaskedBefore(r.Now(), after, 60)
		if err != nil || len(some) == 0 {
			return ids, err
		}
		ids = append(ids, some...)
	}
}
