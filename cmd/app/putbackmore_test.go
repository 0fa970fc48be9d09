package app

import (
	"context"
	"database/sql"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/link"
)

// A withdrawal that is put back has the time at which the person gave it wherever it is shown, however much later that is done.
func TestRestoredNoKeepsItsTime(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(who, "newsletter.email", "newsletter.sms")
	restore := h.backup()
	h.wait(time.Hour)
	h.changes(who, "newsletter.sms", "no")
	said := h.responses(who)[1].At
	h.wait(72 * time.Hour)
	restore()
	h.recover()
	if back := h.responses(who)[1]; !back.At.Equal(said) {
		t.Errorf("given at %s, put back as of %s", said, back.At)
	}
	for name, text := range map[string]string{
		"receipt":     h.do(http.MethodGet, h.link("/r/", link.Receipt, who), nil).Body.String(),
		"preferences": h.do(http.MethodGet, h.page(who), nil).Body.String(),
	} {
		if !strings.Contains(text, said.Format("2 January 2006, 15:04:05 UTC")) || strings.Contains(text, h.clock().Format("2 January 2006")) {
			t.Errorf("the page %s does not say %s", name, said)
		}
	}
	if lines := h.consentLines("sms"); len(lines) != 1 || !strings.Contains(lines[0], said.Format(time.RFC3339)[:19]) {
		t.Errorf("exported as %v", lines)
	}
	h.verifies()
}

// One withdrawal may come to several answers, since each belongs to the message of its yes. The further ones leave a yes alone that
// was given later, which a backup has that is put back next.
func TestRestoredNoToSeveralAnswersLeavesALaterYes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(who, "newsletter.email", "newsletter.sms")
	h.wait(time.Hour)
	h.onPaper(who, "newsletter.sms=yes", "newsletter.post=yes")
	before := h.backup()
	h.wait(time.Hour)
	h.says(who)
	h.wait(time.Hour)
	h.says(who, "newsletter.email", "newsletter.sms")
	after := h.backup()
	h.wait(time.Hour)
	want := h.consents(who)
	before()
	h.recover()
	if got := h.consents(who); got["newsletter.email"] != campaign.Withdrawn || got["newsletter.sms"] != campaign.Withdrawn {
		t.Errorf("after the older backup: %v", got)
	}
	h.verifies()
	h.reopen()
	h.wait(time.Hour)
	after()
	h.recover()
	h.expectConsents(who, want)
}

// A clock that was set back dates a no before the yes that it takes back.
func TestRestoredNoFromBeforeItsYes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.wait(time.Hour)
	h.says(who, "newsletter.email", "newsletter.sms")
	restore := h.backup()
	h.wait(-10 * time.Minute)
	_, err := h.app.Desk.Respond(t.Context(), h.invitation(who).Link, campaign.Answer{Kind: campaign.ByForm, Lines: []campaign.AnswerLine{{Question: campaign.Question{Purpose: "newsletter", Channel: "sms"}}}})
	h.must(err)
	h.expectConsents(who, mailAlone)
	h.wait(time.Hour)
	restore()
	h.recover()
	h.expectConsents(who, mailAlone)
}

// tornJournal lets only the first record of each batch reach the disk.
type tornJournal struct{ campaign.Journal }

func (j tornJournal) Append(ctx context.Context, rs ...campaign.Record) error {
	if err := j.Journal.Append(ctx, rs[:1]...); err != nil {
		return err
	}
	return errDisk
}

// The keys of somebody with two mailboxes and the question take two lines of the journal: what has only the first is completed by the
// next start.
func TestAWithdrawalThatIsHalfInTheJournalIsCompleted(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1, channels: both})
	h.importRows([]string{"old@elsewhere.example"}, nil)
	who := "new@elsewhere.example"
	h.rectify("old@elsewhere.example", who)
	h.onPaper(who, "newsletter.email=yes", "newsletter.sms=yes")
	restore := h.backup()
	h.wait(time.Hour)
	h.rewire(func(d *campaign.Deps) { d.Journal = tornJournal{d.Journal} })
	if _, err := h.app.RecordByHand(t.Context(), ByHand{Contact: who, By: "voice", Decisions: []string{"newsletter.sms=no"}, On: campaign.DateOf(h.clock()).String()}); err == nil {
		t.Error("the journal was not torn")
	}
	h.reopen()
	h.reopen() // writes it no third time
	if n := h.recorded(campaign.RecordWithdraw); n != 3 {
		t.Errorf("%d lines, of which one was there", n)
	}
	restore()
	h.recover()
	h.expectConsents(who, mailAlone)
}

