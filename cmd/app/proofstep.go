package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/dashboard"
	"github.com/reoptin/reoptin/ledger"
)

// VerifyResponse recomputes the proof of one answer, step by step, from the dossier that an auditor would
// get. It signs a checkpoint first, so that the newest answer is covered.
func (d desk) VerifyResponse(ctx context.Context, id string) ([]dashboard.Step, error) {
	resp, err := d.Response(ctx, id)
	if err != nil {
		return nil, err
	}
	var dossier bytes.Buffer
	if _, err := d.app.writeProof(ctx, &dossier, ProofQuery{Response: id}, nil); err != nil {
		return nil, err
	}
	var b ledger.Bundle
	if err := json.Unmarshal(dossier.Bytes(), &b); err != nil {
		return nil, err
	}
	key, err := d.app.LedgerKey()
	if err != nil {
		return nil, err
	}
	whole, err := ledger.Verify(&dossier, key)
	if err != nil {
		return nil, err
	}
	steps := answerSteps(b, key, resp.Response)
	last := dashboard.Step{Name: "dossier", OK: whole.OK}
	for _, f := range whole.Faults {
		last.Detail = f.What
		break
	}
	return append(steps, last), nil
}

// answerSteps are the steps that show one answer: the signature over the head, the entry's way to it, its
// content, what was decided, and the page that was shown.
func answerSteps(b ledger.Bundle, key string, resp campaign.Response) []dashboard.Step {
	signed, included, committed := dashboard.Step{Name: "signature"}, dashboard.Step{Name: "inclusion"}, dashboard.Step{Name: "content"}
	decided, shown := dashboard.Step{Name: "decisions"}, dashboard.Step{Name: "document"}
	var head ledger.Checkpoint
	if v, err := ledger.NewVerifier(key); err == nil {
		head, err = ledger.OpenCheckpoint(b.Checkpoint, v)
		signed.OK = err == nil
	}
	at := slices.IndexFunc(b.Entries, func(e ledger.BundleEntry) bool { return e.Seq == int64(resp.Entry) })
	if at >= 0 {
		e := b.Entries[at]
		leaf, err := ledger.ParseLeaf([]byte(e.Leaf))
		included.OK = err == nil && signed.OK && leaf.Seq == e.Seq && leads(e, head)
		salt, bad := base64.StdEncoding.DecodeString(e.Salt)
		committed.OK = err == nil && bad == nil && len(salt) == 32 && ledger.Commit([32]byte(salt), []byte(e.Payload)) == leaf.Commitment
		var kept struct {
			Receipt   string              `json:"receipt_id"`
			Decisions []campaign.Decision `json:"decisions"`
			Document  string              `json:"document"`
		}
		if json.Unmarshal([]byte(e.Payload), &kept) == nil {
			decided.OK = kept.Receipt == resp.ID && slices.Equal(kept.Decisions, resp.Decisions)
			shown.OK = kept.Document == resp.Document && (resp.Document == "" || holds(b.Documents, resp.Document))
		}
	}
	return []dashboard.Step{signed, included, committed, decided, shown}
}

func leads(e ledger.BundleEntry, head ledger.Checkpoint) bool {
	proof := make([]ledger.Hash, len(e.Proof))
	for i, text := range e.Proof {
		h, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(h) != len(proof[i]) {
			return false
		}
		proof[i] = ledger.Hash(h)
	}
	return ledger.CheckInclusion(proof, head.Size, head.Root, e.Seq, ledger.LeafHash([]byte(e.Leaf))) == nil
}

// holds reports whether the dossier has the page that was shown, with the content its hash promises.
func holds(docs []ledger.BundleDocument, sha string) bool {
	return slices.ContainsFunc(docs, func(d ledger.BundleDocument) bool {
		sum := sha256.Sum256([]byte(d.Content))
		return d.SHA256 == sha && hex.EncodeToString(sum[:]) == sha
	})
}
