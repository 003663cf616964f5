package match

import (
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

// The wanted numbers of predicates are counted by hand.
func TestJudgeCountsMissingPredicates(t *testing.T) {
	is := func(name, text string) ir.Expr {
		return &ir.StringExpr{
			Field: ir.Field{Name: name, Paths: []value.Path{{Text: name}}}, Pattern: ir.Pattern{{Kind: ir.Literal, Text: text}},
		}
	}
	and := func(list ...ir.Expr) ir.Expr { return &ir.AndExpr{Operands: list} }
	or := func(list ...ir.Expr) ir.Expr { return &ir.OrExpr{Operands: list} }
	not := func(e ir.Expr) ir.Expr { return &ir.NotExpr{Operand: e} }
	for _, tt := range []struct {
		expr  ir.Expr
		event string
		want  int
	}{
		{is("a", "1"), `{"a":"1"}`, 0},
		{is("a", "1"), `{"a":"2"}`, 1},
		{and(is("a", "1"), is("b", "1")), `{}`, 2},
		{and(is("a", "1"), is("b", "1")), `{"a":"1"}`, 1},
		{or(is("a", "1"), and(is("b", "1"), is("c", "1"))), `{}`, 1},
		{and(or(is("a", "1"), is("a", "2")), not(is("b", "1"))), `{"b":"1"}`, 2},
		{and(or(is("a", "1"), is("a", "2")), not(is("b", "1"))), `{"a":"2","b":"1"}`, 1},
		{not(and(is("a", "1"), is("b", "1"))), `{"a":"1","b":"1"}`, 1},
		{not(or(is("a", "1"), is("b", "1"))), `{"a":"1","b":"1"}`, 2},
		{or(), `{}`, unreachable},
		{and(), `{}`, 0},
	} {
		var parser value.Parser
		doc, err := parser.Parse([]byte(tt.event))
		if err != nil {
			t.Fatal(err)
		}
		judge := NewJudge(tt.expr)
		for range 2 { // the second time must not depend on the first
			if got := judge.Missing(doc); got != tt.want {
				t.Errorf("%s on %s: %d, want %d", ir.Line(tt.expr), tt.event, got, tt.want)
			}
		}
		if held := Explain(tt.expr, doc).Held; held != (tt.want == 0) {
			t.Errorf("%s on %s: Explain says %v", ir.Line(tt.expr), tt.event, held)
		}
	}
}
