package pass

import "github.com/egret-hunt/egret/internal/ir"

// Relax returns an expression that is true for every event for which e is true, and perhaps for more. It keeps the shape of
// e, so it is more selective than Superset, which keeps only one operand of each And.
//
// leaf returns the replacement for a leaf or, if negated is set, for its negation: an expression that is true at least
// where the original is true. It returns the constant true for predicates that are too expensive. Since logic is
// two-valued, Relax pushes Not down to the leaves.
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
