package campaign

import (
	"context"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/internal/fault"
)

// testTime bounds how long somebody waits for a relay to take a test message.
const testTime = 20 * time.Second

// SendTest sends one marked message of a campaign, as it stands, to somebody outside of it. It is no
// invitation: nothing is planned, claimed or recorded, its link shows the form and records nothing, and it
// is refused for everyone whom a campaign could ask or must not write to, so that nobody is asked by it.
// An empty language is the campaign's first.
func (d *Desk) SendTest(ctx context.Context, actor Actor, name, language string, to Address) error {
	if err := d.Testable(ctx, name, language, to); err != nil {
		return err
	}
	if d.carrier == nil {
		return fault.New(fault.Unavailable, "test.relay", "no relay is configured, so nothing can be sent").Hint("set smtp.url in reoptin.toml")
	}
	keys := d.keys.Mailbox(to)
	content, i, err := d.testContent(ctx, name, language)
	if err != nil {
		return err
	}
	i.Email, i.Relay = to, d.relays.foremost()
	m, err := d.carrier.Compose(i, content, nil)
	if err != nil {
		return err
	}
	m.Relay = i.Relay
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	o := d.carrier.Deliver(ctx, m, func(ctx context.Context) error { return d.outsider(ctx, to, keys) })
	d.log.Info("test message", "campaign", name, "by", actor.Name, "outcome", o.Kind, "stage", o.Stage, "code", o.Code)
	switch o.Kind {
	case OutcomeSent:
		return nil
	case OutcomeUncertain:
		return fault.New(fault.Unavailable, "test.uncertain", "the relay gave no clear answer; the test message may or may not have left").Because(o.Err).
			Hint("look into the mailbox before another is sent")
	case OutcomeLost: // the commit said no: it knows why
		if err := d.outsider(ctx, to, keys); err != nil {
			return err
		}
	}
	switch {
	case o.Reply != "":
	case fault.Is(o.Err, fault.Unavailable): // no relay spoke; the cause says why, and what to do
		return fault.Wrap("campaign.SendTest", o.Err)
	default:
		return fault.New(fault.Unavailable, "test.silent", "the relay broke off without a word; the test message was not taken").Because(o.Err).Hint("reoptin doctor")
	}
	return fault.New(fault.Unavailable, "test.refused", "the relay did not take the test message: {reply}", "reply", o.Reply).Because(o.Err).Hint("reoptin doctor")
}

// Testable says why no test message of a campaign may go to an address, if none may: also where there is no
// relay, which would not mend it.
func (d *Desk) Testable(ctx context.Context, name, language string, to Address) error {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return err
	}
	if !c.File.Mails() {
		return fault.New(fault.Invalid, "test.letters", "campaign {name} asks by letter only; there is no message to test", "name", name).
			Hint("reoptin campaign preview " + name + " --out DIR writes the letter, and needs no relay")
	}
	if _, err := c.spoken(language); err != nil {
		return err
	}
	keys := d.keys.Mailbox(to)
	if len(keys) == 0 {
		return fault.New(fault.Invalid, "test.address", "this is no usable mailbox").Hint("write one address, such as jeanne@example.net")
	}
	return d.outsider(ctx, to, keys)
}

// outsider refuses a test message to a person of the base, to one who was asked before, and to one who
// must not be written to.
func (d *Desk) outsider(ctx context.Context, to Address, keys []PersonKey) error {
	return d.store.View(ctx, func(r Reader) error {
		known, err := r.KeyHolders(keys)
		if err != nil {
			return err
		}
		taken, err := r.KeysTaken(keys)
		if err != nil {
			return err
		}
		lists, err := listsNaming(r, d.keys, to)
		if err != nil {
			return err
		}
		_, suppressed, err := r.Suppressed(keys)
		if err == nil && (len(known) > 0 || len(taken) > 0 || suppressed || len(lists) > 0) {
			err = fault.New(fault.Conflict, "test.person", "this address is in the base or must not be written to; a test message goes to a colleague").
				Hint("choose an address that the base does not hold; reoptin suppress check ADDRESS says whether it may be written to")
		}
		return err
	})
}

// spoken is which of a campaign's languages is meant; an empty one is the first.
func (c Campaign) spoken(language string) (n int, err error) {
	if language == "" {
		return 0, nil
	}
	if n = slices.Index(c.File.Languages, language); n < 0 {
		err = fault.New(fault.Invalid, "preview.language", "the campaign does not speak {language}", "language", language).
			Hint("it speaks " + strings.Join(c.File.Languages, ", "))
	}
	return n, err
}

// testContent is what a test message is made of: the content as approved, or the draft as it would be.
func (d *Desk) testContent(ctx context.Context, name, language string) (Content, Invitation, error) {
	c, err := d.Campaign(ctx, name)
	if err != nil {
		return Content{}, Invitation{}, err
	}
	n, err := c.spoken(language)
	if err != nil {
		return Content{}, Invitation{}, err
	}
	language = c.File.Languages[n]
	link, err := d.testLink(c.ID, n)
	if err != nil {
		return Content{}, Invitation{}, err
	}
	i := Invitation{Campaign: c.ID, Link: link, Language: language, Values: samples(language)[0].Values}
	if c.Frozen != nil {
		content, err := d.content(ctx, c)
		content.Test = true
		return content, i, err
	}
	o, err := d.Organisation(ctx)
	if err != nil {
		return Content{}, i, err
	}
	if err := c.File.validate(o); err != nil {
		return Content{}, i, err
	}
	frozen, docs, err := d.freeze(c.File, o)
	content := Content{Campaign: c.ID, Name: c.Name, Frozen: &frozen, Documents: map[string]Document{}, Test: true}
	for _, doc := range docs {
		content.Documents[doc.Name] = doc
	}
	return content, i, err
}

// The link id of a test message says which campaign and language it is of, since no row does: eight bytes
// and one, the rest is random. It is signed for a purpose of its own and opens nothing else.
const testRandom = 9

func (d *Desk) testLink(c CampaignID, language int) (l LinkID, err error) {
	binary.BigEndian.PutUint64(l[:], uint64(c))
	l[testRandom-1] = byte(language)
	_, err = io.ReadFull(d.rand, l[testRandom:])
	return l, fault.Wrap("campaign.testLink", err)
}

// TestView is what the page behind a test message's link shows.
type TestView struct {
	Frozen   *Frozen // as approved, or the draft as it stands now
	Language string
}

// ShowTest is the form behind the link of a test message. It knows nobody and changes nothing.
func (d *Desk) ShowTest(ctx context.Context, l LinkID) (v TestView, err error) {
	err = d.store.View(ctx, func(r Reader) error {
		c, err := r.CampaignByID(CampaignID(binary.BigEndian.Uint64(l[:])))
		if err != nil {
			return err
		}
		if v.Frozen = c.Frozen; v.Frozen == nil {
			o, err := organisation(r)
			if err != nil {
				return err
			}
			v.Frozen = &Frozen{File: c.File, Organisation: o}
		}
		languages := v.Frozen.File.Languages
		v.Language = languages[min(int(l[testRandom-1]), len(languages)-1)]
		return nil
	})
	return v, err
}
