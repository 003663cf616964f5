// Package lower converts Sigma trees to the query IR.
//
// A detection becomes one ir.Query: lowering resolves conditions and search identifiers and converts each value of an item
// to a typed predicate, in the author's order. Field names stay logical, so no schema is needed. If part of a rule has no
// defined meaning, the result is a diagnostic with its position and no query: a rule runs as its author wrote it, or not at
// all.
package lower

import (
	"fmt"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/sigma"
	"github.com/egret-hunt/egret/source"
)

// Options configure lowering. The zero value is ready to use.
type Options struct {
	// Placeholders maps the name of a placeholder, without percent signs, to its values for items with the modifier
	// `expand`. The values are Sigma strings, which may contain wildcards.
	Placeholders map[string][]string
	// Budget is shared by the rules of one file. With nil, only the limits for a single rule apply.
	Budget *Budget
	// Open keeps constructs that egret cannot run but a text language may express: placeholders without values, as
	// ir.Placeholder parts, and regular expressions that are not RE2. Call Runnable before running the result. Without
	// Open, lowering refuses both.
	Open bool
}

// UnresolvedPlaceholder is the code of the diagnostic for a placeholder without values. Such a rule is valid but cannot
// run with this configuration.
const UnresolvedPlaceholder = "unresolved-placeholder"

// Rule lowers a detection rule. The query is nil if the list contains an error.
func Rule(rule *sigma.Rule, opt Options) (*ir.Query, diag.List) {
	where, list := Detection(&rule.Detection, opt)
	if where == nil {
		return nil, list
	}
	return &ir.Query{Rule: rule.ID, Title: rule.Title, Where: where}, list
}

// Detection lowers the detection of a rule or filter. The expression is nil if the list contains an error.
func Detection(detection *sigma.Detection, opt Options) (ir.Expr, diag.List) {
	l := &lowerer{opt: opt, detection: detection, names: make(map[string]*sigma.Search, len(detection.Searches)), searches: map[string]*loweredSearch{}}
	for _, search := range detection.Searches {
		l.names[search.Name] = search
	}
	var exprs []ir.Expr
	for _, condition := range detection.Conditions {
		exprs = append(exprs, l.condition(condition.Expr))
	}
	if l.list.HasErrors() || len(exprs) == 0 {
		return nil, l.list
	}
	if len(exprs) == 1 {
		return ir.Check("lowering", exprs[0], false), l.list
	}
	return ir.Check("lowering", &ir.OrExpr{Operands: exprs, Span: detection.Span}, false), l.list
}

type lowerer struct {
	opt       Options
	detection *sigma.Detection
	names     map[string]*sigma.Search
	searches  map[string]*loweredSearch // by name
	list      diag.List
	used      [resources]int
}

// A loweredSearch is a search identifier, lowered once and shared by all references to it.
type loweredSearch struct {
	expr ir.Expr
	size int // the size of expr, set at the second reference
}

func (l *lowerer) errorf(code string, span source.Span, help, format string, args ...any) {
	l.list.Add(diag.Diagnostic{Code: code, Span: span, Help: help, Message: fmt.Sprintf(format, args...)})
}

func (l *lowerer) condition(expr sigma.ConditionExpr) ir.Expr {
	switch e := expr.(type) {
	case *sigma.AndExpr:
		return &ir.AndExpr{Operands: l.conditions(e.Operands), Span: e.Span}
	case *sigma.OrExpr:
		return &ir.OrExpr{Operands: l.conditions(e.Operands), Span: e.Span}
	case *sigma.NotExpr:
		return &ir.NotExpr{Operand: l.condition(e.Operand), Span: e.Span}
	case *sigma.IdentifierExpr:
		if search, ok := l.names[e.Name]; ok {
			return l.search(search, e.Span)
		}
		l.errorf("unknown-identifier", e.Span, "", "no search identifier is named %q", e.Name)
		return &ir.ConstExpr{Span: e.Span}
	case *sigma.SelectorExpr:
		return l.selector(e)
	}
	panic(fmt.Sprintf("egret bug: condition node %T", expr))
}

