package pass

import "github.com/egret-hunt/egret/internal/ir"

// Relax is an expression that holds for every event for which e holds, and maybe for more. It keeps the shape of e, so that
// it lets fewer events through than Superset, which keeps one operand of each And.
//
// leaf says what stands for a leaf or, where negated is set, for its negation: an expression that holds at least where that
// does, true for what is too expensive to ask. Truth is two-valued, so that Not may be pushed down to the leaves.
//
// The result is simplified.
func Relax(e ir.Expr, leaf func(leaf ir.Expr, negated bool) ir.Expr) ir.Expr {
	return Simplify(relax(e, false, leaf))
}

func relax(e ir.Expr, negated bool, leaf func(ir.Expr, bool) ir.Expr) ir.Expr {
	all := func(operands []ir.Expr) []ir.Expr {
		list := make([]ir.Expr, len(operands))
		for i, operand := range operands {
			list[i] = relax(operand, negated, leaf)
		}
		return list
	}
	and, or := false, false
	var operands []ir.Expr
	switch e := e.(type) {
	case *ir.AndExpr:
		and, operands = true, e.Operands
	case *ir.OrExpr:
		or, operands = true, e.Operands
	case *ir.NotExpr:
		return relax(e.Operand, !negated, leaf)
	case *ir.ConstExpr:
		return &ir.ConstExpr{Value: e.Value != negated, Span: e.Span}
	}
	switch {
	case and && !negated || or && negated:
		return &ir.AndExpr{Operands: all(operands), Span: e.Pos()}
	case and || or:
		return &ir.OrExpr{Operands: all(operands), Span: e.Pos()}
	}
	return leaf(e, negated)
}
