package sqlgen

import (
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen/sqlnumber"
	"github.com/egret-hunt/egret/internal/sqlgen/sqltree"
)

// oneOfNumbers returns the condition that a field has one of the numbers that nodes compare it with.
func (e *emitter) oneOfNumbers(l leaves, nodes []*ir.NumberExpr) sqltree.Expr {
	var values []string
	var literals []sqltree.Expr
	for _, node := range nodes {
		if !e.readable(l.kind, node) {
			return sqltree.Bool(false)
		}
		if !slices.Contains(values, node.Text) {
			values, literals = append(values, node.Text), append(literals, sqlnumber.Literal(e.d, node.Text))
		}
	}
	switch numeric := l.kind == schema.Integer || l.kind == schema.Double; {
	case !numeric:
		return sqlnumber.Equals(e.d, e.text(l), values)
	case len(literals) == 1:
		return sqltree.Compare("=", l.one, literals[0])
	}
	return sqltree.In{Of: l.one, List: literals}
}

// sameNumbers returns the leading operands that compare the same field with a number for equality.
func sameNumbers(operands []ir.Expr) []*ir.NumberExpr {
	var nodes []*ir.NumberExpr
	for _, operand := range operands {
		node, ok := operand.(*ir.NumberExpr)
		if !ok || node.Op != ir.NumberEqual || len(nodes) > 0 && node.Field.Name != nodes[0].Field.Name {
			break
		}
		nodes = append(nodes, node)
	}
	return nodes
}
