package app

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
)

const (
	oldFile = "external_id,email,first_name,last_name,address_line1,address_line2,postal_code,city,phone,company,country\n" +
		"8,old@iris.example,Ada,Marten,1 rue A,Bat. B,75001,Paris,+33 6 00 00 00 01,Lumen,FR\n9,bob@iris.example,Bob,Sol,2 rue B,,69001,Lyon,,,FR\n"
	newBox = "new@iris.example"
)

// corrected is a house in which the person of number 8 had mailbox, name, postal address and telephone corrected.
func corrected(t *testing.T) *house {
	t.Helper()
	h := newHouse(t, plan{people: 1})
	h.imports(oldFile)
	r, err := h.app.Rectify(t.Context(), "external_id:8", []string{"email=" + newBox, "last_name=Marin", "address_line1=9 quai C", "address_line2=", "city=Nantes", "postal_code=44000", "phone="}, false)
	h.must(err)
	if !r.Done || len(r.Fields) != 7 {
		t.Fatalf("%+v", r)
	}
	h.wait(time.Hour)
	return h
}

// isCorrected looks whether everything is as the person had it corrected.
func (h *house) isCorrected() {
	h.t.Helper()
	c := h.numbered("8")
	if got := []string{string(c.Email), c.FirstName, c.LastName, c.Address1, c.Address2, c.PostalCode, c.City, c.Phone}; !slices.Equal(got, []string{newBox, "Ada", "Marin", "9 quai C", "", "44000", "Nantes", ""}) {
		h.t.Errorf("the person is %q", got)
	}
}

// conflictColumns are the columns in conflict on a line.
func conflictColumns(r campaign.ImportResult, line int) (columns []string) {
	for _, n := range r.ConflictLines {
		if n.Line == line {
			columns = append(columns, n.Column)
		}
	}
	return columns
}

// TestALaterImportKeepsWhatWasCorrected: the old file, which the company imports again, gave the old values back.
func TestALaterImportKeepsWhatWasCorrected(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := corrected(t)
	path := h.at("old.csv")
	h.must(os.WriteFile(path, []byte(oldFile), 0o600))
	for _, dry := range []bool{true, false, false} {
		r, err := h.app.Import(t.Context(), path, ImportOptions{DryRun: dry})
		h.must(err)
		if r.Created != 0 || r.Updated != 0 || r.Unchanged != 2 || r.Conflicts != 1 {
			t.Errorf("dry %t: %+v", dry, r.ImportResult)
		}
		if got := conflictColumns(r.ImportResult, 2); !slices.Equal(got, []string{"address_line1", "address_line2", "city", "last_name", "phone", "postal_code", "email"}) {
			t.Errorf("dry %t: %q", dry, got)
		}
		h.isCorrected()
	}
	if r := h.imports("external_id,email,company,city\n8,old@iris.example,Umbra,Nantes\n"); r.Updated != 1 || h.numbered("8").Company != "Umbra" {
		t.Errorf("what was not corrected follows: %+v", r)
	}
	h.isCorrected()
	if r := h.imports("external_id,email,last_name\n8," + newBox + ",Marin\n"); r.Updated+r.Created+r.Conflicts != 0 {
		t.Errorf("the name is one: %+v", r)
	}
	h.isCorrected()
	for _, text := range []string{"external_id,email\n8,third@iris.example\n", "email,city\nold@iris.example,Paris\n", "email,first_name\n" + newBox + ",Eve\n", "external_id,email,city\n8," + newBox + ",Paris\n"} {
		if r := h.imports(text); r.Created != 0 || r.Conflicts != 1 {
			t.Errorf("%q: %+v", text, r)
		}
		h.isCorrected()
	}
	_, err := h.app.Rectify(t.Context(), newBox, []string{"city=Rennes"}, false) // on purpose
	h.must(err)
	if c := h.numbered("8"); c.City != "Rennes" {
		t.Errorf("%+v", c)
	}
}

// TestUndoKeepsWhatWasCorrectedBefore: an import that was laid over a corrected person and is taken back leaves them corrected, and
// the old file changes nothing after it, either.
func TestUndoKeepsWhatWasCorrectedBefore(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := corrected(t)
	r := h.imports("external_id,email,company\n8,old@iris.example,Umbra\n")
	h.wait(time.Hour)
	got, err := h.app.Desk.UndoImport(t.Context(), Operator(), r.Import, false)
	if err != nil || got.Restored != 1 || h.numbered("8").Company != "Lumen" {
		t.Fatalf("%+v %v", got, err)
	}
	h.isCorrected()
	if r := h.imports(oldFile); r.Updated != 0 || r.Conflicts != 1 {
		t.Errorf("%+v", r)
	}
	h.isCorrected()
}

// TestAYesForTheFormerMailboxIsNoneForTheNew: whoever had never said yes, and had another mailbox put down, is not in favour by
// what an old file claims of the mailbox that they had.
func TestAYesForTheFormerMailboxIsNoneForTheNew(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for name, text := range map[string]string{"by number": "external_id,email,consent_status,consent_at\n8,old@iris.example,yes,2025-03-01\n",
		"by mailbox": "email,consent_status,consent_at\nold@iris.example,yes,2025-03-01\n"} {
		h := corrected(t)
		r := h.imports(text)
		if c := h.numbered("8"); len(c.Facts.Claims) != 0 || c.Facts.AddressChanged || r.Conflicts != 1 || !slices.Contains(conflictColumns(r, 2), "consent_status") {
			t.Errorf("%s: %+v %+v", name, c.Facts, r)
		}
		h.isCorrected()
		if r := h.imports("external_id,email,consent_status,consent_at\n8," + newBox + ",yes,2025-03-01\n"); r.Updated+r.Conflicts == 0 {
			t.Errorf("%s: what is claimed for the new mailbox: %+v", name, r)
		}
	}
}

// TestWhatWasCorrectedIsShown where the person is, and to the person; and it goes with them.
func TestWhatWasCorrectedIsShown(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := corrected(t)
	v, err := h.app.Contact(t.Context(), newBox)
	if err != nil || len(v.Corrected) != 7 || v.Corrected[0].Field != "address_line1" || v.Corrected[0].On == "" {
		t.Errorf("%+v %v", v.Corrected, err)
	}
	if v, err := h.app.Contact(t.Context(), "external_id:9"); err != nil || v.Corrected == nil || len(v.Corrected) != 0 {
		t.Errorf("%+v %v", v.Corrected, err)
	}
	h.imports("external_id,email,company\n8," + newBox + ",Umbra\n")
	x, err := h.app.Access(t.Context(), newBox)
	h.must(err)
	if len(x.Corrected) != 7 || len(x.Before) != 1 || len(x.Before[0].Corrected) != 7 {
		t.Errorf("%+v", x)
	}
	var b bytes.Buffer
	h.must(h.app.WriteAccess(&b, x, "json"))
	if !strings.Contains(b.String(), `"corrected"`) {
		t.Error(b.String())
	}
	h.must(h.app.WriteAccess(&bytes.Buffer{}, x, "pdf"))
	h.erase(newBox)
	if r := h.imports("external_id,email,city\n8,old@iris.example,Paris\n"); r.Conflicts != 0 || len(h.numbered("8").Corrected) != 0 {
		t.Errorf("%+v", r)
	}
}
