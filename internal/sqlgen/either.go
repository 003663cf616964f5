package sqlgen

import (
	"net/netip"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// or emits alternatives; those over one list of values are asked of each value together.
func (e *emitter) or(node *ir.OrExpr) sqltree.Expr {
	or := make(sqltree.Or, 0, len(node.Operands))
	type group struct {
		at   int // in or
		list sqltree.Expr
		body sqltree.Or
	}
	groups := map[string]*group{}
	each := func(list sqltree.Expr, body sqltree.Expr) {
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
			each(e.strings(operand.Pos()), predicate(sqltree.Name{"x"}))
			continue
		}
		fields := ir.Fields(operand)
		if !isLeaf(operand) || len(fields) != 1 {
			or = append(or, e.expr(operand))
			continue
		}
		l, ok := e.field(fields[0], e.exactNeeded(operand))
		numbers, networks := sameNumbers(node.Operands[i:]), sameNetworks(node.Operands[i:])
		switch {
		case !ok:
			or = append(or, sqltree.Bool(false))
		case len(networks) >= manyNetworks && e.d.NetworksByDigits:
			i += len(networks) - 1
			if l.one != nil {
				or = append(or, e.inNetworks(l, networks))
			} else {
				each(l.list, e.inNetworks(leaves{one: sqltree.Name{"x"}, kind: schema.Text}, networks))
			}
		case len(numbers) > 1:
			i += len(numbers) - 1
			if l.one != nil {
				or = append(or, e.oneOfNumbers(l, numbers))
			} else {
				each(l.list, e.oneOfNumbers(leaves{one: sqltree.Name{"x"}, kind: schema.Text}, numbers))
			}
		case l.one != nil:
			or = append(or, e.leaf(l, operand))
		default:
			each(l.list, e.predicate(leaves{one: sqltree.Name{"x"}, kind: schema.Text}, operand))
		}
	}
	// Iteration order does not matter: each group has its own index.
	for _, g := range groups {
		or[g.at] = e.d.AnyMatch(g.list, "x", gatherIn(g.body))
	}
	return gatherIn(or)
}

// manyNetworks is from how many networks on they are asked for together. A few are easier to read one by one.
const manyNetworks = 16

// sameNetworks returns the networks at the beginning of alternatives that are compared with the same field.
func sameNetworks(operands []ir.Expr) []*ir.CIDRExpr {
	var nodes []*ir.CIDRExpr
	for _, operand := range operands {
		node, ok := operand.(*ir.CIDRExpr)
		if !ok || len(nodes) > 0 && node.Field.Name != nodes[0].Field.Name {
			break
		}
		nodes = append(nodes, node)
	}
	return nodes
}

// inNetworks emits the comparison of one value with many networks.
func (e *emitter) inNetworks(l leaves, nodes []*ir.CIDRExpr) sqltree.Expr {
	if !e.readable(l.kind, nodes[0]) {
		return sqltree.Bool(false)
	}
	list := make([]netip.Prefix, len(nodes))
	for i, node := range nodes {
		list[i] = node.Prefix
	}
	return e.d.Networks(e.text(l), list)
}

// isLeaf reports whether a node is a predicate over the values of one field. An OR can test several of them on each value.
func isLeaf(node ir.Expr) bool {
	switch node.(type) {
	case *ir.StringExpr, *ir.NumberExpr, *ir.TextOrderExpr, *ir.BoolExpr, *ir.RegexExpr, *ir.CIDRExpr, *ir.TimePartExpr:
		return true
	}
	return false
}

// gatherIn combines equalities of the same text with literals into one IN.
func gatherIn(or sqltree.Or) sqltree.Or {
	type group struct {
		at     int // in out
		left   sqltree.Expr
		values []sqltree.Expr
	}
	var groups []group
	out := make(sqltree.Or, 0, len(or))
next:
	for _, operand := range or {
		equal, ok := operand.(sqltree.Binary)
		if _, literal := equal.Right.(sqltree.Text); !ok || equal.Op != "=" || !literal {
			out = append(out, operand)
			continue
		}
		for i := range groups {
			if sqltree.Same(groups[i].left, equal.Left) {
				groups[i].values = append(groups[i].values, equal.Right)
				continue next
			}
		}
		groups = append(groups, group{len(out), equal.Left, []sqltree.Expr{equal.Right}})
		out = append(out, operand)
	}
	for _, g := range groups {
		if len(g.values) > 1 {
			out[g.at] = sqltree.In{Of: g.left, List: g.values}
		}
	}
	return out
}
