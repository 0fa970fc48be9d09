package app

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// last is the newest entry of a kind, read into v.
func (h *house) last(kind campaign.EntryKind, v any) {
	h.t.Helper()
	for n := range h.entries() {
		e, err := h.app.store.Entry(h.t.Context(), n)
		h.must(err)
		if e.Kind == kind {
			h.must(json.Unmarshal(e.Payload, v))
		}
	}
}

// TestAnyChangeTakesTheApprovalBack changes one thing after another of an approved campaign: audience, text, form,
// schedule, sender. The approval falls, the ledger says what changed and who did it, and the campaign cannot be started.
func TestAnyChangeTakesTheApprovalBack(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	ctx := t.Context()
	for want, change := range map[string]func(*campaign.File){
		"audience.ask":           func(f *campaign.File) { f.Audience.Ask = append(slices.Clone(f.Audience.Ask), "b2b") },
		"audience.active_within": func(f *campaign.File) { f.Audience.ActiveWithin = "12mo" },
		"message.fr.body": func(f *campaign.File) {
			f.Message["fr"] = campaign.MessageText{Subject: f.Message["fr"].Subject, Body: f.Message["fr"].Body + "\nMerci.\n"}
		},
		"message.fr.subject": func(f *campaign.File) {
			f.Message["fr"] = campaign.MessageText{Subject: f.Message["fr"].Subject + " !", Body: f.Message["fr"].Body}
		},
		"form.fr.intro": func(f *campaign.File) {
			f.Form["fr"] = campaign.FormText{Title: f.Form["fr"].Title, Intro: "Dites oui ou non."}
		},
		"schedule.deadline": func(f *campaign.File) { f.Schedule.Deadline = f.Schedule.Deadline.AddDays(1) },
		"schedule.start":    func(f *campaign.File) { f.Schedule.Start = h.clock().Add(time.Hour) },
		"sender.reply_to":   func(f *campaign.File) { f.Sender.ReplyTo = "other@iris.example" },
		"channels":          func(f *campaign.File) { f.Channels = []string{"email", "phone"} },
	} {
		name := strings.NewReplacer(".", "-", "_", "-").Replace(want)
		h.approve(name, nil)
		c, err := h.app.Desk.Campaign(ctx, name)
		h.must(err)
		if w, err := h.app.Desk.Create(ctx, campaign.Actor{Kind: "operator", Name: "max"}, c.File); err != nil || !w.Approved || len(w.Voided) != 0 {
			t.Errorf("%s: the same content again: %+v %v", want, w, err)
		}
		f := c.File
		f.Message, f.Form = cloned(f.Message), cloned(f.Form)
		change(&f)
		w, err := h.app.Desk.Create(ctx, campaign.Actor{Kind: "operator", Name: "max"}, f)
		if err != nil || !slices.Equal(w.Voided, []string{want}) || w.Approved {
			t.Errorf("%s: %+v %v", want, w, err)
		}
		var said struct {
			Actor    campaign.Actor
			Campaign string
			Hash     string `json:"content_sha256"`
			Changed  []string
		}
		h.last(campaign.EntryVoided, &said)
		if said.Actor.Name != "max" || said.Campaign != name || said.Hash != c.Frozen.Hash || !slices.Equal(said.Changed, []string{want}) {
			t.Errorf("%s: the ledger says %+v", want, said)
		}
		now, err := h.app.Desk.Campaign(ctx, name)
		if err != nil || now.Status != campaign.Draft || now.Voided == nil || now.Voided.By != "max" || !slices.Equal(now.Voided.Changed, []string{want}) {
			t.Errorf("%s: %+v %v", want, now, err)
		}
		if err := h.app.Start(ctx, name); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: started: %v", want, err)
		}
	}
	if r, err := h.app.VerifyLedger(ctx, ""); err != nil || !r.OK {
		t.Errorf("%+v %v", r, err)
	}
}

