package textgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/source"
)

// departSaying notes a departure that no feature names: text continues "the query".
func (c *converter) departSaying(text string, span source.Span) {
	for _, d := range c.departures {
		if d.feature == "="+text {
			return
		}
	}
	c.departures = append(c.departures, departure{"=" + text, span})
}

// functionNot writes NOT as a function of its argument.
var functionNot = &strategy{
	name: "function-not",
	help: "writes NOT as a function: not(x), and not((x and y)) for a group",
	node: negation("(", ")"),
}

// kustoLists writes alternatives of one field as in~ (...) and values that must all match as has_all (...). Values with
// wildcards follow one by one.
var kustoLists = &strategy{
	name: "kusto-lists",
	help: "writes alternatives with the operator in~ and values that must all match with has_all; values with wildcards follow one by one",
	node: func(c *converter, n textrule.Node) (piece, bool, error) {
		var args []textrule.Node
		operator, joiner := "in~", c.or
		switch n := n.(type) {
		case *textrule.Or:
			args = n.Args
		case *textrule.And:
			args, operator, joiner = n.Args, "has_all", c.and
		}
		matches, ok := sameField(args)
		if !ok {
			return piece{}, false, nil
		}
		if operator == "has_all" && c.exact {
			return piece{}, false, nil
		}
		p, err := c.kustoList(matches, operator, joiner)
		return p, true, err
	},
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		if s, ok := m.Value.(*textrule.String); ok && !m.Keyword {
			if kind, _ := c.textKind("", s.Parts, false); kind == "wildcard" {
				c.departSaying("matches a value with a wildcard in its middle with case", m.Span)
			}
		}
		return piece{}, false, nil
	},
}

func (c *converter) kustoList(matches []*textrule.Match, operator, joiner string) (piece, error) {
	field := c.field(matches[0].Field)
	var items, parts []string
	for _, m := range matches {
		switch v := m.Value.(type) {
		case *textrule.Number:
			items = append(items, `"`+v.Text+`"`)
		case *textrule.String:
			if v.Cased {
				c.depart("cased-list", m.Span)
			}
			if v.HasWildcard() {
				p, err := c.kustoPattern(m, v)
				if err != nil {
					return p, err
				}
				parts = append(parts, p.text)
				continue
			}
			text, err := c.text(v.Parts, m.Span)
			if err != nil {
				return piece{}, err
			}
			items = append(items, text)
		}
	}
	if len(items) > 0 {
		if operator == "has_all" {
			c.departSaying("asks for each value of a list as a word of the field", matches[0].Span)
		}
		parts = append([]string{field + " " + operator + " (" + strings.Join(items, ", ") + ")"}, parts...)
	}
	return textPiece(strings.Join(parts, joiner)), nil
}

// kustoPattern writes a value with wildcards of a list. One with a wildcard between its ends becomes a test for each literal
// part, as the peer writes it; with --exact it is a regular expression.
func (c *converter) kustoPattern(m *textrule.Match, v *textrule.String) (piece, error) {
	plain := &textrule.Match{Field: m.Field, Value: &textrule.String{Parts: v.Parts}, UnderOr: m.UnderOr, UnderNot: m.UnderNot, Span: m.Span}
	if c.exact || !innerWildcard(v.Parts) {
		return c.match(plain)
	}
	c.departSaying("tests for the parts of a value with a wildcard in any order", m.Span)
	var tests []string
	for _, part := range v.Parts {
		if part.Kind == ir.AnyRun || part.Kind == ir.AnyOne {
			continue
		}
		// The peer reads each part as a text of a rule again, which takes one of two backslashes away.
		part.Text = strings.ReplaceAll(part.Text, `\\`, `\`)
		p, err := c.textForm(&c.Spec.Match["contains"].Is, plain, ir.Pattern{part})
		if err != nil {
			return p, err
		}
		tests = append(tests, p.text)
	}
	return textPiece(c.Spec.Operators.Group.fill("expr", strings.Join(tests, c.and))), nil
}

// innerWildcard reports whether a pattern has a wildcard between its first and its last character.
func innerWildcard(parts ir.Pattern) bool {
	for i, part := range parts {
		if (part.Kind == ir.AnyRun || part.Kind == ir.AnyOne) && i > 0 && i < len(parts)-1 {
			return true
		}
	}
	return false
}