func (l *lowerer) conditions(exprs []sigma.ConditionExpr) []ir.Expr {
	lowered := make([]ir.Expr, len(exprs))
	for i, expr := range exprs {
		lowered[i] = l.condition(expr)
	}
	return lowered
}

// maxCombinations is the maximum number of combinations in the expansion of a selector such as `3 of them`.
const maxCombinations = 1000

func (l *lowerer) selector(e *sigma.SelectorExpr) ir.Expr {
	var matched []ir.Expr
	for _, search := range l.detection.Select(e.Pattern) {
		matched = append(matched, l.search(search, e.Span))
	}
	if len(matched) == 0 {
		// "1 of" without matches is always false, and the parser warns of it. "all of" without matches is a parser error.
		return &ir.ConstExpr{Span: e.Span}
	}
	expr, ok := choose(matched, e)
	if ok && !e.All && e.Count > 1 {
		l.spend(repeatedNodes, size(expr, limits[repeatedNodes].rule), e.Span)
	}
	if !ok {
		l.errorf("selector-too-wide", e.Span, "write the relevant combinations explicitly",
			"%d of %d search identifiers have more than %d combinations", e.Count, len(matched), maxCombinations)
	}
	return expr
}

// choose returns e.Count of exprs as an OR of ANDs. It returns false if there are too many combinations.
func choose(exprs []ir.Expr, e *sigma.SelectorExpr) (ir.Expr, bool) {
	count := e.Count
	if e.All {
		count = len(exprs)
	}
	switch {
	case len(exprs) == 1 && count <= 1:
		return exprs[0], true
	case count <= 1:
		return &ir.OrExpr{Operands: exprs, Span: e.Span}, true
	case count == len(exprs):
		return &ir.AndExpr{Operands: exprs, Span: e.Span}, true
	case count > len(exprs):
		return &ir.ConstExpr{Span: e.Span}, true
	}
	var all []ir.Expr
	var pick func(from int, chosen []ir.Expr) bool
	pick = func(from int, chosen []ir.Expr) bool {
		if len(chosen) == count {
			if len(all) == maxCombinations {
				return false
			}
			all = append(all, &ir.AndExpr{Operands: append([]ir.Expr(nil), chosen...), Span: e.Span})
			return true
		}
		for i := from; i <= len(exprs)-(count-len(chosen)); i++ {
			if !pick(i+1, append(chosen, exprs[i])) {
				return false
			}
		}
		return true
	}
	ok := pick(0, nil)
	return &ir.OrExpr{Operands: all, Span: e.Span}, ok
}

// search returns the expression of a search identifier for a reference at a position in a condition.
func (l *lowerer) search(search *sigma.Search, at source.Span) ir.Expr {
	known := l.searches[search.Name]
	if known == nil {
		known = &loweredSearch{expr: l.searchExpr(search.Expr)}
		l.searches[search.Name] = known
		return known.expr
	}
	// Engines compile a search once for each reference.
	if known.size == 0 {
		known.size = size(known.expr, limits[repeatedNodes].rule)
	}
	if !l.spend(repeatedNodes, known.size, at) {
		return &ir.ConstExpr{Span: at}
	}
	return known.expr
}

func (l *lowerer) searchExpr(expr sigma.SearchExpr) ir.Expr {
	switch e := expr.(type) {
	case *sigma.AnyOf:
		if len(e.Exprs) == 1 {
			return l.searchExpr(e.Exprs[0])
		}
		return &ir.OrExpr{Operands: l.searchExprs(e.Exprs), Span: e.Span}
	case *sigma.AllOf:
		if len(e.Exprs) == 1 {
			return l.searchExpr(e.Exprs[0])
		}
		return &ir.AndExpr{Operands: l.searchExprs(e.Exprs), Span: e.Span}
	case *sigma.Item:
		return l.item(e)
	}
	panic(fmt.Sprintf("egret bug: search node %T", expr))
}

func (l *lowerer) searchExprs(exprs []sigma.SearchExpr) []ir.Expr {
	lowered := make([]ir.Expr, len(exprs))
	for i, expr := range exprs {
		lowered[i] = l.searchExpr(expr)
	}
	return lowered
}