func cloned[V any](m map[string]V) map[string]V {
	out := map[string]V{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// TestAnApprovalIsAnEntry: who approved what, who wrote it, why, and what the check had found.
func TestAnApprovalIsAnEntry(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	h.approve("spring", nil)
	var said struct {
		By, Because string
		WrittenBy   string `json:"written_by"`
		Hash        string `json:"content_sha256"`
		Lint        struct {
			Ruleset string `json:"ruleset_version"`
			Result  string `json:"result_sha256"`
		}
		Frozen struct {
			File         struct{ Audience, Message, Form, Schedule any }
			Organisation any
		}
	}
	h.last(campaign.EntryApproved, &said)
	if said.By != "dpo@iris.example" || said.Because != "checked" || said.WrittenBy != Operator().Name || len(said.Hash) != 64 || said.Lint.Ruleset == "" || len(said.Lint.Result) != 64 {
		t.Errorf("%+v", said)
	}
	if f := said.Frozen.File; f.Audience == nil || f.Message == nil || f.Form == nil || f.Schedule == nil || said.Frozen.Organisation == nil {
		t.Errorf("%+v", said.Frozen)
	}
}

// TestASecondPersonApproves where the organisation wants it: not whoever wrote the content last, by account or by name.
func TestASecondPersonApproves(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	ctx := t.Context()
	o := organisation(1)
	o.SecondPerson = true
	h.must(h.app.Desk.ApplyOrganisation(ctx, Operator(), o))
	text, err := StarterCampaign("autumn", o, campaign.DateOf(h.clock()), StarterChoice{})
	h.must(err)
	f, err := desk{h.app.Desk, h.app}.ReadCampaign(text)
	h.must(err)
	max, dora := campaign.Actor{Kind: "operator", Name: "max"}, campaign.Actor{Kind: "operator", Name: "dora"}
	_, err = h.app.Desk.Create(ctx, max, f)
	h.must(err)
	for _, as := range []struct {
		actor campaign.Actor
		by    string
	}{{max, "max"}, {max, "dora"}, {dora, "max"}} {
		if _, err := h.app.Desk.Approve(ctx, as.actor, "autumn", as.by, "seen"); !fault.Is(err, fault.Denied) || fault.HintOf(err) == "" {
			t.Errorf("%s in the name of %s: %v", as.actor.Name, as.by, err)
		}
	}
	if r, err := h.app.Desk.Review(ctx, max, "autumn"); err != nil || !fault.Is(r.Denied, fault.Denied) {
		t.Errorf("%+v %v", r.Denied, err)
	}
	if r, err := h.app.Desk.Review(ctx, dora, "autumn"); err != nil || r.Denied != nil {
		t.Errorf("%+v %v", r.Denied, err)
	}
	_, err = h.app.Desk.Create(ctx, dora, f) // the same content: she has not written it
	h.must(err)
	if _, err := h.app.Desk.Approve(ctx, max, "autumn", "max", ""); !fault.Is(err, fault.Denied) {
		t.Errorf("saved unchanged by another, its writer approves it: %v", err)
	}
	if _, err := h.app.Desk.Approve(ctx, dora, "autumn", "dora", ""); err != nil {
		t.Error(err)
	}
	f.Schedule.Deadline = f.Schedule.Deadline.AddDays(1)
	_, err = h.app.Desk.Create(ctx, dora, f) // now she is the one who wrote it
	h.must(err)
	if _, err := h.app.Desk.Approve(ctx, dora, "autumn", "dora", ""); !fault.Is(err, fault.Denied) {
		t.Errorf("%v", err)
	}
	o.Phone = "+33 1 02 03 04 05"
	if _, err := h.app.Desk.Approve(ctx, max, "autumn", "max", ""); err != nil {
		t.Error(err)
	}
	h.must(h.app.Desk.ApplyOrganisation(ctx, Operator(), o))
	if err := h.app.Start(ctx, "autumn"); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "phone") {
		t.Errorf("an organisation that changed since: %v", err)
	}
}

// TestPeopleWhoCameAfterTheApproval brings people into the base after an approval. Forecast and review say so, the
// same content may be approved anew, and nobody speaks of who left the audience meanwhile.
func TestPeopleWhoCameAfterTheApproval(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2})
	ctx := t.Context()
	h.approve("late", nil)
	rules := func() (found []string) {
		f, err := h.app.Desk.Forecast(ctx, "late")
		h.must(err)
		for _, one := range f.Findings {
			found = append(found, one.Rule)
		}
		return found
	}
	h.wait(time.Hour)
	h.importRows(h.emails()[:1], map[string]string{"consent_status": "no"})
	if slices.Contains(rules(), "CAMP-002") {
		t.Error("whoever says no takes the approval back")
	}
	h.importPeople([]string{"newcomer@people.example"})
	if !slices.Contains(rules(), "CAMP-002") {
		t.Error("the forecast is silent about who came after the approval")
	}
	r, err := h.app.Desk.Review(ctx, Operator(), "late")
	if err != nil || !r.Grown {
		t.Errorf("the review: %+v %v", r, err)
	}
	h.wait(time.Hour)
	if a, err := h.app.Approve(ctx, "late", "dpo@iris.example", "checked"); err != nil || a.Already {
		t.Errorf("approved anew: %+v %v", a, err)
	}
	if a, err := h.app.Approve(ctx, "late", "dpo@iris.example", "checked"); err != nil || !a.Already {
		t.Errorf("approved once more: %+v %v", a, err)
	}
	h.start("late")
}

