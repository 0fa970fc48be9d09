package app

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/config"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/internal/schedule"
)

// zones are the time zones of countries with one that most people live in; elsewhere the
// configuration or the campaign says it.
var zones = map[string]string{
	"AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "CH": "Europe/Zurich", "CY": "Asia/Nicosia", "CZ": "Europe/Prague",
	"DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "ES": "Europe/Madrid", "FI": "Europe/Helsinki", "FR": "Europe/Paris",
	"GB": "Europe/London", "GR": "Europe/Athens", "HR": "Europe/Zagreb", "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IS": "Atlantic/Reykjavik",
	"IT": "Europe/Rome", "LI": "Europe/Vaduz", "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg", "LV": "Europe/Riga", "MC": "Europe/Monaco",
	"MT": "Europe/Malta", "NL": "Europe/Amsterdam", "NO": "Europe/Oslo", "PL": "Europe/Warsaw", "PT": "Europe/Lisbon", "RO": "Europe/Bucharest",
	"SE": "Europe/Stockholm", "SI": "Europe/Ljubljana", "SK": "Europe/Bratislava", "NZ": "Pacific/Auckland", "JP": "Asia/Tokyo",
}

// recipient as a time zone is that of each person.
const recipient = "recipient"

// bounds gives the limits that bind a campaign: every window must be open, the lower rate counts.
func bounds(s config.Sending) campaign.Bounds {
	return remembered(func(f campaign.File, o campaign.Organisation) (campaign.Limits, error) {
		house, err := location(s.Timezone, o.Country)
		if err != nil {
			return campaign.Limits{}, err
		}
		own := house // also of a campaign that lives by everybody's clock, for those whose zone nobody knows
		if f.Schedule.Timezone != "" && f.Schedule.Timezone != recipient {
			if own, err = location(f.Schedule.Timezone, o.Country); err != nil {
				return campaign.Limits{}, in("schedule.timezone", err)
			}
		}
		quiet, err := schedule.ParseQuiet(slices.Concat(s.QuietDays, f.Schedule.QuietDays))
		if err != nil {
			return campaign.Limits{}, in("schedule.quiet_days", err)
		}
		ws, err := windows(hung{s.Window, house, s.Timezone == recipient, quiet}, hung{f.Schedule.Window, own, theirs(s, f), quiet})
		if err != nil {
			return campaign.Limits{}, err
		}
		rate, by, err := slower(s.Rate, f.Schedule.Rate)
		if err != nil {
			return campaign.Limits{}, err
		}
		return campaign.Limits{Location: own, Open: ws.fixed.Open, Next: ws.fixed.Next, Local: ws.local(own), N: rate.N, Per: rate.Per, RateBy: by, Window: ws.shown}, nil
	})
}

// theirs reports whether a campaign's own window hangs on the recipient's clock.
func theirs(s config.Sending, f campaign.File) bool {
	return f.Schedule.Timezone == recipient || f.Schedule.Timezone == "" && s.Timezone == recipient
}

// remembered keeps the limits of each schedule: they are asked for with every message and every
// visitor, and reading a time zone's rules costs more than most else that is done then.
func remembered(read campaign.Bounds) campaign.Bounds {
	type question struct{ timezone, window, rate, quiet, country string }
	var known sync.Map
	return func(f campaign.File, o campaign.Organisation) (campaign.Limits, error) {
		q := question{f.Schedule.Timezone, f.Schedule.Window, f.Schedule.Rate, strings.Join(f.Schedule.QuietDays, ","), o.Country}
		if l, ok := known.Load(q); ok {
			return l.(campaign.Limits), nil
		}
		l, err := read(f, o)
		if err == nil {
			known.Store(q, l)
		}
		return l, err
	}
}

// slower is the rate that binds, and the setting it comes from.
func slower(house, own string) (schedule.Rate, string, error) {
	rate, err := schedule.ParseRate(house)
	if err != nil || own == "" {
		return rate, "sending.rate", err
	}
	r, err := schedule.ParseRate(own)
	if err != nil || rate.Slower(r) {
		return rate, "sending.rate", in("schedule.rate", err)
	}
	return r, "schedule.rate", nil
}

// in names the key of a campaign file whose value is at fault.
func in(key string, err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Invalid, "file.invalid", "{where}: {what}", "where", key, "what", err.Error()).Hint(fault.HintOf(err))
}

func location(name, country string) (*time.Location, error) {
	if name == "" || name == recipient {
		name = zones[country]
	}
	if name == "" {
		return time.UTC, nil
	}
	return campaign.ZoneNamed(name)
}
