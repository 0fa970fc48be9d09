package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

func scanTestimony(scan func(...any) error) (c campaign.Testimony, err error) {
	var at int64
	var payload []byte
	err = scan(&c.Entry, &c.Kind, &at, &c.Campaign, &c.LeafHash, &payload)
	c.At, c.Payload = fromMillis(at), json.RawMessage(payload)
	return c, err
}

const selectTestimony = "SELECT e.seq, e.kind, e.at, e.campaign, e.leaf_hash, p.payload FROM entry e LEFT JOIN entry_payload p ON p.seq = e.seq WHERE e.seq IN (%s) ORDER BY e.seq"

var (
	testimoniesOf = strings.Replace(selectTestimony, "%s", `SELECT seq FROM entry WHERE contact = $1 AND contact <> 0 AND kind <> 'asked'
UNION SELECT s.entry FROM invitation i JOIN sending s ON s.invitation = i.id WHERE i.contact = $1`, 1)
	testimoniesNaming = strings.Replace(selectTestimony, "%s", `SELECT s.entry FROM suppression s JOIN entry n ON n.seq = s.entry
WHERE n.kind = 'suppressed' AND n.contact = 0 AND s.key IN (%s) AND NOT EXISTS (SELECT 1 FROM suppression o WHERE o.entry = s.entry AND o.key NOT IN (%s))`, 1)
)

// TestimoniesOf lists every entry about a person, the oldest first.
func (t *tx) TestimoniesOf(id campaign.ContactID) ([]campaign.Testimony, error) {
	found, err := all(t, scanTestimony, testimoniesOf, int64(id))
	return found, translate("store.TestimoniesOf", err)
}

// TestimoniesNaming lists the entries that put no other keys than these on the never-write list.
func (t *tx) TestimoniesNaming(keys []campaign.PersonKey) ([]campaign.Testimony, error) {
	if len(keys) == 0 || len(keys) > mostParameters {
		return nil, nil
	}
	args := make([]any, len(keys))
	for n := range keys {
		args[n] = keys[n].Digest[:]
	}
	found, err := all(t, scanTestimony, strings.ReplaceAll(testimoniesNaming, "%s", places(1, len(keys))), args...)
	return found, translate("store.TestimoniesNaming", err)
}

// PayloadsOf gives what entries say, as far as it is still held.
func (t *tx) PayloadsOf(entries []campaign.EntryNo) (map[campaign.EntryNo]json.RawMessage, error) {
	out := make(map[campaign.EntryNo]json.RawMessage, len(entries))
	err := chunks(numbers(entries), mostParameters, func(piece []int64) error {
		return t.each(func(scan func(...any) error) error {
			var no campaign.EntryNo
			var payload []byte
			err := scan(&no, &payload)
			out[no] = payload
			return err
		}, "SELECT seq, payload FROM entry_payload WHERE seq IN ("+places(1, len(piece))+")", anys(piece)...)
	})
	return out, translate("store.PayloadsOf", err)
}

const selectErasure = "SELECT entry, id, contact, why, at FROM erasure WHERE "

func scanErasure(scan func(...any) error) (e campaign.Erasure, err error) {
	var at int64
	var id []byte
	err = scan(&e.Entry, &id, &e.Contact, &e.Why, &at)
	copy(e.ID[:], id)
	e.At = fromMillis(at)
	return e, err
}

// Erased tells which of some erasures were done.
func (t *tx) Erased(ids []campaign.ErasureID) (map[campaign.ErasureID]campaign.Erasure, error) {
	out := map[campaign.ErasureID]campaign.Erasure{}
	err := chunks(ids, mostParameters, func(piece []campaign.ErasureID) error {
		args := make([]any, len(piece))
		for n := range piece {
			args[n] = piece[n][:]
		}
		found, err := all(t, scanErasure, selectErasure+"id IN ("+places(1, len(piece))+")", args...)
		for _, e := range found {
			out[e.ID] = e
		}
		return err
	})
	return out, translate("store.Erased", err)
}

