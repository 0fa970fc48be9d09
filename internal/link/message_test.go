package link

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The Message-ID of a try is always the same, leads back to it, and says nothing to who has not the keys.
func TestMessageIDLeadsBack(t *testing.T) {
	t.Parallel()
	k, others := testKeys(t, 1), testKeys(t, 2)
	shape := regexp.MustCompile(`^r\.[a-z2-7]{26}$`)
	rapid.Check(t, func(t *rapid.T) {
		id := [IDSize]byte(rapid.SliceOfN(rapid.Byte(), IDSize, IDSize).Draw(t, "id"))
		number, attempt := rapid.Int64Range(1, mostNumber).Draw(t, "number"), rapid.IntRange(0, 1<<16-1).Draw(t, "attempt")
		local := k.MintMessage(number, id, attempt)
		if !shape.MatchString(local) || local != k.MintMessage(number, id, attempt) {
			t.Fatalf("%q", local)
		}
		want := Message{number, attempt, [HalfSize]byte(id[:])}
		if got := k.ParseMessage(local); len(got) != 1 || got[0] != want {
			t.Fatalf("%+v", got)
		}
		if got := others.ParseMessage(local); len(got) != 1 || got[0].Half == want.Half {
			t.Fatal("other keys read it")
		}
		if k.MintMessage(number, id, (attempt+1)%(1<<16)) == local {
			t.Fatal("the next try has the same")
		}
	})
	raw, err := encoding.DecodeString(k.MintMessage(1, someID, 3)[2:])
	if err != nil || bytes.Contains(raw, someID[:3]) {
		t.Errorf("the link id can be read: %x, %v", raw, err)
	}
}

// Whatever is changed in it, it is another's, or nobody's.
func TestMessageIDThatIsNotOurs(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	local := k.MintMessage(7, someID, 1)
	raw, err := encoding.DecodeString(local[2:])
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(raw) * 8 {
		b := slices.Clone(raw)
		b[n/8] ^= 1 << (n % 8)
		for _, m := range k.ParseMessage(messageMark + encoding.EncodeToString(b)) {
			if m.Half == [HalfSize]byte(someID[:]) {
				t.Errorf("bit %d may be another", n)
			}
		}
	}
	for _, other := range []string{"", "r.", strings.ToUpper(local), local + "a", local[:27], local[:27] + "=", local[:27] + "b", "r." + strings.Repeat("1", 26), local[2:] + "aa", k.Mint(Bounce, someID, closing)} {
		if other != local && len(k.ParseMessage(other)) > 0 {
			t.Errorf("%q is taken for ours", other)
		}
	}
	if _, err := k.Parse(Form, local, today); err == nil {
		t.Error("it opens a form")
	}
}

// Messages that left under a key of before are found, and what they were called is known.
func TestMessageIDsOfEveryKey(t *testing.T) {
	t.Parallel()
	old, both := testKeys(t, 1), testKeys(t, 2, 1, 3)
	local := old.MintMessage(7, someID, 1)
	if !slices.Contains(both.ParseMessage(local), Message{7, 1, [HalfSize]byte(someID[:])}) {
		t.Errorf("%+v", both.ParseMessage(local))
	}
	if all := both.MintMessages(7, someID, 1); len(all) != 3 || all[0] != both.MintMessage(7, someID, 1) || all[2] != local {
		t.Errorf("%q", all)
	}
	if a, b := old.MintMessage(7, someID, 1<<16-1), old.MintMessage(7, someID, 1<<20); a != b {
		t.Errorf("a try past all counting: %q, %q", a, b)
	}
}

// What was written once must be read by every later build.
func TestMessageIDAsItWasWritten(t *testing.T) {
	t.Parallel()
	const written = "r.wjljdn7yg4qvtsz65qw6bqcmby"
	k := testKeys(t, 1)
	if got := k.MintMessage(7, someID, 2); got != written {
		t.Errorf("%s", got)
	}
	if got := k.ParseMessage(written); len(got) != 1 || got[0] != (Message{7, 2, [HalfSize]byte(someID[:])}) {
		t.Errorf("%+v", got)
	}
}
