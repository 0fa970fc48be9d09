package app

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// base opens a file as an import does.
func base(t testing.TB, path string, said reading) *baseFile {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &baseFile{spool: f, path: path, year: 2026, said: said}
}

// judged reads a base and gives its people with their verdict, as lines.
func judged(t *testing.T, h *house, b *baseFile) (lines []string) {
	t.Helper()
	if err := b.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	people, err := h.app.Desk.Understand(b.source(""), campaign.ImportOptions{Columns: b.fields}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range people {
		c := u.Contact
		facts, err := json.Marshal(c.Facts)
		if err != nil {
			t.Fatal(err)
		}
		v := campaign.Audit(c, campaign.Standing{}, organisation(1), campaign.DateOf(morning))
		line := fmt.Sprintf("%s %s %s/%s %s", string(c.Email), v.Code, v.Class, v.Route, facts)
		if u.Reject != nil {
			line += fmt.Sprintf(" rejected: %s %s", u.Reject.Column, u.Reject.Reason)
		}
		lines = append(lines, line)
	}
	return lines
}

// TestPresets reads a made-up file in the format of each export. What is expected stands in one file,
// to be read by people: the verdict of each row and the facts it follows from.
func TestPresets(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	files, err := filepath.Glob("testdata/preset/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	seen := map[string]bool{}
	for _, path := range files {
		b := base(t, path, reading{})
		lines := judged(t, h, b)
		if b.preset == nil {
			t.Fatalf("%s is not known", path)
		}
		seen[b.preset.Name] = true
		fmt.Fprintf(&got, "%s: %s\n%s\n\n", filepath.Base(path), b.preset.Title, strings.Join(lines, "\n"))
	}
	want, err := os.ReadFile("testdata/preset/want.txt")
	if d := cmp.Diff(string(want), got.String()); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	all, err := presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if !seen[p.Name] || !regexp.MustCompile(`^.{20,} \(20\d\d-\d\d\)$`).MatchString(p.Source) {
			t.Errorf("preset %s has no example, or no source: %s", p.Name, p.Source)
		}
	}
}

// TestPresetIsCorrected lets --map and --preset go before what the header says.
func TestPresetIsCorrected(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	const path = "testdata/preset/prestashop.csv"
	lines := judged(t, h, base(t, path, reading{fields: map[string]string{"consent_status": "shop_name", "external_id": "id"}}))
	if !strings.Contains(lines[0], "rejected: shop_name not one of the values of consent_status") {
		t.Errorf("a column that was named is not taken: %s", lines[0])
	}
	none := base(t, path, reading{preset: "none"})
	if lines := judged(t, h, none); none.preset != nil || none.read().Title != "" || !strings.Contains(lines[2], "rejected") && !strings.Contains(lines[2], `"no"`) {
		t.Errorf("without a preset: %v", lines)
	}
	named := base(t, "testdata/preset/subscribed_members_export_0a1b2c.csv", reading{preset: "Mailchimp-Nonsubscribed"})
	if lines := judged(t, h, named); strings.Contains(strings.Join(lines, ""), `"yes"`) {
		t.Errorf("a preset that was named is not taken: %v", lines)
	}
	if err := base(t, path, reading{preset: "mailchip"}).look(t.Context()); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.HintOf(err), "mailchimp-cleaned") {
		t.Errorf("an unknown preset: %v", err)
	}
}

// TestExportsOfNoesNeverAsk fills exports of noes with anything, in their own columns and in columns that
// would speak for a person: nobody in them can be asked.
func TestExportsOfNoesNeverAsk(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	more := []string{"Address", "City", "Last name", "Country", "Consent", "Consent date", "Consent source", "Double opt-in at", "Last purchase", "Relationship", "Last contact", "Opposition offered"}
	values := []string{"", "yes", "no", "1", "FALSE", "2025-11-04", "2025-12-24 10:00:00", "US", "FR", "customer", "Lyon", "192.0.2.1"}
	for _, name := range []string{"mailchimp-unsubscribed", "mailchimp-cleaned"} {
		all, err := presets()
		if err != nil {
			t.Fatal(err)
		}
		p := all[slices.IndexFunc(all, func(p campaign.Preset) bool { return p.Name == name })]
		header := slices.Concat([]string{"Email Address", "OPTIN_IP", "CONFIRM_IP"}, p.Requires, more)
		rapid.Check(t, func(rt *rapid.T) {
			cells := rapid.SliceOfN(rapid.SampledFrom(values), len(header), len(header)).Draw(rt, "cells")
			cells[0] = "someone@place.example"
			path := filepath.Join(t.TempDir(), "export.csv")
			if err := os.WriteFile(path, []byte(strings.Join(header, ",")+"\n"+strings.Join(cells, ",")+"\n"), 0o600); err != nil {
				rt.Fatal(err)
			}
			lines := judged(t, h, base(t, path, reading{}))
			if !strings.Contains(lines[0], "/none ") {
				rt.Fatal(lines[0])
			}
		})
	}
}

