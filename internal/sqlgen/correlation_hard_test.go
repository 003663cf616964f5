package sqlgen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/testkit"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/sigma"
)

func choose[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// hardFields are the fields of hardCases.
var hardFields = []string{"g", "h", "v", "w"}

// hardCases have few times, groups and values, so that ties, edges and repeats are common; several correlations on one
// another; aliases that differ by rule, numbers of any size.
func hardCases(t testing.TB, rounds int, seed uint64) []*correlationCase {
	t.Helper()
	var cases []*correlationCase
	for round := range rounds {
		r := rand.New(rand.NewPCG(uint64(round), seed))
		collection := &sigma.Collection{}
		var names []string
		for i := range 1 + r.IntN(4) {
			names = append(names, fmt.Sprint("r", i))
			collection.Rules = append(collection.Rules, &sigma.Rule{Meta: sigma.Meta{Name: names[i]}})
		}
		rules := len(names)
		for i := range 1 + r.IntN(3) {
			c := hardCorrelation(r, names)
			c.Name = fmt.Sprint("c", i)
			collection.Correlations = append(collection.Correlations, c)
			names = append(names, c.Name)
		}
		var events []caseEvent
		spread := int64(1 + r.IntN(40))
		for i := range r.IntN(30) {
			e := caseEvent{id: fmt.Sprintf("e%02d", i), time: moment(r.Int64N(spread)), text: hardText(r)}
			for rule := range rules {
				if r.IntN(2) == 0 {
					e.rules = append(e.rules, rule)
				}
			}
			events = append(events, e)
			if r.IntN(10) == 0 {
				events = append(events, e) // delivered again
			}
		}
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		cases = append(cases, newCorrelationCase(t, fmt.Sprint("hard round ", round), collection, events))
	}
	return cases
}

// moment is a time that many halves of a second after a start, and some nanoseconds that microseconds would lose.
func moment(halves int64) time.Time {
	return time.Date(2026, 3, 1, 0, 0, 0, 7, time.UTC).Add(time.Duration(halves) * time.Second / 2)
}

func texts(names ...string) []sigma.Text {
	var out []sigma.Text
	for _, name := range names {
		out = append(out, sigma.Text{Value: name})
	}
	return out
}

func hardText(r *rand.Rand) string {
	var members []string
	for _, name := range []string{"g", "h"} {
		leaf := func() string {
			return choose(r, `"a"`, `"A"`, `"b"`, `1`, `"1"`, `1.0`, `true`, `null`, `""`, `{"x": 1}`, `"ä'\n"`)
		}
		switch r.IntN(8) {
		case 0:
		case 1:
			members = append(members, fmt.Sprintf(`%q: [%s, %s]`, name, leaf(), leaf()))
		case 2:
			members = append(members, fmt.Sprintf(`%q: %s`, name, leaf()))
		default:
			members = append(members, fmt.Sprintf(`%q: "a"`, name))
		}
	}
	leaf := func() string {
		return choose(r, `0`, `1`, `2`, `"2"`, `3`, `-1`, `2.5`, `25e-1`, `"0x1"`, `1e3`, `9223372036854775807`, `9007199254740993`,
			`123456789012345678901234567890`, `0.1`, `"0.2"`, `"abc"`, `-9223372036854775808`, `1e999`, `null`, `1e-20`, `true`,
			`0e999`, `-0`, `-0.0`, `-2.5`, `0.123456789012345678901234`, `1E+2`, `1e-999`, `1e99999999999999999999`, `"+1"`, `"1."`, `"01"`,
			`0.00001e5`, `1000000e-6`, `"-1.50"`, `-9999999999999999999999999999999`)
	}
	for _, name := range []string{"v", "w"} {
		switch r.IntN(6) {
		case 0:
		case 1:
			members = append(members, fmt.Sprintf(`%q: [%s, %s]`, name, leaf(), leaf()))
		case 2, 3:
			members = append(members, fmt.Sprintf(`%q: %d`, name, r.IntN(4)))
		default:
			members = append(members, fmt.Sprintf(`%q: %s`, name, leaf()))
		}
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func hardCorrelation(r *rand.Rand, names []string) *sigma.Correlation {
	c := &sigma.Correlation{Timespan: time.Duration(1+r.IntN(8)) * time.Second / 2}
	c.Type = choose(r, sigma.CorrelationTypes...)
	for range 1 + r.IntN(4) {
		c.Rules = append(c.Rules, texts(choose(r, names...))...)
	}
	c.GroupBy = texts(choose(r, [][]string{nil, {"g"}, {"g"}, {"g", "h"}, {"alias"}, {"alias", "h"}}...)...)
	if r.IntN(2) == 0 {
		alias := sigma.Alias{Name: "alias"}
		for _, rule := range c.Rules {
			if r.IntN(4) > 0 && !slices.ContainsFunc(alias.Rules, func(t sigma.Text) bool { return t.Value == rule.Value }) {
				alias.Rules = append(alias.Rules, rule)
				alias.Fields = append(alias.Fields, texts(choose(r, "g", "h", "v"))...)
			}
		}
		c.Aliases = append(c.Aliases, alias)
	}
	if strings.HasSuffix(c.Type, "_extended") {
		c.Extended = &sigma.Condition{Expr: hardCondition(r, c.Rules, 3)}
		return c
	}
	if strings.HasPrefix(c.Type, "temporal") && r.IntN(2) == 0 {
		return c
	}
	c.Condition = &sigma.CorrelationCondition{HasPercentile: true, Percentile: choose(r, 0, 50, 100, 25, 33.3, 99.9, 12.345, 66.6)}
	values := []string{"0", "1", "2", "3", "2.5", "-1", "4", "1e3", "9007199254740993", "0.3", "-0.1", "1e-20"}
	for range 1 + r.IntN(2) {
		op := choose(r, "gt", "gte", "gte", "gte", "lt", "lte", "eq", "neq")
		c.Condition.Bounds = append(c.Condition.Bounds, sigma.Bound{Op: op, Value: choose(r, values[:2+r.IntN(len(values)-1)]...)})
	}
	if strings.HasPrefix(c.Type, "value") {
		c.Condition.Fields = texts(choose(r, [][]string{{"v"}, {"v"}, {"v", "w"}, {"alias"}, {"g"}, {"alias", "w"}}...)...)
	}
	return c
}

func hardCondition(r *rand.Rand, rules []sigma.Text, depth int) sigma.ConditionExpr {
	if depth == 0 || r.IntN(4) == 0 {
		return &sigma.IdentifierExpr{Name: choose(r, rules...).Value}
	}
	operand := func() sigma.ConditionExpr { return hardCondition(r, rules, depth-1) }
	switch r.IntN(5) {
	case 0:
		return &sigma.NotExpr{Operand: operand()}
	case 1, 2:
		return &sigma.AndExpr{Operands: []sigma.ConditionExpr{operand(), operand()}}
	}
	return &sigma.OrExpr{Operands: []sigma.ConditionExpr{operand(), operand()}}
}

// tiedCases have many events of few times that serve many steps, so that steps compete for events.
func tiedCases(t testing.TB, rounds int, seed uint64) []*correlationCase {
	t.Helper()
	var cases []*correlationCase
	for round := range rounds {
		r := rand.New(rand.NewPCG(uint64(round), seed))
		collection := &sigma.Collection{}
		var names []string
		for i := range 2 + r.IntN(4) {
			names = append(names, fmt.Sprint("r", i))
			collection.Rules = append(collection.Rules, &sigma.Rule{Meta: sigma.Meta{Name: names[i]}})
		}
		c := &sigma.Correlation{
			Meta: sigma.Meta{Name: "c"}, Type: choose(r, "temporal_ordered", "temporal_ordered", "temporal_ordered_extended"),
			Timespan: time.Duration(1+r.IntN(3)) * time.Second,
		}
		for range 2 + r.IntN(5) {
			c.Rules = append(c.Rules, texts(choose(r, names...))...)
		}
		if c.Type == "temporal_ordered_extended" {
			c.Extended = &sigma.Condition{Expr: hardCondition(r, c.Rules, 3)}
		} else if r.IntN(3) > 0 {
			bound := sigma.Bound{Op: choose(r, "gte", "eq", "neq"), Value: fmt.Sprint(1 + r.IntN(len(c.Rules)))}
			c.Condition = &sigma.CorrelationCondition{Bounds: []sigma.Bound{bound}}
		}
		collection.Correlations = append(collection.Correlations, c)
		var events []caseEvent
		times := 1 + r.Int64N(5)
		for i := range 3 + r.IntN(8) {
			e := caseEvent{id: fmt.Sprintf("e%02d", i), time: moment(2 * r.Int64N(times)), text: "{}"}
			for rule := range names {
				if r.IntN(3) > 0 {
					e.rules = append(e.rules, rule)
				}
			}
			events = append(events, e)
		}
		cases = append(cases, newCorrelationCase(t, fmt.Sprint("tied round ", round), collection, events))
	}
	return cases
}

// longCases have as many ordered rules as SQL takes: served one after the other, all at one time, and by too few events.
func longCases(t testing.TB) []*correlationCase {
	t.Helper()
	var cases []*correlationCase
	for nr, long := range []struct {
		name string
		at   func(i int) (moment int64, rules []int)
	}{
		{"in order", func(i int) (int64, []int) { return int64(i), []int{i} }},
		{"at once", func(i int) (int64, []int) { return 0, []int{i, (i + 1) % maxSteps} }},
		{"in pairs", func(i int) (int64, []int) { return int64(i / 2), []int{i / 2 * 2, i/2*2 + 1} }},
		{"backward", func(i int) (int64, []int) { return -int64(i), []int{i} }},
		{"too few", func(i int) (int64, []int) { return 0, []int{i / 2, i/2 + 4} }},
	} {
		collection := &sigma.Collection{}
		var all []sigma.Text
		for i := range maxSteps {
			all = append(all, texts(fmt.Sprint("r", i))...)
			collection.Rules = append(collection.Rules, &sigma.Rule{Meta: sigma.Meta{Name: all[i].Value}})
		}
		for i, bounds := range [][]sigma.Bound{nil, {{Op: "gte", Value: "5"}}, {{Op: "eq", Value: "8"}}, {{Op: "lt", Value: "8"}}} {
			if !testkit.Long() && i > 0 && i != 1+nr%3 {
				continue // one condition for each order
			}
			c := &sigma.Correlation{Meta: sigma.Meta{Name: fmt.Sprint("c", i)}, Type: "temporal_ordered", Rules: all, Timespan: time.Minute}
			if bounds != nil {
				c.Condition = &sigma.CorrelationCondition{Bounds: bounds}
			}
			collection.Correlations = append(collection.Correlations, c)
		}
		var events []caseEvent
		for i := range maxSteps {
			when, rules := long.at(i)
			events = append(events, caseEvent{id: fmt.Sprintf("e%02d", i), time: moment(when), text: "{}", rules: rules})
		}
		cases = append(cases, newCorrelationCase(t, long.name, collection, events))
	}
	return cases
}

func TestLongOrderedCorrelationsOnDuckDB(t *testing.T) {
	checkAll(t, sqltest.DuckDB(t), longCases(t), nil)
}

func TestLongOrderedCorrelationsOnTrinoIntegration(t *testing.T) {
	checkAll(t, sqltest.Trino(t), longCases(t)[:2], nil)
}

func TestHardCorrelationsOnDuckDB(t *testing.T) {
	checkAll(t, sqltest.DuckDB(t), hardCases(t, testkit.Rounds(15, 30, 250), 21), hardFields)
}

func TestHardCorrelationsOnTrinoIntegration(t *testing.T) {
	checkAll(t, sqltest.Trino(t), hardCases(t, fewer(t, 30), 22), hardFields)
}

func TestOrderedCorrelationsWithTiesOnDuckDB(t *testing.T) {
	checkAll(t, sqltest.DuckDB(t), tiedCases(t, testkit.Rounds(15, 30, 250), 31), nil)
}

func TestOrderedCorrelationsWithTiesOnTrinoIntegration(t *testing.T) {
	checkAll(t, sqltest.Trino(t), tiedCases(t, fewer(t, 30), 32), nil)
}
