package store

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/reoptin/reoptin/campaign"
	"github.com/reoptin/reoptin/internal/account"
	"github.com/reoptin/reoptin/ledger"
)

// tokenEntry is what the ledger keeps of an act on a token.
type tokenEntry struct {
	Actor   account.Actor   `json:"actor"`
	Token   account.TokenID `json:"token"`
	Name    string          `json:"name"`
	Role    account.Role    `json:"role"`
	SHA256  string          `json:"sha256"`
	Expires int64           `json:"expires_at"` // Unix milliseconds; 0: never
}

func entryOf(t account.Token, by account.Actor) tokenEntry {
	return tokenEntry{by, t.ID, t.Name, t.Role, hex.EncodeToString(t.Digest[:]), millis(t.ExpiresAt)}
}

const selectToken = "SELECT id, name, role, digest, made_by, created_at, expires_at, used_day, revoked_at FROM api_token "

func scanToken(scan func(...any) error) (t account.Token, err error) {
	var created, expires, used, revoked int64
	var digest []byte
	err = scan(&t.ID, &t.Name, &t.Role, &digest, &t.MadeBy, &created, &expires, &used, &revoked)
	copy(t.Digest[:], digest)
	t.CreatedAt, t.ExpiresAt, t.RevokedAt = fromMillis(created), fromMillis(expires), fromMillis(revoked)
	if used > 0 {
		t.UsedOn = time.Unix(used*secondsOfDay, 0).UTC()
	}
	return t, err
}

const secondsOfDay = 24 * 60 * 60

func (a accountTx) Token(digest account.Key) (account.Token, error) {
	found, err := all(a.t, scanToken, selectToken+"WHERE digest = $1", digest[:])
	if err == nil && len(found) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return account.Token{}, translate("store.Token", err)
	}
	return found[0], nil
}

func (a accountTx) Tokens() ([]account.Token, error) {
	found, err := all(a.t, scanToken, selectToken+"ORDER BY id")
	return found, translate("store.Tokens", err)
}

func (a accountTx) AddToken(n account.Token, by account.Actor) (account.TokenID, error) {
	if err := a.t.row([]any{&n.ID}, "SELECT coalesce(max(id), 0) + 1 FROM api_token"); err != nil {
		return 0, translate("store.AddToken", err)
	}
	no, err := a.t.Append(campaign.Entry{Kind: campaign.EntryTokenAdded, Payload: entryOf(n, by)})
	if err != nil {
		return 0, err
	}
	_, err = a.t.exec("INSERT INTO api_token (id, name, role, digest, made_by, created_at, expires_at, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		int64(n.ID), n.Name, string(n.Role), n.Digest[:], by.Name, millis(n.CreatedAt), millis(n.ExpiresAt), int64(no))
	return n.ID, translate("store.AddToken", err)
}

func (a accountTx) RevokeToken(id account.TokenID, by account.Actor) error {
	found, err := all(a.t, scanToken, selectToken+"WHERE id = $1", int64(id))
	if err == nil && len(found) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return translate("store.RevokeToken", err)
	}
	no, err := a.t.Append(campaign.Entry{Kind: campaign.EntryTokenRevoked, Payload: entryOf(found[0], by)})
	if err != nil {
		return err
	}
	return a.t.must("store.RevokeToken", "UPDATE api_token SET revoked_at = $1, revoked_entry = $2 WHERE id = $3 AND revoked_at = 0",
		millis(a.t.now), int64(no), int64(id))
}

// UseToken keeps the day; one that was revoked meanwhile stays as it is.
func (a accountTx) UseToken(id account.TokenID) error {
	day := a.t.now.Unix() / secondsOfDay
	_, err := a.t.exec("UPDATE api_token SET used_day = $1 WHERE id = $2 AND used_day < $1 AND revoked_at = 0", day, int64(id))
	return translate("store.UseToken", err)
}

// checkTokens holds every token against the entries that say who made it, with which role and end, and whether it was
// revoked: one that was put in by hand is found. Every such entry has its token.
func (t *tx) checkTokens(acts []act, faults *[]ledger.Fault) error {
	found := func(seq int64, id account.TokenID, what string) {
		*faults = append(*faults, ledger.Fault{Seq: seq, What: fmt.Sprintf("token %d: %s", id, what)})
	}
	err := t.each(func(scan func(...any) error) error {
		var n account.Token
		var kind, revokedKind campaign.EntryKind
		var payload, revokedPayload string
		var seq, expires, revoked int64
		var digest []byte
		if err := scan(&seq, &n.ID, &n.Name, &n.Role, &digest, &n.MadeBy, &expires, &revoked, &kind, &payload, &revokedKind, &revokedPayload); err != nil {
			return err
		}
		copy(n.Digest[:], digest)
		n.ExpiresAt = fromMillis(expires)
		want := entryOf(n, account.Actor{})
		var added, ended tokenEntry
		if kind != campaign.EntryTokenAdded || decode(payload, &added) != nil || added.Actor.Name != n.MadeBy || !added.of(want) {
			found(seq, n.ID, "its name, role, digest, end or maker is not what its entry says")
		}
		if (revoked != 0) != (revokedKind != "") || revoked != 0 && (revokedKind != campaign.EntryTokenRevoked || decode(revokedPayload, &ended) != nil || !ended.of(want)) {
			found(seq, n.ID, "whether it is revoked is not what its entry says")
		}
		return nil
	}, `SELECT a.entry, a.id, a.name, a.role, a.digest, a.made_by, a.expires_at, a.revoked_at, coalesce(e.kind, ''), coalesce(p.payload, ''), coalesce(d.kind, ''), coalesce(q.payload, '')
FROM api_token a LEFT JOIN entry e ON e.seq = a.entry LEFT JOIN entry_payload p ON p.seq = a.entry
LEFT JOIN entry d ON d.seq = a.revoked_entry LEFT JOIN entry_payload q ON q.seq = a.revoked_entry ORDER BY a.id`)
	if err != nil {
		return err
	}
	added, err := t.unshown(acts, campaign.EntryTokenAdded, "SELECT entry FROM api_token")
	if err != nil {
		return err
	}
	revoked, err := t.unshown(acts, campaign.EntryTokenRevoked, "SELECT revoked_entry FROM api_token WHERE revoked_entry IS NOT NULL")
	for _, a := range append(added, revoked...) {
		*faults = append(*faults, ledger.Fault{Seq: a.seq, What: "an entry " + string(a.kind) + " has no token that shows it"})
	}
	return err
}

// of reports whether an entry is about the same token, whoever acted.
func (e tokenEntry) of(want tokenEntry) bool {
	e.Actor = want.Actor
	return e == want
}
