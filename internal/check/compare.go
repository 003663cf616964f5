package check

import (
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
)

// maxAtoms is the number of different comparisons up to which Compare tries all of their truth values.
const maxAtoms = 14

// comparisonSteps is the budget of the proofs of Compare.
const comparisonSteps = 20 * proofSteps

// Compare says how two conditions relate, as far as that can be proved: narrows is set if every event that a matches is proved to match
// b, and widens if every event that b matches is proved to match a. Both are set for conditions of the same meaning. Neither says that
// the meanings differ. Fields are compared by their names, so that the conditions must be of the same log source.
func Compare(a, b ir.Expr) (narrows, widens bool) {
	a, b = lowerTexts(pass.Simplify(ir.Expand(a))), lowerTexts(pass.Simplify(ir.Expand(b)))
	p := newProver()
	p.lowered = true
	p.budget = comparisonSteps
	narrows = p.implies(a, b)
	p.budget = comparisonSteps
	widens = p.implies(b, a)
	if narrows && widens {
		return true, true
	}
	n, w := p.table(a, b)
	return narrows || n, widens || w
}

// table compares two conditions by all truth values of their comparisons, as if these had nothing to do with one another. What it
// proves is true. Conditions with many comparisons are left out.
func (p *prover) table(a, b ir.Expr) (narrows, widens bool) {
	atoms := map[string]int{}
	for _, e := range []ir.Expr{a, b} {
		ir.Walk(e, func(e ir.Expr) bool {
			switch e.(type) {
			case *ir.AndExpr, *ir.OrExpr, *ir.NotExpr, *ir.ConstExpr:
			default:
				if _, known := atoms[p.key(e)]; !known {
					atoms[p.key(e)] = len(atoms)
				}
			}
			return len(atoms) <= maxAtoms
		})
	}
	if len(atoms) > maxAtoms {
		return false, false
	}
	narrows, widens = true, true
	for values := range 1 << len(atoms) {
		x, y := p.holds(a, atoms, values), p.holds(b, atoms, values)
		narrows, widens = narrows && (!x || y), widens && (!y || x)
		if !narrows && !widens {
			break
		}
	}
	return narrows, widens
}

// holds evaluates an expression whose comparisons have the truth values in the bits of values.
func (p *prover) holds(e ir.Expr, atoms map[string]int, values int) bool {
	switch e := e.(type) {
	case *ir.AndExpr:
		return every(e.Operands, func(x ir.Expr) bool { return p.holds(x, atoms, values) })
	case *ir.OrExpr:
		return some(e.Operands, func(x ir.Expr) bool { return p.holds(x, atoms, values) })
	case *ir.NotExpr:
		return !p.holds(e.Operand, atoms, values)
	case *ir.ConstExpr:
		return e.Value
	}
	return values>>atoms[p.key(e)]&1 == 1
}
