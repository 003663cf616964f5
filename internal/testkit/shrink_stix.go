package testkit

import (
	"slices"

	"github.com/egret-hunt/egret/source"
	"github.com/egret-hunt/egret/stix"
)

// ShrinkSTIX removes operands and qualifiers of a pattern as long as the rest still fails. The result is in canonical form; if the
// failure depends on the form, ShrinkSTIX returns the text unchanged.
func ShrinkSTIX(text string, fails func(string) bool) string {
	p, _ := stix.Parse(source.NewFile("pattern", text), stix.V21)
	if p == nil || !fails(p.String()) {
		return text
	}
	for again := true; again; {
		again = false
		for _, expr := range smallerObservations(p.Expr) {
			less := &stix.Pattern{Version: p.Version, Expr: expr}
			if fails(less.String()) {
				p, again = less, true
				break
			}
		}
	}
	return p.String()
}

// smallerObservations returns the expressions that are smaller by one operand or qualifier, the smallest first.
func smallerObservations(expr stix.ObservationExpr) (list []stix.ObservationExpr) {
	switch expr := expr.(type) {
	case *stix.Observation:
		for _, c := range smallerComparisons(expr.Comparison) {
			list = append(list, &stix.Observation{Comparison: c})
		}
	case *stix.ObservationOperator:
		list = append(list, expr.Operands...)
		for i, operand := range expr.Operands {
			for _, less := range smallerObservations(operand) {
				own := &stix.ObservationOperator{Operator: expr.Operator, Operands: slices.Clone(expr.Operands)}
				own.Operands[i] = less
				list = append(list, own)
			}
		}
	case *stix.Qualified:
		list = append(list, expr.Of)
		for _, less := range smallerObservations(expr.Of) {
			list = append(list, &stix.Qualified{Of: less, Qualifier: expr.Qualifier, Closed: expr.Closed})
		}
	}
	return list
}

func smallerComparisons(expr stix.ComparisonExpr) (list []stix.ComparisonExpr) {
	switch expr := expr.(type) {
	case *stix.ComparisonOperator:
		list = append(list, expr.Operands...)
		for i, operand := range expr.Operands {
			for _, less := range smallerComparisons(operand) {
				own := &stix.ComparisonOperator{Operator: expr.Operator, Operands: slices.Clone(expr.Operands)}
				own.Operands[i] = less
				list = append(list, own)
			}
		}
	case *stix.Comparison, *stix.Exists:
	}
	return list
}