// ErasedContact is the erasure of a contact.
func (t *tx) ErasedContact(id campaign.ContactID) (campaign.Erasure, error) {
	found, err := all(t, scanErasure, selectErasure+"contact = $1 AND contact <> 0 ORDER BY entry DESC LIMIT 1", int64(id))
	if err == nil && len(found) == 0 {
		return campaign.Erasure{}, notFound("store.ErasedContact")
	}
	if err != nil {
		return campaign.Erasure{}, translate("store.ErasedContact", err)
	}
	return found[0], nil
}

// erasing refuses what is only done when somebody is erased.
func (t *tx) erasing(op string, no campaign.EntryNo) error {
	if p := t.entry(no); p == nil || p.Kind != campaign.EntryErased {
		return fault.New(fault.Internal, "store.uncovered", "a row of {table} needs an entry of the same transaction", "table", "erasure").At(op)
	}
	return nil
}

// EraseTestimonies destroys what entries say.
func (t *tx) EraseTestimonies(no campaign.EntryNo, entries []campaign.EntryNo) error {
	if err := t.erasing("store.EraseTestimonies", no); err != nil {
		return err
	}
	err := chunks(numbers(entries), mostParameters, func(piece []int64) error {
		in := " IN (" + places(1, len(piece)) + ")"
		for _, query := range []string{
			"DELETE FROM entry_payload WHERE seq" + in, // first: while it is there the rows that it covers are pinned
			"UPDATE sending SET reply = '' WHERE reply <> '' AND entry" + in,
			"UPDATE bounce SET words = '' WHERE words <> '' AND entry" + in,
			"DELETE FROM voucher WHERE entry" + in,
			// What an invitation shows of its last delivery is what the row of that says.
			"UPDATE invitation SET reply = '' WHERE reply <> '' AND id IN (SELECT invitation FROM sending WHERE entry" + in + ")",
		} {
			if _, err := t.exec(query, anys(piece)...); err != nil {
				return err
			}
		}
		return nil
	})
	return translate("store.EraseTestimonies", errors.Join(err, t.scrubLater()))
}

// ErasePerson takes a contact out of the base and empties the personal columns of its invitations.
func (t *tx) ErasePerson(no campaign.EntryNo, e campaign.Erasure) error {
	if err := t.erasing("store.ErasePerson", no); err != nil {
		return err
	}
	return translate("store.ErasePerson", t.erasePerson(no, e))
}

func (t *tx) erasePerson(no campaign.EntryNo, e campaign.Erasure) error {
	domains, err := all(t, func(scan func(...any) error) (d campaign.Address, err error) { return d, scan(&d) },
		"SELECT DISTINCT email FROM invitation WHERE contact = $1 AND email <> '' ORDER BY email", int64(e.Contact))
	if err != nil {
		return err
	}
	if e.Contact != 0 {
		for _, query := range []string{
			"DELETE FROM import_change WHERE contact = $1 AND body IS NOT NULL",
			"UPDATE invitation SET email = '', fill = '', verdict = '', reply = '', zone = '' WHERE contact = $1",
		} {
			if _, err := t.exec(query, int64(e.Contact)); err != nil {
				return err
			}
		}
		if err := t.removeContacts([]campaign.ContactID{e.Contact}); err != nil {
			return err
		}
	}
	for _, a := range domains {
		if e.Why == campaign.EraseUnasked || e.Why == campaign.EraseSilent {
			break // many at once: what the figures say of a domain says nothing of one of them
		}
		if err := t.forgetProvider(a); err != nil {
			return err
		}
	}
	return errors.Join(t.add(erasureRows, no, e.ID[:], int64(e.Contact), string(e.Why), millis(t.now)), t.scrubLater())
}

// forgetProvider lets go of figures about a domain in which nobody else is: its name is that of a person, then.
func (t *tx) forgetProvider(a campaign.Address) error {
	domain := a.Domain()
	if domain == "" || a.Provider() != domain {
		return nil
	}
	var others int
	err := t.row([]any{&others}, `SELECT EXISTS (SELECT 1 FROM contact WHERE email LIKE $1 ESCAPE '!') OR EXISTS (SELECT 1 FROM invitation WHERE email LIKE $1 ESCAPE '!')`,
		"%@"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(domain))
	for _, query := range []string{"DELETE FROM delivery_count WHERE provider = $1", "DELETE FROM warmth WHERE provider = $1"} {
		if err == nil && others == 0 {
			_, err = t.exec(query, domain)
		}
	}
	return err
}

