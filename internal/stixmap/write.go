package stixmap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// An UnwrittenError says which part of a query no condition on objects can say, and why.
type UnwrittenError struct {
	Span    source.Span
	Message string
}

// Error returns the message.
func (e *UnwrittenError) Error() string { return e.Message }

func unwritten(at ir.Expr, format string, args ...any) error {
	return &UnwrittenError{at.Pos(), fmt.Sprintf(format, args...)}
}

// Write returns a condition of one pair of brackets that holds for those events of a log source for which a query holds: the opposite of
// Lower, but exact. It uses only properties of objects of which an event has one at most. The error is an *UnwrittenError.
func (m *Mapping) Write(where ir.Expr, s *schema.Schema) (stix.ComparisonExpr, error) {
	w := &writing{mapping: m, schema: s}
	expr, constant, err := w.condition(where, false)
	switch {
	case err != nil:
		return nil, err
	case expr == nil:
		return nil, unwritten(where, "the condition is always %v, which a pattern cannot say", constant)
	}
	return expr, nil
}

type writing struct {
	mapping *Mapping
	schema  *schema.Schema
}

// condition writes an expression or its negation. Without a condition it is the constant.
func (w *writing) condition(e ir.Expr, not bool) (expr stix.ComparisonExpr, constant bool, err error) {
	switch e := e.(type) {
	case *ir.ConstExpr:
		return nil, e.Value != not, nil
	case *ir.NotExpr:
		return w.condition(e.Operand, !not)
	case *ir.AndExpr:
		return w.join(e.Operands, !not, not)
	case *ir.OrExpr:
		return w.join(e.Operands, not, not)
	}
	expr, err = w.leaf(e, not)
	return expr, false, err
}

// join writes operands joined by AND or OR.
func (w *writing) join(operands []ir.Expr, and, not bool) (stix.ComparisonExpr, bool, error) {
	joined := &stix.ComparisonOperator{Operator: "OR"}
	if and {
		joined.Operator = "AND"
	}
	for _, operand := range operands {
		expr, constant, err := w.condition(operand, not)
		switch {
		case err != nil:
			return nil, false, err
		case expr != nil:
			joined.Operands = append(joined.Operands, expr)
		case constant != and:
			return nil, constant, nil
		}
	}
	switch len(joined.Operands) {
	case 0:
		return nil, and, nil
	case 1:
		return joined.Operands[0], false, nil
	}
	return joined, false, nil
}

// A spot is a property that tells the value of a field.
type spot struct {
	path    stix.Path
	value   *Value
	address bool
	// always is set if every event has the object.
	always bool
	list   bool
}

// leaf writes a predicate or its negation. A negation also holds where the property is missing.
func (w *writing) leaf(e ir.Expr, not bool) (stix.ComparisonExpr, error) {
	fields := ir.Fields(e)
	if len(fields) != 1 || fields[0].Name == "" {
		return nil, unwritten(e, "a pattern compares one property with a value")
	}
	name := fields[0].Name
	at, ok := w.spot(name)
	if !ok {
		span := fields[0].Span
		if span.IsZero() {
			span = e.Pos()
		}
		return nil, &UnwrittenError{span, "no property of an object tells the value of " + name + " alone"}
	}
	switch e.(type) {
	case *ir.NullExpr:
		return w.exists(e, name, &at, !not)
	case *ir.ExistsExpr:
		return w.exists(e, name, &at, not)
	}
	c, err := at.compare(e)
	if err != nil || !not {
		return c, err
	}
	switch {
	case !at.always || at.list:
		return nil, unwritten(e, "an event without %s satisfies this, which a pattern can say only of an object that every event has", name)
	case at.address:
		return nil, unwritten(e, "%s may be no address, and an address object then does not exist", name)
	}
	negated, ok := c.(*stix.Comparison)
	if !ok {
		return nil, unwritten(e, "the negation has no form in a pattern")
	}
	negated.Not = true
	return &stix.ComparisonOperator{Operator: "OR", Operands: []stix.ComparisonExpr{&stix.Exists{Not: true, Path: at.path}, negated}}, nil
}

// exists writes that a field has a value or, with not, that it has none.
func (w *writing) exists(e ir.Expr, name string, at *spot, not bool) (stix.ComparisonExpr, error) {
	switch {
	case at.address:
		return nil, unwritten(e, "%s may be no address, and an address object then does not exist", name)
	case not && !at.always:
		return nil, unwritten(e, "an event without %s satisfies this, which a pattern can say only of an object that every event has", name)
	}
	return &stix.Exists{Not: not, Path: at.path}, nil
}