// TestUnknownValuesNeverHelp writes something that no program writes into one column of each example after
// the other: nobody can be asked who could not before.
func TestUnknownValuesNeverHelp(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	files, err := filepath.Glob("testdata/preset/*.csv")
	h.must(err)
	for _, path := range files {
		text, err := os.ReadFile(path)
		h.must(err)
		b := base(t, path, reading{})
		before := judged(t, h, b)
		r := csv.NewReader(bytes.NewReader(text))
		r.Comma = b.delimiter
		rows, err := r.ReadAll()
		h.must(err)
		for c, heading := range b.header {
			if b.fields[c] == "" || b.fields[c] == "email" {
				continue
			}
			var changed bytes.Buffer
			w := csv.NewWriter(&changed)
			for n, row := range rows {
				row = slices.Clone(row)
				if n > 0 && row[c] != "" {
					row[c] = "zzz"
				}
				h.must(w.Write(row))
			}
			w.Flush()
			other := filepath.Join(t.TempDir(), filepath.Base(path))
			h.must(os.WriteFile(other, changed.Bytes(), 0o600))
			for n, line := range judged(t, h, base(t, other, reading{dates: "dd/mm/yyyy"})) {
				if !strings.Contains(line, " rejected: ") && !strings.Contains(line, "/none ") && strings.Contains(before[n], "/none ") {
					t.Errorf("%s, column %s: %s\nbefore: %s", path, heading, line, before[n])
				}
			}
		}
	}
}

// TestUnsubscribesOfEachTypeCount reads HubSpot's export of noes, which has a column for each type of e-mail that an account made: a no
// to any of them is heard, and no such column is said to be kept aside or proposed as one of consents.
func TestUnsubscribesOfEachTypeCount(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	b := base(t, "testdata/preset/hubspot-unsubscribes.csv", reading{})
	judged(t, h, b)
	r := b.read()
	b.propose(&r)
	for _, c := range r.Columns {
		if c.Field == "" || c.Proposed != "" {
			t.Errorf("column %s is read for %q, and proposed is %q", c.Column, c.Field, c.Proposed)
		}
	}
}

// TestContactsWithoutConsentAreKnownByAnyName reads Mailchimp's files of contacts without consent and of archived ones, which only their names tell
// from that of subscribers, after somebody has renamed them.
func TestContactsWithoutConsentAreKnownByAnyName(t *testing.T) {
	t.Parallel()
	unwatched(t)
	text, err := os.ReadFile("testdata/preset/nonsubscribed_members_export_0a1b2c.csv")
	if err != nil {
		t.Fatal(err)
	}
	for name, preset := range map[string]string{"Mailchimp nonsubscribed.csv": "mailchimp-nonsubscribed", "copie de Non-Subscribed_members.csv": "mailchimp-nonsubscribed", "2026-11 non subscribed.csv": "mailchimp-nonsubscribed",
		"archived_members_export_0a1b2c.csv": "mailchimp-archived", "Mailchimp archived.csv": "mailchimp-archived"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		b := base(t, path, reading{})
		if err := b.look(t.Context()); err != nil || b.preset == nil || b.preset.Name != preset {
			t.Errorf("%s is read by %+v: %v", name, b.preset, err)
		}
	}
}

