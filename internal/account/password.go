package account

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reoptin/reoptin/internal/fault"
)

// Bounds of a password, in characters. There is no rule about kinds of characters: length is what counts.
const (
	ShortestPassword = 12
	LongestPassword  = 128
)

// common are words that the most used passwords are made of, one a line.
//
//go:embed common.txt
var common string

// What a password has at least: so many different characters, and so many letters outside of common words.
const (
	fewest        = 5
	fewestLetters = 4
)

// CheckPassword refuses a password that is too short, too long, or among the first that a guesser tries.
func CheckPassword(name, password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return fault.New(fault.Invalid, "account.password_control", "the password holds a character that no keyboard types").At("account.CheckPassword")
	case n < ShortestPassword:
		return fault.New(fault.Invalid, "account.password_short", "the password has fewer than {n} characters", "n", ShortestPassword).
			At("account.CheckPassword").Hint("three or four unrelated words make a good one")
	case n > LongestPassword:
		return fault.New(fault.Invalid, "account.password_long", "the password has more than {n} characters", "n", LongestPassword).At("account.CheckPassword")
	case guessable(name, password):
		return fault.New(fault.Invalid, "account.password_common", "the password is among the first that a guesser tries").
			At("account.CheckPassword").Hint("three or four unrelated words make a good one")
	}
	return nil
}

// guessable reports whether too few letters are left of a password once common words and the account's own
// name are taken out, as it stands or with the usual disguises undone, or whether it repeats a few characters.
func guessable(name, password string) bool {
	lower, own := strings.ToLower(password), strings.ToLower(name)
	words := append(strings.Fields(common), own, plain(own), strings.Split(own, "@")[0])
	// The longest first, so that a word inside another does not leave its ends behind.
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return kinds(lower) < fewest || left(lower, words) < fewestLetters || left(plain(lower), words) < fewestLetters
}

// left counts the letters of a password outside of some words.
func left(password string, words []string) (n int) {
	for _, w := range words {
		if len(w) > 2 {
			password = strings.ReplaceAll(password, w, " ")
		}
	}
	for _, r := range password {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// plain undoes the usual disguises of letters.
func plain(s string) string {
	return strings.NewReplacer("@", "a", "4", "a", "3", "e", "0", "o", "$", "s", "5", "s", "!", "i", "7", "t", "é", "e", "è", "e").Replace(s)
}

func kinds(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}
