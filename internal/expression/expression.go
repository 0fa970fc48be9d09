// Package expression holds regular expressions that are compiled when they are first used. A program that starts for one
// command uses few of them, and compiling them all took a fifth of its start.
package expression

import (
	"regexp"
	"sync"
)

// Expression is a regular expression. It is safe for use by many goroutines.
type Expression struct{ compiled func() *regexp.Regexp }

// Of is the expression that a text means (regexp/syntax). One that means nothing panics at its first use; internal/archtest
// compiles every one that stands in the house.
func Of(text string) *Expression {
	return &Expression{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

// Regexp is the expression compiled.
func (e *Expression) Regexp() *regexp.Regexp { return e.compiled() }

// The methods are those of regexp.Regexp.

func (e *Expression) Match(b []byte) bool       { return e.compiled().Match(b) }
func (e *Expression) MatchString(s string) bool { return e.compiled().MatchString(s) }
func (e *Expression) ReplaceAllLiteralString(s, by string) string {
	return e.compiled().ReplaceAllLiteralString(s, by)
}
func (e *Expression) FindString(s string) string             { return e.compiled().FindString(s) }
func (e *Expression) FindStringSubmatch(s string) []string   { return e.compiled().FindStringSubmatch(s) }
func (e *Expression) FindAllString(s string, n int) []string { return e.compiled().FindAllString(s, n) }
func (e *Expression) ReplaceAllString(s, by string) string {
	return e.compiled().ReplaceAllString(s, by)
}
func (e *Expression) FindStringIndex(s string) []int { return e.compiled().FindStringIndex(s) }
func (e *Expression) FindAllStringIndex(s string, n int) [][]int {
	return e.compiled().FindAllStringIndex(s, n)
}
func (e *Expression) FindAllStringSubmatch(s string, n int) [][]string {
	return e.compiled().FindAllStringSubmatch(s, n)
}
func (e *Expression) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return e.compiled().FindAllStringSubmatchIndex(s, n)
}
func (e *Expression) ReplaceAllStringFunc(s string, by func(string) string) string {
	return e.compiled().ReplaceAllStringFunc(s, by)
}
func (e *Expression) Split(s string, n int) []string { return e.compiled().Split(s, n) }