// TestNoesOfAnExportInOtherWords writes what stands in exports of other versions, languages and settings of the programs: a no is heard
// whatever it is called, and no word makes a yes that is none.
func TestNoesOfAnExportInOtherWords(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	const mailchimp, klaviyo, prestashop = "Email Address,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID,", "Email,Klaviyo ID,Email Marketing Consent,", "email,shop_name,lastname,firstname,subscribed_on,subscribed"
	const signedUp, salesforce, shopify = "a@b.example,2,2024-11-04 10:11:12,192.0.2.1,2024-11-04 10:15:12,192.0.2.1,1,1,", "Id,LastName,Email,HasOptedOutOfEmail,LeadSource,Status,", "Email,Total Spent,Total Orders,Accepts Email Marketing"
	const brevo = "EMAIL,ADDED_TIME,MODIFIED_TIME,"
	for _, tc := range []struct{ header, row, want string }{
		{mailchimp + "Status", signedUp + "Non-Subscribed", `"unknown"`}, {mailchimp + "Status", signedUp + "Pending", `"pending"`}, {mailchimp + "Email marketing status", signedUp + "Unsubscribed", " T-03 "},
		{klaviyo + "x", "a@b.example,1,Désabonné,", " T-03 "}, {klaviyo + "Suppression Reason", "a@b.example,1,SUBSCRIBED,SPAM_COMPLAINT", " T-03 "},
		{klaviyo + "Suppression Timestamp", "a@b.example,1,SUBSCRIBED,2024-01-02", " T-03 "}, {klaviyo + "x", "a@b.example,1,NEVER_SUBSCRIBED,", `"unknown"`},
		{shopify, "a@b.example,1,1,unsubscribed", " T-03 "}, {shopify, "a@b.example,1,1,FALSE", " T-03 "}, {shopify, "a@b.example,1,1,not_subscribed", `"unknown"`},
		{shopify + ",Email marketing status", "a@b.example,1,1,yes,not_subscribed", `"unknown"`},
		{brevo + "OPT_IN", "a@b.example,2024-11-24,2024-11-25,désabonné", " T-03 "}, {brevo + "OPT_IN", "a@b.example,2024-11-24,2024-11-25,-1", `"unknown"`},
		{brevo + "DOUBLE_OPT-IN", "a@b.example,2024-11-24,2024-11-25,-1", `"unknown"`}, {brevo + "DOUBLE_OPT-IN", "a@b.example,2024-11-24,2024-11-25,No", `"unknown"`},
		{brevo + "EMAIL_MARKETING", "a@b.example,2024-11-24,2024-11-25,Désabonné", " T-03 "},
		{prestashop, "a@b.example,S,A,B,2024-11-24,Non", " T-03 "}, {prestashop, "a@b.example,S,A,B,2024-11-24,-1", `"unknown"`},
		{"id_customer,firstname,lastname,email,newsletter,newsletter_date_add,optin,date_add", "1,A,B,a@b.example,0,0000-00-00 00:00:00,1,2024-11-24 10:11:12", " T-03 "},
		{"ID,Prénom,Nom,Adresse e-mail,Offres partenaires,Newsletter", "1,A,B,a@b.example,1,0", " T-03 "}, {"ID,Prénom,Nom,Adresse e-mail,Offres partenaires,Newsletter", "1,A,B,a@b.example,1,-1", `"unknown"`},
		{"email,firstname,lastname,points,date_added,dnc_reason", "a@b.example,A,B,1,2024-11-24,1", " T-03 "}, {"email,firstname,lastname,points,date_added,dnc_reason", "a@b.example,A,B,1,2024-11-24,MANUAL", " T-03 "},
		{"email,firstname,lastname,points,date_added,doNotContact", "a@b.example,A,B,1,2024-11-24,3", " T-03 "}, {"email,firstname,lastname,points,date_added,doNotContact", "a@b.example,A,B,1,2024-11-24,[]", " T-59 "},
		{salesforce + "EmailBouncedReason", "1,A,a@b.example,false,Web,Open,550 5.1.1", `"bounce":"hard"`}, {salesforce + "ShouldForget", "1,A,a@b.example,false,Web,Open,true", " T-07 "},
		{"Email,$consent", `a@b.example,"email, unsubscribed"`, " T-03 "}, {"Record ID,Email,Lifecycle Stage,Legal basis for processing contact's data", "1,a@b.example,lead,Freely given consent from contact;Withdrawn", " T-03 "},
		{"Email,Accepte le marketing par e-mail", "a@b.example,Désabonné", " T-03 "},
		{"Email,Suppression Reason,Suppression Timestamp", "a@b.example,UNSUBSCRIBE,2024-05-01", " T-03 "}, {"Email,Suppression Reason,Suppression Timestamp", "a@b.example,HARD_BOUNCE,", `"bounce":"hard"`},
		{"id,uuid,email,name,attribs,status,created_at,updated_at", "1,u,a@b.example,A,{},disabled,2024-11-24 10:11:12,2024-11-25", " T-03 "},
		{"id,email,email_marketing_consent.state,created_at", "1,a@b.example,unsubscribed,2024-11-24", " T-03 "}, {"id,email,email_marketing_consent.state,created_at", "1,a@b.example,subscribed,2024-11-24", " T-59 "},
	} {
		path := filepath.Join(t.TempDir(), "export.csv")
		h.must(os.WriteFile(path, []byte(tc.header+"\n"+tc.row+"\n"), 0o600))
		line := judged(t, h, base(t, path, reading{}))[0]
		if !strings.Contains(line, tc.want) || strings.Contains(line, " rejected: ") || strings.Contains(line, `"yes"`) && !strings.Contains(line, " T-03 ") {
			t.Errorf("%s\n%s\nis %s, want %s", tc.header, tc.row, line, tc.want)
		}
	}
}

// TestNoColumnIsProposedWhereAPresetTellsWhoAgreed: Mailchimp's distance from Greenwich is 1 or 0, and no consent.
func TestNoColumnIsProposedWhereAPresetTellsWhoAgreed(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	path := filepath.Join(t.TempDir(), "export.csv")
	h.must(os.WriteFile(path, []byte("Email Address,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,GMTOFF,LEID,EUID\n"+
		"a@b.example,1,2024-11-04 10:11:12,192.0.2.1,2024-11-04 10:15:12,192.0.2.1,1,7,e7\n"), 0o600))
	b := base(t, path, reading{})
	judged(t, h, b)
	r := b.read()
	b.propose(&r)
	for _, c := range r.Columns {
		if c.Proposed != "" {
			t.Errorf("%s is proposed for column %s", c.Proposed, c.Column)
		}
	}
}
