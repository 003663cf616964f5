package lake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/plan"
)

// rulesWithOneInvalid returns rules, one of which has a predicate that the engine rejects, and as many correlations, one of
// which does.
func rulesWithOneInvalid(n int) string {
	var b strings.Builder
	for i := range n {
		name := fmt.Sprintf("call%dx", i)
		if i == n/2 {
			name = "spoiled"
		}
		fmt.Fprintf(&b, `title: Rule %[1]d
name: rule_%[1]d
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: %[2]s}
  condition: selection
---
title: Base %[1]d
name: base_%[1]d
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventName: counted-%[2]s}
  condition: selection
---
title: Many %[1]d
correlation:
  type: event_count
  rules: [base_%[1]d]
  group-by: [sourceIPAddress]
  timespan: 10m
  condition: {gte: 500}
---
`, i, name)
	}
	return strings.TrimSuffix(b.String(), "---\n")
}

// TestInvalidRuleDoesNotAffectOthers has an engine that rejects every statement with one rule's predicate, in both
// ways in which a rule can make a statement fail. All other rules must run, for rows and for counts.
func TestInvalidRuleDoesNotAffectOthers(t *testing.T) {
	const rules = 40
	for _, kind := range []engine.Kind{engine.Invalid, engine.BadValue} {
		f := newFake(func(sql string, _ int) ([][]any, int64, error) {
			if strings.Contains(sql, "spoiled") {
				return nil, 1, &engine.Error{Kind: kind, Engine: "fake", Err: errors.New("line 9:1: mismatched input")}
			}
			return nil, 100, nil
		})
		l := huntOf(t, f, func(o *Options) { o.Set, o.InFlight = setOf(t, rulesWithOneInvalid(rules)), 1 })
		kinds := map[plan.Kind]bool{}
		for _, s := range l.tables[0].statements {
			kinds[s.Kind] = true
		}
		if !kinds[plan.Rows] || !kinds[plan.Counts] {
			t.Fatalf("got statements of kinds %v, want rows and counts", kinds)
		}
		begin(t, l, t.TempDir(), "")
		if _, err := collect(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		asked := map[string]int{}
		for _, sql := range f.order {
			for i := range rules {
				for _, name := range []string{fmt.Sprintf("'call%dx'", i), fmt.Sprintf("'counted-call%dx'", i)} {
					if strings.Contains(sql, name) && !strings.Contains(sql, "spoiled") {
						asked[name]++
					}
				}
			}
		}
		if len(asked) != 2*(rules-1) {
			t.Errorf("%s: got %d other rules run, want %d", kind, len(asked), 2*(rules-1))
		}
		c := accountOf(l)
		var left []string
		for _, reason := range c.Left.Reasons {
			left = append(left, reason.Examples...)
		}
		for _, name := range []string{"r.yml: Rule 20", "Many 20"} {
			if !slices.ContainsFunc(left, func(s string) bool { return strings.Contains(s, name) && strings.Contains(s, "mismatched input") }) {
				t.Errorf("%s: got no error that names %q: %q", kind, name, left)
			}
		}
		for _, example := range left {
			if !strings.Contains(example, "Rule 20") && !strings.Contains(example, "Many 20") {
				t.Errorf("%s: got %q left", kind, example)
			}
		}
		if c.Split == 0 {
			t.Errorf("%s: got no split counted", kind)
		}
	}
}

// TestSplittingEndsIfTheTableIsTheCause has an engine that rejects every statement.
func TestSplittingEndsIfTheTableIsTheCause(t *testing.T) {
	f := newFake(func(string, int) ([][]any, int64, error) {
		return nil, 0, &engine.Error{Kind: engine.Invalid, Engine: "fake", Err: errors.New("mismatched input")}
	})
	l := huntOf(t, f, func(o *Options) { o.Set, o.InFlight = setOf(t, rulesWithOneInvalid(200)), 1 })
	begin(t, l, t.TempDir(), "")
	if _, err := collect(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if c := accountOf(l); len(f.order) > 3*maxFruitless || c.Done != 0 || c.Chunks != int(c.Left.Total) {
		t.Errorf("got %d queries: %d chunks, %d done, %d left", len(f.order), c.Chunks, c.Done, c.Left.Total)
	}
}
