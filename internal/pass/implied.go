package pass

import (
	"slices"

	"github.com/egret-hunt/egret/internal/ir"
)

// maxCompared is the number of operands up to which operands of an And are compared with one another.
const maxCompared = 32

// dropImplied removes the operands of an And that another operand implies: the same predicate again, or a list of
// alternatives of which another operand has all or fewer. A log source's condition and a rule often say the same.
func dropImplied(operands []ir.Expr) (kept []ir.Expr, changed bool) {
	if len(operands) < 2 || len(operands) > maxCompared {
		return operands, false
	}
	sets := make([][]ir.Expr, len(operands))
	for i, operand := range operands {
		sets[i] = alternatives(operand)
	}
	for i := range operands {
		implied := sets[i] != nil && slices.ContainsFunc(indexes(len(operands)), func(j int) bool {
			if i == j || sets[j] == nil || !subset(sets[j], sets[i]) {
				return false
			}
			return j < i || !subset(sets[i], sets[j]) // of equal operands the first stays
		})
		if !implied {
			kept = append(kept, operands[i])
		}
	}
	return kept, len(kept) < len(operands)
}

func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// alternatives returns the predicates of which one must hold: those of an Or of few predicates, or the predicate itself;
// nil for other expressions.
func alternatives(e ir.Expr) []ir.Expr {
	or, isOr := e.(*ir.OrExpr)
	switch {
	case isOr && len(or.Operands) <= maxCompared && allLeaves(or.Operands):
		return or.Operands
	case isOr || ir.Operands(e) != nil:
		return nil
	}
	return []ir.Expr{e}
}

func subset(some, all []ir.Expr) bool {
	return !slices.ContainsFunc(some, func(e ir.Expr) bool {
		return !slices.ContainsFunc(all, func(other ir.Expr) bool { return samePredicate(e, other) })
	})
}

// samePredicate reports whether two predicates are the same. It knows comparisons of texts, in which a log source's
// condition consists.
func samePredicate(a, b ir.Expr) bool {
	x, ok := a.(*ir.StringExpr)
	y, other := b.(*ir.StringExpr)
	return ok && other && x.Op == y.Op && x.Cased == y.Cased && x.CaseImplied == y.CaseImplied &&
		x.Field.Name == y.Field.Name && x.Field.Stored == y.Field.Stored && slices.Equal(x.Pattern, y.Pattern)
}