// TestOnlyWhatWasLookedAtIsApproved, and replaced: what others saved in between is neither.
func TestOnlyWhatWasLookedAtIsApproved(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	ctx := t.Context()
	text, err := StarterCampaign("autumn", organisation(1), campaign.DateOf(h.clock()), StarterChoice{})
	h.must(err)
	f, err := desk{h.app.Desk, h.app}.ReadCampaign(text)
	h.must(err)
	max, dora := campaign.Actor{Kind: "operator", Name: "max"}, campaign.Actor{Kind: "operator", Name: "dora"}
	if _, err := h.app.Desk.Change(ctx, max, f, "0ld"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a draft that was deleted comes back: %v", err)
	}
	_, err = h.app.Desk.Change(ctx, max, f, "")
	h.must(err)
	r, err := h.app.Desk.Review(ctx, dora, "autumn")
	h.must(err)
	later := f
	later.Schedule.Deadline = f.Schedule.Deadline.AddDays(1)
	_, err = h.app.Desk.Change(ctx, max, later, f.Mark())
	h.must(err)
	for _, seen := range []string{"", f.Mark()} {
		if _, err := h.app.Desk.Change(ctx, dora, f, seen); !fault.Is(err, fault.Conflict) {
			t.Errorf("over what another saved: %v", err)
		}
	}
	if _, err := h.app.Desk.ApproveSeen(ctx, dora, "autumn", "dora", "", r.Hash); !fault.Is(err, fault.Conflict) {
		t.Errorf("a content that nobody looked at is approved: %v", err)
	}
	if r, err = h.app.Desk.Review(ctx, dora, "autumn"); err == nil {
		_, err = h.app.Desk.ApproveSeen(ctx, dora, "autumn", "dora", "", r.Hash)
	}
	if c, _ := h.app.Desk.Campaign(ctx, "autumn"); err != nil || c.Status != campaign.Approved || c.File.Schedule.Deadline != later.Schedule.Deadline {
		t.Errorf("%v, %+v", err, c.Status)
	}
}

// TestOnlyTheOrganisationThatWasSeenIsReplaced holds it at the desk, which is where two who send at once meet.
func TestOnlyTheOrganisationThatWasSeenIsReplaced(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{people: 1})
	o, err := h.app.Desk.Organisation(t.Context())
	h.must(err)
	seen := campaign.Mandate{Rest: true, Seen: o.Mark()}
	mine, theirs := o, o
	mine.Phone, theirs.Phone = "+33 1 02 03 04 05", "+33 4 11 11 11 11"
	h.must(h.app.Desk.ChangeOrganisation(t.Context(), anna, theirs, seen))
	if err := h.app.Desk.ChangeOrganisation(t.Context(), anna, mine, seen); !fault.Is(err, fault.Conflict) {
		t.Errorf("what another changed is replaced: %v", err)
	}
	if now, err := h.app.Desk.Organisation(t.Context()); err != nil || now.Phone != theirs.Phone {
		t.Errorf("%q %v", now.Phone, err)
	}
}