// handful is how many messages to one domain at most say something of a person.
const handful = 10

// ForgetFigures lets go of figures about domains with a handful of messages, of campaigns that ended before a time.
func (t *tx) ForgetFigures(before time.Time) error {
	n, err := t.exec(`DELETE FROM delivery_count WHERE provider <> '' AND ended + earlier < $1
AND campaign IN (SELECT id FROM campaign WHERE closed_at <> 0 AND closed_at < $2)`, int64(handful), millis(before))
	more, failed := int64(0), error(nil)
	if err == nil {
		more, failed = t.exec("DELETE FROM warmth WHERE provider <> '' AND sent < $1 AND best < $1 AND day < $2", int64(handful), campaign.DateOf(before).Day())
	}
	if n+more > 0 {
		err = errors.Join(err, t.scrubLater())
	}
	return translate("store.ForgetFigures", errors.Join(err, failed))
}

// sift lists contacts in rising order: page by page those whom keep keeps, until there are enough. There are no more
// when a page is empty.
func sift(after campaign.ContactID, limit int, page func(after campaign.ContactID) ([]campaign.ContactID, error),
	keep func([]campaign.ContactID) ([]campaign.ContactID, error)) (ids []campaign.ContactID, err error) {
	for len(ids) < limit {
		some, err := page(after)
		if err != nil || len(some) == 0 {
			return ids, err
		}
		after = some[len(some)-1]
		kept, err := keep(some)
		if err != nil {
			return nil, err
		}
		ids = append(ids, kept...)
	}
	return ids[:limit], nil
}

// ofClass keeps the contacts whose verdict is of one of some classes; "" is to have none.
func (t *tx) ofClass(classes ...campaign.Class) func([]campaign.ContactID) ([]campaign.ContactID, error) {
	return func(ids []campaign.ContactID) ([]campaign.ContactID, error) {
		verdicts, err := t.verdictsOf(ids)
		return slices.DeleteFunc(ids, func(c campaign.ContactID) bool { return !slices.Contains(classes, verdicts[c].Class) }), err
	}
}

// unasked are those of some contacts who were never asked, and nobody is about to ask, and who came before a time.
const unasked = `SELECT v.column1 FROM (VALUES %s) v
WHERE NOT EXISTS (SELECT 1 FROM invitation i WHERE i.contact = v.column1 AND i.state <> 'withheld')
AND NOT EXISTS (SELECT 1 FROM response a WHERE a.contact = v.column1 AND a.invitation IS NULL)
AND NOT EXISTS (SELECT 1 FROM subject_case c WHERE c.contact = v.column1 AND c.state = 'open')
AND NOT EXISTS (SELECT 1 FROM import m JOIN import_change g ON g.import = m.id WHERE m.at > $1 AND g.contact = v.column1 AND g.body IS NOT NULL)
AND NOT EXISTS (SELECT 1 FROM import m WHERE m.at > $1 AND EXISTS (
  SELECT 1 FROM import_change g WHERE g.import = m.id AND g.body IS NULL AND v.column1 BETWEEN g.contact AND g.last))
ORDER BY v.column1`

// UnaskedBefore lists contacts in rising order who may not be asked and never were, and came before a time.
func (t *tx) UnaskedBefore(at time.Time, after campaign.ContactID, limit int) ([]campaign.ContactID, error) {
	takes := t.takesOf(campaign.Unusable, campaign.OptedOut)
	page := func(after campaign.ContactID) ([]campaign.ContactID, error) {
		return t.judgedAfter(after, mostParameters, t.blockFrom, takes)
	}
	ids, err := sift(after, limit, page, func(some []campaign.ContactID) ([]campaign.ContactID, error) {
		kept, err := t.numbers(fmt.Sprintf(unasked, bigints(2, len(some))), append([]any{millis(at)}, anys(numbers(some))...)...)
		return contactIDs(kept), err
	})
	return ids, translate("store.UnaskedBefore", err)
}

