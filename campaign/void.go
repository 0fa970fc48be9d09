package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// An approval is for one content: the audience rule, the texts of message and form, the schedule, the sender, and the
// facts of the organisation that stand in them. Any change of it takes the approval back, and is told by the keys of
// the file that changed.

// Voided says what took an approval back.
type Voided struct {
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Hash    string    `json:"content_sha256"` // of what had been approved
	Changed []string  `json:"changed"`        // keys of the campaign file: message.fr.body, schedule.deadline …
}

// voiding is what the ledger keeps of a change that took an approval back.
type voiding struct {
	Actor    Actor    `json:"actor"`
	Campaign string   `json:"campaign"`
	Hash     string   `json:"content_sha256"`
	Changed  []string `json:"changed"`
}

// mostChanged bounds how many keys a fault or an entry names.
const mostChanged = 100

// changed names what differs between two versions of a file or an organisation, by their keys.
func changed(before, after any) []string {
	was, is := flat(before), flat(after)
	keys := map[string]bool{}
	for _, m := range []map[string]string{was, is} {
		for k := range m {
			if was[k] != is[k] {
				keys[k] = true
			}
		}
	}
	out := slices.Sorted(maps.Keys(keys))
	return out[:min(len(out), mostChanged)]
}

// flat gives every value of something by the way to it: "message.fr.body". A list is one value, unless what it
// lists has keys of its own.
func flat(v any) map[string]string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("campaign: a value of our own does not marshal: " + err.Error())
	}
	var read any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&read); err != nil {
		panic("campaign: a value of our own does not read back: " + err.Error())
	}
	out := map[string]string{}
	flatten(out, "", read)
	return out
}

func flatten(out map[string]string, way string, v any) {
	under := func(key string) string {
		if way == "" {
			return key
		}
		return way + "." + key
	}
	switch v := v.(type) {
	case map[string]any:
		for k, one := range v {
			flatten(out, under(k), one)
		}
		return
	case []any:
		if keyed := namesIn(v); keyed != nil {
			for n, one := range v {
				flatten(out, under(keyed[n]), one)
			}
			return
		}
	}
	out[way] = fmt.Sprint(v)
}

// namesIn are the keys of what a list holds, nil where it has none.
func namesIn(list []any) (keys []string) {
	for n, one := range list {
		m, ok := one.(map[string]any)
		if !ok {
			return nil
		}
		key, ok := m["key"].(string)
		if !ok {
			key = strconv.Itoa(n + 1)
		}
		keys = append(keys, key)
	}
	return keys
}

// rewrite replaces the content of a campaign that has not started. The same content again changes nothing; another one
// takes an approval back, with an entry that says what changed.
func rewrite(tx Tx, actor Actor, c Campaign, f File) ([]string, error) {
	if c.Status == Draft {
		if c.WrittenBy != "" && c.File.Mark() == f.Mark() {
			return nil, nil // whoever saves what another wrote has not written it
		}
		return nil, tx.PutDraft(c.ID, f, actor.Name)
	}
	what := changed(c.Frozen.File, f)
	if len(what) == 0 {
		return nil, nil
	}
	if err := tx.PutDraft(c.ID, f, actor.Name); err != nil {
		return nil, err
	}
	if err := tx.Void(c.ID, Voided{By: actor.Name, At: tx.Now(), Hash: c.Frozen.Hash, Changed: what}); err != nil {
		return nil, err
	}
	_, err := tx.Append(Entry{Kind: EntryVoided, Campaign: c.ID, Payload: voiding{Actor: actor, Campaign: c.Name, Hash: c.Frozen.Hash, Changed: what}})
	return what, err
}

// secondPerson refuses the approval of whoever wrote the content last, where the organisation wants another one. The
// account that acts counts as well as the name that is given.
func (c Campaign) secondPerson(o Organisation, actor Actor, by string) error {
	switch {
	case !o.SecondPerson || c.WrittenBy != "" && c.WrittenBy != actor.Name && c.WrittenBy != by:
		return nil
	case c.WrittenBy == "":
		return fault.New(fault.Denied, "campaign.unwritten", "nobody is known to have written campaign {name}, and the organisation wants it approved by somebody else", "name", c.Name).
			Hint("save it once more, then let another person approve it")
	}
	return fault.New(fault.Denied, "campaign.second_person", "{writer} wrote campaign {name} last; the organisation wants another person to approve it", "name", c.Name, "writer", c.WrittenBy).
		Hint("let another person approve it, from an account of their own")
}

// outdated names the facts of the organisation that changed since a campaign was approved.
func (c Campaign) outdated(o Organisation) []string {
	if c.Frozen == nil {
		return nil
	}
	return changed(c.Frozen.Organisation, o)
}
