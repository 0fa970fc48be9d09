package app

import (
	"context"
	"strconv"

	"github.com/reoptin/reoptin/campaign"
)

// SuppressionLine is one line of the never-write list.
type SuppressionLine struct {
	Key    string `json:"key"`
	Lifts  bool   `json:"lifts"`
	Reason string `json:"reason"`
	Source string `json:"source"`
	At     string `json:"at"`
	Proof  int64  `json:"proof"`
}

// SuppressionList is a page of the never-write list.
type SuppressionList struct {
	Suppressions []SuppressionLine `json:"suppressions"`
	Next         string            `json:"next"`
}

// Suppressions lists the never-write list by entry; a page ends at an entry's last line.
func (a *App) Suppressions(ctx context.Context, p Page) (SuppressionList, error) {
	l := SuppressionList{Suppressions: []SuppressionLine{}}
	after, err := p.after(-1)
	if err != nil {
		return l, err
	}
	err = a.store.View(ctx, func(r campaign.Reader) error {
		ss, err := r.SuppressionPage(campaign.EntryNo(after), p.limit())
		if err != nil || len(ss) == 0 {
			return err
		}
		for _, s := range ss {
			l.Suppressions = append(l.Suppressions, SuppressionLine{Key: s.Key.String(), Lifts: s.Lifts, Reason: string(s.Reason), Source: s.Source, At: stamp(s.At), Proof: int64(s.Entry)})
		}
		last := ss[len(ss)-1].Entry
		behind, err := r.SuppressionPage(last, 1)
		if len(behind) > 0 {
			l.Next = strconv.FormatInt(int64(last), 10)
		}
		return err
	})
	return l, err
}
