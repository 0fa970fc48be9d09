package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// zoo has a field of every kind that a payload may have.
type zoo struct {
	Embedded
	Z       string `json:"z"`
	Named   named
	Empty   string            `json:"empty,omitempty"`
	Flag    bool              `json:"flag,omitempty"`
	Count   int               `json:"count,omitempty"`
	Wide    uint64            `json:"wide"`
	Small   int8              `json:"small"`
	List    []string          `json:"list"`
	Maybe   []inner           `json:"maybe,omitempty"`
	Words   map[string]string `json:"words"`
	More    map[named]inner   `json:"more,omitempty"`
	Pointer *inner            `json:"pointer"`
	Absent  *inner            `json:"absent,omitempty"`
	At      time.Time         `json:"at"`
	Never   time.Time         `json:"never,omitempty"`
	Later   time.Time         `json:"later,omitzero"`
	Third   int               `json:"third,omitzero"`
	Pair    inner             `json:"pair,omitzero"`
	Text    plainText         `json:"text"`
	Own     plainJSON         `json:"own"`
	Once    *plainJSON        `json:"once,omitempty"`
	Any     any               `json:"any,omitempty"`
	Hidden  string            `json:"-"`
	unseen  string
}

type (
	named    string
	inner    struct{ B, A string }
	Embedded struct {
		E int `json:"e"`
		Y string
	}
	plainText struct{ s string }
	plainJSON struct{ s string }
	inverse   struct{ s string }
)

func (p plainText) MarshalText() ([]byte, error) { return []byte("<" + p.s + ">"), nil }
func (p plainJSON) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"s": p.s, "a": []int{1, 2}})
}
func (p *inverse) MarshalText() ([]byte, error) { return []byte("-" + p.s), nil }

func drawZoo(t *rapid.T) zoo {
	word := rapid.SampledFrom([]string{"", "a", "é", "<&>", "\"\\", "\x00\x1f\x7f", "\u2028", "\xff\xfe", "𝔘"})
	in := rapid.Custom(func(t *rapid.T) inner { return inner{word.Draw(t, "b"), word.Draw(t, "a")} })
	z := zoo{
		Embedded: Embedded{rapid.Int().Draw(t, "e"), word.Draw(t, "y")},
		Z:        word.Draw(t, "z"), Named: named(word.Draw(t, "named")), Empty: word.Draw(t, "empty"), Flag: rapid.Bool().Draw(t, "flag"),
		Count: rapid.IntRange(-2, 2).Draw(t, "count"), Wide: rapid.Uint64().Draw(t, "wide"), Small: rapid.Int8().Draw(t, "small"),
		List: rapid.SliceOfN(word, -1, 3).Draw(t, "list"), Maybe: rapid.SliceOfN(in, -1, 2).Draw(t, "maybe"),
		Words:  rapid.MapOfN(word, word, -1, 4).Draw(t, "words"),
		More:   rapid.MapOfN(rapid.Map(word, func(s string) named { return named(s) }), in, -1, 2).Draw(t, "more"),
		At:     time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "at")).UTC(),
		Text:   plainText{word.Draw(t, "text")},
		Own:    plainJSON{word.Draw(t, "own")},
		Any:    anything(2).Draw(t, "any"),
		Hidden: "hidden", unseen: "unseen",
	}
	if rapid.Bool().Draw(t, "zero") {
		z.Later, z.Third, z.Pair = z.At.Add(1), z.Count, inner{A: z.Z}
	}
	if rapid.Bool().Draw(t, "pointing") {
		z.Pointer, z.Once = &inner{"b", "a"}, &plainJSON{"once"}
	}
	if rapid.Bool().Draw(t, "abroad") {
		z.At = z.At.In(time.FixedZone("", 3600))
	}
	return z
}

// What is written by a plan reads as what encoding/json writes, rewritten.
func TestPlansSayWhatJSONSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z := drawZoo(t)
		for _, v := range []any{z, &z, []zoo{z}, map[string]any{"zoo": z}} {
			want, wrong := viaJSON(v)
			got, err := Canonical(v)
			if (err == nil) != (wrong == nil) || !bytes.Equal(got, want) {
				t.Fatalf("%T\ngot  %s, %v\nwant %s, %v", v, got, err, want, wrong)
			}
		}
	})
}

