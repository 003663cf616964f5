package sqltree

import (
	"regexp"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// plainKey is a key that JSON text writes in one way only, unless it has escapes that begin with a backslash and u.
var plainKey = lazyre.New(`^[A-Za-z0-9_.:-]+$`)

// longJSON is the length from which on it pays to shorten JSON text.
const longJSON = 96

// MembersOf shortens JSON text to the members of an object that have one of some keys. It returns text that is short, or
// that contains other objects, lists or escapes, unchanged: its caller needs at least the members.
func (d *Dialect) MembersOf(text Expr, keys []string) Expr {
	if len(keys) == 0 || slices.ContainsFunc(keys, func(key string) bool { return !plainKey.MatchString(key) }) {
		return text
	}
	// In JSON text only a key stands in quotation marks before a colon, and in an object without others it is a key of it.
	members := d.RegexAll(text, `"`+anyOf(keys)+`"\s*:\s*(?:"[^"\\]*(?:\\.[^"\\]*)*"|[^"\s,}]+)`)
	if d.Lacking(members) != "" {
		return text
	}
	flat := And{
		Compare(">", Fn("length", text), Int(longJSON)), Like{text, "{%}"},
		Not{d.Contains(text, Text("["))}, Not{d.Contains(text, Text(`\u`))}, Not{d.Contains(Fn("substr", text, Int(2)), Text("{"))},
	}
	return If(flat, Concat(Text("{"), d.Join(members), Text("}")), text)
}

// anyOf is a regular expression for one of some words. It reads each common beginning once.
func anyOf(words []string) string {
	words = slices.Clone(words)
	slices.Sort(words)
	words = slices.Compact(words)
	if len(words) == 1 {
		return regexp.QuoteMeta(words[0])
	}
	var branches []string
	for i := 0; i < len(words); {
		if words[i] == "" {
			i++
			continue
		}
		end := i + 1
		for end < len(words) && words[end][0] == words[i][0] {
			end++
		}
		first := words[i][:1]
		for n := 2; end-i > 1 && n <= len(words[i]) && strings.HasPrefix(words[end-1], words[i][:n]); n++ {
			first = words[i][:n]
		}
		if end-i == 1 {
			first = words[i]
		}
		var rest []string
		for _, word := range words[i:end] {
			rest = append(rest, word[len(first):])
		}
		branch := regexp.QuoteMeta(first)
		if end-i > 1 {
			branch += anyOf(rest)
		}
		branches = append(branches, branch)
		i = end
	}
	optional := ""
	if words[0] == "" {
		optional = "?"
	}
	return "(?:" + strings.Join(branches, "|") + ")" + optional
}
