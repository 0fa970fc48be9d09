package app

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// What the dashboard writes as a file must be what it reads from it, whatever people typed.
func TestACampaignSurvivesItsText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\"\\'\n\t#[]={}\r\x00\x1b\x7f\u2028é{{"))))
		list := rapid.SliceOfN(text, 1, 3)
		f := campaign.File{Name: text.Draw(t, "name"), Purposes: list.Draw(t, "purposes"), Channels: list.Draw(t, "channels"), Languages: []string{"fr", "pt-BR", text.Draw(t, "language")},
			Audience: campaign.Audience{Ask: list.Draw(t, "ask"), ActiveWithin: text.Draw(t, "within"), Routes: []campaign.Route{"email"}},
			Sender:   campaign.Sender{Name: text.Draw(t, "sender"), Address: text.Draw(t, "address"), ReplyTo: text.Draw(t, "reply")},
			Schedule: campaign.Schedule{Deadline: campaign.NewDate(2027, 6, 1), Window: text.Draw(t, "window"), Timezone: text.Draw(t, "zone"), Rate: text.Draw(t, "rate")},
			Message:  map[string]campaign.MessageText{}, Form: map[string]campaign.FormText{}}
		if rapid.Bool().Draw(t, "start") {
			f.Schedule.Start = time.Date(2027, 5, 1, 9, 30, 0, 0, time.UTC)
		}
		for _, l := range f.Languages {
			if l == "" {
				l = "en"
				f.Languages[2] = l
			}
			f.Message[l] = campaign.MessageText{Subject: text.Draw(t, "subject"), Body: text.Draw(t, "body")}
			f.Form[l] = campaign.FormText{Title: text.Draw(t, "title"), Intro: text.Draw(t, "intro")}
		}
		var got campaign.File
		if err := (source{"x", "campaign file", campaignText(f)}).decode(&got); err != nil {
			t.Fatalf("%v\n%s", err, campaignText(f))
		}
		if !got.Schedule.Start.Equal(f.Schedule.Start) {
			t.Fatalf("start %v, not %v", got.Schedule.Start, f.Schedule.Start)
		}
		got.Schedule.Start = f.Schedule.Start
		if !reflect.DeepEqual(got, f) {
			t.Fatalf("%+v\nis not\n%+v\n%s", got, f, campaignText(f))
		}
	})
}

func TestAFaultInATextNamesItsLine(t *testing.T) {
	t.Parallel()
	_, err := desk{}.ReadCampaign("name = \"x\"\r\npurposes = [\r\n\r\nnonsense")
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("%v", err)
	}
	if _, err := (desk{}).ReadCampaign("nmae = \"x\""); err == nil || !strings.Contains(err.Error(), "nmae") {
		t.Errorf("a misspelt key: %v", err)
	}
}
