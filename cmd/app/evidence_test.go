package app

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/ledger"
)

// place is where a field of the table in docs/evidence.md is kept: `kind: way`.
var evidencePlace = regexp.MustCompile("`([a-z.]+): ([a-z0-9_.\\[\\]]+)`")

// TestEveryFieldOfTheTableIsInTheDossier takes each row of docs/evidence.md to what a real dossier holds.
func TestEveryFieldOfTheTableIsInTheDossier(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1, channels: both})
	o, err := h.app.Desk.Organisation(t.Context())
	h.must(err)
	o.Processors, o.Recipients, o.Locations = []string{"Hoster SARL"}, []string{"Imprimerie SA"}, []string{"FR"}
	o.ImpactAssessment, o.CodesOfConduct = "DPIA 2026-3", []string{"UFMD"}
	h.must(h.app.Desk.ApplyOrganisation(t.Context(), Operator(), o))
	h.approve(spring, func(f *campaign.File) { // which names to whom the data goes
		for language, m := range f.Message {
			m.Body += "\n\nImprimerie SA\n"
			f.Message[language] = m
		}
		for language, form := range f.Form {
			form.Intro += " (Imprimerie SA)"
			f.Form[language] = form
		}
	})
	h.start(spring).send()
	h.says(person(0), "newsletter.email")
	h.wait(time.Minute)
	h.post(h.page(person(0)), 303, "form", h.opened(h.page(person(0))), "change", "newsletter.sms", "to", "yes", "confirmed", "yes")
	held := h.payloads()
	text, err := os.ReadFile("../../docs/evidence.md")
	h.must(err)
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 8 || !regexp.MustCompile(`^ \d+ $`).MatchString(cells[1]) {
			continue
		}
		rows++
		places := evidencePlace.FindAllStringSubmatch(cells[3], -1)
		if len(places) == 0 {
			t.Errorf("row %s says nowhere", cells[1])
		}
		for _, p := range places {
			if !slices.ContainsFunc(held[p[1]], func(doc any) bool { return len(along(doc, p[2])) > 0 }) {
				t.Errorf("row %s: no %s has %s", cells[1], p[1], p[2])
			}
		}
	}
	if rows != 40 {
		t.Errorf("%d rows, not 40", rows)
	}
}

// payloads gives what a dossier of everything holds, by kind of entry; leaf are all leaves.
func (h *house) payloads() map[string][]any {
	h.t.Helper()
	var b bytes.Buffer
	h.must(h.app.ExportProof(h.t.Context(), &b, ProofQuery{}))
	var doc struct {
		Checkpoint string `json:"checkpoint"`
		Entries    []struct{ Kind, Leaf, Payload string }
	}
	h.must(json.Unmarshal(b.Bytes(), &doc))
	out := map[string][]any{"dossier": {map[string]any{"checkpoint": doc.Checkpoint}}}
	for _, e := range doc.Entries {
		for kind, text := range map[string]string{e.Kind: e.Payload, "leaf": e.Leaf} {
			if text == "" { // erased
				continue
			}
			var v any
			h.must(json.Unmarshal([]byte(text), &v))
			out[kind] = append(out[kind], v)
		}
	}
	return out
}

// Row 26: what token an answer came by, which key signed it and how old it was; row 20: on which page it was given.
func TestAnswersSayByWhichLinkAndPageTheyCame(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 4, channels: both}).start(spring).send()
	h.wait(time.Hour)
	h.says(person(0), "newsletter.email")
	h.post(h.page(person(1)), http.StatusSeeOther, "form", h.opened(h.page(person(1))), "change", "newsletter.sms", "to", "no")
	h.post(h.page(person(2)), http.StatusSeeOther, "form", h.opened(h.page(person(2))), "action", "refuse-all")
	h.oneClick(person(3))
	held := h.payloads()
	var got []string
	for _, doc := range append(held[string(campaign.EntryAnswered)], held[string(campaign.EntryObjected)]...) {
		kid, _ := along(doc, "auth.token_kid")[0].(float64)
		age, _ := along(doc, "auth.token_age_ms")[0].(float64)
		if kid < 1 || age < float64(time.Hour/time.Millisecond) || age > float64(2*time.Hour/time.Millisecond) {
			t.Errorf("key %v, age %v", kid, age)
		}
		how, _ := along(doc, "collection_method")[0].(string)
		got = append(got, along(doc, "auth.token_purpose")[0].(string)+": "+strings.Split(how, ":")[0])
	}
	slices.Sort(got)
	want := []string{"form: hosted form", "one_click: RFC 8058 one-click unsubscribe, signed personal link", "preferences: preferences page", "preferences: preferences page"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Every time that the program writes into an entry is spelled as docs/ledger.md says, with exactly three decimals.
func TestTimesInEntriesHaveThreeDecimals(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: person(1), By: "voice", Decisions: []string{"newsletter.phone=no"}, On: "2026-03-10"})
	h.must(err)
	times := map[string]int{}
	var walk func(way string, v any)
	walk = func(way string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, each := range v {
				walk(way+"."+name, each)
			}
		case []any:
			for _, each := range v {
				walk(way, each)
			}
		case string:
			at, err := time.Parse(time.RFC3339Nano, v)
			if err != nil || strings.HasSuffix(way, ".schedule.start") { // as its author wrote it
				return
			}
			if times[way]++; at.UTC().Format(ledger.TimeLayout) != v {
				t.Errorf("%s is spelled %s", way, v)
			}
		}
	}
	for kind, docs := range h.payloads() {
		if kind != "dossier" && kind != "leaf" {
			walk(kind, docs)
		}
	}
	for _, way := range []string{"answered.event_time", "answered.message.sent_at", "answered.signoff.time", "answered.prior_state.At", "asked.event_time", "case.opened.due"} {
		if times[way] == 0 {
			t.Errorf("no %s was looked at: %v", way, times)
		}
	}
}

// What is kept of an erased person's answers is what docs/evidence.md says, and names nobody.
func TestTheLeastOfAnAnswer(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := holding(t)
	h.erase(marked)
	kept := h.payloads()[string(campaign.EntryArchived)]
	if len(kept) != 1 {
		t.Fatalf("%d entries", len(kept))
	}
	records := along(kept[0], "records[]")
	if len(records) != 2 {
		t.Fatalf("%d records", len(records))
	}
	for _, r := range records {
		for _, way := range []string{"schema", "record_id", "receipt_id", "subject_ref", "address_hmac", "hmac_kid", "controller.legal_name", "jurisdiction", "language", "notice.url", "message.message_sha256",
			"purposes", "channels", "collection_method", "act", "decisions[].state", "event_time", "validity", "actor.kind", "retention", "entry", "leaf_hash", "kept_until"} {
			if len(along(r, way)) == 0 {
				t.Errorf("lacks %s", way)
			}
		}
		for _, way := range []string{"address_clear", "request", "triage", "auth", "prior_state", "invitation"} {
			if len(along(r, way)) > 0 {
				t.Errorf("keeps %s", way)
			}
		}
	}
}
