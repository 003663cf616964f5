package textgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/textrule"
)

// sameField returns the comparisons of a group if all of them compare one field with a text or a number, which languages write
// as lists.
func sameField(args []textrule.Node) ([]*textrule.Match, bool) {
	var out []*textrule.Match
	for _, arg := range args {
		m, ok := arg.(*textrule.Match)
		if !ok || m.Keyword || len(out) > 0 && m.Field != out[0].Field {
			return nil, false
		}
		switch m.Value.(type) {
		case *textrule.Number, *textrule.String:
		default:
			return nil, false
		}
		out = append(out, m)
	}
	return out, len(out) > 0
}

// quickwitLists writes alternatives of one field as IN [...], whose values have no quotes.
var quickwitLists = &strategy{
	name: "quickwit-lists",
	help: "writes alternatives as IN [...] with values without quotes, unless a value has a character that would end the list or its value",
	node: func(c *converter, n textrule.Node) (piece, bool, error) {
		or, ok := n.(*textrule.Or)
		if !ok || c.exact {
			return piece{}, false, nil
		}
		matches, ok := sameField(or.Args)
		if !ok {
			return piece{}, false, nil
		}
		var items []string
		for _, m := range matches {
			switch v := m.Value.(type) {
			case *textrule.Number:
				items = append(items, v.Text)
			case *textrule.String:
				text, err := c.escapeText(v.Parts, m.Span, &quickwitEscaped)
				if err != nil {
					return piece{}, true, err
				}
				if text == "" || strings.ContainsAny(text, "[]\"") {
					return piece{}, false, nil
				}
				if strings.ContainsAny(text, " \t\n") {
					c.departSaying("takes the words of a value in a list as values of their own", m.Span)
				}
				items = append(items, text)
			}
		}
		return textPiece(matches[0].Field + ":IN [" + strings.Join(items, " ") + "]"), true, nil
	},
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		s, ok := m.Value.(*textrule.String)
		if !ok || m.Keyword {
			return piece{}, false, nil
		}
		if len(s.Parts) == 1 && s.Parts[0].Kind == ir.AnyRun && !s.Cased {
			p, err := c.form("exists", false, m, "fields that exist")
			return p, true, err
		}
		if s.HasWildcard() {
			c.departSaying("takes a wildcard within quotes literally, except at the end", m.Span)
		}
		return piece{}, false, nil
	},
}

// quickwitEscaped are the characters that a value in a list has a backslash before.
var quickwitEscaped = newCharSet(`*\`)

// quickwitFlat writes AND and NOT without parentheses around their arguments, as the peer does. With --exact the spec's
// precedence holds.
var quickwitFlat = &strategy{
	name: "quickwit-flat",
	help: "writes parentheses only around an AND within an OR; a diagnostic says where another pair is missing",
	node: func(c *converter, n textrule.Node) (piece, bool, error) {
		not, ok := n.(*textrule.Not)
		if !ok || c.exact {
			return piece{}, false, nil
		}
		p, err := c.node(not.Arg)
		if err == nil && p.has {
			c.departJoin(not.Arg)
			p = c.negate(p)
		}
		return p, true, err
	},
	binds: func(c *converter, outer, inner textrule.Node) (bool, bool) {
		if c.exact {
			return false, false
		}
		_, isOr := outer.(*textrule.Or)
		_, isAnd := inner.(*textrule.And)
		if !isOr && !isAnd {
			c.departJoin(inner)
		}
		return !isOr || !isAnd, true
	},
}

// departJoin notes that a group stands without parentheses.
func (c *converter) departJoin(n textrule.Node) {
	switch n := n.(type) {
	case *textrule.And:
		c.depart("and-before-or", n.Span)
	case *textrule.Or:
		if _, isList := sameField(n.Args); !isList {
			c.depart("and-before-or", n.Span)
		}
	case *textrule.Match:
		if _, ok := n.Value.(*textrule.Expansion); ok {
			c.depart("and-before-or", n.Span)
		}
	}
}
