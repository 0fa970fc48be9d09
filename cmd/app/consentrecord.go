package app

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// What an answer's ledger entry says is written for other programs in two ways: as consent records of ISO/IEC TS
// 27560 in JSON-LD with the words of the W3C's Data Privacy Vocabulary, one for each answer; and as consent receipts
// of Kantara 1.1, one for each answer that agrees to something. docs/evidence.md says which field goes where.

// answerSaid is what is read of the entry of an answer, whichever way it was given.
type answerSaid struct {
	Schema      string              `json:"schema"`
	RecordID    string              `json:"record_id"`
	ReceiptID   string              `json:"receipt_id"`
	Subject     string              `json:"subject_ref"`
	Address     string              `json:"address_hmac"`
	Controller  controllerSaid      `json:"controller"`
	Language    string              `json:"language"`
	Notice      noticeSaid          `json:"notice"`
	Message     messageSaid         `json:"message"`
	Purposes    []purposeSaid       `json:"purposes"`
	LegalBasis  string              `json:"legal_basis"`
	Categories  []string            `json:"pii_categories"`
	Recipients  []string            `json:"recipients"`
	Sensitive   bool                `json:"sensitive"`
	Method      string              `json:"collection_method"`
	Act         map[string]string   `json:"act"`
	Decisions   []campaign.Decision `json:"decisions"`
	Time        time.Time           `json:"event_time"`
	Given       string              `json:"given_on"`
	Validity    string              `json:"validity"`
	Actor       campaign.Actor      `json:"actor"`
	Author      *campaign.Actor     `json:"author"`
	Retention   map[string]string   `json:"retention"`
	Storage     []string            `json:"storage_locations"`
	Withdrawal  string              `json:"withdrawal"`
	RightsURL   string              `json:"rights_url"`
	Authority   string              `json:"authority"`
	Triage      campaign.Verdict    `json:"triage"`
	Jurisdicted string              `json:"jurisdiction"`
	Software    string              `json:"software"`
}

type controllerSaid struct {
	Name         string `json:"name"`
	LegalName    string `json:"legal_name"`
	Registration string `json:"reg_no"`
	Address      string `json:"address"`
	Country      string `json:"country"` // "" in an entry of an older version
	Email        string `json:"email"`
	Phone        string `json:"phone"`
	URL          string `json:"url"`
	DPO          string `json:"dpo"`
}

type noticeSaid struct {
	URL     string `json:"url"`
	Version string `json:"version,omitempty"`
	SHA256  string `json:"rendered_html_sha256"`
}

type messageSaid struct {
	Campaign  string `json:"campaign"`
	MessageID string `json:"message_id"`
	SHA256    string `json:"message_sha256"`
}

type purposeSaid struct {
	ID       string `json:"id"`
	Label    string `json:"label_shown"`
	Text     string `json:"description_shown"`
	Category string `json:"category"`
}

// when is the instant of an answer; of one that was entered by hand the day on which it was given.
func (s answerSaid) when() time.Time {
	if day, err := time.Parse(time.DateOnly, s.Given); err == nil {
		return day
	}
	return s.Time
}

// country is that of the organisation when the answer was given, else as it is now.
func (s answerSaid) country(o campaign.Organisation) string {
	return firstOf(s.Controller.Country, o.Country)
}

// jurisdiction is the country of the person, else that of the organisation.
func (s answerSaid) jurisdiction(o campaign.Organisation) string {
	return firstOf(s.Jurisdicted, s.country(o))
}

// language is that of the answer; "und" where it is not known (BCP 47).
func (s answerSaid) language() string {
	if s.Language != "" {
		return s.Language
	}
	return "und"
}

// storage is where the data lies. It is always here.
func (s answerSaid) storage() []string {
	if len(s.Storage) > 0 {
		return s.Storage
	}
	return []string{"the controller's own installation of reoptin"}
}

func (s answerSaid) categories() []string {
	if len(s.Categories) > 0 {
		return s.Categories
	}
	return []string{"contact", "identity"}
}

// ExportRecords writes the answers as consent records (27560) or receipts (kantara), oldest first. Those of people
// who were erased are no longer there.
func (a *App) ExportRecords(ctx context.Context, w io.Writer, format string) error {
	return a.takeOut(ctx, w, Operator(), campaign.Export{What: campaign.ExportConsents, Format: format}, func(w io.Writer, e *campaign.Export) (err error) {
		e.Count, err = a.writeRecords(ctx, w, format)
		return err
	})
}

