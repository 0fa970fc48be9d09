package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reoptin/reoptin/internal/link"
)

// field is a row of a table of fields.
type field struct{ name, required, way, kind string }

func fieldsOf(t *testing.T, path string) (out []field) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if c := strings.Split(strings.TrimSpace(line), "\t"); line[0] != '#' && len(c) == 4 {
			out = append(out, field{c[0], c[1], c[2], c[3]})
		}
	}
	return out
}

// along gives what stands at the end of a way; [] goes through a list.
func along(v any, way string) (out []any) {
	name, rest, more := strings.Cut(way, ".")
	list := strings.HasSuffix(name, "[]")
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	next, there := m[strings.TrimSuffix(name, "[]")]
	if !there {
		return nil
	}
	each := []any{next}
	if list {
		each, _ = next.([]any)
	}
	for _, one := range each {
		if !more {
			out = append(out, one)
		} else {
			out = append(out, along(one, rest)...)
		}
	}
	return out
}

// lacking holds a document against a table, and says what is wrong with it.
func lacking(doc map[string]any, table []field) (faults []string) {
	for _, f := range table {
		found := along(doc, f.way)
		if len(found) == 0 {
			if f.required == "yes" {
				faults = append(faults, f.name+": nothing at "+f.way)
			}
			continue
		}
		for _, v := range found {
			if !isA(v, f.kind) {
				faults = append(faults, fmt.Sprintf("%s: %v at %s is no %s", f.name, v, f.way, f.kind))
			}
		}
	}
	return faults
}

func isA(v any, kind string) bool {
	switch v := v.(type) {
	case string:
		if kind == "time" {
			_, err := time.Parse(time.RFC3339, v)
			return err == nil
		}
		return kind == "phone" || kind == "text" && v != ""
	case bool:
		return kind == "bool"
	case float64:
		return kind == "number" && v == float64(int64(v)) && v > 1.7e9 && v < 1e10 // seconds, not milliseconds
	case []any:
		return kind == "list"
	}
	return false
}

// everyWay is a house with every way to answer.
func everyWay(t *testing.T) *house {
	h := newHouse(t, plan{people: 5, purposes: 2, channels: both}).start(spring).send()
	h.says(person(0), "newsletter.email", "events.sms")
	h.says(person(1))
	h.oneClick(person(2))
	h.says(person(3), "newsletter.email")
	h.wait(time.Hour)
	h.post(h.page(person(3)), 303, "form", h.opened(h.page(person(3))), "change", "newsletter.email", "to", "no")
	scan := h.at("scan.pdf")
	h.must(os.WriteFile(scan, []byte("%PDF-1.4"), 0o600))
	_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: person(4), By: "paper", Decisions: []string{"newsletter.post=yes", "newsletter.phone=no"}, On: "2026-03-01", Proof: scan})
	h.must(err)
	return h
}

func TestRecordsConformToISO27560(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := everyWay(t)
	var out bytes.Buffer
	h.must(h.app.ExportRecords(t.Context(), &out, "27560"))
	var doc struct {
		Context map[string]string `json:"@context"`
		Graph   []map[string]any  `json:"@graph"`
	}
	h.must(json.Unmarshal(out.Bytes(), &doc))
	if len(doc.Graph) != 6 || doc.Context["dpv"] != "https://w3id.org/dpv#" {
		t.Fatalf("%d records", len(doc.Graph))
	}
	table := fieldsOf(t, "testdata/record/27560.tsv")
	if len(table) != 32 {
		t.Fatalf("%d fields", len(table))
	}
	states := map[string]int{}
	for _, r := range doc.Graph {
		for _, fault := range lacking(r, table) {
			t.Error(fault)
		}
		for _, s := range along(r, "dpv:hasProcess[].dpv:hasConsentStatus.@id") {
			states[s.(string)]++
		}
		known(t, r, doc.Context)
	}
	for state, n := range map[string]int{"dpv:ConsentGiven": 4, "dpv:ConsentRefused": 14, "dpv:ConsentWithdrawn": 1} {
		if states[state] != n {
			t.Errorf("%s: %d, want %d (%v)", state, states[state], n, states)
		}
	}
	last := doc.Graph[5]
	if at := along(last, "dpv:hasProcess[].dpv:isIndicatedAtTime"); at[0] != "2026-03-01T00:00:00Z" {
		t.Errorf("given on paper at %v", at)
	}
	if strings.Contains(out.String(), "@d") { // p000@d0.example
		t.Error("an address in clear")
	}
	h.erase(person(0))
	out.Reset()
	h.must(h.app.ExportRecords(t.Context(), &out, "27560"))
	h.must(json.Unmarshal(out.Bytes(), &doc))
	if len(doc.Graph) != 5 {
		t.Errorf("%d records after an erasure", len(doc.Graph))
	}
}

