package textgen

import (
	"errors"
	"fmt"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/textrule"
	"github.com/egret-hunt/egret/source"
)

// A converter writes the condition of one query.
type converter struct {
	*Backend
	rule *textrule.Rule
	// format is the format of the query, nil if only its text is needed.
	format *Format
	// deferred are the parts that follow the condition, in the order in which they were made.
	deferred []*deferred
	// departures are the features that the query says differently, in order, and where the rule first uses them.
	departures []departure
	// counts is the correlation that is written, nil for a rule.
	counts *textrule.Correlation
	// notes are for strategies: values of one query, by a name that begins with the strategy's.
	notes map[string]any
}

type departure struct {
	feature string
	span    source.Span
}

// A piece is the text of a part of a condition. A piece without text is left out: its part of the rule is in a deferred part, or
// was removed by a pipeline.
type piece struct {
	text string
	// has is set if there is a text.
	has bool
	// deferred is set if the part consists of one deferred part alone, which a NOT then negates.
	deferred *deferred
}

func textPiece(text string) piece { return piece{text: text, has: true} }

// A deferred is a part of the query that follows the condition. text writes it, negated or not.
type deferred struct {
	negated bool
	text    func(negated bool) string
	// kind groups parts for strategies that treat them differently.
	kind string
}

// fault is the error of a conversion: a diagnostic.
type fault struct{ d diag.Diagnostic }

func (f *fault) Error() string { return f.d.Message }

func unsupported(span source.Span, format string, args ...any) error {
	return &fault{diag.Diagnostic{Code: "unsupported-by-target", Span: span, Message: fmt.Sprintf(format, args...)}}
}

// refuse returns the error for a comparison of a kind that the language cannot say.
func (c *converter) refuse(span source.Span, what string) error {
	return unsupported(span, "%s has no form for %s", c.Spec.Title, what)
}

// depart notes that the query says a feature differently from the rule.
func (c *converter) depart(feature string, span source.Span) {
	if c.Spec.Departures[feature] == "" {
		return
	}
	for _, d := range c.departures {
		if d.feature == feature {
			return
		}
	}
	c.departures = append(c.departures, departure{feature, span})
}

// node writes a part of a condition.
func (c *converter) node(n textrule.Node) (piece, error) {
	for _, s := range c.strategies {
		if s.node == nil {
			continue
		}
		if p, handled, err := s.node(c, n); handled || err != nil {
			return p, err
		}
	}
	return c.plain(n)
}

// plain writes a part of a condition without strategies for nodes.
func (c *converter) plain(n textrule.Node) (piece, error) {
	switch n := n.(type) {
	case nil:
		return piece{}, nil
	case *textrule.And:
		if list, ok, err := c.list(n.Args, c.Spec.In.And); ok || err != nil {
			return list, err
		}
		return c.join(n, n.Args, c.and)
	case *textrule.Or:
		if list, ok, err := c.list(n.Args, c.Spec.In.Or); ok || err != nil {
			return list, err
		}
		return c.join(n, n.Args, c.or)
	case *textrule.Not:
		return c.not(n)
	case *textrule.Match:
		return c.match(n)
	case *textrule.Never:
		return piece{}, unsupported(n.Span, "the condition can never hold: a selector matches no search identifier")
	}
	panic(fmt.Sprintf("egret bug: node %T", n))
}

// join writes an AND or OR: its arguments with an operator between them, in parentheses where it binds weaker.
func (c *converter) join(outer textrule.Node, args []textrule.Node, operator string) (piece, error) {
	var out strings.Builder
	has := false
	for _, arg := range args {
		p, err := c.operand(outer, arg)
		if err != nil {
			return piece{}, err
		}
		if !p.has {
			continue
		}
		if has {
			out.WriteString(operator)
		}
		has = true
		out.WriteString(p.text)
	}
	return piece{text: out.String(), has: has}, nil
}

// operand writes an argument of an operator, in parentheses if it needs them.
func (c *converter) operand(outer, inner textrule.Node) (piece, error) {
	p, err := c.node(inner)
	if err == nil && p.has && !c.bindsTighter(outer, inner) {
		p.text = c.Spec.Operators.Group.fill("expr", p.text)
	}
	return p, err
}

// bindsTighter reports whether an argument needs no parentheses within an operator.
func (c *converter) bindsTighter(outer, inner textrule.Node) bool {
	for _, s := range c.strategies {
		if s.binds != nil {
			if binds, handled := s.binds(c, outer, inner); handled {
				return binds
			}
		}
	}
	_, isMatch := inner.(*textrule.Match)
	if c.Spec.Operators.Parenthesize && !isMatch {
		return false
	}
	if c.strength(inner) > c.strength(outer) {
		return false
	}
	if _, isAnd := outer.(*textrule.And); isAnd && c.strength(inner) == c.rank[2] {
		c.depart("and-before-or", inner.Pos())
	}
	return true
}

