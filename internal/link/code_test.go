package link

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

func codeID(n byte) [IDSize]byte { return [IDSize]byte{15: n} }

func TestCodeIsReadAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	c := k.Code(codeID(1))
	if c != k.Code(codeID(1)) || c == k.Code(codeID(2)) || !regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(c.Text()) {
		t.Fatal(c.Text())
	}
	for _, typed := range []string{string(c), c.Text(), strings.ToLower(c.Text()), " " + strings.ReplaceAll(c.Text(), "-", " ") + "\t",
		strings.NewReplacer("1", "l", "0", "o").Replace(c.Text()), strings.NewReplacer("1", "I", "0", "O").Replace(c.Text())} {
		got, err := ReadCode(typed)
		if err != nil || got != c || got.Digest() != c.Digest() {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
}

// A telephone that reads the letter with its camera, or a word processor, parts the signs in its own way.
func TestCodeIsReadWithTheDashesOfOtherPrograms(t *testing.T) {
	t.Parallel()
	c := testKeys(t, 1).Code(codeID(1))
	for _, parts := range []string{"\u2014", "\u2212", "\u2010", "\u2011", "\u2013", "_", ".", " \u2013 ", "\u00ad", "\u200b", "\u202f", "\u2009", "\r\n", "\ufeff"} {
		if got, err := ReadCode(strings.ReplaceAll(c.Text(), "-", parts)); err != nil || got != c {
			t.Errorf("%q between the groups: %q %v", parts, got, err)
		}
	}
}

// Any one wrong sign, any two that changed places, and one too few or too many are found.
func TestCodeFindsTypingErrors(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	for n := range 40 {
		c := string(k.Code(codeID(byte(n))))
		refused := func(typed string) {
			if typed == c {
				return
			}
			if got, err := ReadCode(typed); !errors.Is(err, ErrCode) {
				t.Errorf("%s typed as %s is read as %s", c, typed, got)
			}
		}
		for i := range c {
			for _, l := range codeLetters {
				refused(c[:i] + string(l) + c[i+1:])
			}
			for j := range i {
				swapped := []byte(c)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				refused(string(swapped))
			}
			refused(c[:i] + c[i+1:])
			refused(c[:i] + "7" + c[i:])
		}
	}
	for _, typed := range []string{"", "-", strings.Repeat("0", 13), strings.Repeat(" ", 100), strings.Repeat("A", 1000), "ÀÉÎÕÜ-ÀÉÎÕÜ-ÀÉÎÕ", "00000-00000-000U"} {
		if _, err := ReadCode(typed); !errors.Is(err, ErrCode) {
			t.Errorf("%q is read", typed)
		}
	}
}

// One code in 32 that is typed at random has a fitting check sign; none of a hundred thousand is anybody's.
func TestGuessedCodes(t *testing.T) {
	t.Parallel()
	k := testKeys(t, 1)
	known := map[[32]byte]bool{}
	for n := range 250 {
		known[k.Code(codeID(byte(n))).Digest()] = true
	}
	fits := 0
	for range 100_000 {
		b := make([]byte, 14)
		for i := range b {
			b[i] = codeLetters[rand.IntN(32)]
		}
		if c, err := ReadCode(string(b)); err == nil {
			if fits++; known[c.Digest()] {
				t.Fatalf("%s was guessed", c)
			}
		}
	}
	if fits < 2500 || fits > 3800 {
		t.Errorf("%d of 100,000 fit, which should be about 3,125", fits)
	}
}
