package pass

import (
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/value"
)

func TestSimplifyKeepsMeaning(t *testing.T) {
	a, b := &ir.ExistsExpr{Field: ir.Field{Name: "a"}}, &ir.ExistsExpr{Field: ir.Field{Name: "b"}}
	str := func(op ir.StringOp, parts ...ir.Part) ir.Expr {
		return &ir.StringExpr{Field: ir.Field{Name: "a"}, Op: op, Pattern: parts}
	}
	x, run, one := ir.Part{Kind: ir.Literal, Text: "x"}, ir.Part{Kind: ir.AnyRun}, ir.Part{Kind: ir.AnyOne}
	for _, c := range []struct {
		name string
		in   ir.Expr
		want string
	}{
		{"nested", &ir.AndExpr{Operands: []ir.Expr{a, &ir.AndExpr{Operands: []ir.Expr{b}}}}, "and\n  a exists\n  b exists"},
		{"mixed", &ir.OrExpr{Operands: []ir.Expr{a, &ir.AndExpr{Operands: []ir.Expr{a, b}}}}, "or\n  a exists\n  and\n    a exists\n    b exists"},
		{"one operand", &ir.OrExpr{Operands: []ir.Expr{a}}, "a exists"},
		{"and without operands", &ir.AndExpr{}, "true"},
		{"or without operands", &ir.OrExpr{}, "false"},
		{"false decides and", &ir.AndExpr{Operands: []ir.Expr{a, &ir.ConstExpr{}}}, "false"},
		{"true decides or", &ir.OrExpr{Operands: []ir.Expr{a, &ir.ConstExpr{Value: true}}}, "true"},
		{"true in and", &ir.AndExpr{Operands: []ir.Expr{a, &ir.ConstExpr{Value: true}}}, "a exists"},
		{"double negation", &ir.NotExpr{Operand: &ir.NotExpr{Operand: a}}, "a exists"},
		{"negated null", &ir.NotExpr{Operand: &ir.NullExpr{Field: a.Field}}, "a exists"},
		{"negated constant", &ir.NotExpr{Operand: &ir.ConstExpr{}}, "true"},
		{"* at both ends", str(ir.Equal, run, x, run), `a contains "x"`},
		{"* at the start", str(ir.Equal, run, x), `a endswith "x"`},
		{"* at the end", str(ir.Equal, x, run, run), `a startswith "x"`},
		{"endswith with * at the end", str(ir.EndsWith, x, run), `a contains "x"`},
		{"only *", str(ir.Equal, run), "a exists"},
		{"only **", str(ir.Equal, run, run), "a exists"},
		{"contains without text", str(ir.Contains), "a exists"},
		{"empty text", str(ir.Equal), `a equals ""`},
		{"only ?", str(ir.Equal, one), "a equals ?"},
		{"the same twice", &ir.AndExpr{Operands: []ir.Expr{str(ir.Equal, x), b, str(ir.Equal, x)}}, "and\n  a equals \"x\"\n  b exists"},
		{
			"alternatives of which one holds", &ir.AndExpr{Operands: []ir.Expr{
				&ir.OrExpr{Operands: []ir.Expr{str(ir.Equal, x), str(ir.Equal, one)}}, b, str(ir.Equal, one),
				&ir.OrExpr{Operands: []ir.Expr{str(ir.Equal, one), str(ir.Equal, x)}, List: true},
			}}, "and\n  b exists\n  a equals ?",
		},
		{
			"other alternatives", &ir.AndExpr{Operands: []ir.Expr{&ir.OrExpr{Operands: []ir.Expr{str(ir.Equal, x), str(ir.Equal, one)}}, str(ir.Contains, x)}},
			"and\n  or\n    a equals \"x\"\n    a equals ?\n  a contains \"x\"",
		},
		{"* inside", str(ir.Equal, x, run, x), `a equals "x"*"x"`},
	} {
		before := ir.Format(c.in)
		got := Simplify(c.in)
		if text := strings.TrimSpace(ir.Format(got)); text != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, text, c.want)
		}
		if ir.Format(c.in) != before {
			t.Errorf("%s: Simplify changed its argument", c.name)
		}
		if again := Simplify(got); ir.Format(again) != ir.Format(got) {
			t.Errorf("%s: simplifying twice: got\n%s\nwant\n%s", c.name, ir.Format(again), ir.Format(got))
		}
	}
}

func TestBindKeepsExistingPaths(t *testing.T) {
	own := []value.Path{{Text: "own"}}
	e := &ir.FieldRefExpr{Field: ir.Field{Name: "a", Paths: own}, Other: ir.Field{Name: "b"}}
	paths := func(field string) []value.Path { return []value.Path{{Text: "bound." + field}} }
	bound, ok := Bind(e, paths).(*ir.FieldRefExpr)
	if !ok || bound.Field.Paths[0].Text != "own" || bound.Other.Paths[0].Text != "bound.b" {
		t.Errorf("got %+v, want paths own and bound.b", bound)
	}
	if e.Other.Paths != nil {
		t.Error("Bind changed its argument")
	}
	if Bind(bound, paths) != ir.Expr(bound) {
		t.Error("binding twice copies the expression, want the same pointer")
	}
}