// known looks that every name with a prefix has one that the document explains.
func known(t *testing.T, v any, context map[string]string) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			prefix, _, ok := strings.Cut(name, ":")
			if _, there := context[prefix]; name[0] != '@' && (!ok || !there) {
				t.Errorf("nobody says what %s is", name)
			}
			known(t, inner, context)
		}
	case []any:
		for _, inner := range v {
			known(t, inner, context)
		}
	}
}

func TestReceiptsConformToKantara(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := everyWay(t)
	var out bytes.Buffer
	h.must(h.app.ExportRecords(t.Context(), &out, "kantara"))
	var docs []map[string]any
	h.must(json.Unmarshal(out.Bytes(), &docs))
	if len(docs) != 3 { // of those who agreed to something
		t.Fatalf("%d receipts", len(docs))
	}
	table := fieldsOf(t, "testdata/record/kantara.tsv")
	for _, r := range docs {
		for _, fault := range lacking(r, table) {
			t.Error(fault)
		}
		if r["version"] != "KI-CR-v1.1.0" || !slices.Contains([]any{"FR"}, r["jurisdiction"]) {
			t.Errorf("%v %v", r["version"], r["jurisdiction"])
		}
		for _, c := range along(r, "services[].purposes[].consentType") {
			if c != "EXPLICIT" {
				t.Error(c)
			}
		}
	}
	if n := len(along(docs[0], "services[].purposes[].purpose")); n != 2 {
		t.Errorf("%d purposes", n)
	}
	// A document that lacks something is found: the tables do test.
	delete(docs[0], "piiPrincipalId")
	if faults := lacking(docs[0], table); len(faults) != 1 {
		t.Errorf("a receipt of nobody: %v", faults)
	}
}

// An organisation that moves to another country later has not asked from there.
func TestRecordsSayTheCountryOfThatTime(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1}).start(spring).send()
	h.says(person(0), "newsletter.email")
	o, err := h.app.Desk.Organisation(t.Context())
	h.must(err)
	o.Country = "BE"
	h.must(h.app.Desk.ApplyOrganisation(t.Context(), Operator(), o))
	for format, want := range map[string]string{"kantara": `"addressCountry":"FR"`, "27560": `quai des Iris, 69001 Lyon, France, FR"`} {
		var out bytes.Buffer
		h.must(h.app.ExportRecords(t.Context(), &out, format))
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s lacks %s: %s", format, want, out.String())
		}
	}
}

// The receipt that a person downloads is the one that is exported, and after a no the same without services.
func TestTheDownloadedReceiptIsTheExportedOne(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := everyWay(t)
	var out bytes.Buffer
	h.must(h.app.ExportRecords(t.Context(), &out, "kantara"))
	var exported []map[string]any
	h.must(json.Unmarshal(out.Bytes(), &exported))
	get := func(n int) (got map[string]any) {
		t.Helper()
		h.must(json.Unmarshal(h.do(http.MethodGet, h.link("/r/", link.Receipt, person(n))+"?format=json", nil).Body.Bytes(), &got))
		if own, ok := got["x_reoptin"].(map[string]any); !ok || own["decisions"] == nil || own["ledger_entry"] == nil {
			t.Errorf("%v", got)
		}
		delete(got, "x_reoptin")
		return got
	}
	if d := cmp.Diff(exported[0], get(0)); d != "" {
		t.Errorf("-exported +downloaded:\n%s", d)
	}
	for n, method := range map[int]string{1: "hosted form", 2: "RFC 8058 one-click", 3: "preferences page"} {
		got := get(n)
		subject, _ := got["piiPrincipalId"].(string)
		said, _ := got["collectionMethod"].(string)
		if services, ok := got["services"].([]any); !ok || len(services) != 0 || !strings.HasPrefix(subject, "s_") || !strings.HasPrefix(said, method) {
			t.Errorf("after a no: %v", got)
		}
	}
}

// Nothing that nobody agreed to is a list, not nothing.
func TestNoRecords(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	for _, format := range []string{"27560", "kantara"} {
		var out bytes.Buffer
		h.must(h.app.ExportRecords(t.Context(), &out, format))
		if !json.Valid(out.Bytes()) {
			t.Errorf("%s: %s", format, out.String())
		}
	}
}