// A backup from before both the yes and the no: the no stands by itself, so that the paper with the older yes cannot be entered again.
func TestRestoredNoStandsWithoutItsYes(t *testing.T) {
	t.Parallel()
	unwatched(t)
	for name, asked := range map[string]bool{"who was asked": true, "who was not asked": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			who := person(0)
			h := newHouse(t, plan{people: 1, channels: both})
			if asked {
				h.start(spring).send()
			}
			restore := h.backup()
			if !asked {
				h.start(spring).send()
			}
			day := campaign.DateOf(h.clock()).String()
			h.onPaper(who, "newsletter.email=yes", "newsletter.sms=yes")
			h.wait(48 * time.Hour)
			h.changes(who, "newsletter.sms", "no")
			h.wait(48 * time.Hour)
			restore()
			h.recover()
			h.expectConsents(who, map[string]campaign.Choice{"newsletter.sms": campaign.Withdrawn})
			scan := h.at("scan.pdf")
			h.must(os.WriteFile(scan, []byte("%PDF-1.4 a scan"), 0o600))
			enter := func(decision string) error {
				_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: who, By: "paper", Decisions: []string{decision}, On: day, Proof: scan})
				return err
			}
			if err := enter("newsletter.sms=yes"); !fault.Is(err, fault.Conflict) {
				t.Errorf("entered again: %v", err)
			}
			h.must(enter("newsletter.email=yes"))
			h.expectConsents(who, mailAlone)
			n := h.entries()
			if r := h.reopen(); r != (campaign.Recovery{}) || h.entries() != n {
				t.Errorf("put back twice: %+v, %d entries", r, h.entries()-n)
			}
			h.verifies()
			as, _, err := h.app.Desk.Responses(t.Context(), campaign.ResponseFilter{Address: campaign.Address(who), Limit: 9})
			h.must(err)
			if len(as) != 2 || as[1].Kind != campaign.ByForm || asked != (as[1].Invitation != 0) || asked != (as[1].Name == spring) {
				t.Errorf("%+v", as)
			}
		})
	}
}

// The act by which somebody took a yes back is named as it was everywhere, also where the backup does not have the message with its
// button, and the mark that it was put back outlives an erasure.
func TestARestoredNoKeepsItsAct(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both})
	restore := h.backup()
	h.start(spring).send()
	h.says(who, "newsletter.email", "newsletter.sms")
	h.wait(time.Minute)
	h.oneClick(who)
	restore()
	h.recover()
	x, err := h.app.Access(t.Context(), who)
	h.must(err)
	if len(x.Responses) != 1 || x.Responses[0].Kind != "one_click" || x.Responses[0].How != "one_click" || x.Responses[0].Author != "" {
		t.Errorf("%+v", x.Responses)
	}
	var says struct {
		PutBack bool   `json:"put_back"`
		Medium  string `json:"medium"`
	}
	h.last(campaign.EntryAnswered, &says)
	if !says.PutBack || says.Medium != "one_click" {
		t.Errorf("the ledger says %+v", says)
	}
	h.verifies()
	h.erase(who)
	var kept struct {
		Records []struct {
			PutBack bool `json:"put_back"`
		} `json:"records"`
	}
	h.last(campaign.EntryArchived, &kept)
	if len(kept.Records) != 1 || !kept.Records[0].PutBack {
		t.Errorf("kept is %+v", kept)
	}
	h.verifies()
}

// A database of the version before, in which somebody asked for a receipt by mail, is brought up to date with every answer.
func TestAnswersOfTheVersionBefore(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(who, "newsletter.email")
	said := h.responses(who)
	h.close()
	raw, err := sql.Open("sqlite", h.at("reoptin.db"))
	h.must(err)
	for _, s := range []string{"INSERT INTO receipt_mail (response, asked_at) SELECT id, at FROM response", "ALTER TABLE warmth DROP COLUMN best", "ALTER TABLE delivery_count DROP COLUMN earlier",
		"ALTER TABLE delivery_count DROP COLUMN earlier_hard", "ALTER TABLE delivery_count DROP COLUMN earlier_complaints", "ALTER TABLE campaign DROP COLUMN anew",
		"DROP TRIGGER subject_case_pinned", "DROP TABLE case_extension", "CREATE TRIGGER subject_case_pinned BEFORE UPDATE ON subject_case BEGIN SELECT 1; END",
		"DELETE FROM goose_db_version WHERE version_id > 27"} {
		_, err := raw.Exec(s)
		h.must(err)
	}
	h.must(raw.Close())
	h.open()
	if got := h.responses(who); len(got) != 1 || got[0].ID != said[0].ID {
		t.Errorf("%+v, then %+v", said, got)
	}
	h.verifies()
	h.says(who)
}

