package stixmatch

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// Options change what a pattern means.
type Options struct {
	// OASIS refuses brackets in which AND joins different object types. OASIS's matcher never matches them.
	OASIS bool
	// Loose compares as stix-shifter's connector does: letter case does not count, and text equals the number that it is.
	Loose bool
}

// A Pattern is a pattern that can be evaluated. It is safe for concurrent use.
type Pattern struct {
	brackets []bracket
	expr     stix.ObservationExpr
	// bracketOf are the numbers of brackets.
	bracketOf map[*stix.Observation]int
}

// Compile prepares a pattern. It returns nil and errors if a part of it has no meaning, see stix.Check; mixed object types are a
// warning.
func Compile(p *stix.Pattern, o Options) (*Pattern, diag.List) {
	c := compiler{pattern: &Pattern{expr: p.Expr, bracketOf: map[*stix.Observation]int{}}, options: o, diags: stix.Check(p)}
	c.observations(p.Expr)
	if c.diags.HasErrors() {
		return nil, c.diags
	}
	return c.pattern, c.diags
}

// Brackets returns the pairs of brackets of the pattern, from left to right.
func (p *Pattern) Brackets() []*stix.Observation {
	list := make([]*stix.Observation, len(p.brackets))
	// Iteration order does not matter: each has its place.
	for o, i := range p.bracketOf {
		list[i] = o
	}
	return list
}

// Expr returns the expression of the pattern.
func (p *Pattern) Expr() stix.ObservationExpr { return p.expr }

// Holds reports whether the condition of a bracket, by its place in Brackets, holds for an observation. It returns ErrTooMany if the
// observation has too many objects.
func (p *Pattern) Holds(bracket int, o *Observation) (bool, error) {
	holds, known := p.brackets[bracket].on(o)
	if !known {
		return false, fmt.Errorf("%w: %s has too many objects", ErrTooMany, o.ID)
	}
	return holds, nil
}

type compiler struct {
	pattern *Pattern
	options Options
	diags   diag.List
}

func (c *compiler) observations(expr stix.ObservationExpr) {
	switch expr := expr.(type) {
	case *stix.Observation:
		b := bracket{}
		b.expr = c.condition(&b, expr.Comparison)
		for i := range b.leaves {
			if name := b.leaves[i].object; !slices.Contains(b.types, name) {
				b.types = append(b.types, name)
			}
		}
		if b.mixed(&b.expr) {
			c.diags.Add(mixedTypes(expr.Span, c.options.OASIS))
		}
		c.pattern.bracketOf[expr] = len(c.pattern.brackets)
		c.pattern.brackets = append(c.pattern.brackets, b)
	case *stix.ObservationOperator:
		for _, operand := range expr.Operands {
			c.observations(operand)
		}
	case *stix.Qualified:
		c.observations(expr.Of)
	}
}

func mixedTypes(span source.Span, refuse bool) diag.Diagnostic {
	d := diag.Diagnostic{
		Code: "stix-mixed-and", Severity: diag.Warning, Span: span,
		Message: "AND joins properties of different object types: each is compared with an object of its own; OASIS's matcher never matches this",
	}
	if refuse {
		d.Severity, d.Message = diag.Error, "AND joins properties of different object types, which no object can have"
		d.Help = "put them into brackets of their own"
	}
	return d
}

func (c *compiler) condition(b *bracket, expr stix.ComparisonExpr) node {
	switch expr := expr.(type) {
	case *stix.ComparisonOperator:
		n := node{leaf: -1, and: expr.Operator == "AND"}
		for _, operand := range expr.Operands {
			n.of = append(n.of, c.condition(b, operand))
		}
		return n
	case *stix.Comparison:
		b.leaves = append(b.leaves, leaf{object: expr.Path.Type, path: newPath(expr.Path), not: expr.Not, holds: c.comparison(expr)})
	case *stix.Exists:
		b.leaves = append(b.leaves, leaf{object: expr.Path.Type, path: newPath(expr.Path), not: expr.Not, exists: true})
	}
	return node{leaf: len(b.leaves) - 1}
}

func (c *compiler) comparison(expr *stix.Comparison) func(any, *path) bool {
	literals := make([]literal, len(expr.Values))
	for i, value := range expr.Values {
		literals[i] = newLiteral(value)
		literals[i].loose = c.options.Loose
	}
	switch expr.Operator {
	case "IN":
		return func(value any, p *path) bool {
			return slices.ContainsFunc(literals, func(l literal) bool {
				order, ok := l.compare(value, p)
				return ok && order == 0
			})
		}
	case "LIKE", "MATCHES":
		translate := matchExpr
		if expr.Operator == "LIKE" {
			translate = likeExpr
		}
		compiled, err := translate(literals[0].text)
		if c.options.Loose && err == nil {
			compiled, err = regexp.Compile("(?i)" + compiled.String())
		}
		if err != nil {
			c.diags.Add(diag.Diagnostic{Code: "stix-value", Span: expr.Values[0].Span, Message: "the regular expression cannot be used: " + err.Error()})
			return nil
		}
		return matches(compiled, c.options.Loose)
	case "ISSUBSET", "ISSUPERSET":
		of, _ := network(literals[0].text) // stix.Check refuses what is none
		return subset(expr.Operator == "ISSUPERSET", of)
	}
	return compareWith(expr.Operator, literals[0])
}

