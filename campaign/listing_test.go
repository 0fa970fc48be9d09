package campaign

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// cells is a list of one column.
func cells(texts ...string) ListSource {
	return ListSource{Name: "list.txt", SHA256: "cd", Cells: func() iter.Seq2[ListCell, error] {
		return func(yield func(ListCell, error) bool) {
			for n, text := range texts {
				if !yield(ListCell{Line: n + 1, Text: text}, nil) {
					return
				}
			}
		}
	}}
}

func hexMD5(s string) string    { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
func hexSHA1(s string) string   { sum := sha1.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
func hexSHA256(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }

// populated is a shelf with contacts p1 to pn, imported.
func populated(t *testing.T, emails ...string) (*shelf, *Desk) {
	t.Helper()
	s := newShelf()
	d := s.desk(t)
	bring(t, d, emails...)
	return s, d
}

func bring(t *testing.T, d *Desk, emails ...string) ImportResult {
	t.Helper()
	var lines []Line
	for n, e := range emails {
		lines = append(lines, Line{Number: n + 2, Cells: []string{e, "yes", "04/03/2025"}})
	}
	r, err := d.Import(t.Context(), tester, source([]string{"email", "consent_status", "consent_at"}, lines), ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (s *shelf) isSilent(email string) bool {
	for _, k := range testKeys.Mailbox(Address(email)) {
		if l, ok := s.suppressed[k]; !ok || l.Lifts {
			return false
		}
	}
	return true
}

// TestAListSilencesWhomItNames: by address or any of the three hashes, in any spelling that reaches the
// mailbox, now and when somebody is imported later; a dry run says the same figures and keeps nothing.
func TestAListSilencesWhomItNames(t *testing.T) {
	t.Parallel()
	base := []string{"Ana@Iris.example", "bo@iris.example", "cy@iris.example", "dee@münchen.example", "e.v+shop@gmail.com", "free@iris.example"}
	list := []string{"ana@iris.example", strings.ToUpper(hexMD5("bo@iris.example")), hexSHA1("cy@iris.example"), hexSHA256("dee@münchen.example"), hexMD5("ev@gmail.com"),
		hexSHA256("late@iris.example"), "nobody", ""}
	s, d := populated(t, base...)
	opt := ListOptions{Name: "tool", DryRun: true}
	dry, err := d.ImportList(t.Context(), tester, cells(list...), opt)
	if err != nil || len(s.suppressed)+len(s.lists)+len(s.listed) != 0 || len(s.records) != 0 {
		t.Fatalf("the dry run: %v", err)
	}
	opt.DryRun = false
	res, err := d.ImportList(t.Context(), tester, cells(list...), opt)
	if err != nil {
		t.Fatal(err)
	}
	if res.Rows != 8 || res.Addresses != 1 || res.Hashes[KeyMD5] != 2 || res.Hashes[KeySHA1] != 1 || res.Hashes[KeySHA256] != 2 || res.Added != 6 || res.Matched != 5 || res.Rejected != 2 {
		t.Errorf("%+v", res)
	}
	if len(res.Rejects) != 2 || res.Rejects[0].Line != 7 || res.Rejects[1].Line != 8 {
		t.Errorf("rejects: %+v", res.Rejects)
	}
	if dry.Proof = res.Proof; fmt.Sprint(dry) != fmt.Sprint(res) {
		t.Errorf("the dry run said\n%+v, then\n%+v", dry, res)
	}
	for _, e := range base {
		if s.isSilent(e) == (e == "free@iris.example") {
			t.Errorf("%s: silent %v", e, s.isSilent(e))
		}
	}
	for _, c := range s.contacts {
		if (c.Verdict.Class == OptedOut) == (c.Email == "free@iris.example") {
			t.Errorf("%s: %+v", string(c.Email), c.Verdict)
		}
	}
	if got := bring(t, d, "Late@iris.example", "other@iris.example"); got.Conflicts != 1 || !s.isSilent("late@iris.example") || s.isSilent("other@iris.example") {
		t.Errorf("imported later: %+v", got)
	}
	if line := s.suppressed[testKeys.Mailbox("late@iris.example")[0]]; line.Source != "list tool of 2026-11-01" || line.Reason != SuppressImported {
		t.Errorf("the line says %+v", line)
	}
	journalled := map[PersonKey]bool{}
	for _, r := range s.records {
		for _, k := range r.Keys {
			journalled[k] = true
		}
	}
	for k := range s.suppressed {
		if !journalled[k] {
			t.Errorf("%v is not in the journal", k)
		}
	}
}

// TestAnExternalListKeepsFromAskingWhoeverHasNoProof: it suppresses nobody, and withholds what is planned.
// TestAListSilencesHoweverACellIsDressed reads the cells of a list as programs write them: with a name, as a link, in quotes, a hash
// behind the name of its kind. What only resembles one of these is told.
func TestAListSilencesHoweverACellIsDressed(t *testing.T) {
	t.Parallel()
	const who = "anna@place.example"
	for _, cell := range []string{"Anna <anna@place.example>", `"Doe, Anna" <Anna@Place.example>`, "<anna@place.example>", "mailto:anna@place.example", "MAILTO:anna@place.example?subject=stop", "'anna@place.example'",
		`"anna@place.example"`, "sha256:" + hexSHA256(who), "SHA-256: " + strings.ToUpper(hexSHA256(who)), "{SHA256}" + hexSHA256(who), "$sha1$" + hexSHA1(who), "md5=" + hexMD5(who), "0x" + hexMD5(who), `"` + hexSHA1(who) + `"`,
		base64Of(hexSHA256(who)), base64Of(hexMD5(who)), strings.NewReplacer("+", "-", "/", "_").Replace(base64Of(hexSHA1(who))), inOctets(hexMD5(who), ":"), inOctets(strings.ToUpper(hexSHA256(who)), "-"), inOctets(hexSHA1(who), " ")} {
		s, d := populated(t, who, "bert@place.example")
		r, err := d.ImportList(t.Context(), tester, cells(cell), ListOptions{Name: "old tool"})
		if err != nil || r.Rejected != 0 || !s.isSilent(who) || s.isSilent("bert@place.example") {
			t.Errorf("%s: %+v, %v", cell, r, err)
		}
	}
	for _, cell := range []string{"anna@place.example, bert@place.example", "sha1:" + hexMD5(who), "salted:" + hexSHA256(who), "<anna@place.example", "mailto:",
		strings.TrimRight(base64Of(hexMD5(who)), "="), base64Of(hexSHA1(who) + hexMD5(who)), inOctets(hexMD5(who)[2:], ":"), "6e1f7a52-8d5f-4c3b-9a67-1f2e3d4c5b6a"} {
		s, d := populated(t, who)
		if r, err := d.ImportList(t.Context(), tester, cells(cell, "other@place.example"), ListOptions{Name: "old tool"}); err != nil || r.Rejected != 1 || s.isSilent(who) {
			t.Errorf("%s: %+v, %v", cell, r, err)
		}
	}
}

func TestAnExternalListKeepsFromAskingWhoeverHasNoProof(t *testing.T) {
	t.Parallel()
	s, d := populated(t, "ana@iris.example", "bo@iris.example")
	s.invited = map[InvitationID]Invitation{7: {ID: 7, Contact: 1, State: Planned}, 8: {ID: 8, Contact: 2, State: Planned}}
	for _, cell := range []string{"ana@iris.example", hexSHA256("ana@iris.example")} {
		res, err := d.ImportList(t.Context(), tester, cells(cell), ListOptions{Name: "robinson", External: true})
		if err != nil || res.Added != 1 || res.Matched != 1 || len(s.suppressed) != 0 {
			t.Fatalf("%+v %v", res, err)
		}
	}
	if v := s.contacts[1].Verdict; v.Code != "T-11" || !slices.Contains(v.Reasons, "Registered on robinson.") || !slices.Contains(s.held, 7) || slices.Contains(s.held, 8) {
		t.Errorf("%+v, withheld %v", v, s.held)
	}
	if len(s.contacts[1].Facts.ExternalLists) != 0 {
		t.Error("what the base said was changed")
	}
	bring(t, d, "ana@iris.example", "bo@iris.example")
	if _, err := d.Audit(t.Context(), Machine, DateOf(s.now), true); err != nil {
		t.Fatal(err)
	}
	if s.contacts[1].Verdict.Code != "T-11" || s.contacts[2].Verdict.Code == "T-11" {
		t.Errorf("audited: %+v %+v", s.contacts[1].Verdict, s.contacts[2].Verdict)
	}
	proven := Claim{Status: statusYes, At: NewDate(2026, 1, 2), Method: "double_opt_in", Source: "shop", Text: "v1", Proof: "log", DoubleAt: NewDate(2026, 1, 2), Bundled: "no", Incentive: "no", Channels: []string{"email"},
		Purpose: "newsletter", Controller: "Atelier Nord"}
	if !proven.proven() {
		t.Fatal("the claim proves nothing")
	}
	if v := Audit(Contact{Email: "x@iris.example", Country: "FR", Facts: Facts{Claims: []Claim{proven}}}, Standing{Listed: []string{"robinson"}}, s.org, DateOf(s.now)); v.Code == "T-11" {
		t.Errorf("a proven consent does not pass: %+v", v)
	}
}

// TestAListNamesAWholeDomain takes over an entry for everybody at a domain, as the Austrian list has them, hashed with its @ or
// without: it named nobody. A domain that strangers share is refused.
func TestAListNamesAWholeDomain(t *testing.T) {
	t.Parallel()
	all := []string{"anna@place.example", "Bert@Place.example", "carl@xn--bcher-kva.example", "dora@other.example", "eva@sub.place.example"}
	for cell, want := range map[string][]int{
		"@place.example": {0, 1}, "*@Place.Example": {0, 1}, hexSHA1("@place.example"): {0, 1}, hexSHA256("place.example"): {0, 1}, hexMD5("@bücher.example"): {2}, "@bücher.example": {2},
	} {
		s, d := populated(t, all...)
		if r, err := d.ImportList(t.Context(), tester, cells(cell), ListOptions{Name: "old tool"}); err != nil || r.Matched != len(want) {
			t.Errorf("%s: %+v, %v", cell, r, err)
		}
		bring(t, d, "fritz@place.example", "gina@xn--bcher-kva.example")
		for n, who := range append(all, "fritz@place.example", "gina@xn--bcher-kva.example") {
			if meant := slices.Contains(want, n) || n == 5 && want[0] == 0 || n == 6 && want[0] == 2; s.isSilent(strings.ToLower(who)) != meant {
				t.Errorf("%s silences %s: %v", cell, who, !meant)
			}
		}
	}
	s, d := populated(t, "anna@place.example")
	if r, err := d.ImportList(t.Context(), tester, cells(hexSHA1("@place.example")), ListOptions{Name: "ecg", External: true}); err != nil || r.Matched != 1 || s.contacts[1].Verdict.Code != "T-11" {
		t.Errorf("a register: %+v, %v, %+v", r, err, s.contacts[1].Verdict)
	}
	s, d = populated(t, "anna@gmail.com")
	if r, err := d.ImportList(t.Context(), tester, cells("@gmail.com", "x@place.example"), ListOptions{Name: "old tool"}); err != nil || r.Rejected != 1 || !strings.HasPrefix(r.Rejects[0].Reason, "a domain at which strangers") || s.isSilent("anna@gmail.com") {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestAListCountsAgainstAnOlderYesOnly: whoever said yes since is spared by the list as it was, and silenced by
// one that is newer, whether it names them by address or by hash, again or for the first time.
func TestAListCountsAgainstAnOlderYesOnly(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{"ana@iris.example", hexMD5("ana@iris.example"), "@iris.example"} {
		s, d := populated(t, "ana@iris.example")
		for n, step := range []struct {
			dated  Date
			lifted bool
			silent bool
		}{{NewDate(2026, 9, 1), false, true}, {NewDate(2026, 9, 15), true, false}, {NewDate(2026, 10, 20), false, true}} {
			if step.lifted {
				for k, l := range s.suppressed {
					l.Lifts, l.At = true, time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC)
					s.suppressed[k] = l
				}
				s.records = nil
			}
			if _, err := d.ImportList(t.Context(), tester, cells(cell, "x@iris.example"), ListOptions{Name: "tool", Dated: step.dated}); err != nil {
				t.Fatal(err)
			}
			if s.isSilent("ana@iris.example") != step.silent {
				t.Errorf("%s, step %d: silent %v", cell, n, !step.silent)
			}
			if step.lifted {
				for _, r := range s.records {
					if slices.Contains(r.Keys, testKeys.Mailbox("ana@iris.example")[0]) {
						t.Errorf("%s: the journal would bring back the old no", cell)
					}
				}
				bring(t, d, "ana@iris.example")
				if s.isSilent("ana@iris.example") {
					t.Errorf("%s: an import brought back the old no", cell)
				}
			}
		}
	}
}

func base64Of(digest string) string {
	octets, err := hex.DecodeString(digest)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(octets)
}

// inOctets is hex with something between its octets.
func inOctets(digest, between string) string {
	var octets []string
	for o := range slices.Chunk([]byte(digest), 2) {
		octets = append(octets, string(o))
	}
	return strings.Join(octets, between)
}

func TestAListThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	s, d := populated(t, "ana@iris.example")
	for name, tt := range map[string]struct {
		src  ListSource
		opt  ListOptions
		says string
	}{
		"empty":    {cells(), ListOptions{Name: "x"}, "no rows"},
		"another":  {cells("id", "12"), ListOptions{Name: "x"}, "none of the 2 lines"},
		"nameless": {cells("ana@iris.example"), ListOptions{}, "needs a name"},
		"future":   {cells("ana@iris.example"), ListOptions{Name: "x", Dated: NewDate(2027, 1, 1)}, "in the future"},
		"a novel":  {cells(slices.Repeat([]string{"word"}, mostListRejects+2)...), ListOptions{Name: "x"}, "more than"},
	} {
		_, err := d.ImportList(t.Context(), tester, tt.src, tt.opt)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(s.lists)+len(s.suppressed) != 0 {
		t.Error("something was kept")
	}
}

// TestARehearsedListCountsNobodyTwice: what a list names again far below is one address, in a try as in the import.
func TestARehearsedListCountsNobodyTwice(t *testing.T) {
	t.Parallel()
	_, d := populated(t, "ana@iris.example")
	var lines []string
	for range listChunk {
		lines = append(lines, "ana@iris.example")
	}
	lines = append(lines, hexMD5("bo@iris.example"), "ana@iris.example")
	for range listChunk {
		lines = append(lines, hexMD5("bo@iris.example"))
	}
	for _, dry := range []bool{true, false} {
		if r, err := d.ImportList(t.Context(), tester, cells(lines...), ListOptions{Name: "old tool", DryRun: dry}); err != nil || r.Added != 2 || r.Matched != 1 {
			t.Errorf("dry run %v: %d added, %d matched: %v", dry, r.Added, r.Matched, err)
		}
	}
}
