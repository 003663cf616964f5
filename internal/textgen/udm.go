package textgen

import (
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/textrule"
)

// udm writes conditions for the search of Google SecOps as the peer does: texts as regular expressions, lists as one expression, and
// NOT as != in each comparison. With --exact the spec's operators join the comparisons, and lists have no form of their own.
var udm = &strategy{
	name: "udm",
	help: "writes texts and lists as regular expressions and NOT as !=, as UDM search of Google SecOps wants them",
	node: func(c *converter, n textrule.Node) (piece, bool, error) {
		if c.exact {
			return piece{}, false, nil
		}
		parent := ""
		if or, ok := n.(*textrule.Or); ok && fromDetection(or) {
			parent = "detection"
		}
		p, err := c.udmNode(n, parent, false)
		return p, true, err
	},
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		if m.Keyword {
			return piece{}, true, unsupported(m.Span, "%s searches fields only, and keywords have none", c.Spec.Title)
		}
		negated := c.notes["udm.negated"] == true
		switch v := m.Value.(type) {
		case *textrule.String:
			p, err := c.udmText(m, v, negated)
			return p, true, err
		case *textrule.Regex:
			if negated {
				c.depart("regex", m.Span)
				return textPiece(c.field(m.Field) + " != /" + c.regex(v) + "/ nocase"), true, nil
			}
		default:
			if negated {
				c.departSaying("does not negate a comparison that has no form with !=", m.Span)
			}
		}
		return piece{}, false, nil
	},
}

// fromDetection reports whether a search identifier has the OR, not the condition: its comparisons then stand in it.
func fromDetection(or *textrule.Or) bool {
	first := firstMatch(or)
	return first != nil && or.Span.Start <= first.Span.Start && first.Span.End <= or.Span.End
}

// firstMatch returns the first comparison in a tree, nil if it has none.
func firstMatch(n textrule.Node) *textrule.Match {
	var args []textrule.Node
	switch n := n.(type) {
	case *textrule.Match:
		return n
	case *textrule.Not:
		return firstMatch(n.Arg)
	case *textrule.And:
		args = n.Args
	case *textrule.Or:
		args = n.Args
	}
	for _, arg := range args {
		if m := firstMatch(arg); m != nil {
			return m
		}
	}
	return nil
}

// udmNode writes a part of a condition. parent is the kind of the node around it, "" for none; negated is set if comparisons are
// written with !=.
func (c *converter) udmNode(n textrule.Node, parent string, negated bool) (piece, error) {
	switch n := n.(type) {
	case *textrule.Or:
		if matches, ok := sameField(n.Args); ok {
			return c.udmList(matches, negated)
		}
		p, err := c.udmJoin(n.Args, "or", parent == "not", c.or)
		if err == nil && p.has && parent != "" {
			p.text = c.Spec.Operators.Group.fill("expr", p.text)
		}
		return p, err
	case *textrule.And:
		return c.udmJoin(n.Args, "and", parent == "not", c.and)
	case *textrule.Not:
		switch arg := n.Arg.(type) {
		case *textrule.And, *textrule.Not:
			c.departSaying("negates the comparisons of a group one by one, which is another condition", n.Span)
		case *textrule.Or:
			if _, isList := sameField(arg.Args); !isList {
				c.departSaying("negates the comparisons of a group one by one, which is another condition", n.Span)
			}
		}
		return c.udmNode(n.Arg, "not", true)
	case *textrule.Match:
		if _, ok := n.Value.(*textrule.Expansion); ok {
			c.departSaying("has no parentheses around the alternatives of a value", n.Span)
			negated = false
		}
		c.note("udm.negated", negated)
		p, err := c.match(n)
		c.note("udm.negated", false)
		return p, err
	}
	return c.plain(n)
}

// udmJoin writes the arguments of an operator with it between them.
func (c *converter) udmJoin(args []textrule.Node, kind string, negated bool, operator string) (piece, error) {
	var out []string
	for _, arg := range args {
		_, isAnd := arg.(*textrule.And)
		_, isNot := arg.(*textrule.Not)
		group := kind == "or" && (isAnd || isNot)
		p, err := c.udmNode(arg, kind, negated && !group)
		if err != nil {
			return piece{}, err
		}
		if !p.has {
			continue
		}
		if group {
			p.text = c.Spec.Operators.Group.fill("expr", p.text)
		}
		out = append(out, p.text)
	}
	return piece{text: strings.Join(out, operator), has: len(out) > 0}, nil
}

// udmList writes alternatives of one field as one regular expression, or negated as one != for each.
func (c *converter) udmList(matches []*textrule.Match, negated bool) (piece, error) {
	var items []string
	for _, m := range matches {
		switch v := m.Value.(type) {
		case *textrule.Number:
			items = append(items, v.Text)
		case *textrule.String:
			item, err := c.udmItem(m, v)
			if err != nil {
				return piece{}, err
			}
			items = append(items, item)
		}
	}
	c.departSaying("finds the values of a list anywhere in the field", matches[0].Span)
	field := c.field(matches[0].Field)
	if !negated {
		return textPiece(field + " = /" + strings.Join(items, "|") + "/ nocase"), nil
	}
	for i, item := range items {
		items[i] = field + " != /" + item + "/ nocase"
	}
	return textPiece(c.Spec.Operators.Group.fill("expr", strings.Join(items, c.and))), nil
}

// udmItem writes a text of a list: a regular expression if it has wildcards, else the text itself.
func (c *converter) udmItem(m *textrule.Match, v *textrule.String) (string, error) {
	if v.HasWildcard() {
		text, err := c.literalRegex(trimRuns(v.Parts), m.Span)
		return text, err
	}
	text, err := c.bare(v.Parts, m.Span)
	return escapeSlashes(text), err
}

// trimRuns returns a pattern without the wildcards for any characters at its ends.
func trimRuns(parts ir.Pattern) ir.Pattern {
	if len(parts) > 0 && parts[0].Kind == ir.AnyRun {
		parts = parts[1:]
	}
	if n := len(parts); n > 0 && parts[n-1].Kind == ir.AnyRun {
		parts = parts[:n-1]
	}
	return parts
}

// udmText writes a comparison with a text.
func (c *converter) udmText(m *textrule.Match, v *textrule.String, negated bool) (piece, error) {
	operator, noCase := " = ", " nocase"
	if negated {
		operator = " != "
	}
	if v.Cased {
		noCase = ""
	}
	field := c.field(m.Field)
	n := len(v.Parts)
	if n == 1 && v.Parts[0].Kind == ir.AnyRun && !negated {
		return c.form("exists", false, m, "fields that exist")
	}
	if !v.HasWildcard() {
		text, err := c.text(v.Parts, m.Span)
		if c.isEnum(m.Field) {
			noCase = ""
		}
		return textPiece(field + operator + text + noCase), err
	}
	regex, err := c.literalRegex(trimRuns(v.Parts), m.Span)
	if v.Parts[0].Kind != ir.AnyRun {
		regex = "^" + regex
	}
	if v.Parts[n-1].Kind != ir.AnyRun {
		regex += "$"
	}
	return textPiece(field + operator + "/" + regex + "/" + noCase), err
}

// isEnum reports whether a field has a fixed set of values, which are compared with case.
func (c *converter) isEnum(field string) bool {
	list := c.Spec.Values["enums"]
	for _, n := range list.Content {
		if n.Value == field {
			return true
		}
	}
	return false
}
