// Package lazyre holds regular expressions that are compiled when they are first used. Most runs of egret use few of the
// expressions in the program, and compiling them all takes longer than printing the version.
package lazyre

import (
	"regexp"
	"sync"
)

// A Regexp is a regular expression. Its methods are those of regexp.Regexp; it is safe for concurrent use.
type Regexp struct {
	text     string
	compiled func() *regexp.Regexp
}

// New returns the expression of a text. If the text is faulty, the first use panics; a test of package archtest compiles the
// expressions of the repository.
func New(text string) *Regexp {
	return &Regexp{text, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
}

// String returns the text of the expression.
func (r *Regexp) String() string { return r.text }

// MatchString is regexp.Regexp's.
func (r *Regexp) MatchString(text string) bool { return r.compiled().MatchString(text) }

// FindString is regexp.Regexp's.
func (r *Regexp) FindString(text string) string { return r.compiled().FindString(text) }

// FindStringSubmatch is regexp.Regexp's.
func (r *Regexp) FindStringSubmatch(text string) []string {
	return r.compiled().FindStringSubmatch(text)
}

// FindStringSubmatchIndex is regexp.Regexp's.
func (r *Regexp) FindStringSubmatchIndex(text string) []int {
	return r.compiled().FindStringSubmatchIndex(text)
}

// FindAllString is regexp.Regexp's.
func (r *Regexp) FindAllString(text string, n int) []string {
	return r.compiled().FindAllString(text, n)
}

// FindAllStringIndex is regexp.Regexp's.
func (r *Regexp) FindAllStringIndex(text string, n int) [][]int {
	return r.compiled().FindAllStringIndex(text, n)
}

// FindAllStringSubmatch is regexp.Regexp's.
func (r *Regexp) FindAllStringSubmatch(text string, n int) [][]string {
	return r.compiled().FindAllStringSubmatch(text, n)
}

// FindAllStringSubmatchIndex is regexp.Regexp's.
func (r *Regexp) FindAllStringSubmatchIndex(text string, n int) [][]int {
	return r.compiled().FindAllStringSubmatchIndex(text, n)
}

// ReplaceAllString is regexp.Regexp's.
func (r *Regexp) ReplaceAllString(text, with string) string {
	return r.compiled().ReplaceAllString(text, with)
}

// ReplaceAllStringFunc is regexp.Regexp's.
func (r *Regexp) ReplaceAllStringFunc(text string, with func(string) string) string {
	return r.compiled().ReplaceAllStringFunc(text, with)
}

// ExpandString is regexp.Regexp's.
func (r *Regexp) ExpandString(to []byte, template, text string, match []int) []byte {
	return r.compiled().ExpandString(to, template, text, match)
}
