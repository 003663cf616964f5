package pass_test

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/pass"
)

func TestRelaxKeepsShape(t *testing.T) {
	is := func(name, text string) ir.Expr {
		return &ir.StringExpr{Field: ir.Field{Name: name}, Pattern: ir.Pattern{{Kind: ir.Literal, Text: text}}}
	}
	and := func(e ...ir.Expr) ir.Expr { return &ir.AndExpr{Operands: e} }
	or := func(e ...ir.Expr) ir.Expr { return &ir.OrExpr{Operands: e} }
	not := func(e ir.Expr) ir.Expr { return &ir.NotExpr{Operand: e} }
	// c is too expensive. d is replaced by a predicate that matches more.
	leaf := func(e ir.Expr, negated bool) ir.Expr {
		switch name := ir.Fields(e)[0].Name; {
		case name == "c" || name == "d" && negated:
			return &ir.ConstExpr{Value: true}
		case name == "d":
			return is("e", "x")
		case negated:
			return not(e)
		}
		return e
	}
	for _, c := range []struct {
		name string
		in   ir.Expr
		want string
	}{
		{"no leaf replaced", and(is("a", "1"), or(is("b", "2"), is("b", "3"))), "and\n  a equals \"1\"\n  or\n    b equals \"2\"\n    b equals \"3\""},
		{"expensive operand", and(is("a", "1"), is("c", "2")), `a equals "1"`},
		{"replaced operand", and(is("a", "1"), is("d", "2")), "and\n  a equals \"1\"\n  e equals \"x\""},
		{"expensive operand of or", and(is("a", "1"), or(is("b", "2"), is("c", "3"))), `a equals "1"`},
		{"negated", and(is("a", "1"), not(is("b", "2"))), "and\n  a equals \"1\"\n  not\n    b equals \"2\""},
		{"negated expensive operand", and(is("a", "1"), not(is("c", "2"))), `a equals "1"`},
		{"negated replaced operand", and(is("a", "1"), not(is("d", "2"))), `a equals "1"`},
		{"negated or", not(or(is("b", "2"), is("c", "3"))), "not\n  b equals \"2\""},
		{"negated and", and(is("a", "1"), not(and(is("b", "2"), is("c", "3")))), `a equals "1"`},
		{"only an expensive leaf", is("c", "1"), "true"},
		{"and with false", and(is("c", "1"), &ir.ConstExpr{}), "false"},
	} {
		if text := strings.TrimSpace(ir.Format(pass.Relax(c.in, leaf))); text != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, text, c.want)
		}
	}
}

func TestRelaxNegatesConstants(t *testing.T) {
	for _, value := range []bool{true, false} {
		e := &ir.NotExpr{Operand: &ir.ConstExpr{Value: value}}
		relaxed := pass.Relax(e, func(leaf ir.Expr, _ bool) ir.Expr { return leaf })
		if got, ok := relaxed.(*ir.ConstExpr); !ok || got.Value == value {
			t.Errorf("Relax(not %v): got %+v, want %v", value, relaxed, !value)
		}
	}
}