// A campaign that the version before paused after a restore still says why in every language.
func TestThePauseOfAnOlderVersionIsStillSaid(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 1})
	h.saidInFrench("an older copy of the database was put back; the send journal brought back 5 messages and 1 opt-outs; look at the uncertain ones, then resume")
}

// Whoever took a yes back and was erased when their time was over has said nothing any more when they come again: nothing was
// restored, and nothing comes back.
func TestAnErasedWithdrawalStaysErased(t *testing.T) {
	t.Parallel()
	unwatched(t)
	h := newHouse(t, plan{people: 2}).start(spring).send()
	who := person(0)
	h.says(who, "newsletter.email")
	h.wait(time.Minute)
	h.says(who)
	h.wait(400 * 24 * time.Hour)
	if n := h.retain(); n["refused"][0] != 1 {
		t.Fatalf("retention: %v", n)
	}
	h.wait(time.Hour)
	h.importRows([]string{who}, nil)
	h.nothingComesBack()
}

// A no on the form to a yes that was entered by hand, beside a question that the message did not ask: the person's own pages say it
// as they did.
func TestRestoredNoToAYesByHandIsOnThePersonsPages(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.onPaper(who, "newsletter.sms=yes", "newsletter.post=yes")
	restore := h.backup()
	h.wait(time.Hour)
	h.says(who)
	said := h.responses(who)
	last := said[len(said)-1]
	restore()
	h.recover()
	if back := h.responses(who); len(back) != len(said) || back[len(back)-1].ID != last.ID || back[len(back)-1].Kind != campaign.ByForm {
		t.Errorf("%+v, then %+v", said, back)
	}
	for _, path := range []string{h.page(who), h.link("/r/", link.Receipt, who)} {
		if text := h.do(http.MethodGet, path, nil).Body.String(); !strings.Contains(text, last.At.Format("2 January 2006, 15:04:05 UTC")) {
			t.Errorf("%.3s says nothing of it", path)
		}
	}
	h.verifies()
}

// What somebody withdrew whom the backup does not have is counted, and stands once they are in the base. It is no answer to a message
// that was sent since.
func TestRestoredNoIsNoAnswerToALaterMessage(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := "jane@elsewhere.example"
	h := newHouse(t, plan{people: 1, channels: both})
	restore := h.backup()
	h.importRows([]string{who}, nil)
	h.onPaper(who, "newsletter.email=yes", "newsletter.sms=yes")
	_, err := h.app.RecordByHand(t.Context(), ByHand{Contact: who, By: "voice", Decisions: []string{"newsletter.sms=no"}, On: campaign.DateOf(h.clock()).String()})
	h.must(err)
	restore()
	if h.app.remembered.Strayed != 1 || h.app.remembered.Withdrawn != 0 {
		t.Errorf("nobody is told of it: %+v", h.app.remembered)
	}
	h.wait(time.Hour)
	h.importRows([]string{who}, nil)
	h.start(spring).send()
	h.reopen()
	as, _, err := h.app.Desk.Responses(t.Context(), campaign.ResponseFilter{Address: campaign.Address(who), Limit: 9})
	h.must(err)
	if len(as) != 1 || as[0].Invitation != 0 || as[0].Kind != campaign.ByVoice || h.invitation(who).State != campaign.Sent {
		t.Errorf("%+v, %s", as, h.invitation(who).State)
	}
}

// A purpose that the organisation does not have any more stands in the entry with the words under which people agreed to it.
func TestRestoredNoToAPurposeThatIsGone(t *testing.T) {
	t.Parallel()
	unwatched(t)
	who := person(0)
	h := newHouse(t, plan{people: 1, channels: both}).start(spring).send()
	h.says(who, "newsletter.email", "newsletter.sms")
	o := organisation(1)
	was := o.Purposes[0]
	o.Purposes[0].Key = "magazine"
	h.must(h.app.Desk.ApplyOrganisation(t.Context(), Operator(), o))
	restore := h.backup()
	h.changes(who, "newsletter.sms", "no")
	restore()
	h.recover()
	h.expectConsents(who, mailAlone)
	var says struct {
		Purposes []struct {
			Label    string `json:"label_shown"`
			Category string `json:"category"`
		} `json:"purposes"`
		Retention map[string]string `json:"retention"`
	}
	h.last(campaign.EntryAnswered, &says)
	if len(says.Purposes) != 1 || says.Purposes[0].Label != was.Title["en"] || says.Purposes[0].Category != was.Category || says.Retention["newsletter"] != was.Retention || was.Retention == "" {
		t.Errorf("%+v, was %+v", says, was)
	}
	h.verifies()
}