// What a plan cannot write goes by way of encoding/json, and comes out the same.
func TestWithoutAPlan(t *testing.T) {
	t.Parallel()
	type chain struct{ Next *chain }
	for _, v := range []any{
		1, "x", nil, []byte("bytes"), [2]int{1, 2}, map[int]string{2: "b", 10: "a"}, chain{&chain{}}, []inverse{{"x"}}, &inverse{"x"},
		struct {
			N int `json:",string"`
		}{7},
		struct {
			N int `json:"n,omitempty,omitzero"`
		}{},
		struct {
			N never `json:"n,omitzero"`
		}{1},
		struct {
			inner
			B int
		}{inner{"b", "a"}, 1},
		struct {
			//lint:ignore SA5008 a name that encoding/json takes and that is not planned for
			N int `json:"-,"`
		}{1},
		json.Number("1"), map[string]any{"n": json.Number("1.5")},
		time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 90)),
		&struct {
			F ownFunc    `json:"f,omitempty"`
			C ownComplex `json:"c,omitempty"`
			B bool       `json:"b,omitempty"`
		}{},
		&twofold{}, twofold{}, []twofold{{}}, map[string]twofold{"x": {}}, &struct{ T twofold }{},
		struct {
			T *time.Time `json:"t,omitzero"`
		}{&time.Time{}},
		struct {
			T *time.Time `json:"t,omitzero"`
		}{},
		struct{ M json.Marshaler }{(*pointed)(nil)}, struct{ M json.Marshaler }{}, []json.Marshaler{(*pointed)(nil), plainJSON{"x"}}, map[string]any{"m": (*pointed)(nil)},
		errorText{}, map[errorKey]int{"x": 1}, []json.RawMessage{[]byte(` { "b" : 1, "a" : "\\u003c", "b" : 2 } `)}, looseJSON("{"), looseJSON("1.5"), looseJSON("\"\xff\""),
	} {
		want, wrong := viaJSON(v)
		got, err := Canonical(v)
		if fmt.Sprint(err) != fmt.Sprint(wrong) || !bytes.Equal(got, want) {
			t.Errorf("%T\ngot  %s, %v\nwant %s, %v", v, got, err, want, wrong)
		}
	}
}

type (
	never     int
	errorText struct{}
	errorKey  string
	looseJSON string

	ownFunc    func()
	ownComplex complex128
	twofold    struct{}
	pointed    struct{}
)

func (ownFunc) MarshalJSON() ([]byte, error)    { return []byte(`"f"`), nil }
func (ownComplex) MarshalJSON() ([]byte, error) { return []byte(`"c"`), nil }
func (twofold) MarshalText() ([]byte, error)    { return []byte("text"), nil }
func (*twofold) MarshalJSON() ([]byte, error)   { return []byte(`"json"`), nil }
func (*pointed) MarshalJSON() ([]byte, error)   { return []byte(`"nobody"`), nil }

func (*never) IsZero() bool                      { return true }
func (l looseJSON) MarshalJSON() ([]byte, error) { return []byte(l), nil }
func (errorText) MarshalText() ([]byte, error)   { return nil, fmt.Errorf("no text") }
func (k errorKey) MarshalText() ([]byte, error)  { return []byte(strings.ToUpper(string(k))), nil }

// The kinds of fields that payloads have do have a plan: it would be for nothing otherwise.
func TestPayloadsHaveAPlan(t *testing.T) {
	t.Parallel()
	z := zoo{At: time.UnixMilli(1).UTC(), Any: map[string]any{"list": []any{1, "x", true, nil}}}
	if _, err := planOf(reflect.TypeFor[zoo]())(nil, reflect.ValueOf(z), 0); err != nil {
		t.Error(err)
	}
}

func TestPlanOfWhatHoldsItself(t *testing.T) {
	t.Parallel()
	loop, list := map[string]any{}, []any{nil}
	loop["self"], list[0] = loop, list
	var pointer any
	pointer = &pointer
	further := &pointer
	for _, v := range []any{loop, list, pointer, &further, struct{ A any }{pointer}} {
		if got, err := Canonical(v); err == nil {
			t.Errorf("%T: %.80s", v, got)
		}
	}
}
