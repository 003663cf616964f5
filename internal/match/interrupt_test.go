package match

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/value"
)

// counting is a context that counts how often it is checked and ends after a given number of checks.
type counting struct {
	context.Context
	asked, end int
}

func (c *counting) Err() error {
	if c.asked++; c.end >= 0 && c.asked > c.end {
		return context.Canceled
	}
	return nil
}

// Predicates that take seconds on a large event end when the context ends, and finish without a context.
func TestLargePredicatesEndWithContext(t *testing.T) {
	if testing.Short() {
		t.Skip("needs sizes at its limits: left out with -short")
	}
	at := func(name string) ir.Field { return ir.Field{Name: name, Paths: []value.Path{{Text: name}}} }
	literal := func(text string) ir.Pattern { return ir.Pattern{{Kind: ir.Literal, Text: text}} }
	var contains []ir.Expr
	for i := range 200 {
		contains = append(contains, &ir.StringExpr{Field: at("a"), Op: ir.Contains, Pattern: literal(fmt.Sprint("aab", i))})
	}
	wild := ir.Pattern{{Kind: ir.Literal, Text: strings.Repeat("a", 2000)}, {Kind: ir.AnyOne}, {Kind: ir.Literal, Text: "b"}}
	manyOnes := ir.Pattern{}
	for range 2000 {
		manyOnes = append(manyOnes, ir.Part{Kind: ir.AnyOne})
	}
	manyOnes = append(manyOnes, ir.Part{Kind: ir.Literal, Text: "b"})
	long, some := `"`+strings.Repeat("a", testkit.Rounds(1<<19, 1<<19, 1<<20))+`"`, `"b`+strings.Repeat("a", testkit.Rounds(40_000, 40_000, 50_000))+`"`
	items := testkit.Rounds(2500, 2500, 5000)
	list := func(n int, tail string) string {
		var out strings.Builder
		for i := range n {
			fmt.Fprintf(&out, `,"%d%s"`, i, tail)
		}
		return "[" + out.String()[1:] + "]"
	}
	for _, c := range []struct {
		name  string
		expr  ir.Expr
		event string
		want  bool
	}{
		{"regex", &ir.RegexExpr{Field: at("a"), Text: "[q-z][^b]{1000}"}, `{"a":` + some + `}`, false},
		{"regex that holds", &ir.RegexExpr{Field: at("a"), Text: "([^b]{20}|[q-z]{980})$"}, `{"a":` + some + `}`, true},
		{"keyword regex", &ir.RegexExpr{Text: "[q-z][^b]{1000}"}, `{"a":` + some + `}`, false},
		{"wildcard behind a long text", &ir.StringExpr{Field: at("a"), Op: ir.Contains, Pattern: wild}, `{"a":` + some + `}`, false},
		{"many wildcards", &ir.StringExpr{Field: at("a"), Op: ir.Contains, Pattern: manyOnes, Cased: true}, `{"a":` + some + `}`, false},
		{"keyword of many wildcards", &ir.KeywordExpr{Pattern: manyOnes}, `{"a":` + some + `}`, false},
		{"many patterns", &ir.NotExpr{Operand: &ir.OrExpr{Operands: contains}}, `{"a":` + long + `}`, true},
		{"two lists", &ir.FieldRefExpr{Field: at("a"), Other: at("b")}, `{"a":` + list(items, "x") + `,"b":` + list(items, "y") + `}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var parser value.Parser
			doc, err := parser.Parse([]byte(c.event))
			if err != nil {
				t.Fatal(err)
			}
			program := Compile([]ir.Expr{c.expr}, nil)
			never := &counting{Context: t.Context(), end: -1}
			m := program.NewMatcher()
			m.Interrupt(never)
			if got := len(m.Match(doc)) == 1; got != c.want || m.Interrupted() {
				t.Errorf("holds %v, want %v; interrupted %v", got, c.want, m.Interrupted())
			}
			if never.asked == 0 {
				t.Fatal("the context was not checked")
			}
			for _, end := range []int{0, never.asked / 2, never.asked - 1} {
				ends := &counting{Context: t.Context(), end: end}
				m := program.NewMatcher()
				m.Interrupt(ends)
				if found := m.Match(doc); len(found) > 0 || !m.Interrupted() || ends.asked > end+2 {
					t.Errorf("stopped at %d of %d: found %v, interrupted %v, asked %d times", end, never.asked, found, m.Interrupted(), ends.asked)
				}
				m.Interrupt(context.Background())
				if got := len(m.Match(doc)) == 1; got != c.want || m.Interrupted() {
					t.Errorf("afterwards holds %v, want %v", got, c.want)
				}
			}
		})
	}
}

// Matching small events never checks the context.
func TestSmallEventsDoNotCheckContext(t *testing.T) {
	var parser value.Parser
	doc, err := parser.Parse([]byte(`{"a":"some text"}`))
	if err != nil {
		t.Fatal(err)
	}
	m := Compile([]ir.Expr{&ir.RegexExpr{Field: ir.Field{Name: "a", Paths: []value.Path{{Text: "a"}}}, Text: "t.xt"}}, nil).NewMatcher()
	ctx := &counting{Context: t.Context(), end: -1}
	m.Interrupt(ctx)
	for range 1000 {
		if len(m.Match(doc)) != 1 {
			t.Fatal("not found")
		}
	}
	if ctx.asked > 0 {
		t.Errorf("asked %d times", ctx.asked)
	}
}
