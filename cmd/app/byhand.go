package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/fault"
)

// ByHand is an answer on paper or by voice, as it is given on the command line.
type ByHand struct {
	Contact   string // address, id, or the code of a letter
	By        string
	Decisions []string // purpose.channel=yes|no
	On        string
	Proof     string // file
}

// RecordByHand enters an answer that a person gave on paper or by voice.
func (a *App) RecordByHand(ctx context.Context, b ByHand) (ResponseLine, error) {
	who, err := a.whose(ctx, b.Contact)
	if err != nil {
		return ResponseLine{}, err
	}
	h := campaign.ByHand{Who: who, Kind: campaign.ResponseKind(b.By)}
	if h.Given, err = campaign.ParseDate(b.On); err != nil {
		return ResponseLine{}, fault.New(fault.Invalid, "byhand.day", "--on {day} is no day", "day", strconv.Quote(b.On)).Hint("write it as 2026-03-02")
	}
	for _, text := range b.Decisions {
		line, err := readDecision(text)
		if err != nil {
			return ResponseLine{}, err
		}
		h.Lines = append(h.Lines, line)
	}
	if b.Proof != "" {
		if h.Voucher, err = readVoucher(b.Proof); err != nil {
			return ResponseLine{}, err
		}
		h.Name, h.Media = filepath.Base(b.Proof), http.DetectContentType(h.Voucher)
		if strings.HasSuffix(strings.ToLower(b.Proof), ".pdf") && bytes.HasPrefix(h.Voucher, []byte("%PDF-")) {
			h.Media = "application/pdf"
		}
	}
	resp, err := a.Desk.Record(ctx, Operator(), h)
	if err != nil {
		return ResponseLine{}, err
	}
	return a.Response(ctx, resp.ID)
}

func readDecision(text string) (l campaign.AnswerLine, err error) {
	question, answer, ok := strings.Cut(text, "=")
	dot := strings.LastIndexByte(question, '.')
	if !ok || dot <= 0 || answer != "yes" && answer != "no" {
		return l, fault.New(fault.Invalid, "byhand.decision", "{text} is no decision", "text", strconv.Quote(text)).Hint("--decision newsletter.email=yes")
	}
	return campaign.AnswerLine{Question: campaign.Question{Purpose: question[:dot], Channel: question[dot+1:]}, Yes: answer == "yes"}, nil
}

func readVoucher(path string) ([]byte, error) {
	f, err := OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, campaign.MostVoucher+1))
	return b, fault.Wrap("app.readVoucher", err)
}

// Rectify corrects what is held of a person; changes are FIELD=VALUE.
func (a *App) Rectify(ctx context.Context, who string, changes []string, dry bool) (campaign.Rectified, error) {
	set := map[string]string{}
	for _, text := range changes {
		name, value, ok := strings.Cut(text, "=")
		if _, twice := set[name]; !ok || twice {
			return campaign.Rectified{}, fault.New(fault.Invalid, "rectify.change", "{text} is no change, or a field stands twice", "text", strconv.Quote(name)).Hint("--set last_name=Dupond")
		}
		set[name] = value
	}
	return a.Desk.Rectify(ctx, Operator(), who, set, dry)
}
