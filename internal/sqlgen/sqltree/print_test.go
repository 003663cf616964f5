package sqltree

import "testing"

// TestParentheses checks the precedence of operators in ISO/IEC 9075-2: OR, AND, NOT, comparisons, + and -, * and /.
func TestParentheses(t *testing.T) {
	a, b, c := Name{"a"}, Name{"b"}, Name{"c"}
	for _, test := range []struct {
		expr Expr
		want string
	}{
		{And{Or{a, b}, c}, "(a OR b) AND c"},
		{Or{And{a, b}, c}, "a AND b OR c"},
		{Not{Or{a, b}}, "NOT (a OR b)"},
		{Not{And{a, b}}, "NOT (a AND b)"},
		{And{Not{a}, b}, "NOT a AND b"},
		{Compare("=", Not{a}, b), "(NOT a) = b"},
		{IsNull{Of: Not{a}}, "(NOT a) IS NULL"},
		{Compare("=", Compare("<", a, b), c), "(a < b) = c"},
		{Minus(a, Minus(b, c)), "a - (b - c)"},
		{Times(Plus(a, b), c), "(a + b) * c"},
		{Plus(Times(a, b), c), "a * b + c"},
		{Minus(a, Number("-1")), "a - -1"},
		{Compare("->", Number("-1"), a), "(-1) -> a"}, // engines differ in how strongly it binds
		{And{Or{a}, c}, "a AND c"},
		{And{}, "TRUE"},
		{Or{}, "FALSE"},
	} {
		if got := Standard.PrintExpr(test.expr); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// TestLiteralsAndNamesOfArguments checks what functions that read files need: DuckDB's manual, "Reading Multiple Files" and
// "Struct Functions".
func TestLiteralsAndNamesOfArguments(t *testing.T) {
	files := List{Verbatim("it's\n"), Verbatim("b")}
	call := Fn("read_csv", files, Arg{Name: "all_varchar", Of: Bool(true)}, Arg{Name: `of "x"`, Of: Or{Name{"a"}, Name{"b"}}})
	got := duckdb.Print(&Select{Columns: []Column{{Of: Name{"x"}}}, From: Source{Function: call}, Limit: 3})
	want := "SELECT x\nFROM read_csv(['it''s\n', 'b'], \"all_varchar\" := TRUE, \"of \"\"x\"\"\" := a OR b)\nLIMIT 3\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
