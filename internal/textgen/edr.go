package textgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/textrule"
)

// prefixNot writes NOT without a blank behind it.
var prefixNot = &strategy{
	name: "prefix-not",
	help: "writes the word for NOT directly before its argument, as in -field:value",
	node: negation("", ""),
}

// leadingWildcard leaves out the first wildcard of a text, which the language adds itself.
var leadingWildcard = &strategy{
	name: "leading-wildcard",
	help: "leaves out a wildcard at the start of a text, for languages that find texts after any characters",
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		s, ok := m.Value.(*textrule.String)
		if !ok || m.Keyword || s.Cased || len(s.Parts) == 0 || s.Parts[0].Kind != ir.AnyRun && s.Parts[0].Kind != ir.AnyOne {
			return piece{}, false, nil
		}
		if len(s.Parts) == 1 {
			p, err := c.form("exists", false, m, "fields that exist")
			return p, true, err
		}
		t := c.template("equal", false)
		p, err := c.textForm(t, m, s.Parts[1:])
		return p, true, err
	},
}

// openRanges writes order comparisons as ranges that are open at one end.
var openRanges = &strategy{
	name: "open-ranges",
	help: "writes order comparisons as [5 TO *] and [* TO 5], which include the number",
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		v, ok := m.Value.(*textrule.Compare)
		if !ok || v.Part != "" {
			return piece{}, false, nil
		}
		if v.Op == "lt" || v.Op == "gt" {
			c.departSaying("includes the number of lt and gt", m.Span)
		}
		value := "[" + v.Number + " TO *]"
		if v.Op == "lt" || v.Op == "lte" {
			value = "[* TO " + v.Number + "]"
		}
		p, err := c.form("compare", false, m, "order comparisons", "operator", "", "value", value)
		return p, true, err
	},
}

// bareRegex refuses regular expressions that cannot stand in a query without quotes.
var bareRegex = &strategy{
	name: "bare-regex",
	help: "refuses regular expressions with blanks, quotes or parentheses, for languages that write expressions without quotes",
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		v, ok := m.Value.(*textrule.Regex)
		if !ok || !strings.ContainsAny(v.Text, " \t\n\"()") {
			return piece{}, false, nil
		}
		return piece{}, true, unsupported(m.Span, "%s has no quotes for regular expressions, and this one has blanks, quotes or parentheses", c.Spec.Title)
	},
}

// quotedRegex writes regular expressions with double quotes in the quotes for texts with them.
var quotedRegex = &strategy{
	name: "quoted-regex",
	help: "writes a regular expression that has the quote of texts in the other quotes, which have escapes; with --exact it writes startswith and endswith with wildcards",
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		if s, ok := m.Value.(*textrule.String); ok && !m.Keyword {
			if kind, _ := c.textKind("", s.Parts, false); kind == "startswith" || kind == "endswith" {
				if c.exact {
					p, err := c.textForm(&c.Spec.Match["equal"].Is, m, s.Parts) // = takes wildcards
					return p, true, err
				}
				c.departSaying("finds the text of startswith and endswith anywhere in the field", m.Span)
			}
		}
		v, ok := m.Value.(*textrule.Regex)
		if !ok || m.Keyword || !strings.Contains(v.Text, c.Spec.String.Quote) {
			return piece{}, false, nil
		}
		c.depart("regex", m.Span)
		return textPiece(c.field(m.Field) + " ~= " + c.otherQuotes(c.regex(v))), true, nil
	},
}
