package link

import (
	"crypto/aes"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strings"
)

// A Message-ID names an invitation and the try of it, so that whoever answers with it alone is found without looking
// through all. It stands in relays' logs and in mailboxes, and says nothing to who reads it there. It opens nothing, and
// proves nothing but that one of our messages is meant.
//
// It is one block of AES-128: number of the invitation, number of the try, and the first half of the link id, which
// whoever looks the invitation up must compare: then only these keys, or chance in 2^64, can have written it. The same
// try has the same text under the same key for ever, and a header line that need not be folded.
const (
	messageMark  = "r."
	messageBytes = aes.BlockSize
	MessageSize  = len(messageMark) + 26 // characters

	mostNumber = 1<<48 - 1
	HalfSize   = IDSize / 2
)

// Message is what the local part of a Message-ID may say.
type Message struct {
	Number  int64 // of the invitation
	Attempt int
	Half    [HalfSize]byte // of its link id: whose is another, that one is not meant
}

// MintMessage writes the local part of the Message-ID of one try of an invitation.
func (k *Keys) MintMessage(number int64, id [IDSize]byte, attempt int) string {
	return k.mintMessage(k.current, number, id, attempt)
}

// MintMessages are what MintMessage gave, or would give, under each key, that of today first.
func (k *Keys) MintMessages(number int64, id [IDSize]byte, attempt int) []string {
	out := []string{k.MintMessage(number, id, attempt)}
	for _, kid := range slices.Backward(slices.Sorted(maps.Keys(k.sets))) {
		if kid != k.current {
			out = append(out, k.mintMessage(kid, number, id, attempt))
		}
	}
	return out
}

func (k *Keys) mintMessage(kid byte, number int64, id [IDSize]byte, attempt int) string {
	set, _ := k.set(kid)
	b := binary.BigEndian.AppendUint64(make([]byte, 0, messageBytes), uint64(number&mostNumber)<<16|uint64(min(max(attempt, 0), math.MaxUint16)))
	b = append(b, id[:HalfSize]...)
	set.message.Encrypt(b, b)
	return messageMark + encoding.EncodeToString(b)
}

// ParseMessage reads the local part of a Message-ID, under each key: which of them it was, only the invitation can
// tell. It gives none for what cannot be a Message-ID of ours.
func (k *Keys) ParseMessage(local string) (out []Message) {
	text, marked := strings.CutPrefix(local, messageMark)
	if !marked || len(local) != MessageSize {
		return nil
	}
	raw, err := encoding.DecodeString(text)
	if err != nil || len(raw) != messageBytes || encoding.EncodeToString(raw) != text {
		return nil
	}
	for _, kid := range slices.Sorted(maps.Keys(k.sets)) {
		var b [messageBytes]byte
		k.sets[kid].message.Decrypt(b[:], raw)
		head := binary.BigEndian.Uint64(b[:])
		out = append(out, Message{int64(head >> 16), int(head & math.MaxUint16), [HalfSize]byte(b[HalfSize:])})
	}
	return out
}
