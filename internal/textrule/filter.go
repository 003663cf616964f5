package textrule

import (
	"fmt"

	"github.com/egret-hunt/egret/sigma"
)

// Filtered returns a copy of a rule with the detections of filters added, in the order in which the filters apply: each condition
// becomes `(condition) and (condition of the filter)`. The names of a filter's search identifiers get a prefix with an
// underscore, so that the rule's own selectors do not select them. Without filters it returns the rule itself.
func Filtered(rule *sigma.Rule, filters []*sigma.Filter) *sigma.Rule {
	if len(filters) == 0 {
		return rule
	}
	out := rule.Clone()
	for i, filter := range filters {
		if len(filter.Detection.Conditions) == 0 {
			continue // the parser reports it
		}
		prefix := fmt.Sprintf("_filter%d_", i+1)
		own := filter.Detection.Clone()
		for _, search := range own.Searches {
			search.Name = prefix + search.Name
			out.Detection.Searches = append(out.Detection.Searches, search)
		}
		expr := own.Conditions[0].Expr
		rename(expr, prefix)
		for _, condition := range out.Detection.Conditions {
			condition.Expr = &sigma.AndExpr{Operands: []sigma.ConditionExpr{condition.Expr, sigma.CloneCondition(expr)}, Span: own.Span}
			condition.Text = sigma.FormatCondition(condition.Expr)
		}
	}
	return out
}

// rename puts a prefix before the search identifiers in a condition.
func rename(expr sigma.ConditionExpr, prefix string) {
	switch e := expr.(type) {
	case *sigma.AndExpr:
		for _, operand := range e.Operands {
			rename(operand, prefix)
		}
	case *sigma.OrExpr:
		for _, operand := range e.Operands {
			rename(operand, prefix)
		}
	case *sigma.NotExpr:
		rename(e.Operand, prefix)
	case *sigma.IdentifierExpr:
		e.Name = prefix + e.Name
	case *sigma.SelectorExpr:
		if e.Pattern == "them" {
			e.Pattern = "*"
		}
		e.Pattern = prefix + e.Pattern
	}
}