// takesOf tells of a ruling whether it is of one of some classes. It reads each once: there may be as many as people.
func (t *tx) takesOf(classes ...campaign.Class) func(ruling int64) (bool, error) {
	known := map[int64]bool{}
	return func(ruling int64) (bool, error) {
		if taken, ok := known[ruling]; ok {
			return taken, nil
		}
		v, err := t.ruling(ruling)
		known[ruling] = slices.Contains(classes, v.Class)
		return known[ruling], err
	}
}

// bigints writes rows of one number each, of which an engine could not tell otherwise that they are numbers.
func bigints(first, n int) string {
	return strings.ReplaceAll(strings.ReplaceAll(tuples(first, 1, n), "(", "(CAST("), ")", " AS BIGINT))")
}

// The personal columns of an invitation are not empty: its person was not erased.
const notEmptied = "(i.email <> '' OR i.route = 'letter' AND i.fill <> '')"

// SilentBefore lists contacts in rising order who were asked, did not answer, be it that no message reached them, and whose campaigns
// are all over since before a time. Whoever may be written to all the same is left out.
func (t *tx) SilentBefore(at time.Time, after campaign.ContactID, limit int) ([]campaign.ContactID, error) {
	ids, err := sift(after, limit, func(after campaign.ContactID) ([]campaign.ContactID, error) {
		ids, err := t.numbers(`SELECT DISTINCT i.contact FROM invitation i LEFT JOIN silence s ON s.invitation = i.id
WHERE i.contact > $1 AND (s.entry IS NOT NULL OR i.state = 'refused') AND `+notEmptied+` AND NOT EXISTS (SELECT 1 FROM invitation o JOIN campaign c ON c.id = o.campaign
  WHERE o.contact = i.contact AND (c.closed_at = 0 OR c.closed_at > $2 OR o.state = 'sending' OR EXISTS (SELECT 1 FROM response a WHERE a.invitation = o.id)))
AND NOT EXISTS (SELECT 1 FROM response a WHERE a.contact = i.contact AND a.invitation IS NULL)
AND NOT EXISTS (SELECT 1 FROM subject_case c WHERE c.contact = i.contact AND c.state = 'open')
ORDER BY i.contact LIMIT $3`, int64(after), millis(at), int64(limit))
		return contactIDs(ids), err
	}, t.ofClass("", campaign.Unusable, campaign.OptedOut))
	return ids, translate("store.SilentBefore", err)
}

// answered are contacts who answered, before a time, and whom nobody is writing to or waits for.
var answered = fmt.Sprintf(`SELECT DISTINCT i.contact FROM invitation i
WHERE i.contact > $1 AND `+notEmptied+` AND EXISTS (SELECT 1 FROM invitation o JOIN response a ON a.invitation = o.id WHERE o.contact = i.contact)%s
UNION SELECT r.contact FROM response r JOIN contact c ON c.id = r.contact WHERE r.contact > $1 AND r.invitation IS NULL%s ORDER BY 1 LIMIT $3`,
	strings.ReplaceAll(over, "%", "i.contact"), strings.ReplaceAll(over, "%", "r.contact"))

const over = `
AND NOT EXISTS (SELECT 1 FROM invitation o WHERE o.contact = % AND (o.state = 'sending' OR EXISTS (SELECT 1 FROM response a WHERE a.invitation = o.id AND a.at >= $2)))
AND NOT EXISTS (SELECT 1 FROM invitation o JOIN campaign g ON g.id = o.campaign WHERE o.contact = % AND o.state <> 'withheld' AND (g.closed_at = 0 OR g.closed_at > $2)
  AND NOT EXISTS (SELECT 1 FROM response a WHERE a.invitation = o.id))
AND NOT EXISTS (SELECT 1 FROM response p WHERE p.contact = % AND p.invitation IS NULL AND p.at >= $2)
AND NOT EXISTS (SELECT 1 FROM subject_case c WHERE c.contact = % AND c.state = 'open')`

// RefusedBefore lists contacts in rising order who answered, whose every consent as it stands is a no, and who said the
// last of them before a time. Whoever may be written to all the same, may still answer, is being written to, or waits for a right is
// left out.
func (t *tx) RefusedBefore(at time.Time, after campaign.ContactID, limit int) ([]campaign.ContactID, error) {
	page := func(after campaign.ContactID) ([]campaign.ContactID, error) {
		ids, err := t.numbers(answered, int64(after), millis(at), int64(mostParameters))
		return contactIDs(ids), err
	}
	final := t.ofClass(campaign.OptedOut, campaign.Unusable)
	ids, err := sift(after, limit, page, func(some []campaign.ContactID) ([]campaign.ContactID, error) {
		kept, err := final(some)
		if err != nil || len(kept) == 0 {
			return nil, err
		}
		return t.refusing(kept, at)
	})
	return ids, translate("store.RefusedBefore", err)
}

