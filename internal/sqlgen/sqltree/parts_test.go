package sqltree

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Parts divides a long OR, also one below a condition that all its operands share, so that each part is short and the parts
// have all operands.
func TestPartsAreShort(t *testing.T) {
	d := overriding(Standard, Dialect{Name: "test", MaxCompiled: 10})
	is := func(column string, i int) Expr { return Compare("=", Name{column}, Text(fmt.Sprint(column, i))) }
	var shared, or Or
	for i := range 35 {
		shared = append(shared, And{is("action", i), is("error", i)})
		or = append(or, is("agent", i))
	}
	list := In{Of: Name{"action"}}
	for i := range 600 {
		list.List = append(list.List, Text(fmt.Sprint("listed", i)))
	}
	or = append(or, list, And{is("service", 0), shared})
	parts := d.Parts(or)
	var text []string
	for _, part := range parts {
		if n := operations(part); n > 10+1 { // and the condition that they share
			t.Errorf("got a part of %d operations: %s", n, d.PrintExpr(part))
		}
		text = append(text, strings.Join(strings.Fields(d.PrintExpr(part)), " "))
	}
	for i := range 35 {
		agent, pair := fmt.Sprintf("agent = 'agent%d'", i), fmt.Sprintf("action = 'action%d' AND error = 'error%d'", i, i)
		if !slices.ContainsFunc(text, func(s string) bool { return strings.Contains(s, agent) }) {
			t.Errorf("no part has %s", agent)
		}
		if !slices.ContainsFunc(text, func(s string) bool {
			return strings.HasPrefix(s, "service = 'service0' AND ") && strings.Contains(s, pair)
		}) {
			t.Errorf("no part has %s below the service", pair)
		}
	}
	if got := d.Parts(list); len(got) != 1 {
		t.Errorf("got %d parts of a list of values, want 1", len(got))
	}
	var and And
	for i := range 20 {
		and = append(and, is("agent", i))
	}
	if got := d.Parts(and); len(got) != 1 || d.PrintExpr(got[0]) != d.PrintExpr(and) {
		t.Errorf("got %d parts of an AND, want itself", len(got))
	}
	d.MaxCompiled = 0
	if got := d.Parts(or); len(got) != 1 || d.Settled([]Column{{As: "a"}}) != nil {
		t.Errorf("got %d parts or a condition for an engine without compiled expressions", len(got))
	}
}

// The condition over computed columns names each of them twice, because engines compute a column that is named once within
// the condition.
func TestSettledNamesColumnsTwice(t *testing.T) {
	d := overriding(Standard, Dialect{Name: "test", MaxCompiled: 10})
	text := d.PrintExpr(d.Settled([]Column{{As: "first"}, {As: "second"}}))
	if strings.Count(text, "first") != 2 || strings.Count(text, "second") != 2 {
		t.Errorf("got %s", text)
	}
	// COALESCE needs two arguments.
	if text := d.PrintExpr(d.Settled([]Column{{As: "alone"}})); !strings.Contains(text, "COALESCE(alone, FALSE)") {
		t.Errorf("got %s", text)
	}
}