func (a *App) writeRecords(ctx context.Context, w io.Writer, format string) (n int, err error) {
	o, err := a.Desk.Organisation(ctx)
	if err != nil {
		return 0, err
	}
	head, tail, write := `[`, "]\n", func(s answerSaid, _ int64, _ []byte) any {
		if !slices.ContainsFunc(s.Decisions, func(d campaign.Decision) bool { return d.State == campaign.Granted }) {
			return nil
		}
		return receiptOf(s, o)
	}
	if format == "27560" {
		terms, err := json.Marshal(vocabulary())
		if err != nil {
			return 0, fault.Wrap("app.ExportRecords", err)
		}
		head, tail = `{"@context":`+string(terms)+`,"@graph":[`, "]}\n"
		write = func(s answerSaid, seq int64, leaf []byte) any { return recordOf(s, o, seq, leaf) }
	}
	out := bufio.NewWriter(w)
	_, _ = out.WriteString(head)
	err = a.eachAnswer(ctx, func(s answerSaid, seq int64, leaf []byte) error {
		doc := write(s, seq, leaf)
		if doc == nil {
			return nil
		}
		if n > 0 {
			_ = out.WriteByte(',')
		}
		n++
		_ = out.WriteByte('\n')
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		return e.Encode(doc)
	})
	if err != nil {
		return n, err
	}
	_, _ = out.WriteString(tail)
	return n, fault.Wrap("app.ExportRecords", out.Flush())
}

// eachAnswer reads the entries of answers whose content is there, a page at a time.
func (a *App) eachAnswer(ctx context.Context, do func(s answerSaid, seq int64, leaf []byte) error) error {
	for after := campaign.NoEntry; ; {
		var page []campaign.Response
		err := a.store.View(ctx, func(r campaign.Reader) (err error) {
			page, err = r.ResponsePage(0, after, 500)
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, resp := range page {
			s, leaf, err := a.said(ctx, resp)
			if fault.Is(err, fault.Gone) {
				continue
			}
			if err == nil {
				err = do(s, int64(resp.Entry), leaf)
			}
			if err != nil {
				return err
			}
		}
		after = page[len(page)-1].Entry
	}
}

// said reads the entry of an answer, and the hash of its leaf. It is fault.Gone when its content is no longer there.
func (a *App) said(ctx context.Context, r campaign.Response) (s answerSaid, leaf []byte, err error) {
	e, err := a.store.Entry(ctx, int64(r.Entry))
	if err != nil {
		return s, nil, err
	}
	if e.Erased || json.Unmarshal(e.Payload, &s) != nil {
		return s, nil, fault.New(fault.Gone, "response.unproven", "what the ledger said of this answer is no longer kept").At("app.said")
	}
	s.Decisions = r.Decisions
	return s, e.LeafHash, nil
}

// consentReceipt is the consent receipt of an answer for whoever gave it: that of the export.
func (a *App) consentReceipt(ctx context.Context, r campaign.Response) (map[string]any, error) {
	s, _, err := a.said(ctx, r)
	if err != nil {
		return nil, err
	}
	o, err := a.Desk.Organisation(ctx)
	if err != nil {
		return nil, err
	}
	return receiptOf(s, o), nil
}

// receiptOf is the consent receipt of an answer. Its services are what was agreed to.
func receiptOf(s answerSaid, o campaign.Organisation) map[string]any {
	services := []map[string]any{}
	for _, p := range s.Purposes {
		var purposes []map[string]any
		for _, d := range s.Decisions {
			if d.Purpose != p.ID || d.State != campaign.Granted {
				continue
			}
			purpose := map[string]any{"purpose": p.Label + " (" + d.Channel + ")", "purposeCategory": []string{"6 - Marketing"}, "consentType": "EXPLICIT", "piiCategory": piiCategories(s.categories()),
				"primaryPurpose": true, "termination": s.Validity + "; kept for " + s.Retention[p.ID], "thirdPartyDisclosure": len(s.Recipients) > 0}
			if len(s.Recipients) > 0 {
				purpose["thirdPartyName"] = strings.Join(s.Recipients, ", ")
			}
			purposes = append(purposes, purpose)
		}
		if purposes != nil {
			services = append(services, map[string]any{"service": p.Label, "purposes": purposes})
		}
	}
	c := s.Controller
	contact := c.DPO
	if contact == "" {
		contact = c.Name
	}
	return map[string]any{"version": "KI-CR-v1.1.0", "jurisdiction": s.jurisdiction(o), "consentTimestamp": s.when().Unix(), "collectionMethod": s.Method, "consentReceiptID": s.ReceiptID,
		"language": s.language(), "piiPrincipalId": s.Subject, "policyUrl": firstOf(s.Notice.URL, s.RightsURL),
		"piiControllers": []map[string]any{{"piiController": c.LegalName, "onBehalf": false, "contact": contact, "address": map[string]string{"streetAddress": c.Address, "addressCountry": s.country(o)},
			"email": c.Email, "phone": c.Phone, "piiControllerUrl": c.URL}},
		"services": services, "sensitive": s.Sensitive, "spiCat": []string{}}
}

// piiCategories are our categories in the words of the receipt.
func piiCategories(ours []string) []string {
	out := []string{}
	for _, c := range ours {
		out = append(out, map[string]string{"identity": "1 - Biographical", "contact": "2 - Contact"}[c])
	}
	return slices.DeleteFunc(out, func(c string) bool { return c == "" })
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
