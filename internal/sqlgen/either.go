package sqlgen

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
)

// or emits alternatives; those over one list of values are asked of each value together.
func (e *emitter) or(node *ir.OrExpr) Expr {
	or := make(Or, 0, len(node.Operands))
	type group struct {
		at   int // in or
		list Expr
		body Or
	}
	groups := map[string]*group{}
	each := func(list Expr, body Expr) {
		key := e.d.PrintExpr(list)
		if groups[key] == nil {
			groups[key] = &group{at: len(or), list: list}
			or = append(or, nil)
		}
		groups[key].body = append(groups[key].body, body)
	}
	for i := 0; i < len(node.Operands); i++ {
		operand := node.Operands[i]
		if predicate := e.keyword(operand); predicate != nil {
			each(e.strings(operand.Pos()), predicate(Name{"x"}))
			continue
		}
		fields := ir.Fields(operand)
		if !isLeaf(operand) || len(fields) != 1 {
			or = append(or, e.expr(operand))
			continue
		}
		l, ok := e.field(fields[0], e.exactNeeded(operand))
		numbers := sameNumbers(node.Operands[i:])
		switch {
		case !ok:
			or = append(or, Bool(false))
		case len(numbers) > 1:
			i += len(numbers) - 1
			if l.one != nil {
				or = append(or, e.oneOfNumbers(l, numbers))
			} else {
				each(l.list, e.oneOfNumbers(leaves{one: Name{"x"}, kind: schema.Text}, numbers))
			}
		case l.one != nil:
			or = append(or, e.leaf(l, operand))
		default:
			each(l.list, e.predicate(leaves{one: Name{"x"}, kind: schema.Text}, operand))
		}
	}
	// Any order: each group has a place of its own.
	for _, g := range groups {
		or[g.at] = e.d.anyMatch(g.list, "x", gatherIn(g.body))
	}
	return gatherIn(or)
}

// isLeaf tells of predicates over the values of one field, which an OR may ask of each value together.
func isLeaf(node ir.Expr) bool {
	switch node.(type) {
	case *ir.StringExpr, *ir.NumberExpr, *ir.BoolExpr, *ir.RegexExpr, *ir.CIDRExpr, *ir.TimePartExpr:
		return true
	}
	return false
}

// gatherIn makes one IN of equalities with literals over the same text.
func gatherIn(or Or) Or {
	type group struct {
		at     int // in out
		left   Expr
		values []Expr
	}
	var groups []group
	out := make(Or, 0, len(or))
next:
	for _, operand := range or {
		equal, ok := operand.(Binary)
		if _, literal := equal.Right.(Text); !ok || equal.Op != "=" || !literal {
			out = append(out, operand)
			continue
		}
		for i := range groups {
			if sameExpr(groups[i].left, equal.Left) {
				groups[i].values = append(groups[i].values, equal.Right)
				continue next
			}
		}
		groups = append(groups, group{len(out), equal.Left, []Expr{equal.Right}})
		out = append(out, operand)
	}
	for _, g := range groups {
		if len(g.values) > 1 {
			out[g.at] = In{g.left, g.values}
		}
	}
	return out
}
