package store

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// selectCampaign leaves out what a campaign that is approved consists of: every visitor and every message asks
// for it, it is long, and it never changes.
const selectCampaign = `SELECT c.id, c.name, c.status, CASE WHEN a.entry IS NULL THEN c.file ELSE '' END, c.created_at, c.started_at, c.closed_at, c.wait_for, c.wait_until, c.wait_reason, c.form_views, c.canary_until, c.begun_at,
coalesce(a.entry, -1), coalesce(a.hash, ''), coalesce(a.by, ''), coalesce(a.at, 0), c.written_by, c.voided
FROM campaign c LEFT JOIN approval a ON a.entry = c.approval `

// campaignRow is a campaign with what tells its approval from all others.
type campaignRow struct {
	campaign.Campaign
	approval int64
	hash     string
}

func (t *tx) scanCampaign(scan func(...any) error) (c campaignRow, err error) {
	var file, voided string
	var created, started, closed, until, canary, begun, approved int64
	if err = scan(&c.ID, &c.Name, &c.Status, &file, &created, &started, &closed, &c.Waiting.For, &until, &c.Waiting.Reason, &c.FormViews, &canary, &begun,
		&c.approval, &c.hash, &c.ApprovedBy, &approved, &c.WrittenBy, &voided); err != nil {
		return c, err
	}
	if voided != "" {
		if err = decode(voided, &c.Voided); err != nil {
			return c, err
		}
	}
	c.CreatedAt, c.StartedAt, c.ClosedAt = fromMillis(created), fromMillis(started), fromMillis(closed)
	c.BegunAt = fromMillis(begun)
	c.Waiting.Until, c.CanaryUntil, c.ApprovedAt = fromMillis(until), fromMillis(canary), fromMillis(approved)
	c.File, err = t.db.files.of(file)
	return c, err
}

// campaigns reads campaigns with what was approved of each. A draft that is changed loses its approval, so
// that the file of an approved one is the one that was approved.
func (t *tx) campaigns(where string, args ...any) ([]campaign.Campaign, error) {
	rows, err := all(t, t.scanCampaign, selectCampaign+where, args...)
	if err != nil {
		return nil, err
	}
	var out []campaign.Campaign
	for _, c := range rows {
		if c.approval >= 0 {
			frozen, err := t.db.approved.under(fmt.Sprint(c.approval, " ", c.hash), func() (text string, err error) {
				return text, t.row([]any{&text}, "SELECT frozen FROM approval WHERE entry = $1", c.approval)
			})
			if err != nil {
				return nil, err
			}
			frozen.Hash = c.hash
			c.Frozen, c.File = &frozen, frozen.File
		}
		out = append(out, c.Campaign)
	}
	return out, nil
}

// Campaign is one campaign by its name.
func (t *tx) Campaign(name string) (campaign.Campaign, error) {
	return t.oneCampaign("store.Campaign", "WHERE c.name = $1", name)
}

// CampaignByID is one campaign by its number.
func (t *tx) CampaignByID(id campaign.CampaignID) (campaign.Campaign, error) {
	return t.oneCampaign("store.CampaignByID", "WHERE c.id = $1", int64(id))
}

func (t *tx) oneCampaign(op, where string, arg any) (campaign.Campaign, error) {
	cs, err := t.campaigns(where, arg)
	if err != nil {
		return campaign.Campaign{}, translate(op, err)
	}
	if len(cs) == 0 {
		return campaign.Campaign{}, notFound(op)
	}
	return cs[0], nil
}

// CampaignList is all campaigns by creation.
func (t *tx) CampaignList() ([]campaign.Campaign, error) {
	cs, err := t.campaigns("ORDER BY c.id")
	return cs, translate("store.CampaignList", err)
}

// CreateCampaign stores a new draft. A name that is taken is fault.Conflict.
func (t *tx) CreateCampaign(c campaign.Campaign) (id campaign.CampaignID, err error) {
	file, err := encode(c.File)
	if err != nil {
		return 0, translate("store.CreateCampaign", err)
	}
	created := c.CreatedAt
	if created.IsZero() {
		created = t.now
	}
	err = t.row([]any{&id}, "INSERT INTO campaign (name, status, file, created_at, written_by) VALUES ($1, $2, $3, $4, $5) RETURNING id",
		c.Name, string(campaign.Draft), file, millis(created), c.WrittenBy)
	return id, translate("store.CreateCampaign", err)
}

// PutDraft replaces the content of a draft, and voids an approval. by is who wrote it.
func (t *tx) PutDraft(id campaign.CampaignID, f campaign.File, by string) error {
	file, err := encode(f)
	if err != nil {
		return translate("store.PutDraft", err)
	}
	return t.must("store.PutDraft", "UPDATE campaign SET file = $2, name = $3, written_by = $4, status = 'draft', approval = -1 WHERE id = $1 AND status IN ('draft', 'approved')",
		int64(id), file, f.Name, by)
}

