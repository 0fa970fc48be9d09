package dashboard

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
)

// sorted are the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// editable reads the campaign of the path, whose content may still change.
func (v *visit) editable() (campaign.Campaign, error) {
	c, err := v.campaign()
	if err == nil && rank(c.Status) >= rank(campaign.Running) {
		err = fault.New(fault.Conflict, "campaign.frozen", "campaign {name} is {status}; its content can no longer change", "name", c.Name, "status", c.Status)
	}
	return c, err
}

// showEdit is the form of a campaign's content.
func (d *Dashboard) showEdit(v *visit) error {
	c, err := v.editable()
	if err != nil {
		return err
	}
	return v.editPage(http.StatusOK, c, typing{file: c.File, start: v.startText(c.File), was: c.File.Mark()}, nil)
}

// saveCampaign stores what was typed, as a draft.
func (d *Dashboard) saveCampaign(v *visit) error {
	c, err := v.editable()
	if err != nil {
		return err
	}
	var done campaign.Writing
	t, err := v.typing(c)
	if err == nil {
		done, err = d.desk.Change(v.ctx(), v.actor(), t.file, t.was)
	}
	if mendable(err) {
		t.was = v.known(err, c, t.was)
		return v.editPage(http.StatusUnprocessableEntity, c, t, err)
	}
	if err != nil {
		return err
	}
	return v.saved(c, done)
}

// known is the mark of what a person has seen of a campaign, once they were told why theirs was not stored: after that others
// changed it, what they send next is in the knowledge of that.
func (v *visit) known(err error, c campaign.Campaign, was string) string {
	var f *fault.Fault
	if errors.As(err, &f) && f.Key == "campaign.rewritten" {
		return c.File.Mark()
	}
	return was
}

// saved goes on after a change, and says when it voided an approval.
func (v *visit) saved(c campaign.Campaign, done campaign.Writing) error {
	if len(done.Voided) > 0 {
		return v.done(campaignPath(c.Name, "edit"), "campaign_voided")
	}
	return v.done(campaignPath(c.Name, "edit"), "campaign_saved")
}

// previewDraft draws the form again with what was typed, and the preview of it. Nothing is stored.
func (d *Dashboard) previewDraft(v *visit) error {
	c, err := v.editable()
	if err != nil {
		return err
	}
	t, err := v.typing(c)
	if err != nil && !mendable(err) {
		return err
	}
	return v.editPage(http.StatusOK, c, t, err)
}

// typing is a content as somebody types it.
type typing struct {
	file   campaign.File
	start  string // as typed
	was    string // mark of the content that the form was drawn from
	sample string // address of a contact
	drafty bool   // it may differ from what is stored
}

// typing reads the form over what is stored. Texts of a language that was just chosen begin with the
// starter's.
func (v *visit) typing(c campaign.Campaign) (t typing, err error) {
	if err := v.Request().ParseForm(); err != nil {
		return t, err
	}
	list := func(name string) []string { return slices.Clone(v.Request().PostForm[name]) }
	f := c.File
	f.Purposes, f.Channels, f.Languages = list("purposes"), list("channels"), v.chosen(c.File.Languages, list("languages"))
	f.Audience = campaign.Audience{Ask: list("ask"), ActiveWithin: v.word("active_within"), Routes: nil}
	for _, r := range list("routes") {
		f.Audience.Routes = append(f.Audience.Routes, campaign.Route(r))
	}
	f.Sender = campaign.Sender{Name: v.word("sender_name"), Address: v.word("sender_address"), ReplyTo: v.word("sender_reply_to")}
	f.Schedule.Window, f.Schedule.Timezone, f.Schedule.Rate = v.word("window"), v.word("timezone"), v.word("rate")
	t = typing{start: v.word("start"), was: v.FormValue("was"), sample: v.word("sample"), drafty: true}
	v.typedTexts(&f, c.File)
	t.file = f
	if err := v.newTexts(&t.file); err != nil {
		return t, err
	}
	t.file.Schedule.Deadline = campaign.Date{}
	if day := v.word("deadline"); day != "" {
		if t.file.Schedule.Deadline, err = campaign.ParseDate(day); err != nil {
			return t, wrongField("schedule.deadline", "board.edit.no_day", "this is no day; write it as 2027-06-01")
		}
	}
	t.file.Schedule.Start, err = v.startOf(t)
	return t, err
}

// wrongField is a fault of one field.
func wrongField(where, key, text string) error {
	return fault.New(fault.Invalid, key, text, "where", where).At("dashboard.typed")
}

// chosen keeps the order of the languages that were there, since the first is the fallback.
func (v *visit) chosen(before, now []string) []string {
	kept := slices.DeleteFunc(slices.Clone(before), func(l string) bool { return !slices.Contains(now, l) })
	for _, l := range now {
		if !slices.Contains(kept, l) {
			kept = append(kept, l)
		}
	}
	return kept
}

