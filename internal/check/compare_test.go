package check

import (
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
)

func TestCompareProvesMeaning(t *testing.T) {
	is := func(field, text string) ir.Expr {
		return &ir.StringExpr{Field: ir.Field{Name: field}, Pattern: ir.Pattern{{Kind: ir.Literal, Text: text}}}
	}
	and := func(list ...ir.Expr) ir.Expr { return &ir.AndExpr{Operands: list} }
	or := func(list ...ir.Expr) ir.Expr { return &ir.OrExpr{Operands: list} }
	not := func(e ir.Expr) ir.Expr { return &ir.NotExpr{Operand: e} }
	a, b, c := is("a", "1"), is("b", "2"), is("c", "3")
	for name, row := range map[string]struct {
		x, y            ir.Expr
		narrows, widens bool
	}{
		"equal":                     {a, is("a", "1"), true, true},
		"letter case":               {is("a", "X"), is("a", "x"), true, true},
		"order":                     {and(a, b), and(b, a), true, true},
		"one more condition":        {and(a, b), a, true, false},
		"one more alternative":      {a, or(a, b), true, false},
		"De Morgan":                 {not(or(a, b)), and(not(a), not(b)), true, true},
		"distribution":              {or(and(a, b), and(a, c)), and(a, or(b, c)), true, true},
		"absorption":                {or(a, and(a, b)), a, true, true},
		"another value":             {a, is("a", "2"), false, false},
		"another field":             {a, is("b", "1"), false, false},
		"a longer text":             {&ir.StringExpr{Field: ir.Field{Name: "a"}, Op: ir.StartsWith, Pattern: ir.Pattern{{Kind: ir.Literal, Text: "ab"}}}, &ir.StringExpr{Field: ir.Field{Name: "a"}, Op: ir.StartsWith, Pattern: ir.Pattern{{Kind: ir.Literal, Text: "a"}}}, true, false},
		"an exception is added":     {and(a, not(b)), a, true, false},
		"nothing in common":         {and(a, not(b)), and(b, not(a)), false, false},
		"the exception is reversed": {and(a, not(b)), and(a, b), false, false},
	} {
		if narrows, widens := Compare(row.x, row.y); narrows != row.narrows || widens != row.widens {
			t.Errorf("%s: got %v, %v; want %v, %v", name, narrows, widens, row.narrows, row.widens)
		}
	}
}