// A binding is a set of observations that match an expression together.
type binding struct {
	// of are the numbers of the observations, increasing.
	of []int
	// latest is the latest first time, earliest the earliest last time: all conditions on time are about these.
	latest, earliest time.Time
}

// ErrTooMany says that a pattern has more bindings than are searched.
var ErrTooMany = errors.New("too many combinations of observations")

// maxBindings limits the bindings of an expression.
const maxBindings = 1_000_000

// Match returns the numbers of the observations that take part in a match, increasing; nil if there is no match. It returns ErrTooMany
// beyond a million combinations.
func (p *Pattern) Match(list []Observation) ([]int, error) {
	m := matcher{pattern: p}
	for i := range list {
		for range list[i].Number {
			m.seen = append(m.seen, &list[i])
			m.original = append(m.original, i)
		}
	}
	bindings, err := m.find(p.expr)
	if err != nil {
		return nil, err
	}
	var found []int
	for _, b := range bindings {
		for _, i := range b.of {
			found = append(found, m.original[i])
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

type matcher struct {
	pattern *Pattern
	// seen has each observation as often as it was seen; original are their numbers in the caller's list.
	seen     []*Observation
	original []int
}

// find returns the bindings of an expression.
func (m *matcher) find(expr stix.ObservationExpr) ([]binding, error) {
	switch expr := expr.(type) {
	case *stix.Observation:
		return m.bracket(m.pattern.bracketOf[expr])
	case *stix.ObservationOperator:
		found, err := m.find(expr.Operands[0])
		for _, operand := range expr.Operands[1:] {
			if err != nil {
				return nil, err
			}
			var right []binding
			if right, err = m.find(operand); err == nil {
				found, err = join(expr.Operator, found, right)
			}
		}
		return found, err
	case *stix.Qualified:
		found, err := m.find(expr.Of)
		if err != nil {
			return nil, err
		}
		return qualify(found, expr.Qualifier)
	}
	return nil, fmt.Errorf("egret bug: unknown node %T", expr)
}

func (m *matcher) bracket(bracket int) ([]binding, error) {
	var found []binding
	for i, o := range m.seen {
		holds, err := m.pattern.Holds(bracket, o)
		if err != nil {
			return nil, err
		}
		if holds {
			found = append(found, binding{of: []int{i}, latest: o.First, earliest: o.Last})
		}
	}
	return found, nil
}

// join returns the bindings of two operands. AND and FOLLOWEDBY need different observations on both sides.
func join(operator string, left, right []binding) ([]binding, error) {
	if operator == "OR" {
		return append(left, right...), nil
	}
	var found []binding
	for _, a := range left {
		for _, b := range right {
			if operator == "FOLLOWEDBY" && a.latest.After(b.earliest) {
				continue
			}
			both, ok := merge(a, b)
			if !ok {
				continue
			}
			if found = append(found, both); len(found) > maxBindings {
				return nil, ErrTooMany
			}
		}
	}
	return found, nil
}

// merge returns the binding of both, false if they have an observation in common.
func merge(a, b binding) (binding, bool) {
	out := binding{of: slices.Concat(a.of, b.of), latest: a.latest, earliest: a.earliest}
	slices.Sort(out.of)
	for i := 1; i < len(out.of); i++ {
		if out.of[i] == out.of[i-1] {
			return out, false
		}
	}
	if b.latest.After(out.latest) {
		out.latest = b.latest
	}
	if b.earliest.Before(out.earliest) {
		out.earliest = b.earliest
	}
	return out, true
}

func qualify(found []binding, q stix.Qualifier) ([]binding, error) {
	switch q := q.(type) {
	case stix.StartStop:
		start, stop := newLiteral(q.Start).time, newLiteral(q.Stop).time
		if !start.Before(stop) {
			return nil, nil // no instant is in the range
		}
		return slices.DeleteFunc(found, func(b binding) bool { return !b.latest.Before(stop) || b.earliest.Before(start) }), nil
	case stix.Within:
		limit, _ := new(big.Rat).SetString(q.Seconds.Text)
		return slices.DeleteFunc(found, func(b binding) bool {
			return big.NewRat(int64(b.latest.Sub(b.earliest)), int64(time.Second)).Cmp(limit) > 0
		}), nil
	case stix.Repeats:
		times, err := strconv.Atoi(q.Times.Text)
		if err != nil {
			times = len(found) + 1 // more than any number of observations
		}
		return repeat(found, times)
	}
	return found, nil
}

// repeat returns the sets of a number of bindings that have no observation in common.
func repeat(found []binding, times int) ([]binding, error) {
	if times > len(found) {
		return nil, nil
	}
	var sets []binding
	var choose func(from, left int, so binding) error
	choose = func(from, left int, so binding) error {
		if left == 0 {
			if sets = append(sets, so); len(sets) > maxBindings {
				return ErrTooMany
			}
			return nil
		}
		for i := from; i+left <= len(found); i++ {
			next, ok := found[i], true
			if left < times {
				next, ok = merge(so, found[i])
			}
			if ok {
				if err := choose(i+1, left-1, next); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := choose(0, times, binding{})
	return sets, err
}