// strength returns the rank of an operator in Operators.Precedence, from 0 for the one that binds strongest, and -1 for a
// comparison.
func (c *converter) strength(n textrule.Node) int {
	switch n := n.(type) {
	case *textrule.Not:
		return c.rank[0]
	case *textrule.And:
		return c.rank[1]
	case *textrule.Or:
		return c.rank[2]
	case *textrule.Match:
		if _, ok := n.Value.(*textrule.Expansion); ok {
			return c.rank[2] // it becomes an OR
		}
	}
	return -1
}

// not writes a NOT.
func (c *converter) not(n *textrule.Not) (piece, error) {
	switch n.Arg.(type) {
	case *textrule.And, *textrule.Or, *textrule.Not:
		p, err := c.node(n.Arg)
		if err != nil || !p.has {
			return p, err
		}
		c.depart("negation", n.Span)
		p.text = c.Spec.Operators.Group.fill("expr", p.text)
		return c.negate(p), nil
	}
	p, err := c.node(n.Arg)
	if err != nil {
		return p, err
	}
	c.depart("negation", n.Span)
	if p.deferred != nil {
		p.deferred.negated = !p.deferred.negated
		return p, nil
	}
	if !p.has {
		return p, nil
	}
	return c.negate(p), nil
}

// negate puts the word for NOT before a piece. With Operators.NotInside the comparisons in it are negated already.
func (c *converter) negate(p piece) piece {
	if c.Spec.Operators.NotInside {
		return p
	}
	return textPiece(c.Spec.Operators.Not + c.Spec.Operators.Separator + p.text)
}

// list writes comparisons of one field as a list, if the language has lists with the operator and the values are suitable.
func (c *converter) list(args []textrule.Node, operator string) (piece, bool, error) {
	form := &c.Spec.In
	if operator == "" {
		return piece{}, false, nil
	}
	first, ok := args[0].(*textrule.Match)
	if !ok || first.Keyword {
		return piece{}, false, nil
	}
	for _, arg := range args {
		m, ok := arg.(*textrule.Match)
		if !ok || m.Keyword || m.Field != first.Field {
			return piece{}, false, nil
		}
		switch v := m.Value.(type) {
		case *textrule.Number:
		case *textrule.String:
			if !form.Wildcards && v.HasWildcard() {
				return piece{}, false, nil
			}
		default:
			return piece{}, false, nil
		}
	}
	items := make([]string, len(args))
	for i, arg := range args {
		m := arg.(*textrule.Match) //nolint:errcheck,forcetypeassert // checked above
		switch v := m.Value.(type) {
		case *textrule.Number:
			items[i] = v.Text
		case *textrule.String:
			if v.Cased {
				c.depart("cased-list", m.Span)
			} else {
				c.departText(v.Parts, m.Span)
			}
			c.departEqual(v, m.Span)
			text, err := c.text(v.Parts, m.Span)
			if err != nil {
				return piece{}, true, err
			}
			items[i] = text
		}
	}
	return textPiece(form.Template.fill("field", c.field(first.Field), "operator", operator, "list", strings.Join(items, form.Separator))), true, nil
}

// conditions writes a condition of a rule as one query, or as several if a strategy divides it.
func (c *converter) conditions(n textrule.Node) ([]string, error) {
	for _, s := range c.strategies {
		if s.queries != nil {
			return s.queries(c, n)
		}
	}
	text, err := c.condition(n)
	return []string{text}, err
}

// condition writes the condition of a query, with deferred parts and the frame of the language.
func (c *converter) condition(n textrule.Node) (string, error) {
	p, err := c.node(n)
	if err != nil {
		return "", err
	}
	if !p.has && len(c.deferred) == 0 {
		return "", errNothing
	}
	if !p.has {
		p.text = c.Spec.Deferred.Only
	}
	for _, s := range c.strategies {
		if s.finish != nil {
			if p.text, err = s.finish(c, p.text); err != nil {
				return "", err
			}
		}
	}
	query := c.Spec.Query.with(func(name string) string {
		if name == "query" {
			return p.text
		}
		return c.name(name)
	})
	for i, d := range c.deferred {
		if i == 0 {
			query += c.Spec.Deferred.Start
		} else {
			query += c.Spec.Deferred.Separator
		}
		query += d.text(d.negated)
	}
	return query, nil
}

// errNothing says that pipelines left nothing of a condition.
var errNothing = errors.New("nothing is left of the condition")