// AnsweredAllBefore lists contacts in rising order who answered, the last time before a time, and whom nobody is writing to or waits
// for, or owes a right.
func (t *tx) AnsweredAllBefore(at time.Time, after campaign.ContactID, limit int) ([]campaign.ContactID, error) {
	ids, err := t.numbers(answered, int64(after), millis(at), int64(limit))
	return contactIDs(ids), translate("store.AnsweredAllBefore", err)
}

// refusing keeps the contacts of whose consents none stands, and none stood at a time. One whose time is over was taken back by nobody:
// another rule has whoever has such a one.
func (t *tx) refusing(ids []campaign.ContactID, at time.Time) ([]campaign.ContactID, error) {
	rows, err := campaign.StandingOf(t, ids...)
	stands := map[campaign.ContactID]bool{}
	for _, r := range rows {
		stands[r.Contact] = stands[r.Contact] || r.State == campaign.Granted || r.State == campaign.Expired || !r.At.Before(at)
	}
	return slices.DeleteFunc(ids, func(c campaign.ContactID) bool { return stands[c] }), err
}

// AnsweredBefore lists contacts in rising order whose last answer is older than a time, and of whose answers
// something is still held. Whoever waits for a right is left out: what is held when it is asked for is to be shown.
func (t *tx) AnsweredBefore(at time.Time, after campaign.ContactID, limit int) ([]campaign.ContactID, error) {
	ids, err := t.numbers(`SELECT r.contact FROM response r LEFT JOIN entry_payload p ON p.seq = r.entry
WHERE r.contact > $1 AND NOT EXISTS (SELECT 1 FROM subject_case c WHERE c.contact = r.contact AND c.state = 'open')
GROUP BY r.contact HAVING max(r.at) < $2 AND count(p.seq) > 0 ORDER BY r.contact LIMIT $3`, int64(after), millis(at), int64(limit))
	return contactIDs(ids), translate("store.AnsweredBefore", err)
}

// OldEntries lists entries of a kind, from before a time, whose content is still held.
func (t *tx) OldEntries(kind campaign.EntryKind, at time.Time, after campaign.EntryNo, limit int) ([]campaign.EntryNo, error) {
	ids, err := t.numbers("SELECT e.seq FROM entry e JOIN entry_payload p ON p.seq = e.seq WHERE e.seq > $1 AND e.kind = $2 AND e.at < $3 ORDER BY e.seq LIMIT $4",
		int64(after), string(kind), millis(at), int64(limit))
	return entryNos(ids), translate("store.OldEntries", err)
}

// OldCases lists the entries of cases that ended before a time, as far as their content is still held.
func (t *tx) OldCases(at time.Time, after campaign.EntryNo, limit int) ([]campaign.EntryNo, error) {
	ids, err := t.numbers(`SELECT p.seq FROM subject_case c JOIN entry_payload p ON p.seq IN (c.entry, c.closed_entry) WHERE c.state = 'done' AND c.closed_at < $1 AND p.seq > $2
UNION ALL SELECT p.seq FROM subject_case c JOIN case_extension x ON x.subject_case = c.id JOIN entry_payload p ON p.seq = x.entry WHERE c.state = 'done' AND c.closed_at < $1 AND p.seq > $2
ORDER BY seq LIMIT $3`, millis(at), int64(after), int64(limit))
	return entryNos(ids), translate("store.OldCases", err)
}

func contactIDs(ids []int64) []campaign.ContactID {
	out := make([]campaign.ContactID, len(ids))
	for n, id := range ids {
		out[n] = campaign.ContactID(id)
	}
	return out
}

func entryNos(ids []int64) []campaign.EntryNo {
	out := make([]campaign.EntryNo, len(ids))
	for n, id := range ids {
		out[n] = campaign.EntryNo(id)
	}
	return out
}
