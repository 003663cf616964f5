package testkit

import (
	"math/rand/v2"
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// TextOrder judges ir.TextOrderExpr, which no item of Sigma stands for: whether the text of any leaf of a field is before or
// after another, one code point after the other.
func TextOrder(e *Event, field string, op ir.NumberOp, text string, options Options) bool {
	return anyLeaf(func(n *node) bool {
		order := slices.Compare(n.leafRunes(false), []rune(text))
		switch op {
		case ir.Greater:
			return order > 0
		case ir.GreaterEqual:
			return order >= 0
		case ir.Less:
			return order < 0
		case ir.LessEqual:
			return order <= 0
		case ir.NumberEqual:
		}
		panic("no order")
	})(e, e.lookup(field, options.JSONField))
}

// RandomTextOrder makes a predicate over a field of random events, negated at times, and what judges it. paths binds the field.
func RandomTextOrder(rng *rand.Rand, paths func(field string) []value.Path) (ir.Expr, func(e *Event) bool) {
	name := pick(rng, []string{"a", "b", "n", "o.k", "o.p.q", "list.k", "ip", "at", "doc.k"})
	op := pick(rng, []ir.NumberOp{ir.Greater, ir.GreaterEqual, ir.Less, ir.LessEqual})
	text := randomText(rng)
	options := RandomOptions()
	order := &ir.TextOrderExpr{Field: ir.Field{Name: name, Paths: paths(name)}, Op: op, Text: text}
	if chance(rng, 3) {
		return &ir.NotExpr{Operand: order}, func(e *Event) bool { return !TextOrder(e, name, op, text, options) }
	}
	return order, func(e *Event) bool { return TextOrder(e, name, op, text, options) }
}