// Void keeps what took the approval of a draft back.
func (t *tx) Void(id campaign.CampaignID, v campaign.Voided) error {
	text, err := encode(v)
	if err != nil {
		return translate("store.Void", err)
	}
	return t.must("store.Void", "UPDATE campaign SET voided = $2 WHERE id = $1 AND status = 'draft'", int64(id), text)
}

// DeleteDraft removes a draft.
func (t *tx) DeleteDraft(id campaign.CampaignID) error {
	return t.must("store.DeleteDraft", "DELETE FROM campaign WHERE id = $1 AND status = 'draft'", int64(id))
}

// Freeze approves a draft: what was approved is kept for good, covered by the entry of the approval.
func (t *tx) Freeze(id campaign.CampaignID, f campaign.Frozen, by string) error {
	frozen, err := encode(f)
	if err != nil {
		return translate("store.Freeze", err)
	}
	file, err := encode(f.File)
	if err != nil {
		return translate("store.Freeze", err)
	}
	no, err := t.entryFor(campaign.EntryApproved, id, map[string]any{"actor": campaign.Machine, "by": by, "content_sha256": f.Hash})
	if err != nil {
		return err
	}
	if err := t.must("store.Freeze", "UPDATE campaign SET status = 'approved', approval = $2, file = $3, voided = '' WHERE id = $1 AND status = 'draft'", int64(id), int64(no), file); err != nil {
		return err
	}
	return translate("store.Freeze", t.add(approvalRows, no, int64(id), f.Hash, frozen, by, millis(t.now)))
}

// MoveCampaign is a compare-and-set of the status.
func (t *tx) MoveCampaign(id campaign.CampaignID, from, to campaign.Status) error {
	return t.must("store.MoveCampaign", `UPDATE campaign SET status = $3,
started_at = CASE WHEN $3 = 'running' AND started_at = 0 THEN $4 ELSE started_at END,
closed_at = CASE WHEN $3 = 'closed' THEN $4 ELSE closed_at END
WHERE id = $1 AND status = $2`, int64(id), string(from), string(to), millis(t.now))
}

// SetWaiting says what a campaign waits for.
func (t *tx) SetWaiting(id campaign.CampaignID, w campaign.Waiting) error {
	return found(t.must("store.SetWaiting", "UPDATE campaign SET wait_for = $2, wait_until = $3, wait_reason = $4 WHERE id = $1",
		int64(id), w.For, millis(w.Until), w.Reason))
}

// CountFormViews counts showings of the form.
func (t *tx) CountFormViews(id campaign.CampaignID, n int64) error {
	return found(t.must("store.CountFormViews", "UPDATE campaign SET form_views = form_views + $2 WHERE id = $1", int64(id), n))
}

// found turns "no row was changed" into "no such row" where nothing but the row's existence was asked.
func found(err error) error {
	var f *fault.Fault
	if errors.As(err, &f) && f.Key == "store.lost" {
		return notFound(f.Op)
	}
	return err
}

func notFound(op string) error { return translate(op, sql.ErrNoRows) }

// Document is a kept document by its SHA-256.
func (t *tx) Document(sha256 string) (d campaign.Document, err error) {
	err = t.row([]any{&d.SHA256, &d.Name, &d.Language, &d.Media, &d.Content},
		"SELECT sha256, name, language, media, content FROM document WHERE sha256 = $1", sha256)
	return d, translate("store.Document", err)
}

// PutDocument keeps a document once per hash.
func (t *tx) PutDocument(no campaign.EntryNo, d campaign.Document) error {
	var n int
	if err := t.row([]any{&n}, "SELECT count(*) FROM document WHERE sha256 = $1", d.SHA256); err != nil || n > 0 {
		return translate("store.PutDocument", err)
	}
	content := d.Content
	if content == nil {
		content = []byte{}
	}
	return translate("store.PutDocument", t.add(documentRows, no, d.SHA256, d.Name, d.Language, d.Media, content))
}

// Course says what happened on each day of a campaign.
func (t *tx) Course(id campaign.CampaignID) (out []campaign.CourseDay, err error) {
	err = t.each(func(scan func(...any) error) error {
		var day int64
		var one campaign.CourseDay
		err := scan(&day, &one.Sent, &one.Answers)
		one.Day = campaign.DayOf(day)
		out = append(out, one)
		return err
	}, `SELECT day, sum(sent), sum(answers) FROM (
  SELECT sent_at / 86400000 AS day, 1 AS sent, 0 AS answers FROM invitation WHERE campaign = $1 AND state = 'sent'
  UNION ALL SELECT at / 86400000, 0, 1 FROM response WHERE campaign = $1) x GROUP BY day ORDER BY day`, int64(id))
	return out, translate("store.Course", err)
}
