package textgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/textrule"
)

// containsFirst chooses the forms of languages that write texts as regular expressions: the form for a value with wildcards at
// both ends is tried first.
var containsFirst = &strategy{
	name: "contains-first",
	help: "writes texts with the first of the forms contains, endswith, startswith and equal whose wildcards the value has at its ends",
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		s, ok := m.Value.(*textrule.String)
		if !ok || m.Keyword {
			return piece{}, false, nil
		}
		prefix := ""
		if s.Cased {
			prefix = "cased_"
		}
		parts := s.Parts
		n := len(parts)
		starts, ends := n > 0 && parts[0].Kind == ir.AnyRun, n > 0 && parts[n-1].Kind == ir.AnyRun
		kind := "equal"
		switch {
		case starts && ends:
			kind, parts = "contains", parts[1:max(n-1, 1)]
		case starts:
			kind, parts = "endswith", parts[1:]
		case ends:
			kind, parts = "startswith", parts[:n-1]
		case textrule.HasWildcard(parts):
			kind = "wildcard"
		}
		if len(parts) == 0 && kind != "equal" && c.Spec.Match["exists"] != nil {
			// Two slashes would begin a comment.
			p, err := c.form("exists", false, m, "fields that exist")
			return p, true, err
		}
		regex, err := c.literalRegex(parts, m.Span)
		if err != nil {
			return piece{}, true, err
		}
		value := ""
		if prefix+kind == "cased_equal" {
			if value, err = c.text(parts, m.Span); err != nil {
				return piece{}, true, err
			}
		}
		p, err := c.form(prefix+kind, false, m, "texts of this kind", "regex", regex, "value", value)
		return p, true, err
	},
}

// functionCIDR writes tests for networks as functions in the pipe after the filters.
var functionCIDR = &strategy{
	name: "function-cidr",
	help: "writes tests for networks after the query with the form cidr, and `!` before negated ones; under an OR or in a negated group within the query",
	node: func(c *converter, n textrule.Node) (piece, bool, error) {
		not, ok := n.(*textrule.Not)
		if !ok {
			return piece{}, false, nil
		}
		if _, isMatch := not.Arg.(*textrule.Match); isMatch || c.notes["cidr.inline"] == true {
			return piece{}, false, nil
		}
		c.note("cidr.inline", true)
		p, err := c.plain(n)
		c.note("cidr.inline", false)
		return p, true, err
	},
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		v, ok := m.Value.(*textrule.CIDR)
		if !ok {
			return piece{}, false, nil
		}
		p, err := c.cidr(m, v, false)
		if err != nil || m.UnderOr || c.notes["cidr.inline"] == true {
			return p, true, err
		}
		d := &deferred{kind: "cidr", text: func(negated bool) string {
			if negated {
				return "!" + p.text
			}
			return p.text
		}}
		c.deferred = append(c.deferred, d)
		return piece{deferred: d}, true, nil
	},
}

// slashRegex writes regular expressions between slashes. A slash in the expression would end it.
var slashRegex = &strategy{
	name: "slash-regex",
	help: "puts a backslash before each slash of a regular expression that has none",
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		v, ok := m.Value.(*textrule.Regex)
		if !ok {
			return piece{}, false, nil
		}
		escaped := *v
		escaped.Text = escapeSlashes(v.Text)
		kind := "regex"
		if m.Keyword {
			kind = "keyword_regex"
		}
		p, err := c.matchRegex(kind, m, &escaped, m.UnderNot && c.Spec.Operators.NotInside)
		return p, true, err
	},
}

// escapeSlashes puts a backslash before each slash that has none.
func escapeSlashes(text string) string {
	var out strings.Builder
	escaped := false
	for _, r := range text {
		if r == '/' && !escaped {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
		escaped = r == '\\' && !escaped
	}
	return out.String()
}
