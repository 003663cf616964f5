package testkit

import (
	"slices"

	"github.com/egret-hunt/egret/sigma"
)

// extendedHolds evaluates a condition over rule names. Without order a name is true if the window has an event of its
// rule. With order some chain must make the condition true.
func (t *test) extendedHolds(window []*served) bool {
	absent := func(target any) bool { return !serves(window, target) }
	if !t.ordered {
		present := func(target any) bool { return serves(window, target) }
		return t.eval(t.extended, false, present, absent)
	}
	for chain := range t.chains(window) {
		present := func(target any) bool {
			for i, s := range t.steps {
				if chain&(1<<i) != 0 && s.target == target {
					return true
				}
			}
			return false
		}
		if t.eval(t.extended, false, present, absent) {
			return true
		}
	}
	return false
}

// eval evaluates a condition in negation normal form: negated means that an odd number of `not` is above the node.
func (t *test) eval(e sigma.ConditionExpr, negated bool, present, absent func(any) bool) bool {
	literal := func(name string) bool {
		if negated {
			return absent(t.resolve(name))
		}
		return present(t.resolve(name))
	}
	operand := func(e sigma.ConditionExpr) bool { return t.eval(e, negated, present, absent) }
	switch e := e.(type) {
	case *sigma.NotExpr:
		return t.eval(e.Operand, !negated, present, absent)
	case *sigma.AndExpr:
		if negated {
			return slices.ContainsFunc(e.Operands, operand)
		}
		return !slices.ContainsFunc(e.Operands, func(e sigma.ConditionExpr) bool { return !operand(e) })
	case *sigma.OrExpr:
		if negated {
			return !slices.ContainsFunc(e.Operands, func(e sigma.ConditionExpr) bool { return !operand(e) })
		}
		return slices.ContainsFunc(e.Operands, operand)
	case *sigma.IdentifierExpr:
		return literal(e.Name)
	case *sigma.SelectorExpr:
		var all []string
		for _, s := range t.steps {
			if !slices.Contains(all, s.name) {
				all = append(all, s.name)
			}
		}
		chosen := selected(e.Pattern, all)
		least := e.Count
		if e.All {
			least = len(chosen)
		}
		if negated { // not (at least k of n) is at least n-k+1 of the negations
			least = len(chosen) - least + 1
		}
		count := 0
		for _, name := range chosen {
			if literal(name) {
				count++
			}
		}
		return count >= least
	}
	return false
}

// conditionNames lists the names of a condition in order of first appearance.
func conditionNames(e sigma.ConditionExpr) []string {
	var out []string
	var visit func(e sigma.ConditionExpr)
	visit = func(e sigma.ConditionExpr) {
		switch e := e.(type) {
		case *sigma.NotExpr:
			visit(e.Operand)
		case *sigma.AndExpr:
			for _, operand := range e.Operands {
				visit(operand)
			}
		case *sigma.OrExpr:
			for _, operand := range e.Operands {
				visit(operand)
			}
		case *sigma.IdentifierExpr:
			if !slices.Contains(out, e.Name) {
				out = append(out, e.Name)
			}
		}
	}
	visit(e)
	return out
}
