package campaign

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/spool"
)

// shelf is a store in memory with just what import and audit need; a failed Update leaves nothing.
type shelf struct {
	now        time.Time
	org        Organisation
	contacts   map[ContactID]Contact
	suppressed map[PersonKey]Suppression
	imports    []Import
	entries    []Entry
	asked      map[ContactID]Asked
	taken      map[PersonKey]InvitationID
	invited    map[InvitationID]Invitation
	consents   []ConsentRow
	campaigns  map[CampaignID]Campaign
	records    []Record
	lists      []List
	listed     map[PersonKey][]List
	held       []InvitationID // withheld
	dead       map[string]*DeadDomain
}

func newShelf() *shelf {
	return &shelf{now: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), org: shop(), contacts: map[ContactID]Contact{}, suppressed: map[PersonKey]Suppression{}, listed: map[PersonKey][]List{}, dead: map[string]*DeadDomain{}}
}

func (s *shelf) Append(_ context.Context, rs ...Record) error {
	s.records = append(s.records, rs...)
	return nil
}
func (s *shelf) Replay(func(Record) error) error    { return nil }
func (s *shelf) ReplayNew(func(Record) error) error { return nil }

// desk gives a Desk over the shelf, which is its journal too.
func (s *shelf) desk(t testing.TB) *Desk {
	t.Helper()
	d, err := New(Deps{Store: shelfStore{s}, Journal: s, Keys: testKeys, Log: slog.New(slog.DiscardHandler), Clock: func() time.Time { return s.now }, Rand: zeros{}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

var _ io.Reader = zeros{}

type shelfStore struct{ s *shelf }

func (w shelfStore) AppendBody(to []byte, c *Contact) []byte { return jsonBodies{}.AppendBody(to, c) }
func (w shelfStore) ReadBody(body string, c *Contact) error  { return jsonBodies{}.ReadBody(body, c) }

func (w shelfStore) View(_ context.Context, f func(Reader) error) error {
	return f(shelfTx{shelf: w.s})
}

func (w shelfStore) Encode(any) (Encoded, error) { return nil, nil }

// jsonBodies packs contacts.
type jsonBodies struct{}

func (jsonBodies) AppendBody(to []byte, c *Contact) []byte {
	b := *c
	b.Keys = nil
	text, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return append(to, text...)
}

func (jsonBodies) ReadBody(body string, c *Contact) error {
	return json.Unmarshal([]byte(body), c)
}

// memoryFile is a temporary file in memory.
type memoryFile struct{ b []byte }

func (p *memoryFile) Write(b []byte) (int, error) {
	p.b = append(p.b, b...)
	return len(b), nil
}

func (p *memoryFile) ReadAt(b []byte, at int64) (int, error) {
	return bytes.NewReader(p.b).ReadAt(b, at)
}

func (p *memoryFile) Close() error { return nil }

func (w shelfStore) Update(_ context.Context, f func(Tx) error) error {
	kept := *w.s
	kept.contacts, kept.suppressed, kept.listed = maps.Clone(w.s.contacts), maps.Clone(w.s.suppressed), maps.Clone(w.s.listed)
	err := f(shelfTx{shelf: w.s})
	if err != nil {
		*w.s = kept
	}
	return err
}

// shelfTx is a transaction; Append is the ledger's here and the journal's on shelf.
type shelfTx struct {
	Tx
	*shelf
}

func (x shelfTx) Append(e Entry) (EntryNo, error) {
	x.entries = append(x.entries, e)
	return EntryNo(len(x.entries) - 1), nil
}
func (x shelfTx) Now() time.Time                        { return x.now }
func (x shelfTx) Organisation() (Organisation, error)   { return x.org, nil }
func (x shelfTx) PutOrganisation(o Organisation) error  { x.org = o; return nil }
func (x shelfTx) Contact(id ContactID) (Contact, error) { return x.contacts[id], nil }

func (x shelfTx) ContactsOf(ids []ContactID) (map[ContactID]Contact, error) {
	out := map[ContactID]Contact{}
	for _, id := range ids {
		out[id] = x.contacts[id]
	}
	return out, nil
}

func (x shelfTx) KeyHolders(keys []PersonKey) (map[PersonKey][]ContactID, error) {
	out := map[PersonKey][]ContactID{}
	for _, id := range slices.Sorted(maps.Keys(x.contacts)) {
		for _, k := range x.contacts[id].Keys {
			if slices.Contains(keys, k) {
				out[k] = append(out[k], id)
			}
		}
	}
	return out, nil
}

func (x shelfTx) ContactPage(_ ContactFilter, after ContactID, limit int) ([]Contact, error) {
	var page []Contact
	for _, id := range slices.Sorted(maps.Keys(x.contacts)) {
		if id > after && len(page) < limit {
			page = append(page, x.contacts[id])
		}
	}
	return page, nil
}

func (x shelfTx) PutContacts(cs []Contact) (ids []ContactID, err error) {
	for _, c := range cs {
		if c.ID == 0 {
			c.ID = ContactID(len(x.contacts) + 1)
		}
		x.contacts[c.ID] = c
		ids = append(ids, c.ID)
	}
	return ids, nil
}

func (x shelfTx) KeepAudit(asOf Date, judge func(func([]Audited) error) error) error {
	return judge(func(page []Audited) error {
		for _, a := range page {
			c := x.contacts[a.Contact]
			c.Verdict = *a.Now
			c.Verdict.AsOf = asOf
			x.contacts[a.Contact] = c
		}
		return nil
	})
}

func (x shelfTx) PutVerdicts(vs map[ContactID]Verdict) error {
	for id, v := range vs {
		c := x.contacts[id]
		c.Verdict = v
		x.contacts[id] = c
	}
	return nil
}

func (x shelfTx) NextImport() (ImportID, error) { return ImportID(len(x.imports) + 1), nil }

func (x shelfTx) PutImported(im ImportID, cs []Contact) ([]ContactID, error) {
	for _, c := range cs {
		if was, there := x.contacts[c.ID]; there {
			if what := Raises(&was, &c); what != "" {
				return nil, fault.New(fault.Conflict, "test", "it lifts {what}", "what", what)
			}
		}
	}
	return x.PutContacts(cs)
}

func (x shelfTx) ShortKeyHolders(keys []ShortKey, each func(int, ContactID)) error {
	for id, c := range x.contacts {
		for _, k := range c.Keys {
			if n, there := slices.BinarySearchFunc(keys, k.Short(), func(a, b ShortKey) int { return bytes.Compare(a[:], b[:]) }); there {
				each(n, id)
			}
		}
	}
	return nil
}

func (x shelfTx) PackedOf(ids []ContactID) (map[ContactID]Packed, error) {
	out := map[ContactID]Packed{}
	for _, id := range ids {
		if c, ok := x.contacts[id]; ok {
			c.ID, c.Verdict = 0, Verdict{}
			out[id] = Packed{ExternalID: c.ExternalID, Email: string(c.Email), Body: string(jsonBodies{}.AppendBody(nil, &c)), Keys: AppendKeys(nil, c.Keys)}
		}
	}
	return out, nil
}

func (x shelfTx) AddPeople(_ ImportID, people []Packed) (first ContactID, err error) {
	var cs []Contact
	for _, p := range people {
		c, err := p.unpack(jsonBodies{})
		if err != nil {
			return 0, err
		}
		cs = append(cs, c)
	}
	ids, err := x.PutContacts(cs)
	return ids[0], err
}

func (x shelfTx) AddKeys(keys iter.Seq2[ShortKey, ContactID]) error {
	var before ShortKey
	var whose ContactID
	for k, id := range keys {
		if c := bytes.Compare(before[:], k[:]); c > 0 || c == 0 && whose >= id {
			return fmt.Errorf("key %x of %d comes after %x of %d", k, id, before, whose)
		}
		before, whose = k, id
		if !slices.ContainsFunc(x.contacts[id].Keys, func(own PersonKey) bool { return own.Short() == k }) {
			return fmt.Errorf("key %x is not of %d", k, id)
		}
	}
	return nil
}

func (x shelfTx) ForgetChanges(time.Time) error { return nil }

func (x shelfTx) AddImport(i Import) (ImportID, error) {
	x.imports = append(x.imports, i)
	return ImportID(len(x.imports)), nil
}

func (x shelfTx) SuppressedKeys(keys []PersonKey) (map[PersonKey]Suppression, error) {
	out := map[PersonKey]Suppression{}
	for _, k := range keys {
		if s, ok := x.suppressed[k]; ok {
			out[k] = s
		}
	}
	return out, nil
}

func (x shelfTx) SuppressionLines(keys []PersonKey) (map[PersonKey][]Suppression, error) {
	out := map[PersonKey][]Suppression{}
	for _, k := range keys {
		if s, ok := x.suppressed[k]; ok {
			out[k] = []Suppression{s}
		}
	}
	return out, nil
}

func (x shelfTx) SuppressedBegins() (begins []uint64, err error) {
	for k := range x.suppressed {
		begins = append(begins, binary.BigEndian.Uint64(k.Digest[:]))
	}
	slices.Sort(begins)
	return begins, nil
}

func (x shelfTx) Suppress(_ EntryNo, list []Suppression) (added int, err error) {
	for _, s := range list {
		if was, ok := x.suppressed[s.Key]; !ok || was.Lifts {
			x.suppressed[s.Key] = s
			added++
		}
	}
	return added, nil
}

func (x shelfTx) ListedKinds() (kinds []KeyKind, err error) {
	for k := range x.listed {
		if !slices.Contains(kinds, k.Kind) {
			kinds = append(kinds, k.Kind)
		}
	}
	return kinds, nil
}

func (x shelfTx) Listed(keys []PersonKey) (map[PersonKey][]List, error) {
	out := map[PersonKey][]List{}
	for _, k := range keys {
		if ls := x.listed[k]; len(ls) > 0 {
			out[k] = ls
		}
	}
	return out, nil
}

func (x shelfTx) MailDomains() ([]string, error) {
	var all []Address
	for _, c := range x.contacts {
		all = append(all, c.Email)
	}
	return domainsOf(all...), nil
}

func (x shelfTx) DeadDomains() (map[string]*DeadDomain, error) { return maps.Clone(x.dead), nil }

func (x shelfTx) DeadDomainsOf(names []string) (map[string]*DeadDomain, error) {
	out := map[string]*DeadDomain{}
	for _, n := range names {
		if d := x.dead[n]; d != nil {
			out[n] = d
		}
	}
	return out, nil
}

func (x shelfTx) PutDeadDomains(ds []DeadDomain) error {
	for _, d := range ds {
		x.dead[d.Name] = &d
	}
	return nil
}

func (x shelfTx) ReviveDomains(names []string) error {
	for _, n := range names {
		delete(x.dead, n)
	}
	return nil
}

func (x shelfTx) ForgetDomains(names []string) error { return x.ReviveDomains(names) }

func (x shelfTx) AddList(_ EntryNo, l List) error {
	x.lists = append(x.lists, l)
	return nil
}

func (x shelfTx) AddListed(_ EntryNo, name string, keys []PersonKey) (added []PersonKey, err error) {
	for _, k := range keys {
		if !slices.ContainsFunc(x.listed[k], func(l List) bool { return l.Name == name }) {
			x.listed[k] = append(x.listed[k], x.lists[len(x.lists)-1])
			added = append(added, k)
		}
	}
	return added, nil
}

func (x shelfTx) LiftedKeys() (keys []PersonKey, err error) {
	for k, s := range x.suppressed {
		if s.Lifts {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

func (x shelfTx) Withhold(id InvitationID, _ string) error {
	x.held = append(x.held, id)
	return nil
}

func (x shelfTx) InvitedContacts(ContactID, ContactID) (map[ContactID]Asked, error) {
	return x.asked, nil
}
func halvesOf[V any](of map[PersonKey]V) *Halves[struct{}] {
	out := NewHalves[struct{}](len(of))
	for k := range of {
		out.Put(k.Half(), struct{}{})
	}
	return out
}
func (x shelfTx) TakenHalves(int) (*Halves[struct{}], error)  { return halvesOf(x.taken), nil }
func (x shelfTx) ListedHalves(int) (*Halves[struct{}], error) { return halvesOf(x.listed), nil }
func (x shelfTx) SilencedHalves(int) (*Halves[uint8], []SuppressionReason, error) {
	out := NewHalves[uint8](len(x.suppressed))
	for k, s := range x.suppressed {
		if !s.Lifts {
			out.Put(k.Half(), uint8(slices.Index(suppressionOrder, s.Reason)))
		}
	}
	return out, suppressionOrder, nil
}
func (x shelfTx) ConsentsBetween(ContactID, ContactID) ([]ConsentRow, error) { return x.consents, nil }

func (x shelfTx) Sweep(do func(Reader, []Contact) (func() error, error)) error {
	for after := ContactID(0); ; {
		page, err := x.ContactPage(ContactFilter{}, after, 3)
		if err != nil || len(page) == 0 {
			return err
		}
		then, err := do(x, page)
		if err == nil {
			err = then()
		}
		if err != nil {
			return err
		}
		after = page[len(page)-1].ID
	}
}
func (x shelfTx) KeysTaken(keys []PersonKey) (map[PersonKey]InvitationID, error) {
	return x.taken, nil
}
func (x shelfTx) Invitation(id InvitationID) (Invitation, error) {
	i, ok := x.invited[id]
	if !ok {
		return i, fault.New(fault.NotFound, "test", "no invitation")
	}
	return i, nil
}
func (x shelfTx) AskedOf(ids []ContactID) (map[ContactID][]Asked, error) {
	all := map[ContactID][]Asked{}
	for _, i := range x.invited {
		if slices.Contains(ids, i.Contact) {
			all[i.Contact] = append(all[i.Contact], Asked{Invitation: i.ID, Campaign: i.Campaign, State: i.State, At: i.SentAt})
		}
	}
	return all, nil
}
func (x shelfTx) CampaignByID(id CampaignID) (Campaign, error) { return x.campaigns[id], nil }
func (x shelfTx) ConsentPage(after ContactID, _ int) (rows []ConsentRow, err error) {
	for _, r := range x.consents {
		if r.Contact > after {
			rows = append(rows, r)
		}
	}
	return rows, nil
}
func (x shelfTx) ConsentsOf(ids ...ContactID) (rows []ConsentRow, err error) {
	for _, r := range x.consents {
		if slices.Contains(ids, r.Contact) {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func source(header []string, lines []Line) ImportSource {
	var seq iter.Seq2[Line, error] = func(yield func(Line, error) bool) {
		for _, l := range lines {
			if !yield(l, nil) {
				return
			}
		}
	}
	return ImportSource{Name: "base.csv", SHA256: "ab", Header: header, Lines: seq, Dates: frenchDates{}, Spool: func() (spool.File, error) { return &memoryFile{}, nil }}
}

var tester = Actor{Kind: "operator", Name: "ana"}

func TestImportTwice(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d, ctx := s.desk(t), context.Background()
	header, lines := fixture(t)

	dry, err := d.Import(ctx, tester, source(header, lines), ImportOptions{DryRun: true})
	if err != nil || dry.Created != 7 || len(s.contacts)+len(s.imports)+len(s.entries)+len(s.suppressed)+len(s.records) != 0 {
		t.Fatalf("dry run: %+v %v, left %d contacts", dry, err, len(s.contacts))
	}
	first, err := d.Import(ctx, tester, source(header, lines), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if first.Import != 1 || first.Rows != 11 || first.Created != 7 || first.Updated != 0 || first.Duplicates != 2 || first.Rejected != 2 || first.Conflicts != 1 || len(first.Rejects) != 2 {
		t.Errorf("first: %+v", first)
	}
	// A3 and A9 said no, Eva did on a rejected row: strict and mailbox key of each.
	if len(s.suppressed) != 6 || first.Suppressed != 6 {
		t.Errorf("%d keys suppressed, %d counted", len(s.suppressed), first.Suppressed)
	}
	journalled := 0
	for _, r := range s.records {
		journalled += len(r.Keys)
	}
	if journalled != 6 || len(s.entries) != 1 || s.entries[0].Kind != EntryImported {
		t.Errorf("%d keys in the journal, entries %+v", journalled, s.entries)
	}
	second, err := d.Import(ctx, tester, source(header, lines), ImportOptions{})
	if err != nil || second.Created != 0 || second.Updated != 0 || second.Unchanged != 7 || len(s.contacts) != 7 {
		t.Errorf("the same file again: %+v %v", second, err)
	}
}

func TestImportedYesLiftsNothing(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d, ctx := s.desk(t), context.Background()
	header := []string{"id", "email", "prenom", "optout", "consent_status", "consent_at", "consent_source", "consent_method", "consent_text", "bundled", "incentive", "purpose_at_collection", "controller_at_collection", "consent_channels", "collected_at"}
	say := func(cells ...string) ImportResult {
		t.Helper()
		res, err := d.Import(ctx, tester, source(header, []Line{{Number: 2, Cells: cells}}), ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	say("1", "a@x.example", "Ana", "oui")
	if res := say("1", "a@x.example", "Ana", "", "oui", "01/10/2026", "site", "unticked_box", "J'accepte.", "non", "non", "newsletter", "Atelier Nord", "email", "01/10/2026"); res.Conflicts != 1 || res.Created != 0 {
		t.Errorf("%+v", res)
	}
	if _, err := d.Audit(ctx, Machine, day, true); err != nil {
		t.Fatal(err)
	}
	if v := s.contacts[1].Verdict; v.Class != OptedOut {
		t.Errorf("%+v", v)
	}
	// Another person under a mailbox that reaches the same box is on the list by its mailbox key.
	res := say("2", "a+news@x.example", "Ana", "", "oui", "01/10/2026", "site", "unticked_box", "J'accepte.", "non", "non", "newsletter", "Atelier Nord", "email", "01/10/2026")
	if res.Created != 1 || res.Conflicts != 1 {
		t.Errorf("alias of a suppressed mailbox: %+v", res)
	}
	if _, err := d.Audit(ctx, Machine, day, true); err != nil {
		t.Fatal(err)
	}
	if v := s.contacts[2].Verdict; v.Code != "T-04" {
		t.Errorf("%+v", v)
	}
}

func TestOldNoDoesNotSilenceAgain(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d, ctx := s.desk(t), context.Background()
	header, lines := []string{"id", "email", "optout"}, []Line{{Number: 2, Cells: []string{"1", "a@x.example", "oui"}}}
	if _, err := d.Import(ctx, tester, source(header, lines), ImportOptions{}); err != nil || len(s.suppressed) != 2 {
		t.Fatal(err, s.suppressed)
	}
	clear(s.suppressed) // lifted by the person's own yes
	if _, err := d.Import(ctx, tester, source(header, lines), ImportOptions{}); err != nil || len(s.suppressed) != 0 {
		t.Errorf("the same old row silenced again: %v %v", s.suppressed, err)
	}
	lines[0].Cells = []string{"1", "b@x.example", "oui"}
	if _, err := d.Import(ctx, tester, source(header, lines), ImportOptions{}); err != nil || len(s.suppressed) != 2 {
		t.Errorf("the new mailbox of a person who said no: %v %v", s.suppressed, err)
	}
}

func TestImportRefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d, ctx := s.desk(t), context.Background()
	bad := source([]string{"email", "collected_at", "optout"}, []Line{{Number: 2, Cells: []string{"a@x.example", "jamais", ""}}, {Number: 3, Fault: "a quote is not closed"}})
	res, err := d.Import(ctx, tester, bad, ImportOptions{})
	if !fault.Is(err, fault.Invalid) || res.Rejected != 2 || len(res.Rejects) != 2 || len(s.imports) != 0 {
		t.Errorf("%+v %v", res, err)
	}
	bad.Lines = source(nil, []Line{{Number: 2, Cells: []string{"a@x.example", "jamais", "oui"}}}).Lines
	if _, err = d.Import(ctx, tester, bad, ImportOptions{}); !fault.Is(err, fault.Invalid) || len(s.suppressed) != 2 || len(s.contacts) != 0 {
		t.Errorf("a no in a file without one good row: %v, %d suppressed", err, len(s.suppressed))
	}
	if _, err = d.Import(ctx, tester, source([]string{"email"}, nil), ImportOptions{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("empty file: %v", err)
	}
}

// Lines are read many at once, and taken in the order of the file.
func TestManyLinesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d := s.desk(t)
	var lines []Line
	for n := range 5*partLines + 7 {
		l := Line{Number: n + 2, Cells: []string{fmt.Sprint("x", n), fmt.Sprintf("p%d@place.example", n%4000), "31/12/2024"}}
		if n%100 == 99 {
			l.Cells[2] = "the day before"
		}
		lines = append(lines, l)
	}
	res, err := d.Import(t.Context(), tester, source([]string{"external_id", "email", "collected_at"}, lines), ImportOptions{})
	if err != nil || res.Rows != len(lines) || res.Created != len(lines)-len(lines)/100 || res.Rejected != len(lines)/100 {
		t.Fatalf("%+v %v", res, err)
	}
	for n, r := range res.Rejects {
		if r.Line != 100*n+101 {
			t.Fatalf("reject %d is line %d", n, r.Line)
		}
	}
	for id := range ContactID(300) {
		want := fmt.Sprint("x", int(id)+int(id)/99)
		if got := s.contacts[id+1].ExternalID; got != want {
			t.Fatalf("contact %d is %s, want %s", id+1, got, want)
		}
	}
}

// A file that breaks off, and an import that is given up, end the reading too.
func TestReadingEnds(t *testing.T) {
	t.Parallel()
	s := newShelf()
	d := s.desk(t)
	broken := errors.New("the disk is gone")
	src := source([]string{"external_id", "email"}, nil)
	src.Lines = func(yield func(Line, error) bool) {
		for n := range 3 * partLines {
			if !yield(Line{Number: n + 2, Cells: []string{fmt.Sprint(n), "a@place.example"}}, nil) {
				return
			}
		}
		yield(Line{}, broken)
	}
	if _, err := d.Import(t.Context(), tester, src, ImportOptions{}); !errors.Is(err, broken) {
		t.Errorf("a file that breaks off: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	src.Lines = func(yield func(Line, error) bool) {
		for n := 0; ; n++ { // without an end
			if n == 4*partLines {
				cancel()
			}
			if !yield(Line{Number: n + 2, Cells: []string{fmt.Sprint(n), "a@place.example"}}, nil) {
				return
			}
		}
	}
	if _, err := d.Import(ctx, tester, src, ImportOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if len(s.contacts) > 0 {
		t.Errorf("%d contacts are kept", len(s.contacts))
	}
}