// typedTexts reads the texts of every language that the page had fields for.
func (v *visit) typedTexts(f *campaign.File, before campaign.File) {
	f.Message, f.Form = maps.Clone(before.Message), maps.Clone(before.Form)
	if f.Message == nil {
		f.Message, f.Form = map[string]campaign.MessageText{}, map[string]campaign.FormText{}
	}
	text := func(name, l string) string {
		return strings.ReplaceAll(v.Request().PostForm.Get(name+"_"+l), "\r\n", "\n")
	}
	for _, l := range before.Languages {
		if _, there := v.Request().PostForm["subject_"+l]; there {
			f.Message[l] = campaign.MessageText{Subject: oneLine(text("subject", l)), Body: text("body", l)}
			f.Form[l] = campaign.FormText{Title: oneLine(text("title", l)), Intro: text("intro", l)}
		}
	}
}

// oneLine is a text without line ends, for fields that wrap on the screen alone.
func oneLine(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\n", " ")) }

// newTexts fills in the starter's texts of a language that has none yet.
func (v *visit) newTexts(f *campaign.File) error {
	for _, l := range f.Languages {
		if f.Message[l] != (campaign.MessageText{}) || f.Form[l] != (campaign.FormText{}) {
			continue
		}
		starter, err := v.d.desk.Starter(v.ctx(), f.Name, "")
		if err != nil {
			return err
		}
		f.Message[l], f.Form[l] = starter.Message[l], starter.Form[l]
	}
	return nil
}

// startLayout is how a start is typed: a day and a time where the campaign is.
const startLayout = "2006-01-02T15:04"

// zone is where a schedule is: its own time zone, else the house's.
func (v *visit) zone(f campaign.File) (*time.Location, error) {
	o, err := v.d.desk.Organisation(v.ctx())
	if err != nil {
		return nil, err
	}
	l, err := v.d.desk.Limits(f, o)
	if err != nil {
		return nil, err
	}
	return l.Location, nil
}

func (v *visit) startOf(t typing) (time.Time, error) {
	zone, err := v.zone(t.file)
	if err != nil || t.start == "" {
		return time.Time{}, err
	}
	at, err := time.ParseInLocation(startLayout, strings.ReplaceAll(t.start, " ", "T"), zone)
	if err != nil {
		return at, wrongField("schedule.start", "board.edit.no_time", "this is no day and time; write it as 2027-06-01 09:00")
	}
	return at, nil
}

func (v *visit) startText(f campaign.File) string {
	if f.Schedule.Start.IsZero() {
		return ""
	}
	if zone, err := v.zone(f); err == nil {
		return f.Schedule.Start.In(zone).Format(startLayout)
	}
	return f.Schedule.Start.Format(startLayout)
}

// showText is the campaign as the text of its file.
func (d *Dashboard) showText(v *visit) error {
	c, err := v.editable()
	if err != nil {
		return err
	}
	return v.textPage(http.StatusOK, c, d.desk.CampaignText(c.File), c.File.Mark(), nil)
}

// saveText stores a campaign from the text of its file.
func (d *Dashboard) saveText(v *visit) error {
	c, err := v.editable()
	if err != nil {
		return err
	}
	var done campaign.Writing
	text, was := v.FormValue("text"), v.FormValue("was")
	f, err := d.desk.ReadCampaign(text)
	if err == nil && f.Name != c.Name {
		err = fault.New(fault.Invalid, "board.edit.renamed", "name must stay {name}", "name", c.Name).At("dashboard.saveText")
	}
	if err == nil {
		done, err = d.desk.Change(v.ctx(), v.actor(), f, was)
	}
	if mendable(err) {
		return v.textPage(http.StatusUnprocessableEntity, c, text, v.known(err, c, was), err)
	}
	if err != nil {
		return err
	}
	return v.saved(c, done)
}

func (v *visit) textPage(status int, c campaign.Campaign, text, was string, wrong error) error {
	page := board.CampaignText{CampaignHead: v.head(c, "edit"), Was: was, Action: v.d.href(campaignPath(c.Name, "text")), Back: v.d.href(campaignPath(c.Name, "edit")),
		Area: board.Area{Field: board.Field{Name: "text", Label: v.P.T("board.edit.file"), Value: text, Error: v.sentence(wrong), Required: true}, Rows: 32, Mono: true}}
	page.Note = v.voids(c)
	body, err := board.CampaignTextHTML(page)
	return v.show(status, body, err)
}

// voids warns that a change takes an approval back, or says what did.
func (v *visit) voids(c campaign.Campaign) string {
	switch {
	case c.Status == campaign.Approved:
		return v.P.T("board.edit.voids", "name", c.ApprovedBy)
	case c.Voided != nil:
		return v.P.T("board.edit.voided", "name", c.Voided.By, "at", v.P.DateTime(c.Voided.At), "changed", strings.Join(c.Voided.Changed, ", "))
	}
	return ""
}

// whereOf is the key of the file that a fault speaks of, or nothing.
func whereOf(err error) string {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return ""
	}
	switch f.Key {
	case "file.purpose":
		return "purposes"
	case "file.untranslated", "forms.language":
		return "languages"
	case "timezone.unknown":
		return "schedule.timezone"
	case "schedule.window":
		return "schedule.window"
	case "schedule.rate":
		return "schedule.rate"
	}
	where, _ := f.Arg("where").(string)
	return where
}
