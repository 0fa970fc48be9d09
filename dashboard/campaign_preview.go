package dashboard

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/campaign/lint"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/internal/fault"
	"github.com/reoptin/reoptin/templates/board"
	"github.com/reoptin/reoptin/web"
)

// The policies of the frames that show what people will see. A message may hold the styles that it is sent
// with; a form loads our own style sheet; a letter is a PDF, which a browser shows in no sandbox. None of them runs,
// sends or loads anything else, and only our own pages may frame them.
const (
	messagePolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
	formPolicy    = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
	letterPolicy  = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)

// draft is a content that somebody is writing, for the frames of its preview. It is kept in memory alone.
type draft struct {
	key, owner string
	file       campaign.File
	sample     *campaign.Sample // a contact of the base; nil: made-up people
	started    bool             // nothing of it can change any more
}

// mostDrafts are kept, and the oldest give way: somebody's next key press makes a new one.
const mostDrafts = 64

type drafts struct {
	mu   sync.Mutex
	kept []draft
}

// put keeps a draft and gives its key.
func (d *drafts) put(one draft) string {
	text, _ := json.Marshal([]any{one.owner, one.file, one.sample})
	sum := sha256.Sum256(text)
	one.key = hex.EncodeToString(sum[:16])
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = slices.DeleteFunc(d.kept, func(k draft) bool { return k.key == one.key })
	if len(d.kept) >= mostDrafts {
		d.kept = slices.Delete(d.kept, 0, 1)
	}
	d.kept = append(d.kept, one)
	return one.key
}

func (d *drafts) get(key, owner string) (draft, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.kept, func(k draft) bool { return k.key == key && k.owner == owner })
	if i < 0 {
		return draft{}, false
	}
	return d.kept[i], true
}

// sampleIn is who the preview is of, in one language.
func (d draft) sampleIn(language string) campaign.Sample {
	if d.sample == nil {
		return campaign.MadeUp(language)
	}
	s := *d.sample
	s.Language = language
	return s
}

// preview draws a content with what the lint says about it. What cannot be drawn says why.
func (v *visit) preview(one draft) (p board.Preview, err error) {
	o, err := v.d.desk.Organisation(v.ctx())
	if err == nil {
		var found []lint.Finding
		if found, err = v.d.desk.LintFile(one.file, o); err == nil {
			found = slices.DeleteFunc(found, func(f lint.Finding) bool { return one.started && f.Where == "schedule.deadline" })
			v.findings(&p, found)
		}
	}
	query := ""
	if one.owner != "" && err == nil {
		query = "?" + url.Values{"draft": {v.d.drafts.put(one)}}.Encode()
	}
	for _, l := range one.file.Languages {
		if err != nil {
			break
		}
		var s lint.Sheets
		if s, err = v.d.desk.Preview(v.ctx(), one.file, one.sampleIn(l)); err == nil {
			p.Sheets = append(p.Sheets, v.sheet(one, l, s, query))
		}
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.NotFound) {
		return board.Preview{Problem: v.sentence(err)}, nil
	}
	return p, err
}

// sheet is what people see in one language, as far as the campaign asks that way.
func (v *visit) sheet(one draft, l string, s lint.Sheets, query string) board.Sheet {
	f := one.file
	frame := func(name string) string { return v.d.href(campaignPath(f.Name, "frame/"+name+"."+l)) + query }
	out := board.Sheet{Language: v.language(l), Code: l, Form: frame("form"), Thanks: frame("thanks")}
	if f.Posts(one.sampleIn(l)) {
		out.Letter = frame("letter")
	}
	if !f.Mails() {
		return out
	}
	var header strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.Message.Header)) {
		for _, value := range s.Message.Header[name] {
			header.WriteString(name + ": " + value + "\n")
		}
	}
	out.Subject, out.From = s.Message.Subject, f.Sender.Name+" <"+f.Sender.Address+">"
	out.Text, out.Header, out.Message = s.Message.Text, header.String(), frame("message")
	return out
}

// findings says what the lint found.
func (v *visit) findings(p *board.Preview, fs []lint.Finding) {
	kinds := map[lint.Severity]string{lint.Error: "bad", lint.Approval: "wait", lint.Warning: "wait", lint.Info: "off"}
	p.Clean = len(fs) == 0
	p.Summary = v.P.N("board.findings.summary", len(fs))
	if p.Clean {
		p.Summary = v.P.T("board.findings.clean")
	}
	for _, f := range fs {
		if f.Line > 0 {
			f.Where += ":" + strconv.Itoa(f.Line)
		}
		switch {
		case len(f.Places) > 1 && slices.Contains(f.Places, f.Where):
			f.Where = strings.Join(f.Places, ", ")
		case len(f.Places) > 1: // what is to be mended is elsewhere
			f.Where += " (" + strings.Join(f.Places, ", ") + ")"
		}
		p.Findings = append(p.Findings, board.Finding{Severity: board.Badge{Kind: kinds[f.Severity], Text: v.P.T("board.severity." + string(f.Severity))},
			Rule: f.Rule, Where: f.Where, Words: v.found(f), Message: v.said(f.Message), Proposed: f.Proposed, Source: v.source(f.Source)})
	}
}

