package pass

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/schema"
)

// Values returns a query in which values of the log count also as the words that rules use for them. A comparison that
// holds for such a word gets an alternative: that the field equals one of the values for which the word stands. values
// returns the words of a field, and holds decides a comparison for a text.
//
// Tests for the presence of a field, comparisons of two fields and keywords do not change. Values is not idempotent: it
// runs once, before Bind.
func Values(e ir.Expr, values func(field string) []schema.Synonymous, holds func(e ir.Expr, text string) bool) ir.Expr {
	return ir.Rewrite(e, func(e ir.Expr) ir.Expr {
		switch e := e.(type) {
		case *ir.OrExpr:
			if e.List && !allLeaves(e.Operands) {
				return &ir.OrExpr{Operands: e.Operands, Span: e.Span}
			}
			return e
		case *ir.AndExpr:
			if e.List && !allLeaves(e.Operands) {
				return &ir.AndExpr{Operands: e.Operands, Span: e.Span}
			}
			return e
		case *ir.StringExpr, *ir.NumberExpr, *ir.TextOrderExpr, *ir.BoolExpr, *ir.RegexExpr, *ir.CIDRExpr, *ir.ListExpr:
		default:
			return e
		}
		fields := ir.Fields(e)
		if len(fields) != 1 {
			return e
		}
		field := *fields[0]
		alternatives := []ir.Expr{e}
		for _, word := range values(field.Name) {
			if !holds(e, word.Word) {
				continue
			}
			for _, text := range word.Texts {
				alternatives = append(alternatives, &ir.StringExpr{Field: field, Pattern: starred(text), Span: e.Pos()})
			}
		}
		if len(alternatives) == 1 {
			return e
		}
		return &ir.OrExpr{Operands: alternatives, Span: e.Pos()}
	})
}

// starred returns the pattern of a value, in which a star at the beginning or the end stands for any text.
func starred(text string) ir.Pattern {
	var pattern ir.Pattern
	text, before := strings.CutPrefix(text, "*")
	text, after := strings.CutSuffix(text, "*")
	if before {
		pattern = append(pattern, ir.Part{Kind: ir.AnyRun})
	}
	if text != "" {
		pattern = append(pattern, ir.Part{Kind: ir.Literal, Text: text})
	}
	if after {
		pattern = append(pattern, ir.Part{Kind: ir.AnyRun})
	}
	return pattern
}

func allLeaves(operands []ir.Expr) bool {
	return !slices.ContainsFunc(operands, func(e ir.Expr) bool { return ir.Operands(e) != nil })
}
