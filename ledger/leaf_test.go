package ledger_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reoptin/reoptin/ledger"
)

func TestLeafIsWrittenAsDocumented(t *testing.T) {
	t.Parallel()
	l := ledger.Leaf{Seq: 123, Kind: "consent.given", At: time.Date(2026, 11, 23, 11, 0, 0, 7e6, time.FixedZone("", 3600))}
	want := `{"c":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","seq":123,"t":"consent.given","ts":"2026-11-23T10:00:00.007Z","v":1}`
	if got := string(l.Marshal()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLeafComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := ledger.Leaf{
			Seq:  rapid.Int64Range(0, ledger.MaxSize-1).Draw(t, "seq"),
			Kind: rapid.StringMatching(`[a-z0-9._-]{1,64}`).Draw(t, "kind"),
			At:   time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "at")).UTC(),
		}
		copy(l.Commitment[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "c"))
		got, err := ledger.ParseLeaf(l.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(l, got); d != "" {
			t.Fatal(d)
		}
	})
}

func TestLeafHasOneSpelling(t *testing.T) {
	t.Parallel()
	good := string(ledger.Leaf{Seq: 5, Kind: "asked", At: day}.Marshal())
	for _, change := range [][2]string{
		{`"seq":5`, `"seq": 5`}, {`"seq":5`, `"seq":05`}, {`"seq":5`, `"seq":5.0`}, {`"seq":5`, `"seq":-5`},
		{`"seq":5`, `"seq":281474976710656`}, {`"seq"`, `"SEQ"`}, {`"seq":5`, `"seq":4,"seq":5`},
		{`"t":"asked"`, `"t":"\u0061sked"`}, {`"t":"asked"`, `"t":""`}, {`"t":"asked"`, `"t":"Asked"`},
		{`"t":"asked"`, `"t":"` + strings.Repeat("a", 65) + `"`}, {`asked`, strings.Repeat("a", 600)},
		{`.000Z`, `Z`}, {`.000Z`, `.000+00:00`}, {`.000Z`, `,000Z`}, {`2026`, `0x26`}, {`"v":1`, `"v":2`}, {`"v":1`, `"v":1,"x":1`},
		{`AAA"`, `AAB"`}, {`AAA"`, `AA"`}, {`AAA"`, `AAA="`}, {`}`, `}}`}, {`}`, ``}, {`{`, `[`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if _, err := ledger.ParseLeaf([]byte(bad)); err == nil || bad == good {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestCommitIsHMAC(t *testing.T) {
	t.Parallel()
	salt := [32]byte{1, 2, 3}
	m := hmac.New(sha256.New, salt[:])
	m.Write([]byte("payload"))
	if got := ledger.Commit(salt, []byte("payload")); !bytes.Equal(got[:], m.Sum(nil)) {
		t.Error(hex.EncodeToString(got[:]))
	}
	if _, err := ledger.NewSalt(bytes.NewReader(make([]byte, 31))); err == nil {
		t.Error("a salt was drawn from too little")
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   any
		want string
	}{
		{map[string]any{"b": 1, "a": []any{true, nil, false}}, `{"a":[true,null,false],"b":1}`},
		{struct {
			Z string `json:"z"`
			A int64  `json:"a"`
		}{"<é>&\u2028\x00\"\\\n\x1f\x7f", -1 << 63}, "{\"a\":-9223372036854775808,\"z\":\"<é>&\u2028\\u0000\\\"\\\\\\n\\u001f\x7f\"}"},
		{map[string]any{"é": 1, "z": 2, "Z": 3, "": 4}, `{"":4,"Z":3,"z":2,"é":1}`},
		{uint64(1<<64 - 1), `18446744073709551615`},
		{float64(3), `3`},
	} {
		got, err := ledger.Canonical(tt.in)
		if err != nil || string(got) != tt.want {
			t.Errorf("got %s, %v; want %s", got, err, tt.want)
		}
	}
	deep := any(1)
	for range 70 {
		deep = []any{deep}
	}
	for _, bad := range []any{1.5, 1e300, make(chan int), deep} {
		if got, err := ledger.Canonical(bad); err == nil {
			t.Errorf("%v became %s", bad, got)
		}
	}
}

func TestPayloadCarriesTheRows(t *testing.T) {
	t.Parallel()
	d := ledger.NewDigest()
	got, err := ledger.Payload(map[string]any{"b": 1}, d)
	if err != nil || string(got) != `{"b":1}` {
		t.Errorf("%s %v", got, err)
	}
	check(t, d.Add("response", nil))
	got, err = ledger.Payload(map[string]any{"z": 1}, d)
	want := `{"rows":{"response":{"n":1,"sha256":"` + d.Sum()["response"].SHA256 + `"}},"z":1}`
	if err != nil || string(got) != want {
		t.Errorf("%s %v", got, err)
	}
	for _, bad := range []any{[]int{1}, map[string]any{"rows": 1}, "text", 1.5} {
		if _, err := ledger.Payload(bad, d); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}