// measured are the rules whose findings tell a measure in place of words of the campaign.
var measured = []string{"CAMP-002", "CAMP-003", "CAMP-006", "CAMP-008", "CAMP-010", "DARK-007", "PLAIN-001", "PLAIN-002", "PLAIN-003", "SND-002"}

// found is what a finding found: the campaign's words as they are, or a measure.
func (v *visit) found(f lint.Finding) string {
	if slices.Contains(measured, f.Rule) {
		return v.said(f.Text)
	}
	return f.Text
}

// source is the law, guideline or standard behind a rule.
func (v *visit) source(of string) string {
	return strings.Join(v.saidEach(strings.Split(of, "; ")), v.P.T("board.between"))
}

// showFrame is what is in a frame. What cannot be shown is said there in a sentence: the page that says so
// elsewhere has scripts, and no frame around it.
func (d *Dashboard) showFrame(v *visit) error {
	policy, document, err := d.framedSheet(v)
	if policy == letterPolicy && err == nil {
		return v.framedLetter(document)
	}
	switch sentence := v.sentence(err); {
	case err != nil && sentence == "":
		return err
	case err != nil:
		return v.framed(web.Status(err), formPolicy, v.blank(sentence))
	}
	return v.framed(http.StatusOK, policy, document)
}

// framedSheet is message, form, thanks or letter, of the campaign as stored or of a draft.
func (d *Dashboard) framedSheet(v *visit) (policy, document string, err error) {
	c, err := v.campaign()
	if err != nil {
		return "", "", err
	}
	one := draft{file: c.File}
	if key := v.QueryParam("draft"); key != "" {
		kept, ok := d.drafts.get(key, v.secret.FormToken())
		if !ok || kept.file.Name != c.Name || !v.may(account.Edit) {
			return "", "", fault.New(fault.NotFound, "board.preview.gone", "this preview is no longer kept").At("dashboard.showFrame")
		}
		one = kept
	}
	name, language, _ := strings.Cut(v.param("sheet"), ".")
	if !slices.Contains(one.file.Languages, language) {
		return "", "", fault.New(fault.NotFound, "preview.language", "the campaign does not speak {language}", "language", language)
	}
	who := one.sampleIn(language)
	if name == "letter" && one.file.Posts(who) {
		var pdf bytes.Buffer
		err := d.desk.PreviewLetter(v.ctx(), &pdf, one.file, who)
		return letterPolicy, pdf.String(), err
	}
	s, err := d.desk.Preview(v.ctx(), one.file, who)
	if err != nil {
		return "", "", err
	}
	switch name {
	case "message":
		return messagePolicy, s.Message.HTML, nil
	case "form":
		return formPolicy, s.Form.HTML, nil
	case "thanks":
		return formPolicy, s.Form.Thanks, nil
	}
	return "", "", fault.New(fault.NotFound, "board.preview.gone", "there is no such preview").At("dashboard.showFrame")
}

// framedLetter answers with a PDF that a browser shows by itself, in a frame of our own pages or in a window.
func (v *visit) framedLetter(pdf string) error {
	h := v.Response().Header()
	h.Set("Content-Security-Policy", letterPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Disposition", `inline; filename="`+v.param("sheet")+`.pdf"`)
	return web.Blob(v, http.StatusOK, "application/pdf", []byte(pdf))
}

// framed answers with a document that only our own pages frame, under a policy of its own.
func (v *visit) framed(status int, policy, document string) error {
	h := v.Response().Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	if document == "" {
		document = v.blank("")
	}
	return web.HTML(v, status, []byte(document))
}

// blank is a document that says one sentence, for a frame that has nothing else to show.
func (v *visit) blank(sentence string) string {
	return `<!DOCTYPE html><html lang="` + v.P.Language() + `"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>` +
		html.EscapeString(v.P.T("board.sheet.form")) + "</title><p>" + html.EscapeString(sentence) + "</p></html>"
}

// showCheck shows findings and previews of the campaign as stored, and sends test messages.
func (d *Dashboard) showCheck(v *visit) error {
	c, err := v.campaign()
	if err != nil {
		return err
	}
	return v.checkPage(http.StatusOK, c, nil)
}

func (v *visit) checkPage(status int, c campaign.Campaign, wrong error) error {
	p, err := v.preview(draft{file: c.File, started: rank(c.Status) >= rank(campaign.Running)})
	if err != nil {
		return err
	}
	body, err := board.CheckHTML(board.Check{CampaignHead: v.head(c, "check"), Preview: p, Test: v.testAct(c), Problem: v.sentence(wrong)})
	return v.show(status, body, err)
}