// spot returns the first property that tells the value of a field, if possible of an object that every event has.
func (w *writing) spot(name string) (spot, bool) {
	var found []spot
	for _, o := range w.mapping.Objects {
		if !w.single(o) {
			continue
		}
		for _, p := range o.Properties {
			if len(p.Values) != 1 || p.Members {
				continue
			}
			v, steps := p.Values[0], p.steps()
			address := o.Type == Address
			if v.Ref != "" {
				targets := w.mapping.named(v.Ref)
				if len(targets) != 1 || p.List || targets[0].Each != "" || targets[0].Many != "" || len(targets[0].If)+len(targets[0].Unless) > 0 {
					continue
				}
				for _, inner := range targets[0].Properties {
					if len(inner.Values) == 1 && !inner.Members && w.tells(inner.Values[0], name) {
						own := slices.Concat(steps, inner.steps())
						found = append(found, spot{stix.Path{Type: o.Type, Steps: own}, inner.Values[0], targets[0].Type == Address, false, inner.List})
					}
				}
				continue
			}
			if o.Type != Address && w.tells(v, name) {
				found = append(found, spot{stix.Path{Type: o.Type, Steps: steps}, v, address, o.Always, p.List})
			}
		}
	}
	if len(found) == 0 {
		return spot{}, false
	}
	if i := slices.IndexFunc(found, func(s spot) bool { return s.always }); i >= 0 {
		return found[i], true
	}
	return found[0], true
}

// single reports whether an event has at most one object of the type, which depends on nothing but its properties.
func (w *writing) single(o *Object) bool {
	if o.Each != "" || o.Many != "" || o.Differs != "" || len(o.If)+len(o.Unless) > 0 {
		return false
	}
	n := 0
	for _, other := range w.mapping.Objects {
		if slices.ContainsFunc(o.types(), other.is) {
			n++
		}
	}
	return n == 1
}

// tells reports whether a value is that of a field.
func (w *writing) tells(v *Value, name string) bool {
	if v.From == "" || v.Each != "" || v.Map != nil || v.Until != "" || len(v.If)+len(v.Unless) > 0 {
		return false
	}
	if v.From == name {
		return true
	}
	a, b := w.schema.Paths(v.From), w.schema.Paths(name)
	return len(a) > 0 && len(a) == len(b) && a[0].Text == b[0].Text
}

// steps returns the property as the steps of a path.
func (p *Property) steps() []stix.Step {
	var steps []stix.Step
	for _, key := range p.Path {
		steps = append(steps, stix.Step{Key: key})
	}
	if p.List {
		steps = append(steps, stix.Step{List: true, Any: true, Index: "*"})
	}
	return steps
}

// holds returns a comparison with the property.
func (at *spot) holds(operator string, kind stix.LiteralKind, text string) *stix.Comparison {
	return &stix.Comparison{Path: at.path, Operator: operator, Values: []stix.Literal{{Kind: kind, Text: text}}}
}

// compare writes a predicate.
func (at *spot) compare(e ir.Expr) (stix.ComparisonExpr, error) {
	switch e := e.(type) {
	case *ir.StringExpr:
		return at.compareText(e)
	case *ir.NumberExpr:
		return at.compareNumber(e)
	case *ir.BoolExpr:
		word := fmt.Sprint(e.Value)
		switch at.value.As {
		case "boolean":
			return at.holds("=", stix.Boolean, word), nil
		case "":
			return &stix.ComparisonOperator{Operator: "OR", Operands: []stix.ComparisonExpr{
				at.holds("=", stix.Boolean, word), at.holds("MATCHES", stix.String, `^(?i)`+word+`\z`),
			}}, nil
		}
	case *ir.CIDRExpr:
		if at.address || at.value.As == "address" {
			return at.holds("ISSUBSET", stix.String, e.Prefix.String()), nil
		}
	case *ir.RegexExpr:
		return at.compareRegex(e)
	}
	return nil, unwritten(e, "a comparison with %s has no form in a pattern", PathText(&at.path))
}

var numberWords = map[ir.NumberOp]string{ir.NumberEqual: "=", ir.Less: "<", ir.LessEqual: "<=", ir.Greater: ">", ir.GreaterEqual: ">="}

func (at *spot) compareNumber(e *ir.NumberExpr) (stix.ComparisonExpr, error) {
	kind := stix.Integer
	if strings.Contains(e.Text, ".") {
		kind = stix.Float
	}
	whole := kind == stix.Integer && e.Op == ir.NumberEqual && e.Text != "-0"
	switch as := at.value.As; {
	case strings.ContainsAny(e.Text, "eE"):
	case as == "number":
		return at.holds(numberWords[e.Op], kind, e.Text), nil
	case as == "text" && whole:
		return at.holds("=", stix.String, at.value.Prefix+e.Text), nil
	case as == "protocol" && whole:
		return at.holds("=", stix.String, protocolName(e.Text)), nil
	}
	return nil, unwritten(e, "%s is no number", PathText(&at.path))
}
